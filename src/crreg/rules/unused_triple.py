"""The repository keeps a triple that none of its images needs."""

from collections.abc import Iterator

from crreg.facts import Facts, ImageFact, TripleFact
from crreg.findings import Effect, Finding, Severity
from crreg.github.inventory import Level
from crreg.plain import quoted
from crreg.registry.reference import DOCKER_HUB
from crreg.rules.providers import is_other_docker_hub, server_value
from crreg.rules.remedies import delete_secret, steps, update_secret
from crreg.rules.rule import Rule
from crreg.rules.standing import DENIALS, complete, secret_name, stored_parts
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple; an organisation's or a user's is shared, so that others may need it."""
    if not facts.images or facts.discovery.problems:
        return
    for triple in facts.triples:
        own = [part for part in stored_parts(triple) if part.holding.level is Level.REPOSITORY]
        if not own or not complete(triple) or triple.server is None or facts.images_of(triple.server):
            continue
        if is_other_docker_hub(triple.server) and facts.images_of(DOCKER_HUB):
            if not any(_refused(image) for image in facts.images_of(DOCKER_HUB)):
                yield _other_name(facts, triple)
            continue
        yield RULE.finding(
            f"The secrets of {triple.identifier} log codespaces in to {quoted(triple.server)}, but no image of this "
            "repository's dev containers is there.",
            steps(
                "If nothing in a running codespace needs them either, delete them:",
                *(delete_secret(facts, part.name, Level.REPOSITORY) for part in own),
            ),
            triple=triple.identifier,
            registry=triple.server,
            location=triple.configured.location if triple.configured else None,
        )


def _refused(image: ImageFact) -> bool:
    """Whether uncovered-registry tells of the triple."""
    return image.pull is not None and image.pull.outcome in DENIALS


def _other_name(facts: Facts, triple: TripleFact) -> Finding:
    name, value = secret_name(triple, Part.SERVER), server_value(DOCKER_HUB)
    return RULE.finding(
        f"{name} is {quoted(triple.server or '')}, but docker looks up the login for images of Docker Hub under "
        f"{quoted(value)} only, so codespaces pull them without a login.",
        steps("Paste this:", update_secret(facts, name, triple.parts[Part.SERVER].effective, body=value)),
        triple=triple.identifier,
        registry=triple.server,
        location=triple.configured.location if triple.configured else None,
    )


RULE = Rule(
    "unused-triple",
    Severity.WARNING,
    Effect.HYGIENE,
    "The repository keeps a triple that none of its images needs.",
    "Delete its secrets, or list its images in .github/crreg.yml.",
    check,
)
