"""Packages of a sandbox's GitHub: what their settings pages set, and what they came to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.github.channel import Channel


@dataclass(frozen=True)
class SeenPackage:
    """A container package as GitHub holds it."""

    visibility: str
    repository: str | None
    """Full name of the linked repository."""
    inherits: bool
    """Whether it has that repository's access; the API never says."""
    publisher: str | None
    """Login in lower case of the person who first pushed it; None for a workflow's."""
    tags: Mapping[str, tuple[str, ...]]
    """Tags by digest, oldest version first."""


@dataclass(frozen=True)
class Rights:
    """What GHCR lets a token do with a package."""

    known: bool
    """Whether the token is good at all."""
    exists: bool
    pull: str | None
    """The refusal of a pull, in GHCR's words; None if allowed, or if there is no package."""
    push: str | None
    """The refusal of a push, which creates the package if there is none."""


class Packages:
    """The packages of one GitHub."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def get(self, owner: str, name: str) -> SeenPackage | None:
        """A package as it stands; None if there is none."""
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
        """Set what an organization's settings say: whether members and workflows may create packages, and whether
        new ones inherit the access of the repository they are linked to."""
        self._channel.do(
            "set_package_policy", organization=organization, creation=creation, inheritance=inheritance
        )

    def knows(self, token: str) -> bool:
        """Whether a token is good for a login at GHCR."""
        return bool(self._channel.do("knows_token", token=token))

    def rights(self, token: str | None, owner: str, name: str) -> Rights:
        """What a token (None for nobody) may do with a package."""
        return Rights(**self._channel.do("package_rights", token=token, owner=owner, name=name))

    def publish(
        self, token: str, owner: str, name: str, *, digest: str, tag: str | None, source: str | None
    ) -> None:
        """Record a manifest that the token pushed; `source` is its `org.opencontainers.image.source`."""
        pushed: dict[str, Any] = {"digest": digest, "tag": tag, "source": source}
        self._channel.do("publish_package", token=token, owner=owner, name=name, **pushed)
