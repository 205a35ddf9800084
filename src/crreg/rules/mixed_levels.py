"""The parts of a triple come from different levels."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import complete, own_parts, shadowed, stored_parts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.remedies.commands import set_secret_like, take_away
from crreg.remedies.wording import listing, name_of
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, unless shadowed-secret or user-level-only reports its levels."""
    for triple in facts.triples:
        if not complete(triple) or shadowed(triple) or own_parts(triple):
            continue
        parts = stored_parts(triple)
        levels = [part.holding.level for part in parts]
        if len(set(levels)) == 1:
            continue
        usual = max(levels, key=levels.count)
        sibling = next(part for part in parts if part.holding.level is usual)
        strays = [part for part in parts if part.holding.level is not usual]
        yield RULE.of_triple(
            facts,
            triple,
            listing(f"{part.name} is stored at the {name_of(part.holding.level)} level" for part in parts)
            + ". Codespaces combines them, but it is easy to rotate one and forget the others.",
            steps(
                f"Store all three at the {name_of(usual)} level; enter each value when prompted:",
                *(set_secret_like(facts, part.name, sibling.name, sibling.holding) for part in strays),
                "Then remove the other copies:",
                *(take_away(facts, part.name, part.holding) for part in strays),
            ),
        )


RULE = Rule(
    "mixed-levels",
    Severity.WARNING,
    Effect.HYGIENE,
    "The three secrets of a triple are stored at different levels.",
    "Store the three secrets at one level.",
    check,
)
