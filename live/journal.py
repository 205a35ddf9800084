"""The file that names everything that a run creates, before and after it does: only that is ever deleted."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

Kind = Literal["repository", "organization-secret", "user-secret", "package"]
_KINDS = ("package", "organization-secret", "user-secret", "repository")
"""In the order in which things are deleted."""


class JournalError(Exception):
    """The journal can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a run creates."""

    kind: Kind
    owner: str
    name: str
    """Made of 64 random bits, and known not to have existed before."""
    id: int | None = None
    """GitHub's id; None if GitHub has none for its kind, or the run ended before it knew."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a run works on."""

    api: str
    owner: str
    run: str
    """The random part of every name."""


class Journal:
    """One run's journal; each line is on the disk before the request that it announces."""

    def __init__(self, path: Path, target: Target) -> None:
        self.path = path
        self.target = target
        self._left: dict[tuple[str, str, str], Thing] = {}

    @classmethod
    def begin(cls, path: Path, target: Target) -> "Journal":
        """Start the journal of a new run.

        Raises:
            JournalError: the file exists.
        """
        new = path.with_name(f"{path.name}.{target.run}")
        journal = cls(new, target)
        journal._append({"target": {"api": target.api, "owner": target.owner, "run": target.run}})
        try:
            # A journal has its first line or does not exist.
            os.link(new, path)
        except FileExistsError:
            raise JournalError(
                f"{path} is the journal of an earlier run: first delete what that left, with `python -m live clean`."
            ) from None
        finally:
            new.unlink()
        journal.path = path
        return journal

    @classmethod
    def resume(cls, path: Path) -> "Journal":
        """Read the journal of an earlier run; a last line that was cut off announced nothing that was sent.

        Raises:
            JournalError: the file can't be read as a journal.
        """
        try:
            whole, _, cut_off = path.read_bytes().rpartition(b"\n")
            documents = [json.loads(line) for line in whole.split(b"\n")]
            if cut_off:
                os.truncate(path, len(whole) + 1)
            journal = cls(path, Target(**documents[0]["target"]))
            for each in documents[1:]:
                journal._note(each["state"], Thing(**each["thing"]))
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise JournalError(f"{path} is not a journal of this suite: {type(error).__name__}.") from None
        return journal

    def intend(self, thing: Thing) -> None:
        """Announce that the next request creates it."""
        self._record("intended", thing)

    def created(self, thing: Thing, identifier: int | None) -> None:
        """Record its id."""
        self._record("created", replace(thing, id=identifier))

    def gone(self, thing: Thing) -> None:
        """Record that it does not exist (any more)."""
        self._record("gone", thing)

    @property
    def left(self) -> tuple[Thing, ...]:
        """What may exist, in the order in which to delete it."""
        return tuple(sorted(self._left.values(), key=lambda thing: _KINDS.index(thing.kind)))

    def end(self) -> None:
        """Remove the file if nothing is left."""
        if not self._left:
            self.path.unlink(missing_ok=True)

    def _record(self, state: str, thing: Thing) -> None:
        self._note(state, thing)
        document = {"kind": thing.kind, "owner": thing.owner, "name": thing.name, "id": thing.id}
        self._append({"state": state, "thing": document})

    def _note(self, state: str, thing: Thing) -> None:
        if thing.kind not in _KINDS or state not in ("intended", "created", "gone"):
            raise ValueError(state)
        key = (thing.kind, thing.owner, thing.name)
        if state == "gone":
            self._left.pop(key, None)
        else:
            self._left[key] = thing

    def _append(self, document: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(document) + "\n")
            file.flush()
            os.fsync(file.fileno())
