"""The check of an organization: it judges every repository by the same rules as a check of that repository alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from crreg.check.report import Report
from crreg.configuration.load import settings_of_text
from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.settings import Settings
from crreg.exits.unexpected import isolated
from crreg.facts.gather import WORKERS, Task, covering_triples, gather, given_triples, images_of
from crreg.facts.image import ImageFact
from crreg.facts.logins import OUT_OF_TIME, ended, start_logins
from crreg.facts.model import Facts
from crreg.facts.pulls import start_anonymously
from crreg.facts.questions import needed, silent_packages
from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Inventory, Repository
from crreg.github.levels import Level
from crreg.github.package import Package
from crreg.github.packages import read_package
from crreg.github.shared_secrets import SharedSecrets, read_shared_secrets
from crreg.net.concurrency import OncePerKey, Pool
from crreg.net.deadline import Deadline
from crreg.net.github_hosts import WEB_URL
from crreg.organization.listed import Files, Listed, Read
from crreg.organization.report import Checked, OrganizationReport, split
from crreg.registry.client import RegistryClient
from crreg.registry.outcome import LoginResult, PullOutcome
from crreg.rules.catalog import RULE_NAMES, judge
from crreg.triple import parse_name

_REPOSITORIES = 32
"""Repositories that are judged at the same time; each may wait for its list of secrets."""
_OUT_OF_TIME = "this run's time limit was reached before it was checked"


@dataclass(frozen=True)
class Asking:
    """The clients, the values and the limits of one check."""

    organization: str
    github: GitHub
    registries: RegistryClient
    deadline: Deadline
    now: datetime
    values: Mapping[str, str] = field(repr=False)
    """The environment, with the organization's values under the names of their secrets."""
    web_url: str = WEB_URL
    token_source: str = ""
    """The command that gave the GitHub token; empty if the caller gave it."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did."""
    say: Callable[[str], None] = lambda _: None
    """Called with what the run is doing or waiting for."""


@dataclass(slots=True)
class Count:
    """How far the list was read."""

    listed: int = 0
    total: int = 0
    """The repositories of the organization; 0 if GitHub has not said."""

    def __call__(self, listed: int, total: int) -> None:
        """Note what is known after a page of the list."""
        self.listed, self.total = listed, total

    @property
    def missing(self) -> str:
        """What is missing from the list, to precede the reason."""
        rest = self.total - self.listed
        if rest <= 0:
            return "not every repository was listed"
        return f"{rest:,} of {self.total:,} repositories were not listed"


class Checking:
    """One check. Each login, image and package is asked for once."""

    def __init__(self, asking: Asking) -> None:
        """Start the logins, and the lists that all repositories share."""
        self._asking = asking
        self._requests = Pool(WORKERS)
        self._workers = Pool(_REPOSITORIES)
        given = given_triples(asking.values, asking.withheld)
        self._triples = {name: triple.without_empty() for name, triple in given.items()}
        self._logins = start_logins(self._requests, asking.registries, self._triples)
        self._started = {self._triples[name]: login for name, login in self._logins.items()}
        self._shared = self._requests.submit(
            partial(read_shared_secrets, asking.github, asking.organization, _is_part)
        )
        self._packages: OncePerKey[tuple[str, str], Package] = OncePerKey()
        self._done = 0

    def run(self, reads: Iterable[Read], count: Count) -> OrganizationReport:
        """Judge each repository as soon as its files are read, until the deadline.

        The report says if a list of repositories ends early; `count` is how far it was read by then.
        """
        listed = 0
        ids: set[int] = set()
        unlisted: list[str] = []
        checked: list[tuple[Listed, Future[Checked]]] = []
        unread: list[Checked] = []
        try:
            for read in reads:
                listed += 1
                ids.add(read.listed.id)
                if read.files is None:
                    unread.append(Checked.not_judged(read.listed, read.trouble))
                elif _has_dev_container(read.files):
                    judged = self._workers.submit(partial(self._judged, read.listed, read.files))
                    checked.append((read.listed, judged))
        except GitHubError as error:
            unlisted.append(f"{count.missing}: {error.detail.rstrip('.')}")
        self._asking.say(f"Checking {len(checked)} repositories with a dev container")
        wait([future for _, future in checked], timeout=self._asking.deadline.remaining)
        results = (
            future.result() if future.done() else Checked.not_judged(repository, _OUT_OF_TIME)
            for repository, future in checked
        )
        return OrganizationReport.of(
            self._asking.organization,
            self._asking.now,
            listed,
            (*results, *unread),
            unlisted=unlisted,
            ids=ids,
        )

    def shared(self) -> SharedSecrets:
        """Return the secrets that all repositories share; waits for the lists."""
        return self._shared.result()

    def logins(self) -> dict[str, LoginResult]:
        """Wait for the logins; return how each ended, by identifier. One without an answer is out of time."""
        wait(self._logins.values(), timeout=self._asking.deadline.remaining)
        return {identifier: ended(login, OUT_OF_TIME) for identifier, login in self._logins.items()}

    def _judged(self, listed: Listed, files: Files) -> Checked:
        def failed(description: str) -> Checked:
            return Checked.not_judged(listed, description.rstrip("."))

        return isolated(partial(self._judge, listed, files), failed)

    def _judge(self, listed: Listed, files: Files) -> Checked:
        try:
            settings = settings_of_text(
                files.configuration, files.configuration_path, files.configuration_trouble, RULE_NAMES
            )
        except ConfigurationError as error:
            why = f"its configuration can't be used: {str(error).rstrip('.')}"
            return Checked.not_judged(listed, why)
        asking = self._asking
        own = self._may_use_a_login(images_of(files.discovery, settings), settings)
        inventory = self._shared.result().inventory(
            asking.github, _repository(listed), own=own, actions_secrets=bool(settings.registries)
        )
        facts = gather(
            Task(
                asking.registries,
                asking.deadline,
                asking.now,
                values=_values_of(inventory, asking.values),
                settings=settings,
                repository=listed.full_name,
                discovery=files.discovery,
                logins=self._started,
                pool=self._requests,
                inventory=lambda: inventory,
                package=self._package,
                withheld=asking.withheld,
                web_url=asking.web_url,
                token_source=asking.token_source,
            )
        )
        return _checked(listed, facts)

    def _may_use_a_login(self, images: Sequence[ImageFact], settings: Settings) -> bool:
        """Whether a codespace may log in, so that the repository's own secrets matter.

        The configuration asks for a triple, this run has a login for an image's registry, or an image is not public,
        which shows without credentials. So each image is asked for once per credential.
        """
        registries = {image.reference.registry for image in images if image.reference is not None}
        if settings.registries or not registries.isdisjoint(covering_triples(self._triples, settings)):
            return True
        pulls = start_anonymously(self._requests, self._asking.registries, images, {})
        wait(pulls.values(), timeout=self._asking.deadline.remaining)
        return any(
            not pull.done() or pull.result().outcome is not PullOutcome.PUBLIC for pull in pulls.values()
        )

    def _package(self, owner: str, name: str) -> Package:
        asking = self._asking
        own = owner.lower() == asking.organization.lower()
        return self._packages.get(
            (owner.lower(), name),
            lambda: read_package(asking.github, owner, name, owner_is_organization=True if own else None),
        )


def _checked(listed: Listed, facts: Facts) -> Checked:
    own = {triple.identifier: _is_own(facts, triple.identifier) for triple in facts.triples}
    need = frozenset(triple.identifier for triple in facts.triples if needed(facts, triple))
    findings, unneeded = split(judge(facts), own, need)
    report = Report.with_findings(facts, findings)
    named = need | {finding.triple for finding in findings} | {name for name, is_own in own.items() if is_own}
    return Checked(
        listed,
        report.status,
        findings,
        report.unchecked,
        facts.images,
        tuple(triple for triple in facts.triples if triple.identifier in named),
        unneeded=unneeded,
        needed=need,
        silent_packages=silent_packages(facts),
    )


def _is_own(facts: Facts, identifier: str) -> bool:
    """Whether a part of the triple belongs to the repository or the user, or the configuration names it."""
    triple = facts.triple(identifier)
    return triple is not None and (
        triple.configured is not None
        or any(
            holding.level is not Level.ORGANIZATION
            for part in triple.parts.values()
            for holding in part.holdings
        )
    )


def _values_of(inventory: Inventory, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values without those that the repository's codespaces get from another level.

    The values are the organization's. A secret of the same name in the repository, or of the user, holds another one,
    which they say nothing about.
    """
    others = {
        secret.name
        for level in inventory.levels
        if level.level.hides(Level.ORGANIZATION)
        for secret in level.secrets
        if secret.assigned is not False and _is_part(secret.name)
    }
    return {name: value for name, value in values.items() if name.upper() not in others}


def _repository(listed: Listed) -> Repository:
    owner = listed.full_name.partition("/")[0]
    return Repository(listed.full_name, listed.id, listed.visibility, owner, owner_is_organization=True)


def _has_dev_container(files: Files) -> bool:
    """Whether there is anything to judge: a dev container, a file that looks like one, or a configuration."""
    discovery = files.discovery
    return bool(
        discovery.configurations or discovery.images or discovery.problems or files.configuration_path
    )


def _is_part(name: str) -> bool:
    return parse_name(name) is not None
