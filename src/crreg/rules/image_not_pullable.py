"""The login works, but its account is not allowed to pull the image."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import DENIALS, faulty, only_slows
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted, sentence
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.remedies.providers import advice_for
from crreg.remedies.wording import grouped, others
from crreg.rules.login_failed import FIREWALL
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per image."""
    refused = (image for image in facts.images if image.outcome in DENIALS)
    for reference, images in grouped(refused, lambda image: image.reference).items():
        image, triple = images[0], facts.triple(images[0].triple)
        if reference is None or triple is None or faulty(facts, triple) or image.pull is None:
            continue
        login = triple.login
        if login is None or not (login.outcome is LoginOutcome.SUCCEEDED or login.untested):
            continue
        works = "could not be tested, and" if login.untested else "works, but"
        firewall = image.pull.fault is Fault.FIREWALL
        advice = advice_for(reference.registry, triple.account, triple.service)
        yield RULE.finding(
            f"The login with {triple.identifier} {works} its account is not allowed to pull {quoted(image.text)}"
            f"{others(images)}: {sentence(image.pull.detail)}",
            steps(FIREWALL) if firewall else (*advice.grant, advice.page),
            effect=Effect.HYGIENE if only_slows(images) else None,
            triple=triple.identifier,
            registry=reference.registry,
            location=image.location,
            about=(str(reference),),
        )


RULE = Rule(
    "image-not-pullable",
    Severity.ERROR,
    Effect.STOPS,
    "The login works, but its account is not allowed to pull the image.",
    "Give the account the permission to pull in the registry's settings.",
    check,
)
