"""A container package in GitHub's registry, and whether codespaces of a repository may pull it."""

import enum
import urllib.parse
from dataclasses import dataclass


class PackageStatus(enum.Enum):
    """Whether a package could be read."""

    FOUND = "found"
    ABSENT = "absent"
    """The package does not exist, or the token can't see it: GitHub does not distinguish the two."""
    UNREADABLE = "unreadable"
    """The token can't read packages."""
    UNREACHABLE = "unreachable"
    """GitHub could not be reached, or kept failing."""


@dataclass(frozen=True, slots=True)
class Package:
    """A container package, as GitHub's API describes it."""

    owner: str
    name: str
    """May contain slashes: `dev/base` in `ghcr.io/octo-org/dev/base`."""
    status: PackageStatus
    visibility: str | None = None
    """`public`, `private` or `internal`; None unless the package was found."""
    repository: str | None = None
    """Full name of the repository that the package is linked to; None if it is not linked, or was not found."""
    owner_is_organization: bool | None = None
    """None if unknown."""
    detail: str = ""
    """Why the package was not found, as a sentence; empty if it was. May quote the server: escape it."""
    permission: str = ""
    """What a token needs to read packages, in GitHub's words; empty unless the package is unreadable or absent."""

    def settings_page(self, web_url: str) -> str:
        """The address of the package's settings, where people manage who may read it."""
        kind = "users" if self.owner_is_organization is False else "orgs"
        owner, name = (urllib.parse.quote(text, safe="") for text in (self.owner, self.name))
        return f"{web_url}/{kind}/{owner}/packages/container/{name}/settings"


class Access(enum.Enum):
    """Whether codespaces of a repository may pull a package without any secret, and why.

    No API shows what was granted under "Manage Codespaces access", so a refusal here may not be final.
    """

    PUBLIC = "public"
    LINKED = "linked"
    """It is linked to the repository and inherits its access."""
    INTERNAL = "internal"
    """All private and internal repositories of its owner may read it."""
    UNLINKED = "unlinked"
    """It is private and not linked to a repository."""
    LINKED_ELSEWHERE = "linked elsewhere"
    """It is private and linked to another repository."""
    INTERNAL_FROM_PUBLIC = "internal, from a public repository"
    """It is internal, but the repository is public, so anybody can start its codespaces."""
    INTERNAL_ELSEWHERE = "internal elsewhere"
    """It is internal to another owner. Members of one enterprise may read it; for codespaces this is undocumented."""
    UNKNOWN = "unknown"
    """The package could not be read."""

    @property
    def granted(self) -> bool:
        """Whether a codespace may certainly pull it."""
        return self in {Access.PUBLIC, Access.LINKED, Access.INTERNAL}

    @property
    def refused(self) -> bool:
        """Whether a codespace may not pull it, unless the package's settings grant access."""
        return not self.granted and self is not Access.UNKNOWN

    @property
    def certain(self) -> bool:
        """Whether GitHub documents the answer.

        Source: https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
        """
        return self not in {Access.UNKNOWN, Access.INTERNAL_ELSEWHERE}


def judge_package(package: Package, repository: str, visibility: str) -> Access:
    """Whether codespaces of `repository` (`owner/name`), with its visibility, may pull the package.

    Source: https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
    """
    if package.status is not PackageStatus.FOUND:
        return Access.UNKNOWN
    if package.visibility == "public":
        return Access.PUBLIC
    if package.repository is not None and package.repository.lower() == repository.lower():
        return Access.LINKED
    if package.visibility == "internal":
        if package.owner.lower() != repository.partition("/")[0].lower():
            return Access.INTERNAL_ELSEWHERE
        return Access.INTERNAL_FROM_PUBLIC if visibility == "public" else Access.INTERNAL
    return Access.UNLINKED if package.repository is None else Access.LINKED_ELSEWHERE
