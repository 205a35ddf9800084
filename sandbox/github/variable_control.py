"""Lets tests seed and read Actions variables, environments and workflow runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from sandbox.github.channel import Channel

VariableLevel = Literal["repository", "organization", "environment"]


@dataclass(frozen=True)
class StartedRun:
    """A workflow run that waits for a runner."""

    id: int
    repository: str
    file: str
    token: str = field(repr=False)
    """Its GITHUB_TOKEN, with the permissions of the file."""


class Workflows:
    """The Actions side of a GitHub, without secrets."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def add_variable(
        self,
        level: VariableLevel,
        owner: str,
        name: str,
        value: str,
        *,
        visibility: Literal["all", "private", "selected"] | None = None,
        repositories: Sequence[str] = (),
        updated_at: datetime | None = None,
    ) -> None:
        """Add an Actions variable of a repository, an organization or an environment (`owner/name/environment`)."""
        if level == "organization":
            visibility = visibility or ("selected" if repositories else "all")
        self._channel.do(
            "add_variable",
            level=level,
            owner=owner,
            name=name,
            value=value,
            visibility=visibility,
            repositories=list(repositories),
            updated_at=(updated_at or datetime.now(UTC)).isoformat(),
        )

    def variable(self, level: VariableLevel, owner: str, name: str) -> str | None:
        """The value of a variable; None if there is none."""
        found = self._channel.do("variable", level=level, owner=owner, name=name)
        return None if found is None else str(found)

    def variables(self, level: VariableLevel, owner: str) -> dict[str, str]:
        """The values of all variables, by name."""
        return dict(self._channel.do("variables", level=level, owner=owner))

    def add_environment(self, full_name: str, name: str) -> None:
        """Add a deployment environment to a repository."""
        self._channel.do("add_environment", full_name=full_name, name=name)

    def add_run(self, full_name: str, *, created_at: datetime, run_started_at: datetime | None = None) -> int:
        """Add a workflow run, last attempted at `run_started_at`. Returns the id."""
        return int(
            self._channel.do(
                "add_run",
                full_name=full_name,
                created_at=created_at.isoformat(),
                run_started_at=(run_started_at or created_at).isoformat(),
            )
        )

    def queued(self) -> list[StartedRun]:
        """The workflow runs that were started through the API and wait for a runner."""
        return [StartedRun(**each) for each in self._channel.do("queued_runs")]

    def finish(
        self, identifier: int, log: str, conclusion: Literal["success", "failure"] = "success"
    ) -> None:
        """Complete a workflow run whose job printed that log."""
        self._channel.do("finish_run", id=identifier, log=log, conclusion=conclusion)

    def files(self, full_name: str) -> dict[str, str]:
        """The text files of a repository's default branch, by path."""
        return dict(self._channel.do("files", full_name=full_name))
