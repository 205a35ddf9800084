"""Gathering: who observes what, in which order, and all of it at the same time."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from crreg.concurrency import Pool, tell_each
from crreg.deadline import Deadline
from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery, FoundImage, Source
from crreg.facts import Coverage, Facts, ImageFact, TripleFact
from crreg.github.inventory import Inventory
from crreg.github.package import Package, PackageStatus, container_registry
from crreg.logins import NO_ANSWER, ended, start_logins, with_logins
from crreg.observe import may_cover_more, observe_misnamed, observe_triples, server_of
from crreg.registry.client import RegistryClient
from crreg.registry.once import OncePerKey
from crreg.registry.outcome import LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference, InvalidReference
from crreg.settings import Settings
from crreg.triple import Triple, find_triples
from crreg.unexpected import isolated

WORKERS = 64
"""Threads at most; each waits for a server, so this bounds connections and not the use of cores."""
MOST_IMAGES = 1_000
"""Images that one run asks for: whoever writes the files also says whose registry is asked, and with whose password."""
_PACKAGE_WORKERS = 8
"""Packages that GitHub is asked for at the same time; apart from the rest, so that they hold up nothing."""
_REFUSED = frozenset({PullOutcome.DENIED, PullOutcome.FORBIDDEN})
_BROKEN = partial(PullResult, PullOutcome.SERVER_ERROR)
"""The end of a request that raised what nobody foresaw, of which it is given a description."""
_PULL_OUT_OF_TIME = PullResult(PullOutcome.UNREACHABLE, NO_ANSWER)
_INVENTORY_OUT_OF_TIME = Inventory(None, (), detail=f"GitHub could not be asked. {NO_ANSWER}")


@dataclass(frozen=True)
class Task:
    """What to gather, for one repository."""

    registries: RegistryClient
    deadline: Deadline
    now: datetime
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment: the values of triples stand in it under their own names."""
    settings: Settings = field(default_factory=Settings)
    repository: str | None = None
    workspace: Path | None = None
    """Where the repository's files are; None if only logins are wanted."""
    inventory: Callable[[], Inventory] | None = None
    """Asks GitHub; None if there is no token to ask with."""
    inventory_reason: str = ""
    """Why `inventory` is None."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did."""
    package: Callable[[str, str], Package] | None = None
    """Asks GitHub for the container package of an owner and a name; None if that is not wanted."""
    web_url: str = "https://github.com"
    """Where GitHub's pages are, for remedies."""
    say: Callable[[str], None] = lambda _: None
    """Tells the person who waits what is being waited for."""
    own_login: Triple | None = None
    """What a codespace logs in to GitHub's own registry with where no whole triple is for that: its own token."""
    logged_in: Callable[[str, LoginResult], None] = lambda *_: None
    """Told of each login by its identifier as it ends, in whichever thread; must raise nothing."""
    asked: Callable[[ImageReference, PullResult], None] = lambda *_: None
    """Told of each image likewise."""


@dataclass(frozen=True)
class _Wanted:
    """An image to ask for, with the triple to ask with; several places may name it."""

    reference: ImageReference
    triple: str | None


def gather(task: Task) -> Facts:
    """Observe everything; one registry or level that fails is a fact, and raises nothing.

    Logins start at once, since the values are at hand, and so do GitHub's lists. Meanwhile the files are
    read, and each image is asked for as soon as the login of its registry has ended. A package of GitHub's own
    registry is asked for as soon as that registry refused it.
    """
    pool = Pool(WORKERS)
    given = _given(task)
    triples = {name: triple.without_empty() for name, triple in given.items()}
    ask = task.inventory
    inventory = pool.submit(partial(isolated, ask, partial(Inventory, None, ()))) if ask is not None else None
    logins = start_logins(pool, task.registries, triples)
    tell_each(logins, task.logged_in)
    discovery = discover(task.workspace, task.values) if task.workspace is not None else Discovery((), (), ())
    images = _images(discovery, task.settings)
    covering = _covering(triples, task.settings)
    _leave_to_own_login(task, triples, covering)
    pulls = {
        wanted: _pull(pool, task, wanted, triples, logins)
        for wanted in islice(dict.fromkeys(_wanted(images, covering)), MOST_IMAGES)
    }
    for wanted, pull in pulls.items():
        tell_each({wanted.reference: pull}, task.asked)
    packages = _packages(task, pulls)
    task.say(_waiting_for(len(logins), len(pulls), github=inventory is not None))
    everything: list[Future[Any]] = [*logins.values(), *pulls.values(), *packages.values()]
    wait(everything if inventory is None else [*everything, inventory], timeout=task.deadline.remaining)
    observed = ended(inventory, _INVENTORY_OUT_OF_TIME) if inventory is not None else None
    facts = with_logins(observe_triples(given, observed, task.settings), logins)
    known = {fact.identifier for fact in facts}
    unknown = may_cover_more(facts, observed)
    images = tuple(_with_coverage(image, covering, pulls, unknown=unknown) for image in images)
    return Facts(
        now=task.now,
        repository=task.repository,
        credentials_given=bool(given),
        withheld=task.withheld,
        in_workflow=task.values.get("GITHUB_ACTIONS") == "true",
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


def _given(task: Task) -> dict[str, Triple]:
    """The triples that the caller supplied; what is incomplete since GitHub withholds secrets counts as not given."""
    found = find_triples(task.values)
    if not task.withheld:
        return found
    return {name: triple for name, triple in found.items() if not triple.empty and not triple.missing}


def gather_images(workspace: Path, now: datetime, environment: Mapping[str, str]) -> Facts:
    """The images that the files name, without asking anybody for them."""
    discovery = discover(workspace, environment)
    return Facts(now, None, discovery=discovery, images=_images(discovery, Settings()))


def _images(discovery: Discovery, settings: Settings) -> tuple[ImageFact, ...]:
    configured = (FoundImage(image.text, Source.CONFIG, image.location) for image in settings.images)
    return tuple(_image(found) for found in (*discovery.images, *configured))


def _image(found: FoundImage) -> ImageFact:
    try:
        reference = ImageReference.parse(found.text)
    except InvalidReference as error:
        return ImageFact(found.text, None, found.source, found.location, error=str(error))
    return ImageFact(found.text, reference, found.source, found.location)


def _covering(triples: Mapping[str, Triple], settings: Settings) -> dict[str, str]:
    """Registry to the identifier of the triple to ask it with: one whose values are all at hand, if there is one."""
    covering: dict[str, str] = {}
    identifiers = sorted(triples.keys() | settings.registries.keys())
    complete = [name for name in identifiers if name in triples and not triples[name].missing]
    for identifier in (*complete, *identifiers):
        registry = server_of(triples.get(identifier), settings.registries.get(identifier)).registry
        if registry is not None:
            covering.setdefault(registry, identifier)
    return covering


def _leave_to_own_login(task: Task, triples: Mapping[str, Triple], covering: dict[str, str]) -> None:
    """Take out of `covering` a triple in parts for the registry that a codespace logs in to by itself."""
    registry = task.own_login.server if task.own_login is not None else None
    identifier = covering.get(registry) if registry is not None else None
    if registry is not None and identifier is not None:
        triple = triples.get(identifier)
        if triple is None or triple.missing:
            del covering[registry]


def _wanted(images: Iterable[ImageFact], covering: Mapping[str, str]) -> Iterable[_Wanted]:
    for image in images:
        if image.reference is not None:
            yield _Wanted(image.reference, covering.get(image.reference.registry))


def _pull(
    pool: Pool,
    task: Task,
    wanted: _Wanted,
    triples: Mapping[str, Triple],
    logins: Mapping[str, Future[LoginResult]],
) -> Future[PullResult]:
    registries, reference = task.registries, wanted.reference
    triple = triples.get(wanted.triple) if wanted.triple is not None else None
    own = task.own_login
    if wanted.triple is None and own is not None and own.server == reference.registry:
        return pool.submit(lambda: isolated(lambda: registries.pull(reference, own), _BROKEN))
    if triple is None or triple.missing:
        return pool.submit(lambda: isolated(lambda: _ask_anonymously(registries, wanted, triple), _BROKEN))
    login = logins[triple.identifier]
    ask = partial(_ask, registries, reference, triple, login)
    return pool.submit_after(login, lambda: isolated(ask, _BROKEN))


def _ask_anonymously(registries: RegistryClient, wanted: _Wanted, triple: Triple | None) -> PullResult:
    # A SERVER at hand is the caller's word. The configuration is a file, and so decides on nothing.
    named = triple is not None and triple.server is not None
    result = registries.pull(wanted.reference, None, named=named)
    if wanted.triple is not None and result.outcome is PullOutcome.DENIED:
        # The codespace may well have what is missing here, so that this is no refusal of its own.
        return PullResult(
            PullOutcome.SKIPPED,
            "It is private, and the values of its triple are not at hand.",
            result.requests,
        )
    return result


def _ask(
    registries: RegistryClient, reference: ImageReference, triple: Triple, login: Future[LoginResult]
) -> PullResult:
    result = login.result()
    if result.outcome is not LoginOutcome.SUCCEEDED and not result.untested:
        return PullResult(
            PullOutcome(result.outcome), f"The login of {triple.identifier} failed.", fault=result.fault
        )
    return registries.pull(reference, triple)


def _packages(
    task: Task, pulls: Mapping[_Wanted, Future[PullResult]]
) -> dict[_Wanted, Future[Package | None]]:
    """What GitHub tells of each package that needs a grant: nobody logs in for it, and the registry refused it."""
    read, own = task.package, container_registry(task.web_url)
    if read is None:
        return {}
    pool = Pool(_PACKAGE_WORKERS)
    once: OncePerKey[str, Package] = OncePerKey()

    def ask(wanted: _Wanted, pull: Future[PullResult]) -> Package | None:
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


def _answers(packages: Mapping[_Wanted, Future[Package | None]]) -> dict[str, Package]:
    """The packages by image name, without those that there was no need to ask for."""
    return {
        wanted.reference.name: package
        for wanted, asked in packages.items()
        if (package := ended(asked, _unreachable(wanted, NO_ANSWER))) is not None
    }


def _unreachable(wanted: _Wanted, why: str) -> Package:
    return Package(*_owner_and_name(wanted), PackageStatus.UNREACHABLE, detail=why)


def _owner_and_name(wanted: _Wanted) -> tuple[str, str]:
    """Of the package that the image is a version of; the name is empty where the reference names none."""
    owner, _, name = wanted.reference.repository.partition("/")
    return owner, name


def _waiting_for(logins: int, images: int, *, github: bool) -> str:
    parts = filter(None, (logins and f"{logins} logins", images and f"{images} images", github and "GitHub"))
    told = ", ".join(map(str, parts))
    return f"Waiting for {told}" if told else ""


def _with_coverage(
    image: ImageFact,
    covering: Mapping[str, str],
    pulls: Mapping[_Wanted, Future[PullResult]],
    *,
    unknown: bool,
) -> ImageFact:
    if image.reference is None:
        return image
    triple = covering.get(image.reference.registry)
    coverage = Coverage.COVERED if triple else Coverage.UNKNOWN if unknown else Coverage.NONE
    asked = pulls.get(_Wanted(image.reference, triple))
    pull = ended(asked, _PULL_OUT_OF_TIME) if asked is not None else _beyond()
    return replace(image, coverage=coverage, triple=triple, pull=pull)


def _beyond() -> PullResult:
    detail = f"It was not asked for: a run asks for {MOST_IMAGES} images at most."
    return PullResult(PullOutcome.UNREACHABLE, detail)


def _selected(
    triples: Iterable[TripleFact], images: Iterable[ImageFact], settings: Settings
) -> tuple[TripleFact, ...]:
    """The triples to judge: those of the configuration, if it names any, and always those that an image needs."""
    needed = {image.triple for image in images}
    return tuple(
        triple
        for triple in triples
        if not settings.registries or triple.configured is not None or triple.identifier in needed
    )
