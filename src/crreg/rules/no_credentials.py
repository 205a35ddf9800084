"""Something needs a login, and the caller passes no credentials at all."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.package_access import needs_no_secret, package_access
from crreg.facts.questions import DENIALS, absence_known, needed
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted
from crreg.registry.outcome import PullOutcome
from crreg.remedies.commands import environment, export
from crreg.remedies.providers import suggested_identifier
from crreg.remedies.wording import listing
from crreg.rules.rule import Rule
from crreg.triple import names_of

_WANTS_A_LOGIN = DENIALS | {PullOutcome.SKIPPED}


def check(facts: Facts) -> Iterator[Finding]:
    """Yield at most one finding. If GitHub withholds the secrets, yield none: nobody made a mistake."""
    if facts.credentials_given or facts.withheld:
        return
    names = _names(facts)
    if not names:
        return
    where = "the step's env" if facts.in_workflow else "the environment"
    line = environment if facts.in_workflow else export
    yield RULE.finding(
        f"No credentials were passed for {listing(names.values())}, so no login was tried.",
        steps(
            f"To test the logins, set the three values of each in {where}:",
            *(line(str(name)) for identifier in names for name in names_of(identifier)),
        ),
        about=tuple(names),
    )


def _names(facts: Facts) -> dict[str, str]:
    """Return the triples that codespaces need, and what to call each in a message.

    If none could be listed, identifiers are suggested for the refused images. The message then names the registries,
    because nobody knows the identifiers yet.
    """
    known = {triple.identifier: triple.identifier for triple in facts.triples if needed(facts, triple)}
    if known or absence_known(facts):
        # uncovered-registry reports an image that no stored triple logs in for.
        return known
    refused = (
        image.reference.registry
        for image in facts.images
        if image.reference is not None
        and image.outcome in _WANTS_A_LOGIN
        and not needs_no_secret(facts, image)
        and not package_access(facts, image).refused
    )
    suggested: dict[str, str] = {}
    for registry in refused:
        suggested.setdefault(suggested_identifier(registry, facts.web_url), quoted(registry))
    return suggested


RULE = Rule(
    "no-credentials",
    Severity.WARNING,
    Effect.UNPROVEN,
    "Images need a login, but no credentials were passed to test one with.",
    "Pass each triple's server, user and password to the step, or set them in the environment.",
    check,
)
