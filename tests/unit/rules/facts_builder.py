"""Literal facts in few words: a repository of an organization, its secrets, and images at numbered lines."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crreg.discovery.found import Discovery, Problem, Source
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts, Holding, PartFact, TripleFact
from crreg.findings.location import Location
from crreg.github.errors import Reason
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.registry.outcome import Fault, LoginOutcome, LoginResult, NetworkPlace, PullOutcome, PullResult
from crreg.registry.reference import ImageReference, InvalidReference
from crreg.triple import Part

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=100)
DEVCONTAINER = ".devcontainer/devcontainer.json"
ACR = "acme.azurecr.io"
REPOSITORY = Repository("org/app", 4711, "private", "org", owner_is_organization=True)


def at(line: int, path: str = DEVCONTAINER) -> Location:
    return Location(path, line, 12, line, 40)


def held(
    level: Level = Level.REPOSITORY,
    *,
    assigned: bool = True,
    visibility: str | None = None,
    updated_at: datetime = LONG_AGO,
) -> Holding:
    return Holding(level, assigned, updated_at, visibility)


def login(
    outcome: str = "succeeded",
    detail: str = "",
    expires_at: datetime | None = None,
    account: str | None = "puller",
    *,
    fault: Fault | None = None,
    place: NetworkPlace | None = None,
) -> LoginResult:
    # Where no login was tried, nothing was sent; with requests, it would be one that the registry never asked for.
    requests = 0 if outcome == "skipped" else 2
    return LoginResult(LoginOutcome(outcome), detail, requests, expires_at, account, fault=fault, place=place)


def triple(
    identifier: str = "ACR",
    *,
    stored: Mapping[str, Holding | tuple[Holding, ...]] | None = None,
    at_hand: str = "SERVER USER PASSWORD",
    server: str | None = ACR,
    login: LoginResult | None = None,
    **more: Any,
) -> TripleFact:
    """All parts stored in the repository, unless `stored` tells each."""
    holdings = {part: held() for part in Part} if stored is None else stored
    parts = {}
    for part in Part:
        found = holdings.get(part, ())
        parts[part] = PartFact(found if isinstance(found, tuple) else (found,), part in at_hand.split())
    return TripleFact(identifier, parts, server, login=login, **more)


def image(
    text: str = f"{ACR}/dev/base:1",
    *,
    line: int = 3,
    source: Source = Source.IMAGE,
    covered_by: str | None = None,
    coverage: Coverage | None = None,
    pull: str | None = None,
    detail: str = "",
    fault: Fault | None = None,
    place: NetworkPlace | None = None,
) -> ImageFact:
    reference, error = None, ""
    try:
        reference = ImageReference.parse(text)
    except InvalidReference as why:
        error = str(why)
    return ImageFact(
        text,
        reference,
        source,
        at(line),
        coverage or (Coverage.COVERED if covered_by else Coverage.NONE),
        covered_by,
        PullResult(PullOutcome(pull), detail, fault=fault, place=place) if pull else None,
        error,
    )


def level(
    which: Level,
    status: LevelStatus = LevelStatus.LISTED,
    *,
    secrets: tuple[Secret, ...] = (),
    detail: str = "",
    permission: str = "",
    reason: Reason | None = None,
) -> LevelInventory:
    return LevelInventory(which, status, secrets, detail, permission, reason)


def inventory(
    *levels: LevelInventory,
    repository: Repository | None = REPOSITORY,
    detail: str = "",
    actions_secrets: tuple[tuple[str, datetime], ...] | None = None,
    reason: Reason | None = None,
    scopes: frozenset[str] | None = None,
) -> Inventory:
    """All levels listed and empty, but for those given."""
    given = {listed.level: listed for listed in levels}
    return Inventory(
        repository,
        tuple(given.get(which, level(which)) for which in Level),
        detail,
        actions_secrets,
        reason=reason,
        scopes=scopes,
    )


def facts(*things: TripleFact | ImageFact | Problem, **more: Any) -> Facts:
    """Facts of org/app, whose secrets could be listed unless `inventory` says otherwise."""
    images = tuple(thing for thing in things if isinstance(thing, ImageFact))
    problems = tuple(thing for thing in things if isinstance(thing, Problem))
    more.setdefault("inventory", inventory())
    packages_of = frozenset(more.pop("packages_of", ()))
    return Facts(
        now=NOW,
        repository="org/app",
        discovery=Discovery((DEVCONTAINER,) if images or problems else (), (), problems, packages_of),
        triples=tuple(thing for thing in things if isinstance(thing, TripleFact)),
        images=images,
        **more,
    )
