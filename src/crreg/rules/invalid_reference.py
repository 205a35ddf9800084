"""An image's name is not valid."""

from collections.abc import Iterator

from crreg.discovery.found import Problem, ProblemKind
from crreg.facts.model import Facts
from crreg.facts.questions import only_slows
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
                severity=Severity.WARNING if only_slows([image]) else None,
                effect=Effect.HYGIENE if only_slows([image]) else None,
                location=where,
                about=(where.path, image.text),
            )


def problems_of_files(facts: Facts) -> tuple[Problem, ...]:
    """Return the problems in the files alone: places that could not be read, and invalid image names.

    Unsupported configurations are left out: their images are known, and a check judges the rest.
    """
    refused = (
        Problem(
            ProblemKind.INVALID,
            f"{image.text} is not a valid image name: {image.error}",
            image.location,
            Effect.HYGIENE if only_slows([image]) else None,
        )
        for image in facts.images
        if image.reference is None
    )
    unread = (problem for problem in facts.discovery.problems if problem.kind is not ProblemKind.UNSUPPORTED)
    return (*unread, *refused)


RULE = Rule(
    "invalid-reference",
    Severity.ERROR,
    Effect.STOPS,
    "An image's name is not valid.",
    "Write the image as REGISTRY/REPOSITORY:TAG.",
    check,
)
