"""The repository stores a triple that none of its images needs."""

from collections.abc import Iterator

from crreg.facts.image import ImageFact
from crreg.facts.model import Facts
from crreg.facts.questions import ANSWERS, complete, stored_parts
from crreg.facts.registry_quirks import meant_for_docker_hub
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level
from crreg.printable import quoted
from crreg.registry.outcome import PullOutcome
from crreg.remedies.commands import delete_secret
from crreg.rules.rule import Rule

_ANSWERED = ANSWERS | {PullOutcome.SKIPPED}


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple of the repository; other repositories may need an organization's or a user's."""
    if not facts.images or facts.discovery.problems or not all(map(_is_answered, facts.images)):
        # The triple may be for an image that is misspelled or out of reach today.
        return
    for triple in facts.triples:
        own = [part for part in stored_parts(triple) if part.holding.level is Level.REPOSITORY]
        if not own or not complete(triple) or triple.server is None or facts.images_of(triple.server):
            continue
        if meant_for_docker_hub(facts, triple):
            # invalid-server says what to correct.
            continue
        yield RULE.finding(
            f"The secrets of {triple.identifier} are for {quoted(triple.server)}, but no image of this repository's "
            "dev containers is there.",
            steps(
                "If nothing in a running codespace needs them either, delete them:",
                *(delete_secret(facts, part.name, Level.REPOSITORY) for part in own),
            ),
            triple=triple.identifier,
            registry=triple.server,
            location=triple.configured.location if triple.configured else None,
        )


def _is_answered(image: ImageFact) -> bool:
    """Whether the image's name leads to a registry: one that answered for it, or said that it is private."""
    return image.reference is not None and (image.outcome is None or image.outcome in _ANSWERED)


RULE = Rule(
    "unused-triple",
    Severity.WARNING,
    Effect.HYGIENE,
    "The repository stores a triple that none of its images needs.",
    "Delete its secrets, or list its images in .github/crreg.yml.",
    check,
)
