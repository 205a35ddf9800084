"""A secret of the same name is stored at several levels.

GitHub documents that a repository's goes before an organization's. For a user's it documents nothing.
Source: https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-your-repository-or-organization
"""

from collections.abc import Iterator

from crreg.facts.model import Facts, Holding
from crreg.facts.questions import secret_name, shadowed
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.inventory import Level
from crreg.remedies.commands import take_away
from crreg.remedies.wording import listing, name_of, place_of
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple, with all parts that are hidden."""
    for triple in facts.triples:
        hidden = shadowed(triple)
        if not hidden:
            continue
        told = " ".join(_tell(secret_name(triple, part), holdings) for part, holdings in hidden.items())
        yield RULE.finding(
            f"{told} Updating a hidden secret has no effect.",
            steps(
                "Keep one, and remove the other. To remove the first:",
                *(
                    step
                    for part, holdings in hidden.items()
                    if (step := take_away(facts, secret_name(triple, part), holdings[0])) is not None
                ),
            ),
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
            about=tuple(secret_name(triple, part) for part in hidden),
        )


def _tell(name: str, holdings: tuple[Holding, ...]) -> str:
    if holdings[0].level is Level.USER:
        levels = listing(name_of(holding.level) for holding in holdings)
        return f"{name} exists at several levels ({levels}), and GitHub does not document which one a codespace gets."
    first, *rest = (name_of(holding.level) for holding in holdings)
    return f"{name} exists at several levels: that of the {first} hides that of the {listing(rest)}."


RULE = Rule(
    "shadowed-secret",
    Severity.WARNING,
    Effect.HYGIENE,
    "The same secret exists at several levels, and one may hide the others.",
    "Delete the secret at all levels but one.",
    check,
)
