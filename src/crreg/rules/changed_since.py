"""A secret that ensure wrote, or its source, was changed afterward."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.proof import State
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import command, steps
from crreg.rules.rule import Rule
from crreg.triple import SecretName


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per secret."""
    for triple in facts.triples:
        for part, fact in triple.parts.items():
            if fact.proof is None or fact.proof.state is not State.CHANGED:
                continue
            name = SecretName(triple.identifier, part)
            # In a run that may change nothing, ensure only plans.
            here = (
                "run ensure in the same workflow (mode: ensure, force: true), or run this"
                if facts.may_write
                else "run this"
            )
            yield RULE.of_triple(
                facts,
                triple,
                f"{name} was tested with this run's value, which is probably not the stored one. "
                f"{fact.proof.detail}",
                steps(
                    "If this run's values are wrong, correct the Actions secret or variable. If they are right, "
                    f"{here} in a terminal that has them in its environment:",
                    command("crreg", "ensure", "--force", "--repository", facts.repository or ""),
                ),
                about=(str(name),),
            )


RULE = Rule(
    "changed-since",
    Severity.WARNING,
    Effect.UNPROVEN,
    "A secret that crreg ensure wrote, or the Actions secret or variable that it copied, was changed afterward.",
    "Run crreg ensure --force with the right values, to write and record them.",
    check,
)
