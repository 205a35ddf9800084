"""The registry refuses the triple's user and password."""

from collections.abc import Iterator

from crreg.facts.model import Facts, TripleFact
from crreg.facts.questions import StoredPart, absent_parts, needed, stored_parts
from crreg.facts.registry_quirks import blocks_public, superfluous
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.github.levels import Level
from crreg.printable import quoted, sentence
from crreg.registry.login.password import PasswordKind
from crreg.registry.outcome import Fault, LoginOutcome, LoginResult
from crreg.remedies.commands import delete_secret, settings_page, unassign_secret
from crreg.remedies.providers import advice_for
from crreg.remedies.renewal import new_credential
from crreg.remedies.wording import needed_by
from crreg.rules.rule import Rule

FIREWALL = (
    "Let the registry accept pulls from every network. Neither codespaces nor GitHub's runners have a fixed address "
    "that a firewall could allow. If the registry must stay closed, copy the image to one that codespaces can reach "
    "(crreg publish --copy)."
)
"""What to do about a registry that only admits listed addresses."""
_REFUSALS = frozenset({LoginOutcome.DENIED, LoginOutcome.FORBIDDEN})


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple; missing-secret reports a triple that lacks a part."""
    for triple in facts.triples:
        login = triple.login
        if login is None or login.outcome not in _REFUSALS or absent_parts(facts, triple):
            continue
        harmful = needed(facts, triple) or blocks_public(facts, triple)
        yield RULE.of_triple(
            facts,
            triple,
            _message(facts, triple, login),
            _remedy(facts, triple, login),
            effect=None if harmful else Effect.UNPROVEN,
        )


def _message(facts: Facts, triple: TripleFact, login: LoginResult) -> str:
    message = f"The login with {triple.identifier} fails: {sentence(login.detail)}"
    if login.outcome is LoginOutcome.DENIED and triple.password_kind is PasswordKind.ECR_TOKEN:
        message += " The password is an ECR token, which expires after 12 hours."
    if superfluous(facts, triple):
        message += (
            f" The images need no login, but {quoted(triple.server or '')} refuses even public images after a login "
            "that it does not accept."
        )
    return message + needed_by(facts, triple.server)


def _remedy(facts: Facts, triple: TripleFact, login: LoginResult) -> Remedy:
    advice = advice_for(triple.server, triple.account, triple.service)
    if login.fault is Fault.FIREWALL:
        return steps(FIREWALL, advice.page)
    if login.outcome is LoginOutcome.FORBIDDEN:
        return (*advice.grant, advice.page)
    if superfluous(facts, triple):
        return (*_without(facts, stored_parts(triple)), advice.page)
    return new_credential(facts, triple)


def _without(facts: Facts, stored: tuple[StoredPart, ...]) -> Remedy:
    """Return the steps that keep the triple from this repository's codespaces."""
    shared = [part for part in stored if part.holding.level is Level.ORGANIZATION]
    selected = all(part.holding.visibility == "selected" for part in shared)
    reason = "Codespaces log in with a token of their own; GitHub does not document whether a triple replaces that."
    if shared and not selected:
        what = (
            f"Delete the triple. {reason} It belongs to the organization, and other repositories may use it"
        )
        return steps(settings_page(facts, Level.ORGANIZATION, what))
    what = "Remove this repository's access to the triple: paste this." if shared else "Delete the triple."
    lines = (
        unassign_secret(facts, part.name, part.holding.level)
        if part in shared
        else delete_secret(facts, part.name, part.holding.level)
        for part in stored
    )
    return steps(f"{what} {reason}", *lines)


RULE = Rule(
    "login-failed",
    Severity.ERROR,
    Effect.STOPS,
    "The registry refuses the triple's user and password.",
    "Get a credential that works, and update the secrets with it.",
    check,
)
