"""What receipts prove of stored values, and every way in which they don't."""

from datetime import UTC, datetime, timedelta

import pytest

from crreg.facts.proof import Given, Ledger, State, judge, source_of
from crreg.facts.receipts import CopiedFrom, Receipt, format_receipts
from crreg.github.levels import Level
from crreg.github.origins import Origin, Origins, Store

NAME = "ACR_CONTAINER_REGISTRY_PASSWORD"
SECOND = timedelta(seconds=1)
SOURCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When the Actions secret was set."""
WRITTEN = SOURCE + timedelta(hours=1)
"""When ensure copied it."""
BEGAN = WRITTEN + timedelta(hours=1)
"""When this run was queued."""


def receipt(
    at: datetime = WRITTEN,
    source: CopiedFrom | None = CopiedFrom(Store.REPOSITORY_SECRET, SOURCE),  # noqa: B008 - it can't be changed
    level: Level = Level.REPOSITORY,
) -> Receipt:
    return Receipt(NAME, level, at, source)


def origin(
    store: Store = Store.REPOSITORY_SECRET, at: datetime = SOURCE, *, matches: bool | None = None
) -> Origin:
    return Origin(store, at, matches)


def given(*origins: Origin, began: datetime | None = BEGAN, gap: str = "") -> Given:
    return Given(origins or (origin(),), began, gap)


@pytest.mark.parametrize(
    ("store", "matches"),
    [
        (Store.REPOSITORY_SECRET, None),
        (Store.ORGANIZATION_SECRET, None),
        (Store.REPOSITORY_VARIABLE, True),
        (Store.ORGANIZATION_VARIABLE, True),
    ],
)
@pytest.mark.parametrize("level", list(Level))
def test_a_value_is_proven_if_neither_it_nor_its_source_changed(
    *, store: Store, matches: bool | None, level: Level
) -> None:
    recorded = receipt(source=CopiedFrom(store, SOURCE), level=level)
    proof = judge(recorded, WRITTEN, given(origin(store, matches=matches)))
    assert (proof.state, proof.since) == (State.PROVEN, None)


@pytest.mark.parametrize(
    ("recorded", "stored", "run", "state", "since"),
    [
        pytest.param(None, WRITTEN, given(), State.NOT_PROVEN, None, id="never written by crreg"),
        pytest.param(
            receipt(), WRITTEN + SECOND, given(), State.CHANGED, WRITTEN + SECOND, id="written a second later"
        ),
        pytest.param(
            receipt(), BEGAN, given(), State.CHANGED, BEGAN, id="changed, or deleted and made again"
        ),
        pytest.param(
            receipt(), BEGAN, given(gap="403"), State.CHANGED, BEGAN, id="changed, whatever the source"
        ),
        pytest.param(
            receipt(), WRITTEN - SECOND, given(), State.NOT_PROVEN, None, id="a date that goes back"
        ),
        pytest.param(
            receipt(level=Level.USER), BEGAN, given(), State.NOT_PROVEN, None, id="another person's secret"
        ),
        pytest.param(
            receipt(source=None), WRITTEN, given(), State.NOT_PROVEN, None, id="uncertain at its write"
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(at=WRITTEN + SECOND)),
            State.CHANGED,
            WRITTEN + SECOND,
            id="the source was changed since",
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(at=BEGAN)),
            State.NOT_PROVEN,
            None,
            id="changed as the run was queued",
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(at=BEGAN + SECOND)),
            State.NOT_PROVEN,
            None,
            id="changed in the run",
        ),
        pytest.param(
            receipt(source=CopiedFrom(Store.REPOSITORY_SECRET, BEGAN)),
            WRITTEN,
            given(origin(at=BEGAN)),
            State.NOT_PROVEN,
            None,
            id="a later run copied what this one does not have",
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(at=SOURCE - SECOND)),
            State.NOT_PROVEN,
            None,
            id="a source too old",
        ),
        pytest.param(
            receipt(), WRITTEN, given(began=None), State.NOT_PROVEN, None, id="queued who knows when"
        ),
        pytest.param(
            receipt(), WRITTEN, given(gap="403"), State.NOT_PROVEN, None, id="not everything is known"
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            Given((), BEGAN),
            State.NOT_PROVEN,
            None,
            id="a literal, or a secret of another name",
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(), origin(Store.ORGANIZATION_SECRET)),
            State.NOT_PROVEN,
            None,
            id="shadowed",
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(), origin(Store.ENVIRONMENT)),
            State.NOT_PROVEN,
            None,
            id="an environment has one too",
        ),
        pytest.param(
            receipt(source=CopiedFrom(Store.ENVIRONMENT, SOURCE)),
            WRITTEN,
            given(origin(Store.ENVIRONMENT)),
            State.NOT_PROVEN,
            None,
            id="an environment alone has one",
        ),
        pytest.param(
            receipt(),
            WRITTEN,
            given(origin(Store.ORGANIZATION_SECRET)),
            State.NOT_PROVEN,
            None,
            id="moved to the organization in the same second",
        ),
        pytest.param(
            receipt(source=CopiedFrom(Store.REPOSITORY_VARIABLE, SOURCE)),
            WRITTEN,
            given(origin(Store.REPOSITORY_VARIABLE, matches=False)),
            State.NOT_PROVEN,
            None,
            id="the step has another value than the variable",
        ),
    ],
)
def test_what_is_not_proven_and_what_changed(
    recorded: Receipt | None, stored: datetime, run: Given, state: State, since: datetime | None
) -> None:
    proof = judge(recorded, stored, run)
    assert (proof.state, proof.since) == (state, since)
    assert proof.detail.endswith((".", "403"))


def test_a_source_is_certain_only_where_it_is_proven_to_be_what_the_run_has() -> None:
    assert source_of(given()) == CopiedFrom(Store.REPOSITORY_SECRET, SOURCE)
    assert source_of(given(gap="not all.")) == "not all."


def test_receipts_of_an_organizations_secret_are_read_from_its_variable_alone() -> None:
    formed, _ = format_receipts({(NAME, level): receipt(level=level) for level in Level})
    for own, shared, proven in (
        (formed, None, {Level.USER, Level.REPOSITORY}),
        (None, formed, {Level.ORGANIZATION}),
        (formed, formed, set(Level)),
    ):
        ledger = Ledger.of(Origins(own, shared, {NAME: (origin(),)}, BEGAN))
        states = {level: ledger.proof(NAME, level, WRITTEN).state for level in Level}
        assert {level for level, state in states.items() if state is State.PROVEN} == proven


def test_a_variable_that_holds_no_receipts_proves_nothing_and_says_why() -> None:
    ledger = Ledger.of(Origins("{", None, {NAME: (origin(),)}, BEGAN))
    proof = ledger.proof(NAME, Level.REPOSITORY, WRITTEN)
    assert (proof.state, "it is not JSON" in proof.detail) == (State.NOT_PROVEN, True)


def test_without_leave_to_read_variables_nothing_is_proven_and_nothing_is_wrong() -> None:
    ledger = Ledger.of(Origins(gap="GitHub answered 403.", unreadable=True))
    proof = ledger.proof(NAME, Level.REPOSITORY, WRITTEN)
    assert (proof.state, proof.detail) == (State.NOT_PROVEN, "GitHub answered 403.")
