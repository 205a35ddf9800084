"""A secret of the same name is stored at several levels."""

from collections.abc import Iterator

from crreg.facts.model import Facts, Holding
from crreg.facts.questions import secret_name, shadowed
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.levels import is_order_documented
from crreg.remedies.commands import take_away
from crreg.remedies.wording import listing, name_of
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, with all parts that are hidden."""
    for triple in facts.triples:
        hidden = shadowed(triple)
        if not hidden:
            continue
        copies = " ".join(_copies(secret_name(triple, part), held) for part, held in hidden.items())
        yield RULE.of_triple(
            facts,
            triple,
            f"{copies} Updating a hidden secret has no effect.",
            steps(
                "Keep one, and remove the other. To remove the first:",
                *(
                    step
                    for part, holdings in hidden.items()
                    if (step := take_away(facts, secret_name(triple, part), holdings[0])) is not None
                ),
            ),
            about=tuple(secret_name(triple, part) for part in hidden),
        )


def _copies(name: str, holdings: tuple[Holding, ...]) -> str:
    if not is_order_documented(holding.level for holding in holdings):
        levels = listing(name_of(holding.level) for holding in holdings)
        return f"{name} exists at several levels ({levels}), and GitHub does not document which one a codespace gets."
    first, *rest = (name_of(holding.level) for holding in holdings)
    return f"{name} exists at several levels: the {first}'s secret hides the {listing(rest)}'s."


RULE = Rule(
    "shadowed-secret",
    Severity.WARNING,
    Effect.HYGIENE,
    "The same secret exists at several levels, and one may hide the others.",
    "Delete the secret at all levels but one.",
    check,
)
