"""The check of an organization: it judges every repository by the same rules as a check of that repository alone.

A repository's files decide how many images it has, and where. So that no repository takes the time of the others, each
has only a share of the threads, and those with many images have threads of their own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from crreg.configuration.load import settings_of_text
from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.settings import Settings
from crreg.exits.unexpected import isolated
from crreg.facts.gather import WORKERS, Task, covering_triples, gather, given_triples, images_of
from crreg.facts.image import ImageFact
from crreg.facts.logins import OUT_OF_TIME, ended, start_logins
from crreg.facts.model import Facts
from crreg.facts.pulls import start_anonymously
from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Repository
from crreg.github.package import Package
from crreg.github.packages import read_package
from crreg.github.shared_secrets import SharedSecrets, read_shared_secrets
from crreg.net.concurrency import OncePerKey, Pool, Share
from crreg.net.deadline import Deadline
from crreg.net.github_hosts import WEB_URL
from crreg.organization.judging import checked_of, is_part, servers_of, values_of
from crreg.organization.listed import Files, Listed, Read
from crreg.organization.report import Checked, OrganizationReport
from crreg.registry.client import RegistryClient
from crreg.registry.outcome import LoginResult, PullOutcome
from crreg.rules.catalog import RULE_NAMES

_REPOSITORIES = 32
"""Repositories that are judged at the same time; each may wait for its list of secrets."""
_AT_ONCE = 8
"""Requests of one repository at the same time, of `WORKERS` for all: a slow registry leaves the rest to others."""
_FEW = 50
"""A repository with more images shares threads only with others that have more."""
_Judged = Checked | Future[Checked]
"""A result, or where the result of a repository with many images will be."""
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
        self._requests, self._many_requests = Pool(WORKERS), Pool(WORKERS // 2)
        self._workers, self._many_workers = Pool(_REPOSITORIES), Pool(_REPOSITORIES)
        given = given_triples(asking.values, asking.withheld)
        self._triples = {name: triple.without_empty() for name, triple in given.items()}
        self._servers = servers_of(self._triples)
        self._logins = start_logins(self._requests, asking.registries, self._triples)
        self._started = {self._triples[name]: login for name, login in self._logins.items()}
        self._shared = self._requests.submit(
            partial(read_shared_secrets, asking.github, asking.organization, is_part)
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
        started: list[tuple[Listed, Future[_Judged]]] = []
        unread: list[Checked] = []
        try:
            for read in reads:
                listed += 1
                ids.add(read.listed.id)
                if read.files is None:
                    unread.append(Checked.not_judged(read.listed, read.trouble))
                elif _has_dev_container(read.files):
                    judged = self._workers.submit(partial(self._judged, read.listed, read.files))
                    started.append((read.listed, judged))
        except GitHubError as error:
            unlisted.append(f"{count.missing}: {error.detail.rstrip('.')}")
        self._asking.say(f"Checking {len(started)} repositories with a dev container")
        results = self._results(started)
        return OrganizationReport.of(
            self._asking.organization,
            self._asking.now,
            listed,
            (*results, *unread),
            unlisted=unlisted,
            ids=ids,
        )

    def _results(self, started: Sequence[tuple[Listed, Future[_Judged]]]) -> list[Checked]:
        """Wait for the results until the deadline."""
        wait([first for _, first in started], timeout=self._asking.deadline.remaining)
        own = [(listed, ended(first, Checked.not_judged(listed, _OUT_OF_TIME))) for listed, first in started]
        later = [result for _, result in own if isinstance(result, Future)]
        wait(later, timeout=self._asking.deadline.remaining)
        return [
            ended(result, Checked.not_judged(listed, _OUT_OF_TIME)) if isinstance(result, Future) else result
            for listed, result in own
        ]

    def shared(self) -> SharedSecrets:
        """Return the secrets that all repositories share; waits for the lists."""
        return self._shared.result()

    def logins(self) -> dict[str, LoginResult]:
        """Wait for the logins; return how each ended, by identifier. One without an answer is out of time."""
        wait(self._logins.values(), timeout=self._asking.deadline.remaining)
        return {identifier: ended(login, OUT_OF_TIME) for identifier, login in self._logins.items()}

    def _judged(self, listed: Listed, files: Files) -> _Judged:
        """Judge a repository, or leave it to the threads for many images."""

        def failed(description: str) -> Checked:
            return Checked.not_judged(listed, description.rstrip("."))

        def judge() -> _Judged:
            try:
                settings = settings_of_text(
                    files.configuration, files.configuration_path, files.configuration_trouble, RULE_NAMES
                )
            except ConfigurationError as error:
                return failed(f"its configuration can't be used: {error}")
            if len(images_of(files.discovery, settings)) <= _FEW:
                return self._judge(listed, files, settings, self._requests)
            later = partial(self._judge, listed, files, settings, self._many_requests)
            return self._many_workers.submit(partial(isolated, later, failed))

        return isolated(judge, failed)

    def _judge(self, listed: Listed, files: Files, settings: Settings, pool: Pool) -> Checked:
        requests = Share(pool, _AT_ONCE)
        own = self._may_use_a_login(images_of(files.discovery, settings), settings, requests)
        facts = self._gather(listed, files, settings, requests, own=own)
        named = (image for image in facts.images if image.reference is not None)
        if not own and any(image.outcome is not PullOutcome.PUBLIC for image in named):
            # A feature that only another feature names needs a login. It is asked for again only with another login.
            facts = self._gather(listed, files, settings, requests, own=True)
        return checked_of(listed, facts, self._servers)

    def _gather(
        self, listed: Listed, files: Files, settings: Settings, requests: Pool, *, own: bool
    ) -> Facts:
        asking = self._asking
        inventory = self._shared.result().inventory(
            asking.github, _repository(listed), own=own, actions_secrets=bool(settings.registries)
        )
        return gather(
            Task(
                asking.registries,
                asking.deadline,
                asking.now,
                values=values_of(inventory, asking.values),
                settings=settings,
                repository=listed.full_name,
                discovery=files.discovery,
                logins=self._started,
                pool=requests,
                inventory=lambda: inventory,
                package=self._package,
                withheld=asking.withheld,
                web_url=asking.web_url,
                token_source=asking.token_source,
            )
        )

    def _may_use_a_login(self, images: Sequence[ImageFact], settings: Settings, requests: Pool) -> bool:
        """Whether a codespace may log in, so that the repository's own secrets matter.

        The configuration asks for a triple, this run has a login for an image's registry, or an image is not public,
        which shows without credentials. So each image is asked for once per credential.
        """
        registries = {image.reference.registry for image in images if image.reference is not None}
        if settings.registries or not registries.isdisjoint(covering_triples(self._triples, settings)):
            return True
        pulls = start_anonymously(requests, self._asking.registries, images, {})
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


def _repository(listed: Listed) -> Repository:
    owner = listed.full_name.partition("/")[0]
    return Repository(listed.full_name, listed.id, listed.visibility, owner, owner_is_organization=True)


def _has_dev_container(files: Files) -> bool:
    """Whether there is anything to judge: a dev container, a file that looks like one, or a configuration."""
    discovery = files.discovery
    return bool(
        discovery.configurations or discovery.images or discovery.problems or files.configuration_path
    )
