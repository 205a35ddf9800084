"""The kinds of token of which the suite finds out what each gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of token; the person who runs the suite makes one and passes it in a variable."""

    kind: Literal["classic", "fine-grained", "installation", "workflow"]
    how: str
    """How to make one."""
    scopes: tuple[str, ...] = ()
    permissions: Mapping[str, Literal["read", "write"]] | None = None
    writer: bool = False
    """Whether it belongs to a member with write access who administers nothing."""

    def variable(self, name: str) -> str:
        """Return the variable that holds the token."""
        return f"CRREG_LIVE_{name.upper().replace('-', '_')}"


def _classic(*scopes: str) -> Profile:
    listed = " and ".join(f"`{scope}`" for scope in scopes)
    return Profile("classic", f"classic, with {listed or 'no scope'}", scopes)


PROFILES: Mapping[str, Profile] = {
    "classic-without-scopes": _classic(),
    "classic-repo": _classic("repo"),
    "classic-admin-org": _classic("admin:org"),
    "classic-codespace-secrets": _classic("codespace:secrets"),
    "classic-read-packages": _classic("read:packages"),
    "fine-grained-repository": Profile(
        "fine-grained",
        "fine-grained, of the owner, for all repositories, with Codespaces secrets: write",
        permissions={"codespaces_secrets": "write"},
    ),
    "fine-grained-organization": Profile(
        "fine-grained",
        "fine-grained, of the owner, with Organization codespaces secrets: write",
        permissions={"organization_codespaces_secrets": "write"},
    ),
    "fine-grained-user": Profile(
        "fine-grained",
        "fine-grained, of your own account, with Codespaces user secrets: write",
        permissions={"codespaces_user_secrets": "write"},
    ),
    "app": Profile(
        "installation",
        "of an App installed on the owner for all repositories, with Codespaces secrets: write, "
        "Organization codespaces secrets: write and Packages: read",
        permissions={
            "codespaces_secrets": "write",
            "organization_codespaces_secrets": "write",
            "packages": "read",
        },
    ),
    "writer-classic-repo": Profile(
        "classic",
        "classic, with `repo`, of a member, not an owner, of the organization, which has the base permission Write",
        ("repo",),
        writer=True,
    ),
}
"""The kinds by name. A workflow's GITHUB_TOKEN needs none: the suite starts a workflow that asks with its own."""
