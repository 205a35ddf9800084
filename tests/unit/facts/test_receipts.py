"""What receipts hold, and what becomes of them when runs write beside each other."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from crreg.facts.receipts import (
    LARGEST,
    CopiedFrom,
    NewerReceipts,
    NotReceipts,
    Receipt,
    Written,
    format_receipts,
    merged,
    parse,
    without,
)
from crreg.github.levels import Level
from crreg.github.origins import Store

NAME = "ACR_CONTAINER_REGISTRY_PASSWORD"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BEFORE = CopiedFrom(Store.REPOSITORY_SECRET, NOON - timedelta(days=2))
AFTER = CopiedFrom(Store.REPOSITORY_SECRET, NOON - timedelta(days=1))
KEY = (NAME, Level.REPOSITORY)


def receipt(
    at: datetime = NOON, source: CopiedFrom | None = AFTER, level: Level = Level.REPOSITORY
) -> Receipt:
    return Receipt(NAME, level, at, source)


def written(
    answered: datetime | None = NOON,
    stored: datetime | None = NOON,
    source: CopiedFrom | None = AFTER,
    began: datetime | None = NOON - timedelta(minutes=1),
) -> Written:
    return Written(NAME, Level.REPOSITORY, answered, stored, source, began)


def text(**changes: object) -> str:
    entry = {
        "name": NAME,
        "level": "repository",
        "updated_at": "2026-01-01T12:00:00Z",
        "source": {"store": "repository-secret", "updated_at": "2025-12-31T12:00:00Z"},
    }
    return json.dumps({"version": 1, "receipts": [entry | changes]})


def test_the_form_is_json_without_values() -> None:
    formed, dropped = format_receipts({KEY: receipt()})
    assert json.loads(formed) == json.loads(text())
    assert dropped == 0


@pytest.mark.parametrize("source", [AFTER, None, CopiedFrom(Store.ORGANIZATION_VARIABLE, NOON)])
@pytest.mark.parametrize("level", list(Level))
def test_what_is_formed_is_what_is_parsed(source: CopiedFrom | None, level: Level) -> None:
    receipts = {(NAME, level): receipt(NOON, source, level)}
    assert parse(format_receipts(receipts)[0]) == receipts


def test_the_same_receipts_always_make_the_same_text() -> None:
    one, two = receipt(), Receipt("OTHER", Level.USER, NOON, None)
    assert format_receipts({one.key: one, two.key: two}) == format_receipts({two.key: two, one.key: one})


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "null",
        "[]",
        "{}",
        text()[:-5],
        text()[1:],
        '{"version": 1}',
        '{"version": 1, "receipts": {}}',
        '{"version": true, "receipts": []}',
        '{"version": 0, "receipts": []}',
        '{"version": "1", "receipts": []}',
        '{"version": 1, "receipts": [null]}',
        "[" * 100_000,
        "9" * 10_000,
        " " * (LARGEST + 1),
        text(name="lower"),
        text(name="Ä"),
        text(name=""),
        text(level="planet"),
        text(updated_at="2026-01-01T12:00:00+00:00"),
        text(updated_at="2026-1-1T12:00:00Z"),
        text(updated_at=None),
        text(source="repository-secret"),
        text(source={"store": "repository-secret"}),
        text(source={"store": "my desk", "updated_at": "2025-12-31T12:00:00Z"}),
    ],
)
def test_what_is_cut_off_or_edited_into_another_form_is_no_set_of_receipts(broken: str) -> None:
    with pytest.raises(NotReceipts):
        parse(broken)


def test_what_a_later_version_wrote_is_told_from_what_is_broken() -> None:
    with pytest.raises(NewerReceipts):
        parse('{"version": 2, "anything": "else"}')


def test_of_two_receipts_of_one_secret_none_counts() -> None:
    document = json.loads(text())
    document["receipts"] *= 2
    assert parse(json.dumps(document)) == {}


def test_what_does_not_fit_is_left_out_oldest_first_and_counted() -> None:
    receipts = {
        (name, Level.REPOSITORY): Receipt(name, Level.REPOSITORY, NOON + number * SECOND, AFTER)
        for number in range(400)
        if (name := f"A{number:03}_{'X' * 90}")
    }
    formed, dropped = format_receipts(receipts)
    kept = parse(formed)
    assert len(formed.encode()) <= LARGEST
    assert 0 < dropped < 400
    assert len(kept) == 400 - dropped
    assert min(each.updated_at for each in kept.values()) == NOON + dropped * SECOND


def test_before_a_write_its_receipt_is_taken_out_and_others_stay() -> None:
    other = Receipt("OTHER", Level.USER, NOON, None)
    assert without({KEY: receipt(), other.key: other}, [KEY]) == {other.key: other}


@pytest.mark.parametrize(
    ("present", "write", "expected"),
    [
        pytest.param(None, written(), receipt(), id="a first write"),
        pytest.param(None, written(source=None), receipt(source=None), id="from an uncertain source"),
        pytest.param(
            None, written(answered=NOON + SECOND), receipt(), id="the answer left in the next second"
        ),
        pytest.param(None, written(answered=NOON + 2 * SECOND), None, id="an answer too late to be sure"),
        pytest.param(None, written(stored=NOON + SECOND), None, id="overwritten before it was read back"),
        pytest.param(None, written(stored=NOON - SECOND * 2), None, id="read back from a stale copy"),
        pytest.param(None, written(answered=None), None, id="no answer"),
        pytest.param(None, written(stored=None), None, id="not read back"),
        pytest.param(None, written(began=NOON + SECOND), None, id="dated before the run"),
        pytest.param(None, written(began=None), receipt(), id="from a terminal"),
        pytest.param(
            receipt(NOON - timedelta(days=3), BEFORE), written(), receipt(), id="an older receipt came back"
        ),
        pytest.param(receipt(), written(), receipt(), id="two runs copied the same source"),
        pytest.param(
            receipt(source=BEFORE), written(), receipt(source=None), id="two sources within one second"
        ),
        pytest.param(
            receipt(source=None), written(), receipt(source=None), id="already contested in that second"
        ),
        pytest.param(
            receipt(NOON + SECOND, BEFORE),
            written(stored=NOON + SECOND),
            receipt(NOON + SECOND, BEFORE),
            id="overwritten by a run that left its receipt",
        ),
        pytest.param(receipt(source=BEFORE), written(stored=None), None, id="unknown beside a receipt"),
        pytest.param(
            receipt(NOON - SECOND, BEFORE), written(stored=NOON + SECOND), None, id="overwritten by a stranger"
        ),
        pytest.param(
            receipt(NOON - SECOND), written(answered=None, stored=NOON - SECOND), receipt(NOON - SECOND),
            id="a write that failed leaves what was there",
        ),
    ],
)  # fmt: skip
def test_after_a_write(present: Receipt | None, write: Written, expected: Receipt | None) -> None:
    before = {KEY: present} if present else {}
    assert merged(before, [write]) == ({KEY: expected} if expected else {})


def test_of_two_runs_that_write_in_one_second_neither_order_proves_the_wrong_value() -> None:
    older, newer = written(source=BEFORE), written(source=AFTER)
    for first, second in ((older, newer), (newer, older)):
        after = merged(merged({}, [first]), [second])
        assert after == {KEY: receipt(source=None)}
        # A run that comes back to it does not make it certain again.
        assert merged(after, [first]) == after
