"""The triple is malformed, or its SERVER does not name a registry."""

from collections.abc import Iterator, Sequence

from crreg.facts.image import ImageFact
from crreg.facts.model import Facts, TripleFact
from crreg.facts.questions import DENIALS, absent_parts, needed, only_slows, secret_name
from crreg.facts.registry_quirks import meant_for_docker_hub
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.net.docker_hub import DOCKER_HUB, SERVER
from crreg.printable import quoted, sentence
from crreg.registry.outcome import Fault, LoginOutcome, LoginResult, PullOutcome
from crreg.registry.providers.provider import Renewal
from crreg.registry.server import Doubt
from crreg.remedies.providers import server_value
from crreg.remedies.renewal import stored
from crreg.remedies.wording import needed_by, others
from crreg.rules.rule import Rule
from crreg.triple import Part

_MALFORMED = frozenset({LoginOutcome.INVALID, LoginOutcome.NOT_A_REGISTRY})
SERVER_FORM = (
    "SERVER is the registry's host alone, such as NAME.azurecr.io or ghcr.io, without https:// and without a "
    f"path (Docker Hub's is {SERVER})."
)
"""The form of a correct value."""
CORRECT_TOKENS = (
    "Ask the people who run the registry to correct its token server: expires_in must be a whole number and issued_at "
    "a time such as 2026-01-31T12:00:00Z, as in https://distribution.github.io/distribution/spec/auth/token/. Changing "
    "the secrets does not help."
)
"""What to do about token answers that docker can't decode."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding for each malformed part; missing-secret reports a triple that lacks one."""
    for triple in facts.triples:
        login = triple.login
        if absent_parts(facts, triple):
            continue
        images = meant_for_docker_hub(facts, triple)
        if images:
            yield _other_docker_hub(facts, triple, images)
        if login is None or login.outcome not in _MALFORMED:
            if not images:
                yield from _undocumented(facts, triple)
            continue
        if images and malformed_part(login) is Part.SERVER:
            continue
        yield RULE.of_triple(
            facts,
            triple,
            f"Codespaces can't log in with {triple.identifier}: {sentence(login.detail)}"
            + needed_by(facts, triple.server),
            _remedy(facts, triple, login),
            effect=None if needed(facts, triple) else Effect.UNPROVEN,
            about=(secret_name(triple, malformed_part(login)),),
        )


def _other_docker_hub(facts: Facts, triple: TripleFact, images: Sequence[ImageFact]) -> Finding:
    """Report a SERVER that names Docker Hub, but not as docker looks up the login for its images."""
    name, right = secret_name(triple, Part.SERVER), server_value(DOCKER_HUB)
    refused = [image for image in images if image.outcome in DENIALS]
    shown = refused or images
    texts = f"{quoted(shown[0].text)}{others(shown)}"
    effect: Effect | None = Effect.HYGIENE
    if refused:
        ends = f"codespaces don't log in for {texts}, which is private or does not exist."
        if not only_slows(refused):
            effect = None
    elif all(image.outcome is PullOutcome.PUBLIC for image in images):
        ends = f"codespaces pull {texts} without a login."
    else:
        ends = f"codespaces pull {texts} without a login. crreg does not know whether that works."
        effect = Effect.UNPROVEN
    return RULE.finding(
        f"{name} is {quoted(triple.server or '')}, but docker looks up the login for images of Docker Hub under "
        f"{quoted(right)} only, so {ends}",
        stored(facts, triple, Renewal((), (Part.SERVER,), server=right)),
        effect=effect,
        triple=triple.identifier,
        registry=triple.server,
        location=shown[0].location,
        about=(name,),
    )


def doubt_in_words(name: str, doubt: Doubt, registry: str) -> str:
    """Say why a codespace may not log in with the SERVER of that name, which names a registry."""
    return f"{name} {_DOUBTS[doubt].format(quoted(server_value(registry)))}"


def _undocumented(facts: Facts, triple: TripleFact) -> Iterator[Finding]:
    """Report a SERVER that `docker login` accepts, but that may not log a codespace in."""
    if triple.server_doubt is None or triple.server is None:
        return
    name = secret_name(triple, Part.SERVER)
    yield RULE.of_triple(
        facts,
        triple,
        doubt_in_words(name, triple.server_doubt, triple.server),
        stored(facts, triple, Renewal((), (Part.SERVER,), server=server_value(triple.server))),
        effect=Effect.UNPROVEN if facts.images_of(triple.server) else Effect.HYGIENE,
        about=(name,),
    )


_DOUBTS = {
    Doubt.FORM: "has a scheme or a path, which docker drops. GitHub documents only the host, so it is not known what a "
    "codespace does with it.",
    Doubt.CASE: "has capital letters. Docker keeps the login under that name and looks it up under {0}, so it "
    "finds none.",
    Doubt.KEY: "is another name of Docker Hub. Docker keeps the login under that name and looks it up under {0}, so it "
    "finds none.",
}


def _remedy(facts: Facts, triple: TripleFact, login: LoginResult) -> Remedy:
    if login.fault is Fault.TOKEN_SERVER:
        return steps(CORRECT_TOKENS)
    part = malformed_part(login)
    if part is Part.SERVER and login.fault is Fault.SERVER and triple.server is not None:
        # The host was found in it, so the right value is known.
        return stored(facts, triple, Renewal((), (part,), server=server_value(triple.server)))
    form = (SERVER_FORM,) if part is Part.SERVER else ()
    return steps(*form, *stored(facts, triple, Renewal((), (part,))))


def malformed_part(login: LoginResult) -> Part:
    """Return the part to blame for a login that ended as `invalid` or `not-a-registry`."""
    match login.fault:
        case Fault.USER:
            return Part.USER
        case Fault.PASSWORD:
            return Part.PASSWORD
        case _:
            return Part.SERVER


RULE = Rule(
    "invalid-server",
    Severity.ERROR,
    Effect.STOPS,
    "A part of the triple is empty, or SERVER does not name a registry.",
    "Set SERVER to the registry's host alone, and leave no part empty.",
    check,
)
