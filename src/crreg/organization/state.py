"""The state file: what one run of an organization's check remembers for the next, in SQLite.

Only what depends on files alone is remembered as a result: the same commit has the same files. Secret lists are kept
with their ETags, so that GitHub can say that one has not changed. Logins and images are asked for again in every run.
"""

import contextlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crreg import __version__
from crreg.organization.database import StateError, prepared, readable
from crreg.organization.listed import Files, Listed
from crreg.organization.remembered_files import files_from_json, files_to_json

_MOST_RUNS = 1_000
_MOST_PENDING = 200
"""Writes that a killed run may lose. The next run only asks for them again."""
GONE = "gone"
"""The verdict on a repository that is no longer listed, or has no dev container any more."""
_READER = f"{__version__}/1"
"""The version of what reads files; another one reads them again. Count up when discovery changes within a release."""


@dataclass(frozen=True, slots=True)
class Run:
    """One earlier run."""

    id: int
    at: datetime
    """In UTC."""
    status: str
    healthy: int
    unhealthy: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A repository's verdict, noted when it changed."""

    run: int
    at: datetime
    """In UTC."""
    status: str
    """`healthy`, `unhealthy`, `unknown` or `gone` (see `GONE`)."""
    rules: tuple[str, ...]
    """The rules of its findings."""


class State:
    """An open state file; thread-safe, and several processes may use it at the same time."""

    def __init__(self, connection: sqlite3.Connection, rebuilt: str = "") -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        """Writes that are made together, since each transaction waits for the disk."""
        self.rebuilt = rebuilt
        """Why the file was made again from nothing, as a sentence; empty if it was not."""

    @classmethod
    def open(cls, path: Path | None) -> Self:
        """Open the file, or make it; None for a state that is forgotten at the end.

        A damaged file is moved aside to `NAME.damaged` and made again.

        Raises:
            StateError: it belongs to another program or to a later version of crreg, or it can't be opened.
        """
        if path is None:
            return cls(prepared(":memory:"))
        try:
            return cls(prepared(str(path)))
        except sqlite3.OperationalError as error:
            raise StateError(f"The state file {path} can't be used: {error}.") from None
        except sqlite3.DatabaseError:
            aside = path.with_name(f"{path.name}.damaged")
            try:
                path.replace(aside)
                why = f"The state file {path} was damaged. It was moved to {aside.name}, and everything was read again."
                return cls(prepared(str(path)), why)
            except (OSError, sqlite3.Error) as error:
                raise StateError(
                    f"The state file {path} is damaged and can't be replaced: {error}."
                ) from None

    @classmethod
    def existing(cls, path: Path) -> Self:
        """Open a file that an earlier run wrote, and leave a damaged one as it is; raises StateError."""
        if not path.is_file():
            raise StateError(
                f"There is no state file {path}. crreg check --org NAME --state {path} makes one."
            )
        with readable(path):
            return cls(prepared(str(path)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            try:
                self.flush()
            finally:
                self._connection.close()

    def flush(self) -> None:
        """Write everything that is pending."""
        with self._lock:
            pending, self._pending = self._pending, []
            with self._writing() as connection:
                for statement, values in pending:
                    connection.execute(statement, values)

    def files(self, repository: int, commit: str) -> Files | None:
        """Return what the files of that commit say; None if this version of crreg has not read them."""
        row = self._row(
            'SELECT content FROM files WHERE repository = ? AND "commit" = ? AND reader = ?',
            (repository, commit, _READER),
        )
        # A row that can't be read is like none: the files are read again.
        with contextlib.suppress(zlib.error, ValueError, KeyError, TypeError):
            return files_from_json(_unpacked(row[0])) if row is not None else None
        return None

    def keep(self, listed: Listed, files: Files) -> None:
        """Remember what the files of the repository's commit say."""
        self._later(
            'REPLACE INTO files (repository, branch, "commit", reader, content) VALUES (?, ?, ?, ?, ?)',
            (listed.id, listed.branch, listed.commit, _READER, _packed(files_to_json(files))),
        )

    def forget(self, repositories: Iterable[int]) -> None:
        """Forget the files of repositories that no longer exist."""
        for repository in repositories:
            self._later("DELETE FROM files WHERE repository = ?", (repository,))

    def remembered(self) -> frozenset[int]:
        """Return the repositories whose files are remembered."""
        with self._lock:
            return frozenset(row[0] for row in self._connection.execute("SELECT repository FROM files"))

    def known(self, path: str) -> tuple[str, Any] | None:
        """Return the ETag and the decoded body of GitHub's last answer for a path; None if there is none."""
        row = self._row("SELECT etag, body FROM answer WHERE path = ?", (path,))
        with contextlib.suppress(zlib.error, ValueError):
            return (row[0], _unpacked(row[1])) if row is not None else None
        return None

    def note(self, path: str, etag: str, body: Any) -> None:
        """Remember GitHub's answer for a path."""
        self._later("REPLACE INTO answer (path, etag, body) VALUES (?, ?, ?)", (path, etag, _packed(body)))

    def record(self, organization: str, at: datetime, document: Mapping[str, Any]) -> None:
        """Add a finished run about the whole organization, and each verdict that changed.

        Args:
            organization: the organization's name.
            at: when the facts were gathered.
            document: the report as JSON documents have it, redacted. A repository that it lacks is noted as gone.
        """
        statuses = [entry["status"] for entry in document["repositories"]]
        counts = [statuses.count(status) for status in ("healthy", "unhealthy", "unknown")]
        moment = at.astimezone(UTC).isoformat()
        self.flush()
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO run (organization, at, status, healthy, unhealthy, unknown) VALUES (?, ?, ?, ?, ?, ?)",
                (organization, moment, document["status"], *counts),
            )
            run = cursor.lastrowid or 0
            before = dict(_newest(connection, organization))
            now = {
                entry["repository"]: _judged(entry, document["findings"])
                for entry in document["repositories"]
            }
            now |= {name: (GONE, "") for name in before if name not in now}
            connection.executemany(
                "INSERT INTO verdict (organization, repository, run, at, status, rules) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (organization, name, run, moment, *verdict)
                    for name, verdict in now.items()
                    if before.get(name) != verdict
                ],
            )
            connection.execute(
                "REPLACE INTO report (organization, run, document) VALUES (?, ?, ?)",
                (organization, run, _packed(document)),
            )
            connection.execute(
                "DELETE FROM run WHERE organization = ? AND id <= ?", (organization, run - _MOST_RUNS)
            )

    def organizations(self) -> tuple[str, ...]:
        """Return the organizations that have a report, sorted."""
        with self._lock:
            rows = self._connection.execute("SELECT organization FROM report ORDER BY organization")
            return tuple(row[0] for row in rows)

    def report(self, organization: str) -> dict[str, Any] | None:
        """Return the newest report document of an organization; None if there is none."""
        row = self._row("SELECT document FROM report WHERE organization = ?", (organization,))
        document: dict[str, Any] | None = _unpacked(row[0]) if row is not None else None
        return document

    def runs(self, organization: str) -> tuple[Run, ...]:
        """Return the organization's runs, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, at, status, healthy, unhealthy, unknown FROM run WHERE organization = ? ORDER BY id",
                (organization,),
            ).fetchall()
        return tuple(Run(number, datetime.fromisoformat(at), *rest) for number, at, *rest in rows)

    def history(self, organization: str) -> dict[str, tuple[Verdict, ...]]:
        """Return each repository's verdicts, oldest first; one is noted whenever it changes."""
        found: dict[str, list[Verdict]] = {}
        with self._lock:
            rows = self._connection.execute(
                "SELECT repository, run, at, status, rules FROM verdict WHERE organization = ? ORDER BY run",
                (organization,),
            ).fetchall()
        for name, run, at, status, rules in rows:
            verdict = Verdict(run, datetime.fromisoformat(at), status, tuple(rules.split()))
            found.setdefault(name, []).append(verdict)
        return {name: tuple(verdicts) for name, verdicts in found.items()}

    def _later(self, statement: str, values: tuple[Any, ...]) -> None:
        with self._lock:
            self._pending.append((statement, values))
            if len(self._pending) >= _MOST_PENDING:
                self.flush()

    def _row(self, query: str, values: Sequence[Any]) -> Any:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Make all changes of the block at once, or none of them."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _newest(connection: sqlite3.Connection, organization: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each repository with its newest verdict."""
    rows = connection.execute(
        "SELECT repository, status, rules, max(run) FROM verdict WHERE organization = ? GROUP BY repository",
        (organization,),
    )
    for repository, status, rules, _ in rows:
        yield repository, (status, rules)


def _judged(entry: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    rules = sorted({findings[position]["rule"] for position in entry["findings"]})
    return entry["status"], " ".join(rules)


def _packed(document: Any) -> bytes:
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 1)


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
