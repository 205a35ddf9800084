"""Receipts: what ensure wrote and which Actions secret or variable it copied; pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crreg.github.levels import Level
from crreg.github.moment import read_timestamp, timestamp
from crreg.github.origins import Store

DEFAULT_VARIABLE = "CRREG_RECEIPTS"
VERSION = 1
LARGEST = 48 * 1024
"""Bytes of a variable's value.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#limits-for-configuration-variables
"""
_GRANULARITY = timedelta(seconds=1)
"""`updated_at` and the header `Date` count whole seconds, and an answer may leave in the second after the write.

Sources: https://docs.github.com/en/rest/codespaces/repository-secrets, https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
"""

Key = tuple[str, Level]
"""A secret's name in upper case, and its level."""


@dataclass(frozen=True, slots=True)
class CopiedFrom:
    """The Actions secret or variable that a value was copied from."""

    store: Store
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """One Codespaces secret that ensure wrote."""

    name: str
    """In upper case."""
    level: Level
    updated_at: datetime
    """The Codespaces secret's date after the write."""
    source: CopiedFrom | None
    """None if the value's source was not known, or if two runs wrote the secret in one second."""

    @property
    def key(self) -> Key:
        """Name and level, which have at most one receipt."""
        return (self.name, self.level)


Receipts = Mapping[Key, Receipt]


class NotReceipts(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A variable's value is not a set of receipts; the text says why and quotes nothing of it."""


class NewerReceipts(NotReceipts):
    """A later version of crreg wrote them."""


def parse(text: str) -> dict[Key, Receipt]:
    """Parse the receipts in a variable's value, and drop those of a secret that has several.

    Raises:
        NotReceipts: the text is not a set of receipts.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise NotReceipts("it is larger than a variable can be")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NotReceipts("it is not JSON") from None
    match document:
        case {"version": int(version)} if version is not True and version > VERSION:
            raise NewerReceipts(f"its version is later than {VERSION}")
        case {"version": int(version), "receipts": list(entries)} if (
            version is not True and version == VERSION
        ):
            pass
        case _:
            raise NotReceipts("it does not have the form of receipts")
    found: dict[Key, list[Receipt]] = {}
    for entry in entries:
        receipt = _receipt(entry)
        found.setdefault(receipt.key, []).append(receipt)
    return {key: receipts[0] for key, receipts in found.items() if len(receipts) == 1}


def format_receipts(receipts: Receipts) -> tuple[str, int]:
    """Return the variable's value, and how many receipts did not fit; the latest are kept."""
    latest = sorted(receipts.values(), key=lambda receipt: receipt.updated_at, reverse=True)
    head, tail = f'{{"version":{VERSION},"receipts":[', "\n]}"
    room = LARGEST - len(head) - len(tail)
    lines: list[tuple[Key, str]] = []
    for receipt in latest:
        line = "\n" + json.dumps(_entry(receipt), separators=(",", ":"))
        # Each line but the last has a comma.
        if len(line) + 1 > room:
            break
        room -= len(line) + 1
        lines.append((receipt.key, line))
    return head + ",".join(line for _, line in sorted(lines)) + tail, len(receipts) - len(lines)


@dataclass(frozen=True, slots=True)
class Written:
    """What a run of ensure did to one secret."""

    name: str
    level: Level
    answered_at: datetime | None
    """The `Date` of GitHub's answer to the write; None if the write failed, or the answer had none."""
    stored_at: datetime | None
    """The secret's `updated_at` as it was read afterward; None if it could not be read."""
    source: CopiedFrom | None
    """What the value was copied from; None if that is not known."""
    began_at: datetime | None = None
    """When the run was queued; an earlier write is another run's. None if that is not known."""

    @property
    def own(self) -> bool:
        """Whether the date read afterward is that of this run's write, as far as dates show."""
        if self.answered_at is None or self.stored_at is None:
            return False
        late = self.answered_at - self.stored_at
        after = self.began_at is None or self.stored_at >= self.began_at
        return after and timedelta() <= late <= _GRANULARITY


def without(receipts: Receipts, keys: Iterable[Key]) -> dict[Key, Receipt]:
    """Remove the receipts of secrets before they are written, so that an interrupted run claims nothing about them."""
    gone = set(keys)
    return {key: receipt for key, receipt in receipts.items() if key not in gone}


def merged(receipts: Receipts, written: Iterable[Written]) -> dict[Key, Receipt]:
    """Merge a run's writes into `receipts`, which were read after the writes and which other runs may have changed.

    A secret that another run overwrote keeps that run's receipt. If two runs wrote it within one second from
    different sources, dates don't show whose value is stored: then the receipt names no source.
    """
    found = dict(receipts)
    for write in written:
        key = (write.name, write.level)
        present = found.get(key)
        if not write.own or write.stored_at is None:
            # A write that failed or was overwritten gets no receipt; the receipt of a later one stays.
            if present is not None and (write.stored_at is None or present.updated_at != write.stored_at):
                del found[key]
            continue
        contested = present is not None and present.updated_at == write.stored_at
        agreed = not contested or (present is not None and present.source == write.source)
        found[key] = Receipt(write.name, write.level, write.stored_at, write.source if agreed else None)
    return found


def _entry(receipt: Receipt) -> dict[str, Any]:
    source = receipt.source
    return {
        "name": receipt.name,
        "level": receipt.level,
        "updated_at": timestamp(receipt.updated_at),
        "source": source and {"store": source.store, "updated_at": timestamp(source.updated_at)},
    }


def _receipt(entry: Any) -> Receipt:
    try:
        match entry:
            case {"name": str(name), "level": str(level), "updated_at": str(updated), "source": None}:
                return Receipt(_name(name), Level(level), read_timestamp(updated), None)
            case {
                "name": str(name),
                "level": str(level),
                "updated_at": str(updated),
                "source": {"store": str(store), "updated_at": str(copied)},
            }:
                source = CopiedFrom(Store(store), read_timestamp(copied))
                return Receipt(_name(name), Level(level), read_timestamp(updated), source)
    except ValueError:
        pass
    raise NotReceipts("one of its receipts does not have the form of one")


def _name(text: str) -> str:
    if not (text.isascii() and text.isidentifier() and text == text.upper()):
        raise ValueError("it is not a secret's name")
    return text
