"""What a caller asks for, be it the command or the action, and the gathering that it leads to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crreg.deadline import DEFAULT_BUDGET, Deadline
from crreg.facts.event import read_event
from crreg.facts.receipts import DEFAULT_VARIABLE
from crreg.github.access import GitHubAccess
from crreg.github.inventory import Inventory
from crreg.github.origins import OriginsWanted
from crreg.github.package import Package
from crreg.triple import parse_name

if TYPE_CHECKING:
    from crreg.configuration.settings import Settings
    from crreg.facts.gather import Task
    from crreg.registry.client import RegistryClient


@dataclass(frozen=True)
class Request:
    """Which repository, from which files, and with what at hand."""

    repository: str
    """`owner/name`."""
    workspace: Path
    access: GitHubAccess
    values: Mapping[str, str] = field(repr=False)
    """Values of triples under their own names; other names do no harm."""
    configuration: str | None = None
    """Path of the configuration, relative to the workspace; None for the default one, if it is there."""
    registries: str = ""
    """The `registries` input."""
    allow_insecure: frozenset[str] = frozenset()
    budget: float = DEFAULT_BUDGET
    """Seconds."""
    say: Callable[[str], None] = lambda _: None
    conceal: Callable[[Sequence[str]], None] = lambda _: None
    """Called with the texts of a token that was made in the run, before anything else happens to it; in any thread."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did."""

    receipts: str = DEFAULT_VARIABLE
    """Name of the Actions variable that holds receipts; empty if there are to be none."""

    def origins(self, *, always: bool = False) -> OriginsWanted | None:
        """What to look up about the values at hand; None if they are not known to be those of this repository.

        The values of a step come from the secrets and variables of the repository whose workflow it is. Dependabot's
        runs get other secrets, and a person's terminal has values of which GitHub knows nothing.
        """
        environment, run = self.values, self.values.get("GITHUB_RUN_ID", "")
        in_step = environment.get("GITHUB_ACTIONS") == "true" and run.isascii() and run.isdecimal()
        own = environment.get("GITHUB_REPOSITORY", "").lower() == self.repository.lower()
        if (
            not (self.receipts and in_step and own)
            or self.withheld
            or read_event(environment).withheld_secrets
        ):
            return None
        named = ((parse_name(name), value) for name, value in environment.items())
        values = {str(name): value for name, value in named if name is not None and value}
        return OriginsWanted(run, self.receipts, values, always) if values else None

    def settings(self, rules: Collection[str]) -> "Settings":
        """What the configuration and the `registries` input say; raises ConfigurationError.

        `rules` are the names that `ignore` may hold.
        """
        from crreg.configuration.load import read_settings

        return read_settings(self.workspace, self.configuration, self.registries, self.values, rules)

    def task(
        self,
        registries: "RegistryClient",
        deadline: Deadline,
        now: datetime,
        settings: "Settings",
        inventory: Callable[[], Inventory],
        *,
        package: Callable[[str, str], Package] | None = None,
    ) -> "Task":
        """What to gather for it; who asks GitHub is left out where there is nothing to ask with."""
        from crreg.facts.gather import Task

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
            inventory_reason="" if given else "No token was given to ask GitHub with.",
            web_url=self.access.web_url,
            say=self.say,
        )
