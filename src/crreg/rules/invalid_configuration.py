"""A dev container's file is broken."""

from collections.abc import Iterator

from crreg.discovery.found import ProblemKind
from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted, sentence
from crreg.rules.rule import Rule

_HOW = {Effect.STOPS: "is broken", Effect.UNPROVEN: "may be broken", Effect.HYGIENE: "has a mistake"}


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per broken place."""
    for problem in facts.discovery.problems:
        if problem.kind is ProblemKind.INVALID:
            where = problem.location
            yield RULE.finding(
                f"The dev container's configuration {_HOW[problem.effect]}: {sentence(problem.message)}",
                steps(f"Correct {quoted(where.path)}, line {where.line}."),
                effect=problem.softened,
                location=where,
            )


RULE = Rule(
    "invalid-configuration",
    Severity.ERROR,
    Effect.STOPS,
    "A devcontainer.json, Dockerfile or Compose file is broken.",
    "Correct the file at the line shown.",
    check,
)
