"""What the command or the action requests, and the gathering task that results."""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crreg.configuration.load import read_settings
from crreg.configuration.settings import Settings
from crreg.facts.gather import Task
from crreg.facts.receipts import DEFAULT_VARIABLE
from crreg.facts.workflow_event import read_event, run_of
from crreg.github.access import GitHubAccess
from crreg.github.connection import Connection
from crreg.github.inventory import Inventory
from crreg.github.origins import OriginsWanted
from crreg.github.package import Package
from crreg.net.deadline import DEFAULT_BUDGET, Deadline
from crreg.registry.client import RegistryClient
from crreg.triple import parse_name


@dataclass(frozen=True, slots=True)
class Connected:
    """The connections of one run, all of which has one budget of time."""

    github: Connection
    registries: RegistryClient
    deadline: Deadline
    """When the run stops waiting; requests end a little earlier."""


@dataclass(frozen=True)
class Request:
    """The repository, its files, and the given values."""

    repository: str
    """`owner/name`."""
    workspace: Path
    access: GitHubAccess
    values: Mapping[str, str] = field(repr=False)
    """Values of triples under their own names; other names are ignored."""
    configuration: str | None = None
    """Path of the configuration, relative to the workspace; None for the default one, if it exists."""
    registries: str = ""
    """The `registries` input."""
    allow_insecure: frozenset[str] = frozenset()
    budget: float = DEFAULT_BUDGET
    """Seconds."""
    say: Callable[[str], None] = lambda _: None
    conceal: Callable[[Sequence[str]], None] = lambda _: None
    """Called with the texts of a token that was created in the run, before any other use; in any thread."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did."""
    receipts: str = DEFAULT_VARIABLE
    """Name of the Actions variable that holds receipts; empty for none."""

    @property
    def token_withheld(self) -> str:
        """Why GitHub gave this run no secrets, if it has no credentials for GitHub's API either; else empty."""
        return "" if self.access.given else self.withheld

    def origins(self, *, always: bool = False) -> OriginsWanted | None:
        """Return what to look up about the given values; None unless they are known to come from this repository.

        A step's values come from the secrets and variables of its workflow's repository. Dependabot's runs get other
        secrets, and GitHub knows nothing about the values in a person's terminal.
        """
        environment, run = self.values, run_of(self.values, self.repository)
        if not (self.receipts and run) or self.withheld or read_event(environment).withheld_secrets:
            return None
        named = ((parse_name(name), value) for name, value in environment.items())
        values = {str(name): value for name, value in named if name is not None and value}
        return OriginsWanted(run, self.receipts, values, always) if values else None

    def settings(self, rules: Collection[str]) -> Settings:
        """Read the configuration and the `registries` input; `rules` are the names that `ignore` may contain.

        Raises:
            ConfigurationError: one of them can't be used.
        """
        return read_settings(self.workspace, self.configuration, self.registries, self.values, rules)

    @contextlib.contextmanager
    def connected(self) -> Iterator[Connected]:
        """Start the budget, and connect to GitHub and the registries when they are first needed."""
        deadline = Deadline.after(self.budget)
        asking = deadline.for_requests(self.budget)
        connection = Connection(self.access, self.repository, asking, self.say, self.conceal)
        try:
            with RegistryClient(
                allow_insecure=self.allow_insecure, budget=asking.remaining, conceal=self.conceal
            ) as registries:
                yield Connected(connection, registries, deadline)
        finally:
            connection.close()

    def task(
        self,
        registries: RegistryClient,
        deadline: Deadline,
        now: datetime,
        settings: Settings,
        inventory: Callable[[], Inventory],
        *,
        package: Callable[[str, str], Package] | None = None,
    ) -> Task:
        """Build the gathering task; the GitHub callbacks are None without a token."""
        given = self.access.given
        return Task(
            registries,
            deadline,
            now,
            values=self.values,
            settings=settings,
            repository=self.repository,
            workspace=self.workspace,
            inventory=inventory if given else None,
            package=package if given else None,
            withheld=self.withheld,
            token_source=self.access.token_source,
            inventory_reason="" if given else "No GitHub token was given.",
            web_url=self.access.web_url,
            say=self.say,
        )
