"""The files do not say which image is meant."""

from collections.abc import Iterator

from crreg.discovery.found import ProblemKind
from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import sentence
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per place."""
    for problem in facts.discovery.problems:
        if problem.kind is ProblemKind.UNRESOLVED:
            yield RULE.finding(
                f"The files do not say which image is meant here, so it was not checked: "
                f"{sentence(problem.message)}",
                steps(
                    "Commit the file as it is and check it out, give the variable a default value, or list the image "
                    "under images of its registry in .github/crreg.yml."
                ),
                location=problem.location,
            )


RULE = Rule(
    "unresolved-image",
    Severity.WARNING,
    Effect.UNPROVEN,
    "The files do not say which image is meant.",
    "Commit the file as it is and check it out, give the variable a default value, or list the image in "
    ".github/crreg.yml.",
    check,
)
