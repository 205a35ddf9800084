"""Why nothing of a triple is written; pure."""

from collections.abc import Iterator

from crreg.configuration.settings import Visibility
from crreg.ensure.case import Case
from crreg.ensure.trials import trial_refusals
from crreg.findings.finding import Effect, Finding, Severity, errors_of
from crreg.findings.remedy import steps
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level, is_order_documented
from crreg.printable import quoted, sentence
from crreg.registry.outcome import LoginOutcome
from crreg.registry.server import doubt_about, registry_of
from crreg.remedies.providers import server_value
from crreg.remedies.wording import listing, name_of
from crreg.rules import invalid_server, server_mismatch, shadowed_secret, unreadable_secrets
from crreg.rules.ensure_rules import (
    INVALID_NAME,
    INVALID_VALUE,
    MISSING_VALUE,
    NO_SUCH_LEVEL,
    NOT_ASSIGNABLE,
    VISIBILITY_TOO_WIDE,
)
from crreg.triple import Part, is_reserved

LARGEST_VALUE = 48 * 1024
"""Bytes that GitHub accepts for a value.

Source: https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-your-repository-or-organization
"""
_WIDE = {
    Visibility.ALL: (
        "All repositories of {}, including public ones,",
        {Visibility.PRIVATE, Visibility.SELECTED},
    ),
    Visibility.PRIVATE: ("All private and internal repositories of {}", {Visibility.SELECTED}),
}
"""Who can read a secret of each visibility, and which visibilities are for fewer."""


def refusals(case: Case) -> Iterator[Finding]:
    """Yield everything that prevents writing; an error keeps the whole triple from being written."""
    yield from _level(case)
    if case.level.status is not LevelStatus.LISTED:
        return
    judges = (
        _readers,
        _name,
        _invalid_values,
        _missing_values,
        _outdated,
        _server,
        _doubt,
        _visibility,
        _repositories,
        _shadows,
    )
    found = [finding for judge in judges for finding in judge(case)]
    yield from found
    if case.desired.force and errors_of(found):
        # Force overrules no error but those of the trial, so nothing is written.
        return
    yield from trial_refusals(case.desired, case.triple, due=bool(case.due or case.unassigned))


def _level(case: Case) -> Iterator[Finding]:
    level = case.level
    name, identifier = name_of(level.level), case.triple.identifier
    if level.status is LevelStatus.ABSENT:
        remedy = (
            "Give crreg a personal access token of the user whose codespaces are meant, with the "
            f"{case.desired.permissions.get(level.level, 'permission to write their Codespaces secrets')}."
            if level.level is Level.USER
            else f"Set level: repository for {identifier}, in the configuration or with --level."
        )
        yield case.triple.finding(
            NO_SUCH_LEVEL, f"{identifier} can't be stored at {name} level. {sentence(level.detail)}", remedy
        )
    elif level.status is not LevelStatus.LISTED:
        grant = f"Give crreg a token with the {case.desired.permissions.get(level.level, level.permission)}."
        known = case.desired.remedies.get(level.reason) if level.reason is not None else None
        yield case.triple.finding(
            unreadable_secrets.RULE,
            f"Nothing was done for {identifier}, because the secrets at {name} level could not be listed: "
            f"{sentence(level.detail)}",
            *(known or steps(grant)),
            effect=Effect.UNPROVEN,
        )


def _readers(case: Case) -> Iterator[Finding]:
    unknown = [
        secret.name
        for secret in case.stored.values()
        if secret.visibility == Visibility.SELECTED and secret.readers is None
    ]
    if unknown:
        yield case.triple.finding(
            unreadable_secrets.RULE,
            f"Nothing was done for {case.triple.identifier}, because GitHub does not show who can read "
            f"{listing(unknown)}.",
            unreadable_secrets.SHOW_READERS,
            effect=Effect.UNPROVEN,
            about=tuple(unknown),
        )


def _name(case: Case) -> Iterator[Finding]:
    if is_reserved(case.triple.identifier):
        yield case.triple.finding(
            INVALID_NAME,
            f"GitHub refuses names that start with GITHUB_, so {case.name(Part.SERVER)} can't exist.",
            "Give the triple another identifier, in the names of its values and in the configuration.",
        )


def _invalid_values(case: Case) -> Iterator[Finding]:
    for part, value in case.triple.values.items():
        size = len(value.encode(errors="surrogatepass"))
        if not value.strip():
            yield case.triple.finding(
                INVALID_VALUE,
                f"The value for {case.name(part)} is empty.",
                "Check that the secret or variable that it comes from is set and available to this workflow.",
                about=(case.name(part),),
            )
        elif "\0" in value:
            yield case.triple.finding(
                INVALID_VALUE,
                f"The value for {case.name(part)} contains a NUL character, which no environment variable can have, so "
                "no codespace would get it.",
                "Pass only the credential, as text.",
                about=(case.name(part),),
            )
        elif size > LARGEST_VALUE:
            yield case.triple.finding(
                INVALID_VALUE,
                f"The value for {case.name(part)} has {size} bytes; GitHub accepts {LARGEST_VALUE} (48 KB).",
                "Pass only the credential: no registry uses one that long.",
                about=(case.name(part),),
            )


def _missing_values(case: Case) -> Iterator[Finding]:
    lacking = [part for part in case.due if part not in case.triple.values]
    if not lacking or case.triple.failure:
        return
    names = listing(case.name(part) for part in lacking)
    if case.triple.rotated:
        if Part.SERVER in lacking:
            yield case.triple.finding(
                MISSING_VALUE,
                f"No value was given for {case.name(Part.SERVER)}, so the registry is not known.",
                f"Set server for {case.triple.identifier} in the configuration.",
                about=(case.name(Part.SERVER),),
            )
        return
    # A secret that is merely old still works as before; a missing one keeps a codespace from starting.
    needed = bool(case.triple.values) or any(part not in case.stored for part in lacking)
    first = next(iter(case.due))
    yield case.triple.finding(
        MISSING_VALUE,
        f"{names} can't be written: no value was given. {case.name(first)} must be written because {case.due[first]}.",
        "Pass all three values of the triple, as environment variables with these names or in the action's input "
        "credentials.",
        severity=Severity.ERROR if needed else Severity.WARNING,
        about=tuple(case.name(part) for part in lacking),
    )


def _outdated(case: Case) -> Iterator[Finding]:
    """Yield an error for values that are older than their sources: written now, no later run would see that."""
    origins = case.inventory.origins
    if origins is None or case.desired.force or case.triple.rotated:
        return
    names = [case.name(part) for part in case.due if part in case.triple.values]
    old = [name for name in names if origins.is_outdated(name)]
    if old:
        yield case.triple.finding(
            MISSING_VALUE,
            f"{listing(old)} can't be written: the Actions secret or variable of that name was changed after this run "
            "was queued, so the run has the old value.",
            "Run the workflow again: it then gets the new value. With --force (input force), crreg writes the old one.",
            effect=Effect.UNPROVEN,
            about=tuple(old),
        )


def _server(case: Case) -> Iterator[Finding]:
    triple = case.triple
    if triple.expected is None or Part.SERVER not in triple.values or case.desired.force:
        return
    if registry_of(triple.expected) != registry_of(triple.values[Part.SERVER]):
        yield case.triple.finding(
            server_mismatch.RULE,
            f"The configuration expects {quoted(triple.expected)} for {triple.identifier}, but the given value "
            f"is {quoted(triple.values[Part.SERVER])}.",
            "Correct server in the configuration, or the value. With --force (input force), crreg writes the value.",
        )


def _doubt(case: Case) -> Iterator[Finding]:
    """Warn of a SERVER that logs in, but that may not log a codespace in."""
    value = case.triple.values.get(Part.SERVER, "")
    registry, doubt = registry_of(value), doubt_about(value)
    login = case.triple.trial.login
    if registry is None or doubt is None or login is None or login.outcome is LoginOutcome.INVALID:
        return
    name = case.name(Part.SERVER)
    yield case.triple.finding(
        invalid_server.RULE,
        invalid_server.doubt_in_words(name, doubt, registry),
        f"Set {name} to {quoted(server_value(registry))} where this run has it from. Then run crreg ensure with "
        "--force (input force), which writes it again.",
        severity=Severity.WARNING,
        about=(name,),
    )


def _visibility(case: Case) -> Iterator[Finding]:
    triple, repository = case.triple, case.inventory.repository
    if triple.level is not Level.ORGANIZATION or repository is None:
        return
    for visibility, (readers, narrower) in _WIDE.items():
        wide = [case.name(part) for part, secret in case.stored.items() if secret.visibility == visibility]
        if wide and triple.visibility in narrower:
            yield case.triple.finding(
                VISIBILITY_TOO_WIDE,
                f"{readers.format(repository.owner)} can read {listing(wide)}, but the configuration calls "
                f"{triple.identifier} {triple.visibility}.",
                "Narrow its repository access in the organization's Codespaces settings, or set "
                f"visibility: {visibility} in the configuration.",
                about=tuple(wide),
            )
    given = [part for part, secret in case.stored.items() if secret.assigned]
    private = [part for part, secret in case.stored.items() if secret.visibility == Visibility.PRIVATE]
    if triple.visibility is Visibility.PRIVATE:
        private = private or [part for part in Part if part not in given]
    hidden = [case.name(part) for part in private]
    if hidden and repository.visibility == "public":
        yield case.triple.finding(
            NOT_ASSIGNABLE,
            f"{repository.full_name} is public, and {listing(hidden)} {'is' if len(hidden) == 1 else 'are'} for "
            "private and internal repositories only.",
            "Set level: repository for it. Or use visibility: selected, and for a secret that is stored already, "
            "select its repositories in the organization's Codespaces settings.",
            about=tuple(hidden),
        )


def _repositories(case: Case) -> Iterator[Finding]:
    repository = case.inventory.repository
    if case.triple.level is not Level.ORGANIZATION or repository is None:
        return
    for name in case.triple.repositories:
        if name.partition("/")[0].lower() != repository.owner.lower():
            yield case.triple.finding(
                NOT_ASSIGNABLE,
                f"{name} is not a repository of {repository.owner}, so it can't read a secret of that organization.",
                f"Remove it from repositories of {case.triple.identifier} in the configuration.",
                about=(case.triple.identifier, name),
            )


def _shadows(case: Case) -> Iterator[Finding]:
    """Yield a warning for each level with secrets that a codespace gets, or may get, instead of those ensured."""
    names, ensured = {case.name(part) for part in Part}, case.triple.level
    for level in case.inventory.levels:
        documented = is_order_documented((level.level, ensured))
        found = [
            secret.name for secret in level.secrets if secret.name in names and secret.assigned is not False
        ]
        if found and (level.level.hides(ensured) or not documented):
            what = f"{listing(found)} at {name_of(level.level)} level"
            yield case.triple.finding(
                shadowed_secret.RULE,
                f"{what} {'overrides' if len(found) == 1 else 'override'} what is ensured at {name_of(ensured)} level."
                if documented
                else f"{what} may override what is ensured at {name_of(ensured)} level: GitHub does not document which "
                "one a codespace gets.",
                f"Delete what is stored there, or ensure {case.triple.identifier} at that level.",
                severity=Severity.WARNING,
                about=tuple(found),
            )
