"""An image's name is not valid."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted, sentence
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per place."""
    for image in facts.images:
        if image.reference is None:
            where = image.location
            yield RULE.finding(
                f"{quoted(image.text)} is not a valid image name: {sentence(image.error)}",
                steps(
                    f"Correct the name in {quoted(where.path)}, line {where.line}: "
                    "REGISTRY/REPOSITORY:TAG, such as `ghcr.io/org/app:1`."
                ),
                effect=Effect.HYGIENE if image.is_cache else None,
                location=where,
                about=(where.path, image.text),
            )


RULE = Rule(
    "invalid-reference",
    Severity.ERROR,
    Effect.STOPS,
    "An image's name is not valid.",
    "Write the image as REGISTRY/REPOSITORY:TAG.",
    check,
)
