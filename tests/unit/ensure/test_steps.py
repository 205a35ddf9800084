"""Whatever a killed run wrote, the next run completes: tried at every point, with writes arriving in every order."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from crreg.ensure.apply import steps_of
from crreg.ensure.change import Action, Change
from crreg.ensure.desired import Desired, DesiredTriple, Trial
from crreg.ensure.planning import plan
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.registry.outcome import LoginOutcome, LoginResult
from crreg.triple import Part, SecretName

HERE = "org/app"
REPOSITORY = Repository(HERE, 1, "private", "org", owner_is_organization=True)
BEGAN = datetime(2026, 6, 15, 12, tzinfo=UTC)
LONG_AGO = BEGAN - timedelta(days=9)
TRIPLE = DesiredTriple(
    "ACR",
    Level.REPOSITORY,
    {Part.SERVER: "acme.azurecr.io", Part.USER: "me", Part.PASSWORD: "new"},
    Trial(LoginResult(LoginOutcome.SUCCEEDED, "")),
    "acme.azurecr.io",
    repositories=(HERE,),
    max_age=timedelta(days=30),
)
NEW = BEGAN
"""What stands for a value: the moment when the run began that wrote it first."""


@dataclass(frozen=True)
class Stored:
    """A part in the store."""

    created: datetime
    updated: datetime
    new: bool = False


Store = Mapping[Part, Stored]
AGES = {"missing": None, "recent": timedelta(days=9), "too old": timedelta(days=40)}


def steps(
    store: Store, now: datetime, *, force: bool, actions: frozenset[Part] = frozenset()
) -> list[list[Change]]:
    """What a run would write; `actions` are the parts whose Actions secret was changed a day before the first run."""
    secrets = tuple(
        Secret(str(SecretName("ACR", part)), Level.REPOSITORY, each.updated, created_at=each.created)
        for part, each in store.items()
    )
    levels = tuple(
        LevelInventory(level, LevelStatus.LISTED, secrets if level is Level.REPOSITORY else ())
        for level in Level
    )
    changed = tuple((str(SecretName("ACR", part)), BEGAN - timedelta(days=1)) for part in actions)
    found = plan(Desired(HERE, (TRIPLE,), force), Inventory(REPOSITORY, levels, actions_secrets=changed), now)
    assert found.findings == ()
    return steps_of(found.changes)


def after(store: Store, changes: list[Change], now: datetime) -> Store:
    """The store after these changes, which GitHub makes at the same time, but PASSWORD first and so the oldest."""
    written = dict(store)
    for change in changes:
        moment = now if change.part is Part.PASSWORD else now + timedelta(seconds=1)
        created = moment if change.action is Action.CREATE else store[change.part].created
        written[change.part] = Stored(created, moment, new=True)
    return written


def killed(store: Store, planned: list[list[Change]], now: datetime) -> Iterator[Store]:
    """Every store that the run may leave behind, when it is killed and any of a step's writes arrived."""
    for number, step in enumerate(planned):
        for count in range(len(step)):
            for arrived in itertools.combinations(step, count):
                yield after(store, list(arrived), now + timedelta(seconds=2 * number))
        store = after(store, step, now + timedelta(seconds=2 * number))


def whole(store: Store, planned: list[list[Change]], now: datetime) -> Store:
    *_, last = [store]
    for number, step in enumerate(planned):
        last = after(last, step, now + timedelta(seconds=2 * number))
    return last


def stores() -> Iterator[Store]:
    for ages in itertools.product(AGES.values(), repeat=len(Part)):
        yield {
            part: Stored(BEGAN - age, BEGAN - age)
            for part, age in zip(Part, ages, strict=True)
            if age is not None
        }


@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
@pytest.mark.parametrize("changed", [(), *itertools.combinations(Part, 1), *itertools.combinations(Part, 2)])
def test_a_run_that_was_killed_anywhere_is_completed_by_the_next(
    changed: tuple[Part, ...], *, force: bool
) -> None:
    actions = frozenset(changed)
    points = 0
    for store in stores():
        first = steps(store, BEGAN, force=force, actions=actions)
        meant = {change.part for step in first for change in step}
        for left in killed(store, first, BEGAN):
            if left == store:
                continue
            again = BEGAN + timedelta(minutes=1)
            second = steps(left, again, force=False, actions=actions)
            # The next run may be killed, too.
            for twice in (whole(left, second, again), *killed(left, second, again)):
                last = BEGAN + timedelta(minutes=2)
                done = whole(twice, steps(twice, last, force=False, actions=actions), last)
                assert {part for part, each in done.items() if each.new} >= meant
                assert steps(done, last + timedelta(minutes=1), force=False, actions=actions) == []
                points += 1
    assert points > 50


def test_many_assignments_are_several_steps_one_repository_after_another() -> None:
    names = [f"org/r{number:02}" for number in range(20)]
    shared = replace(TRIPLE, level=Level.ORGANIZATION, repositories=tuple(names))
    secrets = tuple(
        Secret(str(SecretName("ACR", part)), Level.ORGANIZATION, LONG_AGO, "selected", readers=())
        for part in Part
    )
    levels = tuple(
        LevelInventory(level, LevelStatus.LISTED, secrets if level is Level.ORGANIZATION else ())
        for level in Level
    )
    found = plan(Desired(HERE, (shared,)), Inventory(REPOSITORY, levels), BEGAN)
    planned = steps_of(found.changes)
    assert [len(step) for step in planned] == [32, 28]
    assert [change.repositories for step in planned for change in step] == [
        (name,) for name in names for _ in Part
    ]
