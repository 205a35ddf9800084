"""A registry could not be asked."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, faulty
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import steps
from crreg.registry.outcome import HOST_FAULTS, LoginOutcome, PullOutcome
from crreg.remedies.commands import ask_registry
from crreg.remedies.wording import needed_by, place_of
from crreg.rules.rule import Rule
from crreg.text import quoted, sentence

_LOGINS = frozenset(
    {
        LoginOutcome.UNREACHABLE,
        LoginOutcome.RATE_LIMITED,
        LoginOutcome.SERVER_ERROR,
        LoginOutcome.TLS_ERROR,
    }
)
_PULLS = frozenset(
    {
        PullOutcome.UNREACHABLE,
        PullOutcome.RATE_LIMITED,
        PullOutcome.SERVER_ERROR,
        PullOutcome.TLS_ERROR,
        PullOutcome.NOT_A_REGISTRY,
        PullOutcome.INSECURE,
    }
)
_INSECURE = (
    "A codespace asks no registry by plain http, and none on another machine's own network: name one that it reaches "
    "by https. To have this check ask anyway, list the host (and port) in allow-insecure."
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a registry, from its logins first, else from its images."""
    told: set[str] = set()
    for triple in facts.triples:
        login = triple.login
        if login is None or login.outcome not in _LOGINS or login.fault in HOST_FAULTS:
            continue
        if absent_parts(facts, triple):
            continue
        if triple.server is None or triple.server not in told:
            told.add(triple.server or "")
            yield _finding(facts, triple.server, login.detail, triple.identifier, place_of(facts, triple))
    for image in facts.images:
        pull = image.pull
        if image.reference is None or pull is None or pull.outcome not in _PULLS:
            continue
        if pull.fault in HOST_FAULTS:
            continue
        registry = image.reference.registry
        if registry not in told and not faulty(facts, facts.triple(image.triple)):
            told.add(registry)
            yield _finding(
                facts,
                registry,
                pull.detail,
                image.triple,
                image.location,
                insecure=pull.outcome is PullOutcome.INSECURE,
            )


def _finding(
    facts: Facts,
    registry: str | None,
    detail: str,
    triple: str | None,
    location: Location | None,
    *,
    insecure: bool = False,
) -> Finding:
    name = quoted(registry) if registry else f"The registry of {triple}"
    request = (ask_registry(registry),) if registry else ()
    return RULE.finding(
        f"{name} could not be asked, so nothing is known of its images: {sentence(detail)}"
        + needed_by(facts, registry),
        steps(_INSECURE)
        if insecure
        else steps(
            "Run the check again. If it stays so, see whether the registry answers from the internet, where "
            "codespaces run (200 or 401 is right):",
            *request,
        ),
        triple=triple,
        registry=registry,
        location=location,
        about=(registry,) if registry else (),
    )


RULE = Rule(
    "registry-unreachable",
    Severity.WARNING,
    Effect.UNPROVEN,
    "A registry could not be asked.",
    "Run the check again, and see whether the registry answers from the internet.",
    check,
)
