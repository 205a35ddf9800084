"""Lets tests change a repository and its files, at once or when the server has answered a number of requests."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sandbox.github.channel import Channel
from sandbox.github.git_objects import Content, as_file

PUSHED = datetime(2025, 1, 1, tzinfo=UTC)
"""When a commit is made, unless a test says otherwise."""


def encoded(files: Mapping[str, Content]) -> dict[str, list[Any]]:
    """Files in the form in which they are sent to the server."""
    kept = {path: as_file(content) for path, content in files.items()}
    return {path: [int(file.mode), base64.b64encode(file.data).decode()] for path, file in kept.items()}


@dataclass(frozen=True)
class Moment:
    """When a change is made: after the server has answered that many requests whose path contains `path`."""

    requests: int
    path: str


class Repositories:
    """Changes that people make to repositories, perhaps while a client is busy with them."""

    def __init__(self, channel: Channel, moment: Moment | None = None) -> None:
        self._channel = channel
        self._moment = moment

    def after(self, requests: int, path: str = "") -> "Repositories":
        """The same changes, made once the server has answered `requests` more requests to a `path`."""
        return Repositories(self._channel, Moment(requests, path))

    def rename(self, full_name: str, name: str) -> None:
        """Rename a repository; its id and its secrets stay."""
        self._do("rename_repository", full_name=full_name, name=name)

    def delete(self, full_name: str) -> None:
        """Delete a repository."""
        self._do("delete_repository", full_name=full_name)

    def empty(self, full_name: str) -> None:
        """Delete every branch and commit."""
        self._do("empty_repository", full_name=full_name)

    def change(
        self,
        full_name: str,
        *,
        visibility: Literal["public", "private", "internal"] | None = None,
        archived: bool | None = None,
        has_issues: bool | None = None,
        default_branch: str | None = None,
    ) -> None:
        """Change settings of a repository; None keeps one as it is."""
        settings = {
            "visibility": visibility,
            "archived": archived,
            "has_issues": has_issues,
            "default_branch": default_branch,
        }
        chosen = {name: value for name, value in settings.items() if value is not None}
        self._do("change_repository", full_name=full_name, settings=chosen)

    def commit(
        self,
        full_name: str,
        files: Mapping[str, Content],
        *,
        branch: str | None = None,
        moment: datetime = PUSHED,
        forced: bool = False,
    ) -> None:
        """Add a commit of exactly these files to a branch, the default one unless named.

        With `forced`, GitHub no longer has the commits that no branch points to.
        """
        self._do(
            "commit",
            full_name=full_name,
            files=encoded(files),
            branch=branch,
            moment=moment.isoformat(),
            forced=forced,
        )

    def refuse(self, full_name: str, kind: str = "INTERNAL", message: str = "Something went wrong.") -> None:
        """Give an error of that `type` instead of the repository, in every GraphQL answer."""
        self._do("refuse_repository", full_name=full_name, kind=kind, message=message)

    def _do(self, verb: str, **body: Any) -> None:
        if self._moment is None:
            self._channel.do(verb, **body)
        else:
            moment = {"requests": self._moment.requests, "path": self._moment.path}
            self._channel.do("later", change=verb, body=body, **moment)
