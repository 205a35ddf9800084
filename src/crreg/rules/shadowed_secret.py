"""A secret of the same name is stored at several levels."""

from collections.abc import Iterator

from crreg.facts.model import Facts, Holding, TripleFact
from crreg.facts.questions import needed, secret_name, shadowed
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level, is_order_documented
from crreg.remedies.commands import take_away
from crreg.remedies.wording import listing, name_of
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, with all parts that are hidden."""
    for triple in facts.triples:
        hidden = shadowed(triple)
        if not hidden:
            continue
        usual = _usual_level(triple)
        copies = " ".join(_copies(secret_name(triple, part), held) for part, held in hidden.items())
        # The login was tested with one value, and a codespace may get another.
        doubtful = any(map(_is_doubtful, hidden.values())) and needed(facts, triple)
        yield RULE.of_triple(
            facts,
            triple,
            f"{copies} Updating a hidden secret has no effect.",
            steps(
                "Keep one of each, and remove the others:",
                *(
                    take_away(facts, secret_name(triple, part), holding)
                    for part, holdings in hidden.items()
                    for holding in _others(holdings, usual)
                ),
            ),
            effect=Effect.UNPROVEN if doubtful else Effect.HYGIENE,
            about=tuple(secret_name(triple, part) for part in hidden),
        )


def _usual_level(triple: TripleFact) -> Level:
    """Return the level of the most parts, of those that everybody's codespaces get."""
    levels = [
        holding.level for part in triple.parts.values() for holding in part.holdings if holding.assigned
    ]
    return max((Level.REPOSITORY, Level.ORGANIZATION), key=levels.count)


def _others(holdings: tuple[Holding, ...], usual: Level) -> Iterator[Holding]:
    """Yield the copies to remove: all but the one at the usual level, or else the last, which is not a user's."""
    kept = next((holding for holding in holdings if holding.level is usual), holdings[-1])
    return (holding for holding in holdings if holding is not kept)


def _is_doubtful(holdings: tuple[Holding, ...]) -> bool:
    return not is_order_documented(holding.level for holding in holdings)


def _copies(name: str, holdings: tuple[Holding, ...]) -> str:
    if _is_doubtful(holdings):
        levels = listing(name_of(holding.level) for holding in holdings)
        return f"{name} exists at several levels ({levels}), and GitHub does not document which one a codespace gets."
    first, *rest = (name_of(holding.level) for holding in holdings)
    return f"{name} exists at several levels: the {first}'s secret hides the {listing(rest)}'s."


RULE = Rule(
    "shadowed-secret",
    Severity.WARNING,
    Effect.UNPROVEN,
    "The same secret exists at several levels, and one may hide the others.",
    "Delete the secret at all levels but one.",
    check,
)
