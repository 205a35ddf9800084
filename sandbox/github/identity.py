"""The identity behind a request: the kinds of token that GitHub issues, and their data."""

# Assumes GH-TOKEN-FORMS.

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class TokenKind(enum.StrEnum):
    """A kind of credential."""

    CLASSIC = "classic"
    """A personal access token with scopes, `ghp_`."""
    FINE_GRAINED = "fine-grained"
    """A personal access token with permissions on chosen repositories of one owner, `github_pat_`."""
    INSTALLATION = "installation"
    """A GitHub App's installation access token, `ghs_`."""
    WORKFLOW = "workflow"
    """A workflow's GITHUB_TOKEN, `ghs_`, valid for one repository."""
    CODESPACE = "codespace"
    """A codespace's GITHUB_TOKEN, `ghu_`, of the user who started it, valid for one repository."""
    APP = "app"
    """A JSON Web Token that a GitHub App signed; valid only for `/app`."""
    NONE = "none"
    """No credential."""


PREFIXES = {
    TokenKind.CLASSIC: "ghp_",
    TokenKind.FINE_GRAINED: "github_pat_",
    TokenKind.INSTALLATION: "ghs_",
    TokenKind.WORKFLOW: "ghs_",
    TokenKind.CODESPACE: "ghu_",
}


@dataclass(frozen=True)
class Identity:
    """A valid credential."""

    kind: TokenKind
    owner: str | None = None
    """The user who owns the token; None for an App's and a workflow's."""
    scopes: frozenset[str] = frozenset()
    """The scopes of a classic token."""
    permissions: Mapping[str, str] = field(default_factory=dict)
    """The permissions of any other token: permission to `read` or `write`."""
    resource_owner: str | None = None
    """The account whose resources a fine-grained or installation token reaches."""
    repositories: frozenset[int] | None = None
    """The repositories it reaches; None for all of the resource owner's."""
    app_id: int | None = None
    expires_at: datetime | None = None
    packages_of: frozenset[int] = frozenset()
    """Further repositories whose packages a codespace's token may read, because its person authorized that."""
    single_sign_on: frozenset[str] = frozenset()
    """Organizations with SAML that a classic token is authorized for, in lower case."""

    def permits(self, permission: str, level: str) -> bool:
        """Whether it has that permission at that level or above."""
        granted = self.permissions.get(permission)
        return granted in (level, "write", "admin")


ANONYMOUS = Identity(TokenKind.NONE)
