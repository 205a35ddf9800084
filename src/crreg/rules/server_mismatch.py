"""The configuration expects another server than the secret names."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import secret_name
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted
from crreg.registry.providers.provider import Renewal
from crreg.registry.server import registry_of
from crreg.remedies.renewal import stored
from crreg.rules.rule import Rule
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple whose SERVER is both given and configured."""
    for triple in facts.triples:
        configured = triple.configured
        if configured is None or configured.server is None or triple.server is None:
            continue
        if not triple.server_at_hand or registry_of(configured.server) == triple.server.lower():
            continue
        name = secret_name(triple, Part.SERVER)
        file = facts.settings.path or "the configuration"
        yield RULE.finding(
            f"{quoted(file)} expects {quoted(configured.server)} for {triple.identifier}, but {name} is "
            f"{quoted(triple.server)}. The login was tried there, so there is none for images of the expected server.",
            steps(
                f"Correct server in {quoted(file)}. If it is right, the value must be {quoted(configured.server)}.",
                *stored(facts, triple, Renewal((), (Part.SERVER,))),
            ),
            triple=triple.identifier,
            registry=triple.server,
            location=configured.server_location or configured.location,
            about=(name,),
        )


RULE = Rule(
    "server-mismatch",
    Severity.WARNING,
    Effect.HYGIENE,
    "The SERVER secret names a different server than the configuration expects.",
    "Correct the configuration or the SERVER secret.",
    check,
)
