"""The registry does not have the image."""

from collections.abc import Iterator

from crreg.facts.image import Coverage
from crreg.facts.model import Facts
from crreg.facts.questions import absence_known, faulty, only_slows
from crreg.findings.finding import Effect, Finding, Severity
from crreg.printable import quoted, sentence
from crreg.registry.outcome import PullOutcome
from crreg.remedies.missing_image import how_to_provide
from crreg.remedies.wording import grouped, others
from crreg.rules.rule import Rule

ABSENT = frozenset({PullOutcome.NOT_FOUND, PullOutcome.NO_PLATFORM})
"""The registry answered that it does not have the image, or not for the platform."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per image. Skip an image whose triple is faulty: that may be the cause."""
    absent = (image for image in facts.images if image.outcome in ABSENT)
    for images in grouped(absent, lambda image: (image.reference, image.platform)).values():
        image = images[0]
        reference = image.reference
        if reference is None or faulty(facts, facts.triple(image.triple)):
            continue
        may_be_hidden = image.coverage is Coverage.UNKNOWN or (
            image.coverage is Coverage.NONE and not absence_known(facts)
        )
        hidden = (
            "" if image.coverage is Coverage.COVERED else ", or hides it from anyone who is not logged in"
        )
        lack = image.pull.lack if image.pull is not None else None
        detail = sentence(image.pull.detail) if image.pull is not None else ""
        yield RULE.finding(
            f"{quoted(reference.registry)} has no image {quoted(image.text)}{others(images)}{hidden}. "
            "Usually the name or tag is misspelled, or a clean-up rule deleted the image."
            if lack is None
            else f"A codespace can't use {quoted(image.text)}{others(images)}: {detail}",
            how_to_provide(lack, str(reference), image.platform),
            effect=Effect.HYGIENE if only_slows(images) else Effect.UNPROVEN if may_be_hidden else None,
            triple=image.triple,
            registry=reference.registry,
            location=image.location,
            about=(str(reference),),
        )


RULE = Rule(
    "image-not-found",
    Severity.ERROR,
    Effect.STOPS,
    "The registry does not have the image.",
    "Correct the image's name or tag, or push the image.",
    check,
)
