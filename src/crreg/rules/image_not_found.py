"""The registry has no such image."""

from collections.abc import Iterator

from crreg.facts import Coverage, Facts
from crreg.findings import Effect, Finding, Severity
from crreg.plain import quoted
from crreg.registry.outcome import PullOutcome
from crreg.remedy import command, steps
from crreg.rules.place import grouped, others
from crreg.rules.rule import Rule
from crreg.rules.standing import absence_known, faulty, only_slows


def check(facts: Facts) -> Iterator[Finding]:
    """One finding an image; where a triple has a fault of its own, that may be why."""
    absent = (
        image
        for image in facts.images
        if image.pull is not None and image.pull.outcome is PullOutcome.NOT_FOUND
    )
    for reference, images in grouped(absent, lambda image: image.reference).items():
        image = images[0]
        if reference is None or faulty(facts, facts.triple(image.triple)):
            continue
        may_be_hidden = image.coverage is Coverage.UNKNOWN or (
            image.coverage is Coverage.NONE and not absence_known(facts)
        )
        doubtful = may_be_hidden or only_slows(images)
        hidden = (
            "" if image.coverage is Coverage.COVERED else ", or hides it from those who are not logged in"
        )
        yield RULE.finding(
            f"{quoted(reference.registry)} has no image {quoted(image.text)}{others(images)}{hidden}. "
            "Its name or tag is usually misspelled, or it was deleted by a clean-up rule.",
            steps("Correct the name, or push the image:", command("docker", "push", str(reference))),
            severity=Severity.WARNING if doubtful else None,
            effect=Effect.HYGIENE if only_slows(images) else None,
            triple=image.triple,
            registry=reference.registry,
            location=image.location,
        )


RULE = Rule(
    "image-not-found",
    Severity.ERROR,
    Effect.STOPS,
    "The registry has no such image.",
    "Correct the image's name or tag, or push the image.",
    check,
)
