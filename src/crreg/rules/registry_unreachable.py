"""A registry could not be checked."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, faulty
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import steps
from crreg.printable import quoted, sentence
from crreg.registry.outcome import HOST_FAULTS, PASSING_LOGINS, UNANSWERED_PULLS, PullOutcome
from crreg.remedies.commands import ask_registry
from crreg.remedies.wording import needed_by, place_of
from crreg.rules.rule import Rule

_PULLS = UNANSWERED_PULLS | {PullOutcome.INSECURE}
ANOTHER_REGISTRY = steps(
    "Codespaces don't pull over plain http, or from another machine's local network. Use a registry that they can "
    "reach over https. To let this check connect anyway, list the host (and port) in allow-insecure."
)
"""What to do if the address itself is why nothing was sent."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per registry, from its logins if there are any, else from its images."""
    reported: set[str] = set()
    for triple in facts.triples:
        login = triple.login
        if login is None or login.outcome not in PASSING_LOGINS or login.fault in HOST_FAULTS:
            continue
        if absent_parts(facts, triple):
            continue
        if triple.server is None or triple.server not in reported:
            reported.add(triple.server or "")
            yield _finding(facts, triple.server, login.detail, triple.identifier, place_of(facts, triple))
    for image in facts.images:
        pull = image.pull
        if image.reference is None or pull is None or pull.outcome not in _PULLS:
            continue
        if pull.fault in HOST_FAULTS:
            continue
        registry = image.reference.registry
        if registry not in reported and not faulty(facts, facts.triple(image.triple)):
            reported.add(registry)
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
        f"{name} could not be checked, so nothing is known about its images: {sentence(detail)}"
        + needed_by(facts, registry),
        ANOTHER_REGISTRY
        if insecure
        else steps(
            "Run the check again. If it fails again, check whether the registry answers from the internet, where "
            "codespaces run (the answer should be 200 or 401):",
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
    "A registry could not be checked.",
    "Run crreg again, and check whether the registry answers from the internet.",
    check,
)
