"""A container package in GitHub's registry."""

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

    def is_linked_to(self, repository: str) -> bool:
        """Whether it is linked to a repository, `owner/name`, and inherits its access."""
        return self.repository is not None and self.repository.lower() == repository.lower()

    def settings_page(self, web_url: str) -> str:
        """The address of the package's settings, where people manage who may read it."""
        kind = "users" if self.owner_is_organization is False else "orgs"
        owner, name = (urllib.parse.quote(text, safe="") for text in (self.owner, self.name))
        return f"{web_url}/{kind}/{owner}/packages/container/{name}/settings"
