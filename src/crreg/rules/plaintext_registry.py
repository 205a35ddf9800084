"""The registry would get the password unencrypted."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, needed
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted, sentence
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.remedies.wording import needed_by
from crreg.rules.rule import Rule

_REGISTRY = (
    "Serve the registry over https with a certificate for its name. If it is meant to use plain http, list its host in "
    "the input allow-insecure; a codespace will still refuse it."
)
REALM = (
    "The registry itself uses https, but it gives a plain http address for its token server. Set its external "
    "address to https (external_url in Harbor, auth.token.realm in distribution), and make the proxy in front of it "
    "send X-Forwarded-Proto: https."
)
"""What to do about a registry that uses https and sends logins to plain http."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple; missing-secret reports a triple that lacks a part."""
    for triple in facts.triples:
        login = triple.login
        if login is None or login.outcome is not LoginOutcome.INSECURE or absent_parts(facts, triple):
            continue
        registry = quoted(triple.server) if triple.server else "The registry"
        yield RULE.of_triple(
            facts,
            triple,
            f"{registry} would get the password of {triple.identifier} unencrypted, so it was not sent: "
            f"{sentence(login.detail)}" + needed_by(facts, triple.server),
            steps(REALM if login.fault is Fault.REALM else _REGISTRY),
            effect=None if needed(facts, triple) else Effect.UNPROVEN,
        )


RULE = Rule(
    "plaintext-registry",
    Severity.ERROR,
    Effect.STOPS,
    "The registry would get the password unencrypted.",
    "Serve the registry over https.",
    check,
)
