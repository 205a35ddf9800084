"""A dev container asks for something that Codespaces does not support."""

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
        if problem.kind is ProblemKind.UNSUPPORTED:
            where = problem.location
            what = "A codespace may not run this" if problem.softened else "A codespace can't start with this"
            yield RULE.finding(
                f"{what}: {sentence(problem.message)}",
                steps(f"Change {quoted(where.path)}, line {where.line}."),
                effect=problem.softened,
                location=where,
            )


RULE = Rule(
    "unsupported-configuration",
    Severity.ERROR,
    Effect.STOPS,
    "A dev container asks for something that Codespaces does not support.",
    "Change the line shown, or remove it.",
    check,
)
