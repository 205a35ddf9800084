"""What the commands that ask GitHub and registries share: how they ask, and whether they may write."""

import os
from dataclasses import dataclass
from pathlib import Path

from crreg.cli import context, github_options
from crreg.cli.progress import Progress
from crreg.facts.request import Request
from crreg.facts.workflow_event import read_event_of_command
from crreg.github.access import GitHubAccess
from crreg.redaction.redact import Redactor


@dataclass(frozen=True)
class Job:
    """One run of a command."""

    path: Path
    """The checkout's folder."""
    access: GitHubAccess
    insecure: frozenset[str]
    """Hosts that may be asked over plain http or on this machine."""
    redactor: Redactor
    progress: Progress

    @classmethod
    def begin(cls, path: Path, allow_insecure: tuple[str, ...]) -> "Job":
        """Find out how to ask GitHub, and what must not be shown."""
        insecure = frozenset(allow_insecure)
        access = github_options.access(insecure)
        return cls(path, access, insecure, context.redactor(), Progress())

    def request(self, repository: str | None, configuration: str | None, withheld: str = "") -> Request:
        """Return the request of the options: which repository, with which files and values."""
        return Request(
            repository=github_options.repository(repository, self.path, self.access.web_url),
            workspace=self.path,
            access=self.access,
            values=os.environ,
            configuration=configuration,
            allow_insecure=self.insecure,
            budget=context.budget(),
            say=self.progress.say,
            conceal=self.redactor.hide,
            withheld=withheld,
        )

    def is_dry(self, words: str, *, dry_run: bool) -> bool:
        """Return whether nothing may be written; if that is because of the event, say so after `words`."""
        return dry_run or not may_write(words)


def may_write(words: str) -> bool:
    """Return whether this run's event lets it write; if not, say so after `words`."""
    event = read_event_of_command(os.environ)
    if not event.may_write:
        context.tell(f"{words}: {event.held_back}")
    return event.may_write
