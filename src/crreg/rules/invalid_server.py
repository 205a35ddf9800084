"""The triple is malformed, or its SERVER names something that is no registry."""

from collections.abc import Iterator

from crreg.facts import Facts, TripleFact
from crreg.findings import Effect, Finding, Severity
from crreg.plain import quoted, sentence
from crreg.registry.outcome import LoginOutcome
from crreg.registry.providers.provider import Renewal
from crreg.registry.reference import DOCKER_HUB
from crreg.registry.server import DOCKER_HUB_ADDRESS, DOCKER_HUB_SERVER
from crreg.remedy import Remedy, steps
from crreg.rules.place import needed_by, place_of
from crreg.rules.providers import server_value
from crreg.rules.remedies import update_secret
from crreg.rules.renewal import stored
from crreg.rules.rule import Rule
from crreg.rules.standing import absent_parts, needed, secret_name
from crreg.triple import Part

_MALFORMED = frozenset({LoginOutcome.INVALID, LoginOutcome.NOT_A_REGISTRY})
SERVER_FORM = (
    "SERVER is the registry's host alone, such as NAME.azurecr.io or ghcr.io, without https:// and without a "
    "path (Docker Hub's is https://index.docker.io/v1/)."
)
"""What a right value looks like."""


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple; a triple that lacks a part is missing-secret's."""
    for triple in facts.triples:
        login = triple.login
        if absent_parts(facts, triple):
            continue
        if login is None or login.outcome not in _MALFORMED:
            yield from _undocumented(facts, triple)
            continue
        harmless = not needed(facts, triple)
        yield RULE.finding(
            f"No codespace can log in with {triple.identifier}: {sentence(login.detail)}"
            + needed_by(facts, triple.server),
            _remedy(facts, triple, login.detail),
            severity=Severity.WARNING if harmless else None,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def _undocumented(facts: Facts, triple: TripleFact) -> Iterator[Finding]:
    """A SERVER that docker understands, and of which it is not known what a codespace makes of it."""
    name = secret_name(triple, Part.SERVER)
    holding = triple.parts[Part.SERVER].effective
    at_docker_hub = triple.server == DOCKER_HUB_ADDRESS
    if at_docker_hub:
        message = (
            f"{name} is {quoted(DOCKER_HUB_ADDRESS)}, which for images' names is another registry than `docker.io`: "
            f"the login of Docker Hub's images is looked up under {DOCKER_HUB_SERVER}."
        )
        command = update_secret(facts, name, holding, body=DOCKER_HUB_SERVER)
        concerned = facts.images_of(DOCKER_HUB) or facts.images_of(DOCKER_HUB_ADDRESS)
    elif not triple.server_documented and triple.server is not None:
        message = (
            f"{name} has a scheme or a path, which docker drops. GitHub documents the host alone, so what a codespace "
            "makes of it is not known."
        )
        command = update_secret(facts, name, holding, body=server_value(triple.server))
        concerned = facts.images_of(triple.server)
    else:
        return
    yield RULE.finding(
        message,
        steps("Set it to the host alone:" if not at_docker_hub else "If it is for Docker Hub:", command),
        severity=Severity.WARNING,
        effect=Effect.UNPROVEN if concerned else Effect.HYGIENE,
        triple=triple.identifier,
        registry=triple.server,
        location=place_of(facts, triple),
    )


def _remedy(facts: Facts, triple: TripleFact, detail: str) -> Remedy:
    part = malformed_part(detail)
    form = (SERVER_FORM,) if part is Part.SERVER else ()
    return steps(*form, *stored(facts, triple, Renewal((), (part,))))


def malformed_part(detail: str) -> Part:
    """The part that is to blame for a login with this detail."""
    return next((part for part in (Part.USER, Part.PASSWORD) if detail.startswith(part)), Part.SERVER)


RULE = Rule(
    "invalid-server",
    Severity.ERROR,
    Effect.STOPS,
    "A part of the triple is empty, or SERVER names no registry.",
    "Set SERVER to the registry's host alone, and no part to nothing.",
    check,
)
