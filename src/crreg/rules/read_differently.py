"""The dev containers CLI reads a Dockerfile differently than BuildKit does."""

from collections.abc import Iterator

from crreg.discovery.found import ProblemKind
from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted, sentence
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per place."""
    for problem in facts.discovery.problems:
        if problem.kind is ProblemKind.READ_DIFFERENTLY:
            where = problem.location
            yield RULE.finding(
                "The dev containers CLI reads this Dockerfile before BuildKit builds it, and the two readings differ: "
                f"{sentence(problem.message)}",
                steps(f"Change {quoted(where.path)}, line {where.line}, so that both read it the same way."),
                effect=problem.softened,
                location=where,
            )


RULE = Rule(
    "read-differently",
    Severity.ERROR,
    Effect.STOPS,
    "The dev containers CLI reads the Dockerfile differently than BuildKit.",
    "Write the line so that the CLI's regular expressions and BuildKit read it the same way.",
    check,
)
