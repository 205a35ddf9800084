"""Gathering the facts: what is observed in which order, as much as possible at the same time."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from crreg.configuration.settings import Settings
from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery, FoundImage, Source
from crreg.exits.unexpected import isolated
from crreg.facts.image import ImageFact
from crreg.facts.logins import NO_ANSWER, asked_by, ended, start_logins, with_logins
from crreg.facts.model import Facts, TripleFact
from crreg.facts.named_features import FurtherFeatures, without_metadata
from crreg.facts.pulls import (
    MOST_IMAGES,
    Logins,
    Wanted,
    start_anonymously,
    start_pulls,
    with_public,
    with_pulls,
)
from crreg.facts.questions import absent_parts, unassigned_parts
from crreg.facts.triples import may_cover_more, observe_misnamed, observe_triples, server_of
from crreg.facts.waiting import GITHUB, counting_down
from crreg.facts.workflow_event import read_event_of_command
from crreg.github.inventory import Inventory
from crreg.github.package import Package, PackageStatus
from crreg.net.concurrency import OncePerKey, Pool, on_each_result
from crreg.net.deadline import Deadline
from crreg.net.github_hosts import WEB_URL, container_registry
from crreg.registry.client import RegistryClient
from crreg.registry.outcome import LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.triple import Triple, find_triples

WORKERS = 64
"""Threads at most; each waits for a server, so this bounds connections and not the use of cores."""
_PACKAGE_WORKERS = 8
"""Packages that are requested from GitHub at the same time; separate, so that they delay nothing else."""
_MOST_ROUNDS = 10
"""How often the features that features name are followed."""
_REFUSED = frozenset({PullOutcome.DENIED, PullOutcome.FORBIDDEN})
_WITH_A_LOGIN = frozenset({PullOutcome.AVAILABLE, *_REFUSED})
"""The outcomes that depend on the login."""
_INVENTORY_OUT_OF_TIME = Inventory(None, (), detail=f"GitHub could not be queried. {NO_ANSWER}")


@dataclass(frozen=True)
class Task:
    """What to gather, for one repository."""

    registries: RegistryClient
    deadline: Deadline
    now: datetime
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment, with the values of triples under their own names."""
    settings: Settings = field(default_factory=Settings)
    repository: str | None = None
    workspace: Path | None = None
    """Where the repository's files are; None if only logins are wanted, or if `discovery` is given."""
    discovery: Discovery | None = None
    """What the files say, if they were read before."""
    logins: Mapping[Triple, Future[LoginResult]] = field(default_factory=dict, repr=False)
    """Logins that were started before, by their triple without its empty values."""
    pool: Pool | None = None
    """The threads to use, shared with other repositories; None for threads of its own."""
    inventory: Callable[[], Inventory] | None = None
    """Queries GitHub; None without a token."""
    inventory_reason: str = ""
    """Why `inventory` is None."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did."""
    token_source: str = ""
    """The command that gave the GitHub token; empty if the caller gave it."""
    package: Callable[[str, str], Package] | None = None
    """Queries GitHub for the container package of an owner and a name; None if that is not wanted."""
    web_url: str = WEB_URL
    """Where GitHub's pages are, for remedies."""
    say: Callable[[str], None] = lambda _: None
    """Called with what the run is waiting for."""
    own_login: Triple | None = None
    """A codespace's own login at GitHub's own registry, used if no complete triple is for that."""
    logged_in: Callable[[str, LoginResult], None] = lambda *_: None
    """Called with each login and its identifier as it ends, in the thread that made it; must not raise."""
    asked: Callable[[ImageReference, PullResult], None] = lambda *_: None
    """Called with each image in the same way."""


def gather(task: Task) -> Facts:
    """Observe everything; a registry or level that fails is a fact, and raises nothing.

    Logins and GitHub's lists start at once. Meanwhile the files are read. Each image is requested as soon as the
    login of its registry has ended, and a package of GitHub's own registry as soon as that registry has refused it.
    """
    pool = task.pool or Pool(WORKERS)
    given = given_triples(task.values, task.withheld)
    triples = {name: triple.without_empty() for name, triple in given.items()}
    logins = start_logins(pool, task.registries, triples, task.logins)
    on_each_result(logins, task.logged_in)
    ask = task.inventory
    inventory = pool.submit(partial(isolated, ask, partial(Inventory, None, ()))) if ask is not None else None
    discovery = _discovery(task)
    images = images_of(discovery, task.settings)
    covering = covering_triples(triples, task.settings)
    _leave_to_own_login(task, triples, covering)
    logged_in = Logins(triples, logins, task.own_login)
    pulls = start_pulls(pool, task.registries, images, covering, logged_in)
    for wanted, pull in pulls.items():
        on_each_result({wanted.reference: pull}, task.asked)
    packages = _packages(task, pulls)
    asked: list[tuple[str, Future[Any]]] = [
        *asked_by(triples, logins),
        *((wanted.reference.registry, pull) for wanted, pull in pulls.items()),
        *((GITHUB, package) for package in packages.values()),
        *([(GITHUB, inventory)] if inventory is not None else []),
    ]
    with counting_down(task.say, asked):
        wait([future for _, future in asked], timeout=task.deadline.remaining)
    observed = ended(inventory, _INVENTORY_OUT_OF_TIME) if inventory is not None else None
    facts = with_logins(observe_triples(given, observed, task.settings), logins)
    known = {fact.identifier for fact in facts}
    unknown = may_cover_more(facts, observed)
    images = with_pulls(images, covering, pulls, unknown=unknown)
    further = FurtherFeatures()
    fresh = further.named_by(images)
    for _ in range(_MOST_ROUNDS):
        if not fresh:
            break
        # What registries answer adds no more images than files may name.
        bounded = fresh[: max(0, MOST_IMAGES - len(images))]
        pulls = start_pulls(pool, task.registries, bounded, covering, logged_in)
        packages |= _packages(task, pulls)
        asked = [(wanted.reference.registry, pull) for wanted, pull in pulls.items()]
        asked += [(GITHUB, package) for package in packages.values()]
        with counting_down(task.say, asked):
            wait([future for _, future in asked], timeout=task.deadline.remaining)
        fresh = with_pulls(fresh, covering, pulls, unknown=unknown)
        images += fresh
        fresh = further.named_by(fresh)
    # What is left was not asked for, which leaves it unknown.
    images += with_pulls(fresh, covering, {}, unknown=unknown)
    discovery = replace(discovery, problems=(*discovery.problems, *further.problems))
    gathered = Facts(
        now=task.now,
        repository=task.repository,
        credentials_given=bool(given),
        withheld=task.withheld,
        token_source=task.token_source,
        in_workflow=task.values.get("GITHUB_ACTIONS") == "true",
        may_write=read_event_of_command(task.values).may_write,
        web_url=task.web_url,
        settings=task.settings,
        discovery=discovery,
        inventory=observed,
        inventory_reason=task.inventory_reason,
        triples=_selected(facts, images, task.settings),
        images=images,
        misnamed=observe_misnamed(task.values, observed, known),
        packages=_answers(packages),
    )
    gathered = _without_login(task, gathered, pool, triples)
    return replace(gathered, images=tuple(map(without_metadata, gathered.images)))


def _without_login(task: Task, facts: Facts, pool: Pool, triples: Mapping[str, Triple]) -> Facts:
    """Ask again, without credentials, for the images whose triple the repository's codespaces do not get as a whole.

    Such a codespace does not log in, and needs no login for a public image. For another one, the answer to the given
    values says more.
    """
    lacking = {
        triple.identifier
        for triple in facts.triples
        if absent_parts(facts, triple) or unassigned_parts(facts, triple)
    }
    doubtful = [image for image in facts.images if image.triple in lacking and image.outcome in _WITH_A_LOGIN]
    if not doubtful:
        return facts
    anonymous = start_anonymously(pool, task.registries, doubtful, triples)
    asked = [(wanted.reference.registry, pull) for wanted, pull in anonymous.items()]
    with counting_down(task.say, asked):
        wait(anonymous.values(), timeout=task.deadline.remaining)
    return replace(facts, images=with_public(facts.images, anonymous))


def _discovery(task: Task) -> Discovery:
    """Return what the files say."""
    if task.discovery is not None:
        return task.discovery
    return discover(task.workspace, task.values) if task.workspace is not None else Discovery((), (), ())


def given_triples(values: Mapping[str, str], withheld: str) -> dict[str, Triple]:
    """Return the triples that the caller supplied, without incomplete ones if GitHub withholds secrets."""
    found = find_triples(values)
    if not withheld:
        return found
    return {name: triple for name, triple in found.items() if not triple.empty and not triple.missing}


def images_of(discovery: Discovery, settings: Settings) -> tuple[ImageFact, ...]:
    """Return the images that were found, then those of the configuration."""
    configured = (FoundImage(image.text, Source.CONFIG, image.location) for image in settings.images)
    return tuple(map(ImageFact.of, (*discovery.images, *configured)))


def covering_triples(triples: Mapping[str, Triple], settings: Settings) -> dict[str, str]:
    """Map each registry to the identifier of the triple to use for it, preferably one that has all its values."""
    covering: dict[str, str] = {}
    identifiers = sorted(triples.keys() | settings.registries.keys())
    complete = [name for name in identifiers if name in triples and not triples[name].missing]
    for identifier in (*complete, *identifiers):
        registry = server_of(triples.get(identifier), settings.registries.get(identifier)).registry
        if registry is not None:
            covering.setdefault(registry, identifier)
    return covering


def _leave_to_own_login(task: Task, triples: Mapping[str, Triple], covering: dict[str, str]) -> None:
    """Remove from `covering` an incomplete triple for the registry that a codespace logs in to by itself."""
    registry = task.own_login.server if task.own_login is not None else None
    identifier = covering.get(registry) if registry is not None else None
    if registry is not None and identifier is not None:
        triple = triples.get(identifier)
        if triple is None or triple.missing:
            del covering[registry]


def _packages(task: Task, pulls: Mapping[Wanted, Future[PullResult]]) -> dict[Wanted, Future[Package | None]]:
    """Query GitHub for each package that needs a grant: no triple is for it, and the registry refused it."""
    read, own = task.package, container_registry(task.web_url)
    if read is None:
        return {}
    pool = Pool(_PACKAGE_WORKERS)
    once: OncePerKey[str, Package] = OncePerKey()

    def ask(wanted: Wanted, pull: Future[PullResult]) -> Package | None:
        if pull.result().outcome not in _REFUSED:
            return None
        owner, name = _owner_and_name(wanted)
        if not name:
            return None

        failed = partial(_unreachable, wanted)
        return once.get(wanted.reference.name, lambda: isolated(lambda: read(owner, name), failed))

    return {
        wanted: pool.submit_after(pull, partial(ask, wanted, pull))
        for wanted, pull in pulls.items()
        if wanted.triple is None and wanted.reference.registry == own
    }


def _answers(packages: Mapping[Wanted, Future[Package | None]]) -> dict[str, Package]:
    """Return the packages by image name, without those that needed no query."""
    return {
        wanted.reference.name: package
        for wanted, asked in packages.items()
        if (package := ended(asked, _unreachable(wanted, NO_ANSWER))) is not None
    }


def _unreachable(wanted: Wanted, why: str) -> Package:
    return Package(*_owner_and_name(wanted), PackageStatus.UNREACHABLE, detail=why)


def _owner_and_name(wanted: Wanted) -> tuple[str, str]:
    """Return owner and name of the image's package; the name is empty if the reference names none."""
    owner, _, name = wanted.reference.repository.partition("/")
    return owner, name


def _selected(
    triples: Iterable[TripleFact], images: Iterable[ImageFact], settings: Settings
) -> tuple[TripleFact, ...]:
    """Return the triples to judge: those of the configuration, if it names any, and those that an image needs."""
    needed = {image.triple for image in images}
    return tuple(
        triple
        for triple in triples
        if not settings.registries or triple.configured is not None or triple.identifier in needed
    )
