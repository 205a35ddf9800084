"""Look at a repository before anything is proposed: its files, its secrets, and what its workflows see."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from crreg.configuration.load import DEFAULT_CONFIGURATIONS
from crreg.facts.gather import gather
from crreg.facts.model import Facts
from crreg.facts.request import Request
from crreg.findings.documentation import HOME
from crreg.github.actions_settings import ActionsSettings, read_actions_settings
from crreg.github.connection import Connection
from crreg.github.errors import GitHubError
from crreg.rules.catalog import RULE_NAMES
from crreg.workspace.budget import LimitError
from crreg.workspace.readable import UnreadableFileError
from crreg.workspace.reading import Workspace

WORKFLOWS = ".github/workflows"
_USES = re.compile(
    rf"""^[^#\n]*\buses["']?\s*:\s*["']?{re.escape(HOME.removeprefix("https://github.com/"))}[@/]""",
    re.MULTILINE,
)
"""How a workflow that runs crreg names the action, or one of the workflows to call."""
_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a proposal depends on."""

    facts: Facts
    settings: ActionsSettings = field(default_factory=ActionsSettings)
    workflows: Mapping[str, str] = field(default_factory=dict)
    """The text of every workflow that runs crreg, by its path."""
    paths: frozenset[str] = frozenset()
    """Which of the paths that init may write exist, as files, links or folders."""

    @property
    def configuration(self) -> str | None:
        """The path of the configuration; None if there is none."""
        return next((path for path in DEFAULT_CONFIGURATIONS if path in self.paths), None)


def look(request: Request, candidates: tuple[str, ...]) -> Seen:
    """Gather as a check does, list the Actions settings, and read the workflows; `candidates` are paths to look for.

    Raises:
        ConfigurationError: there is a configuration that can't be used.
    """
    settings = request.settings(RULE_NAMES)
    with request.connected() as to:
        inventory = partial(to.github.inventory, actions_secrets=False)
        now = datetime.now(UTC)
        facts = gather(
            request.task(to.registries, to.deadline, now, settings, inventory, package=to.github.package)
        )
        actions = _actions(to.github, request) if request.access.given else ActionsSettings()
    there = (
        path for path in (*candidates, *DEFAULT_CONFIGURATIONS) if os.path.lexists(request.workspace / path)
    )
    return Seen(facts, actions, dict(_workflows(request)), frozenset(there))


def runs_crreg(workflow: str) -> bool:
    """Whether the text of a workflow uses the action, or calls one of its workflows, outside of comments."""
    return _USES.search(workflow) is not None


def _actions(connection: Connection, request: Request) -> ActionsSettings:
    try:
        return read_actions_settings(connection.client(), request.repository)
    except GitHubError:
        return ActionsSettings()


def _workflows(request: Request) -> Iterator[tuple[str, str]]:
    workspace = Workspace(request.workspace, request.values)
    for name in sorted(workspace.files(WORKFLOWS)):
        if not name.endswith(_SUFFIXES):
            continue
        path = posixpath.join(WORKFLOWS, name)
        try:
            text = workspace.read_text(path)
        except (UnreadableFileError, LimitError):
            continue
        if runs_crreg(text):
            yield path, text
