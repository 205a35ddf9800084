"""The token is not allowed to list the Codespaces secrets of a level, or the repositories that may read one."""

from collections.abc import Collection, Iterator

from crreg.facts.model import Facts, TripleFact
from crreg.facts.questions import (
    absence_known,
    kept_by_repository,
    needed,
    needs_secrets,
    unshown_parts,
)
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Command, Link, Remedy, Shell, Snippet, Step, steps
from crreg.github.errors import Reason
from crreg.github.gh import gh_host, token_variable
from crreg.github.inventory import LevelInventory, LevelStatus
from crreg.github.levels import Level
from crreg.github.token import missing_scope
from crreg.printable import plain, quoted, sentence
from crreg.remedies.commands import export, set_actions_secret
from crreg.remedies.wording import listing, name_of, needed_by
from crreg.rules.rule import Rule

_UNKNOWN = frozenset({LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE})
_REFUSED = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
_NOT_JUDGED = "crreg did not check whether a secret is missing or not assigned."
_GRANT = "Give crreg a personal access token or a GitHub App token that can list them"
TOKEN = "CODESPACES_ADMIN_TOKEN"  # noqa: S105 - a secret's name
"""The Actions secret for the token that lists Codespaces secrets, in remedies, documentation and `crreg init`."""

_PEOPLE = {
    Level.ORGANIZATION: "an owner of {}",
    Level.REPOSITORY: "a person with the Admin role in the repository",
}
"""Who can list the secrets of a level, if the token has what it needs."""

SHOW_READERS = (
    "Run crreg again. If nothing changes, check that the token can list the repositories of these secrets."
)
"""What to do if GitHub does not show who may read a secret."""
_PLAN = (
    " GitHub gives the same answer if the organization's plan is Free: Codespaces secrets of an organization and its "
    "private repositories need GitHub Team or Enterprise Cloud."
)
_UNREACHABLE = (
    "Run crreg again. If GitHub still can't be reached, check whether this machine's firewall or proxy "
    "(HTTPS_PROXY) lets crreg through."
)


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per level, or a single one if GitHub or the repository could not be queried.

    Another finding is about each triple with a secret whose readers GitHub did not show.
    """
    inventory = facts.inventory
    if inventory is None:
        if needs_secrets(facts):
            reason = sentence(facts.inventory_reason or "GitHub was not queried")
            yield RULE.finding(
                f"crreg could not list the Codespaces secrets. {reason} {_NOT_JUDGED}",
                _first_token(facts),
                about=(facts.repository or "",),
            )
    elif inventory.repository is None:
        yield RULE.finding(
            f"The repository's Codespaces secrets could not be read: {sentence(inventory.detail)} {_NOT_JUDGED}",
            _remedy(facts, inventory.reason, _permission(inventory.scopes)),
            about=(facts.repository or "",),
        )
    else:
        unread = [level for level in inventory.levels if level.status in _UNKNOWN]
        # A GitHub without Codespaces refuses every level for the same reason.
        for level in unread[:1] if inventory.is_enterprise_server else unread:
            yield _level(facts, level)
        yield from (_readers(facts, triple) for triple in facts.triples if unshown_parts(triple))


def _permission(scopes: Collection[str] | None) -> str:
    """Return what a token needs to see a repository; `scopes` is None for a token that has permissions instead."""
    return 'repository permission "Codespaces secrets"' if scopes is None else "scope `repo`"


def _level(facts: Facts, level: LevelInventory) -> Finding:
    known = absence_known(facts) or kept_by_repository(facts)
    consequence = "" if known else f" {_NOT_JUDGED}"
    fallback = Reason.UNREACHABLE if level.status is LevelStatus.UNREACHABLE else Reason.FORBIDDEN
    permission = level.permission or "permission to list Codespaces secrets"
    whose = "The" if _is_enterprise_server(facts) else f"The {name_of(level.level)}'s"
    return RULE.finding(
        f"{whose} Codespaces secrets could not be listed: {sentence(level.detail)}{consequence}",
        _remedy(facts, level.reason or fallback, permission, level.level),
        effect=Effect.HYGIENE if known or not needs_secrets(facts) else None,
        about=(level.level,),
    )


def _readers(facts: Facts, triple: TripleFact) -> Finding:
    names = [part.name for part in unshown_parts(triple)]
    here, them = quoted(facts.repository or "this repository"), "it" if len(names) == 1 else "them"
    return RULE.of_triple(
        facts,
        triple,
        f"GitHub did not show which repositories may read {listing(names)}, so crreg can't tell whether codespaces of "
        f"{here} get {them}." + needed_by(facts, triple.server),
        steps(SHOW_READERS),
        effect=None if needed(facts, triple) else Effect.HYGIENE,
        about=tuple(names),
    )


def _remedy(facts: Facts, reason: Reason | None, permission: str, level: Level | None = None) -> Remedy:
    """Return what to do about a reason; without a level, the repository itself could not be read."""
    if reason in _REFUSED and (missing := _missing_scopes(facts, level)):
        command = ("gh", "auth", "refresh", "-h", gh_host(facts.web_url), "-s", ",".join(missing))
        return steps("Add the scopes that gh's token lacks:", Command(command))
    known = _apart_from_access(facts) | _about_access(facts, plain(permission), level)
    return steps(*known.get(reason or Reason.UNREACHABLE, (_UNREACHABLE,)))


def _is_enterprise_server(facts: Facts) -> bool:
    return facts.inventory is not None and facts.inventory.is_enterprise_server


def _missing_scopes(facts: Facts, level: Level | None) -> tuple[str, ...]:
    """Return the scopes that the token of gh lacks for every level that it can't list; empty if that is not the cause.

    gh asks for all of them at once, and keeps those that it has.
    Source: https://cli.github.com/manual/gh_auth_refresh
    """
    inventory = facts.inventory
    if not facts.token_source or inventory is None or inventory.scopes is None:
        return ()
    scopes = inventory.scopes
    refused = [each.level for each in inventory.levels if each.status is LevelStatus.UNREADABLE]
    if missing_scope(level or Level.REPOSITORY, scopes) is None:
        return ()
    missing = (missing_scope(each, scopes) for each in refused or [level or Level.REPOSITORY])
    return tuple(sorted(scope for scope in missing if scope is not None))


def remedies_apart_from_access(facts: Facts) -> dict[Reason, Remedy]:
    """Return what to do about each reason for which another permission would not help."""
    known = _apart_from_access(facts)
    if _is_enterprise_server(facts):
        known[Reason.NOT_FOUND] = (_no_codespaces(facts),)
    return {reason: steps(*parts) for reason, parts in known.items()}


def _apart_from_access(facts: Facts) -> dict[Reason, tuple[str | Step, ...]]:
    tokens, owner = f"{facts.web_url}/settings/tokens", _owner(facts)
    return {
        Reason.MALFORMED_TOKEN: (
            "Store the token again, as one line with no space before or after it:",
            _store_token(facts),
        ),
        Reason.BAD_TOKEN: ("Log in with gh again:", _log_in(facts))
        if facts.token_source
        else (
            Link("Create a new token with the same permissions", tokens),
            "Then store it in the Actions secret that the step passes as `token`, such as:"
            if facts.in_workflow
            else "Then set it here:",
            _store_token(facts),
        ),
        Reason.SINGLE_SIGN_ON: (
            Link(f"Authorize the token for the single sign-on of {owner} under Configure SSO", tokens),
            Link("You may have to sign in first", f"{facts.web_url}/orgs/{owner}/sso"),
        ),
        Reason.IP_ALLOW_LIST: (
            "Run crreg on a machine that the list admits, such as a self-hosted runner. Or have an owner add this one:",
            Link("IP allow list", f"{facts.web_url}/organizations/{owner}/settings/security"),
        ),
        Reason.RATE_LIMITED: ("Run crreg again later, or give it a token of its own.",),
        Reason.NO_CA_FILE: ("Correct the path in that environment variable, or unset it.",),
        Reason.UNREACHABLE: (_UNREACHABLE,),
        Reason.FREE_PLAN: (
            f"Store the secrets in the repository if it is public; for a private one, {owner} needs another plan.",
            Link(
                "GitHub Team and Enterprise Cloud have them",
                f"{facts.web_url}/organizations/{owner}/settings/billing",
            ),
        ),
    }


def _about_access(facts: Facts, needs: str, level: Level | None) -> dict[Reason, tuple[str | Step, ...]]:
    grant = _grant(facts, needs, level)
    forbidden = {Reason.FORBIDDEN: (grant,)}
    if _is_enterprise_server(facts):
        return {**forbidden, Reason.NOT_FOUND: (_no_codespaces(facts),)}
    return {
        **forbidden,
        Reason.NOT_FOUND: (
            "Check the repository's name. If it is right, give the token access to the repository. It needs the "
            f"{needs}."
            if level is None
            else f"{grant}{_PLAN if _depends_on_plan(facts, level) else ''}",
        ),
    }


def _depends_on_plan(facts: Facts, level: Level) -> bool:
    """Whether an organization's plan decides if there are such secrets. `_PLAN` says what needs one."""
    repository = facts.inventory.repository if facts.inventory is not None else None
    if repository is not None and not repository.owner_is_organization:
        return False
    is_public = repository is not None and repository.visibility == "public"
    return level is Level.ORGANIZATION or (level is Level.REPOSITORY and not is_public)


def _grant(facts: Facts, needs: str, level: Level | None) -> str:
    """Say which token can list the level. If a token has the scope, its person is not allowed to.

    Source: https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-your-repository-or-organization
    """
    scopes = facts.inventory.scopes if facts.inventory is not None else None
    if level not in _PEOPLE or scopes is None or missing_scope(level, scopes) is not None:
        return f"{_GRANT}. It needs the {needs}."
    return (
        f"Give crreg the token of {_PEOPLE[level].format(_owner(facts))}. This one already has the {needs}."
    )


def _no_codespaces(facts: Facts) -> str:
    """Say why GitHub answers 404 to everybody.

    Source: https://github.com/github/docs/blob/main/content/codespaces/index.md (`versions`)
    """
    return (
        f"{plain(gh_host(facts.web_url))} is a GitHub Enterprise Server, which has no Codespaces, so no token helps. "
        "Check the address of GitHub's API (GITHUB_API_URL)."
    )


def _owner(facts: Facts) -> str:
    return plain((facts.repository or "ORGANIZATION").partition("/")[0])


def _first_token(facts: Facts) -> Remedy:
    """Return how to give crreg a token if it has none. In a terminal, gh has none either: crreg has asked it."""
    if facts.in_workflow:
        return steps(
            f"{_GRANT}. Add this to the step's `with`:",
            Snippet(f"token: ${{{{ secrets.{TOKEN} }}}}"),
            "If the step has that line already, the secret is not set, is misspelled, or is not available to this "
            "workflow. To set it:",
            _store_token(facts),
        )
    return steps(
        "Log in with gh, so that crreg can use its token:",
        _log_in(facts),
        "Or set another token that can list them:",
        _store_token(facts),
    )


def _log_in(facts: Facts) -> Command:
    """Log in to the GitHub that is checked.

    Source: https://cli.github.com/manual/gh_auth_login
    """
    return Command(("gh", "auth", "login", "--hostname", gh_host(facts.web_url)))


def _store_token(facts: Facts) -> Command | Shell:
    """Ask for a token, and keep it where the next run finds it."""
    return (
        set_actions_secret(facts, TOKEN)
        if facts.in_workflow
        else export(token_variable(gh_host(facts.web_url)))
    )


RULE = Rule(
    "unreadable-secrets",
    Severity.WARNING,
    Effect.UNPROVEN,
    "The token is not allowed to list the Codespaces secrets of a level, or who may read one.",
    "Give crreg a token with the permission that the finding names.",
    check,
)
