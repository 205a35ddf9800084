"""Packages of a sandbox GitHub: sets what their settings pages can, and reads their state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.github.channel import Channel


@dataclass(frozen=True)
class SeenPackage:
    """A container package as GitHub stores it."""

    visibility: str
    repository: str | None
    """Full name of the linked repository."""
    inherits: bool
    """Whether it inherits that repository's access; the API never shows this."""
    publisher: str | None
    """The login in lower case of the user who first pushed it; None if a workflow did."""
    tags: Mapping[str, tuple[str, ...]]
    """Tags by digest, oldest version first."""


@dataclass(frozen=True)
class Rights:
    """A token's access to a package on GHCR."""

    known: bool
    """Whether the token is valid."""
    exists: bool
    pull: str | None
    """GHCR's message that refuses a pull; None if allowed, or if the package does not exist."""
    push: str | None
    """GHCR's message that refuses a push, which may create the package; None if allowed."""


class Packages:
    """The packages of one GitHub."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def get(self, owner: str, name: str) -> SeenPackage | None:
        """The current state of a package; None if it does not exist."""
        found = self._channel.do("package", owner=owner, name=name)
        if found is None:
            return None
        tags = {digest: tuple(names) for digest, names in found.pop("tags").items()}
        return SeenPackage(**found, tags=tags)

    def set(
        self,
        owner: str,
        name: str,
        *,
        visibility: Literal["public", "private", "internal"] | None = None,
        inherits: bool | None = None,
        actions_access: Mapping[str, Literal["read", "write", "admin"]] | None = None,
        codespaces_access: Sequence[str] | None = None,
    ) -> None:
        """Set what the package's settings page can: its visibility, whether it inherits the linked repository's
        access, and the repositories (full names) of "Manage Actions access" and "Manage Codespaces access"."""
        self._channel.do(
            "set_package",
            owner=owner,
            name=name,
            visibility=visibility,
            inherits=inherits,
            actions_access=dict(actions_access or {}),
            codespaces_access=list(codespaces_access or ()),
        )

    def set_policy(self, organization: str, *, creation: bool = True, inheritance: bool = True) -> None:
        """Set an organization's settings: whether members and workflows may create packages, and whether
        new ones inherit the access of the repository they are linked to."""
        self._channel.do(
            "set_package_policy", organization=organization, creation=creation, inheritance=inheritance
        )

    def knows(self, token: str) -> bool:
        """Whether a token is valid for a login at GHCR."""
        return bool(self._channel.do("knows_token", token=token))

    def rights(self, token: str | None, owner: str, name: str) -> Rights:
        """The access of a token (None for anonymous) to a package."""
        return Rights(**self._channel.do("package_rights", token=token, owner=owner, name=name))

    def publish(
        self, token: str, owner: str, name: str, *, digest: str, tag: str | None, source: str | None
    ) -> None:
        """Record a manifest that the token pushed; `source` is its `org.opencontainers.image.source`."""
        pushed: dict[str, Any] = {"digest": digest, "tag": tag, "source": source}
        self._channel.do("publish_package", token=token, owner=owner, name=name, **pushed)
