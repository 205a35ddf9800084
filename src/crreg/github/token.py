"""The kinds of GitHub token, the permissions that each needs, and when a token expires."""

import enum
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crreg.github.levels import Level


class TokenKind(enum.Enum):
    """The kinds of GitHub token, recognized by their prefix.

    Source: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    """

    CLASSIC = "personal access token (classic)"
    FINE_GRAINED = "fine-grained personal access token"
    INSTALLATION = "installation token"
    """The token of a GitHub App: either the user's own App, or the workflow's GITHUB_TOKEN."""
    USER = "user token of an app"
    UNKNOWN = "token"


_PREFIXES = {
    "ghp_": TokenKind.CLASSIC,
    "github_pat_": TokenKind.FINE_GRAINED,
    "ghs_": TokenKind.INSTALLATION,
    "gho_": TokenKind.USER,
    "ghu_": TokenKind.USER,
}

WORKFLOW_REFUSED = (
    "A workflow's GITHUB_TOKEN can't access Codespaces secrets, whatever its `permissions:` are: give crreg a "
    "personal access token (input `token`) or a GitHub App (inputs `app-id` and `app-private-key`)."
)

_SCOPES = {
    Level.REPOSITORY: "repo",
    Level.ORGANIZATION: "admin:org",
    Level.USER: "codespace:secrets",
}
_PERMISSIONS = {
    Level.REPOSITORY: 'repository permission "Codespaces secrets"',
    Level.ORGANIZATION: 'organization permission "Organization codespaces secrets"',
    Level.USER: 'account permission "Codespaces user secrets"',
}


def kind_of(token: str) -> TokenKind:
    """The kind of a token, by its prefix."""
    return next((kind for prefix, kind in _PREFIXES.items() if token.startswith(prefix)), TokenKind.UNKNOWN)


def permission_for(level: Level, kind: TokenKind, *, write: bool = False) -> str:
    """The permission that a token of this kind needs to list (or write) the secrets of a level.

    Source: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
    (the repository permission can be chosen with write access alone).
    """
    access = "read and write" if write or level is Level.REPOSITORY else "read"
    if kind in (TokenKind.CLASSIC, TokenKind.USER):
        return f"scope `{_SCOPES[level]}`"
    if kind in (TokenKind.FINE_GRAINED, TokenKind.INSTALLATION):
        return f"{_PERMISSIONS[level]} ({access})"
    return f"{_PERMISSIONS[level]} ({access}), or scope `{_SCOPES[level]}` of a classic token"


def variables_permission(*, organization: bool, kind: TokenKind) -> str:
    """The permission that a token of this kind needs to read and write Actions variables.

    Source: https://docs.github.com/en/rest/actions/variables
    """
    scope = f"scope `{_SCOPES[Level.ORGANIZATION if organization else Level.REPOSITORY]}`"
    permission = "organization" if organization else "repository"
    permission = f'{permission} permission "Variables" (read and write)'
    if kind in (TokenKind.CLASSIC, TokenKind.USER):
        return scope
    if kind in (TokenKind.FINE_GRAINED, TokenKind.INSTALLATION):
        return permission
    return f"{permission}, or {scope} of a classic token"


def packages_permission(kind: TokenKind) -> str:
    """What a user with a token of this kind needs to read container packages.

    GitHub Packages accepts a workflow's GITHUB_TOKEN and classic tokens. It accepts neither fine-grained tokens nor
    tokens of a GitHub App, which have the same prefix as GITHUB_TOKEN.

    Sources: https://docs.github.com/en/packages/learn-github-packages/about-permissions-for-github-packages
    https://github.com/jikig-ai/soleur/issues/6073 (an App's token, tried), https://github.com/akuity/kargo/pull/2391
    """
    classic = "a classic personal access token with scope `read:packages`"
    if kind in (TokenKind.CLASSIC, TokenKind.USER):
        return "scope `read:packages`"
    if kind is TokenKind.INSTALLATION:
        return (
            f"the workflow's own `${{{{ github.token }}}}` with `packages: read` under `permissions:`, or {classic}, "
            "since GitHub Packages does not accept the token of a GitHub App"
        )
    if kind is TokenKind.FINE_GRAINED:
        return f"{classic}, since GitHub Packages does not accept fine-grained tokens"
    return classic


def granted_scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    """The scopes of a classic token or of an OAuth app's; None for other kinds, which have no such header.

    The keys of `headers` are in lower case.
    Source: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    text = headers.get("x-oauth-scopes")
    if not isinstance(text, str):
        return None
    return frozenset(filter(None, (scope.strip() for scope in text.split(","))))


def missing_scope(level: Level, granted: frozenset[str]) -> str | None:
    """The scope that such a token lacks to list or write the secrets of a level; None if it has it.

    Source: https://docs.github.com/en/rest/codespaces/secrets (`codespace` or `codespace:secrets`)
    """
    needed = _SCOPES[level]
    return None if {needed, needed.partition(":secrets")[0]} & granted else needed


_HEADER = "github-authentication-token-expiration"
_FORM = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:UTC|[+-]\d{4})", re.ASCII)


def token_expiry(headers: Mapping[str, Any]) -> datetime | None:
    """When the token expires, in UTC; None if it does not expire, or if the header has an unknown form.

    Both `2026-12-01 10:00:00 UTC` and `2026-12-01 15:00:00 +0500` have been seen. The keys of `headers` are in lower
    case.
    Source: https://github.com/google/go-github/pull/2650
    """
    text = headers.get(_HEADER)
    if not isinstance(text, str) or not _FORM.fullmatch(text.strip()):
        return None
    try:
        moment = datetime.strptime(text.strip().replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
