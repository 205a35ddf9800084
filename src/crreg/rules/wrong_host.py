"""A registry's host does not exist, or its certificate is not valid for it."""

from collections.abc import Iterator

from crreg.facts.image import ImageFact
from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, faulty, needed, only_slows
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Step, steps
from crreg.printable import quoted, sentence
from crreg.registry.outcome import HOST_FAULTS, Fault
from crreg.registry.providers.provider import Renewal
from crreg.remedies.renewal import stored
from crreg.remedies.wording import grouped, needed_by, others
from crreg.rules.rule import Rule
from crreg.triple import Part

_SERVE = {
    Fault.WRONG_NAME: "Or give the registry a certificate for the name that the images use.",
    Fault.EXPIRED: "Renew the registry's certificate.",
    Fault.UNTRUSTED: (
        "Codespaces trusts public certificate authorities only. Give the registry a certificate from one, with its "
        "intermediate certificates."
    ),
}
"""What the registry's owner can do; nothing if its host does not exist."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, then one for each registry that no faulty triple explains."""
    yield from _logins(facts)
    wrong = (
        image
        for image in facts.images
        if image.pull is not None
        and image.pull.fault in HOST_FAULTS
        and not faulty(facts, facts.triple(image.triple))
    )
    for registry, images in grouped(wrong, _registry).items():
        first = images[0]
        if first.pull is not None and first.pull.fault is not None:
            yield RULE.finding(
                f"Codespaces can't pull {quoted(first.text)}{others(images)}: {sentence(first.pull.detail)}",
                steps(*how_to_serve(first.pull.fault, "Correct the image's name in the file.")),
                effect=Effect.HYGIENE if only_slows(images) else None,
                registry=registry,
                location=first.location,
            )


def _logins(facts: Facts) -> Iterator[Finding]:
    for triple in facts.triples:
        login = triple.login
        if login is None or login.fault not in HOST_FAULTS or absent_parts(facts, triple):
            continue
        correct = (
            "Correct SERVER, and the images' names if they have the same mistake.",
            *stored(facts, triple, Renewal((), (Part.SERVER,))),
        )
        yield RULE.of_triple(
            facts,
            triple,
            f"Codespaces can't log in with {triple.identifier}: {sentence(login.detail)}"
            + needed_by(facts, triple.server),
            steps(*how_to_serve(login.fault, *correct)),
            effect=None if needed(facts, triple) else Effect.UNPROVEN,
        )


def how_to_serve(fault: Fault, *correct: str | Step) -> tuple[str | Step, ...]:
    """Return what to do about a fault; `correct` are the steps that correct the name, which only some faults need."""
    serve = (_SERVE[fault],) if fault in _SERVE else ()
    return (*correct, *serve) if is_of_the_name(fault) else serve


def is_of_the_name(fault: Fault) -> bool:
    """Return whether the requested name may be the mistake, and not only what its host serves."""
    return fault in {Fault.NO_SUCH_HOST, Fault.WRONG_NAME}


def _registry(image: ImageFact) -> str:
    return image.reference.registry if image.reference is not None else ""


RULE = Rule(
    "wrong-host",
    Severity.ERROR,
    Effect.STOPS,
    "A registry's host does not exist, or its certificate is not valid for it.",
    "Correct the host's name, or the registry's certificate.",
    check,
)
