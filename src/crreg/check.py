"""One check, as the command and the action both run it: from what the caller gave to the report."""

import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crreg.configuration import ConfigurationError, parse_configuration, parse_registries
from crreg.deadline import DEFAULT_BUDGET, Deadline
from crreg.discovery.workspace import UnreadableFileError, Workspace
from crreg.exit_code import ExitCode
from crreg.gather import Task, gather
from crreg.github.inventory import Inventory
from crreg.location import Location
from crreg.registry.client import RegistryClient
from crreg.registry.network import is_loopback
from crreg.report.report import FailOn, Report, Status
from crreg.rules import RULES
from crreg.settings import Settings
from crreg.triple import parse_name

if TYPE_CHECKING:
    from crreg.github.client import GitHub

DEFAULT_CONFIGURATION = ".github/crreg.yml"
_TO_TELL = 1.0
"""Seconds between the end of the last request and the run's deadline."""
_RULES = frozenset(rule.id for rule in RULES)


@dataclass(frozen=True)
class GitHubAccess:
    """How GitHub is asked: with a token, or as an App."""

    api_url: str
    token: str | None = field(default=None, repr=False)
    app_id: str | None = None
    app_private_key: str | None = field(default=None, repr=False)

    @property
    def given(self) -> bool:
        """Whether there is anything to ask with."""
        return bool(self.token or (self.app_id and self.app_private_key))

    def is_exposed(self, allow_insecure: frozenset[str]) -> bool:
        """Whether a token would travel in plain http, other than to this machine or to a host in `allow_insecure`."""
        parts = urllib.parse.urlsplit(self.api_url)
        host = parts.hostname or ""
        allowed = is_loopback(host) or not allow_insecure.isdisjoint({host, parts.netloc})
        return parts.scheme == "http" and not allowed

    @property
    def web_url(self) -> str:
        """Where people see what the API serves.

        Source: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
        """
        parts = urllib.parse.urlsplit(self.api_url)
        if parts.path.rstrip("/").endswith("/api/v3"):
            return f"{parts.scheme}://{parts.netloc}"
        if parts.netloc.startswith("api."):
            return f"https://{parts.netloc.removeprefix('api.')}"
        return "https://github.com"


@dataclass(frozen=True)
class Check:
    """What a caller asks to be checked."""

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


def run(request: Check) -> Report:
    """Gather, judge and make the report; raises ConfigurationError."""
    settings = read_settings(request.workspace, request.configuration, request.registries)
    deadline = Deadline.after(request.budget)
    # Whoever is still asking when time runs out gets to say so, before it is no longer listened to.
    asking = deadline.earlier(min(_TO_TELL, request.budget / 10))
    with RegistryClient(allow_insecure=request.allow_insecure, budget=asking.remaining) as registries:
        facts = gather(
            Task(
                registries,
                deadline,
                datetime.now(UTC),
                values=request.values,
                settings=settings,
                repository=request.repository,
                workspace=request.workspace,
                inventory=_inventory(request, asking, settings) if request.access.given else None,
                inventory_reason="" if request.access.given else "No token was given to ask GitHub with.",
                web_url=request.access.web_url,
                say=request.say,
            )
        )
    return Report.of(facts)


def exit_code(report: Report, fail_on: FailOn) -> ExitCode:
    """The exit code of a check: what was found wrong goes before what could not be looked at."""
    if report.fails(fail_on):
        return ExitCode.FINDINGS
    unknown = report.status is Status.UNKNOWN and fail_on is not FailOn.NEVER
    return ExitCode.NOT_CHECKED if unknown else ExitCode.HEALTHY


def read_settings(workspace: Path, configuration: str | None, registries: str) -> Settings:
    """The configuration file with the `registries` input laid over it; raises ConfigurationError."""
    path = configuration or DEFAULT_CONFIGURATION
    try:
        settings = parse_configuration(Workspace(workspace).read_text(path), path, rules=_RULES)
    except UnreadableFileError as error:
        if configuration is None and error.missing:
            settings = Settings()
        else:
            raise ConfigurationError(f"the file {error.reason}", Location(path, 1, 1, 1, 1)) from None
    given = parse_registries(registries, rules=_RULES)
    if not given:
        return settings
    chosen = {
        identifier: settings.registries.get(identifier, entry) if entry.location is None else entry
        for identifier, entry in given.items()
    }
    return replace(settings, registries=chosen)


def _inventory(request: Check, deadline: Deadline, settings: Settings) -> Callable[[], Inventory]:
    def ask() -> Inventory:
        # PyGithub takes a third of a second to import, so that happens in GitHub's own thread.
        from crreg.github.errors import GitHubError
        from crreg.github.secrets import read_inventory

        try:
            client = _client(request, deadline)
        except GitHubError as error:
            return Inventory(None, (), detail=error.detail)
        try:
            return read_inventory(
                client,
                request.repository,
                relevant=lambda name: parse_name(name) is not None,
                actions_secrets=bool(settings.registries),
            )
        finally:
            client.close()

    return ask


def _client(request: Check, deadline: Deadline) -> "GitHub":
    from crreg.github.app import installation_token
    from crreg.github.client import GitHub

    access = request.access
    token = access.token or installation_token(
        access.app_id or "",
        access.app_private_key or "",
        request.repository,
        api_url=access.api_url,
        deadline=deadline,
        say=request.say,
    )
    return GitHub.with_token(token, api_url=access.api_url, deadline=deadline, say=request.say)
