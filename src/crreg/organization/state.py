"""The state file: what one run of an organization's check remembers for the next, in SQLite.

Only what depends on files alone is remembered as a result: the same commit has the same files. Secret lists are kept
with their ETags, so that GitHub can say that one has not changed. Logins and images are asked for again in every run.
"""

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from crreg import __version__
from crreg.organization.database import (
    Database,
    StateError,
    packed,
    prepared,
    prepared_existing,
    readable,
    unpacked,
)
from crreg.organization.listed import Files, Listed
from crreg.organization.remembered_files import files_from_json, files_to_json

_MOST_RUNS = 1_000
_FORGET_CHECKED = "DELETE FROM checked WHERE organization = ? AND repository = ?"
_TABLES = {
    "files": 'repository, branch, "commit", reader, content',
    "checked": "repository, organization, at",
    "answer": "path, etag, body",
}
"""What one state takes over from another: the tables, and their columns."""
GONE = "gone"
"""The verdict on a repository that is no longer listed, or no longer has a dev container."""
_READER = f"{__version__}/2"
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


class State(Database):
    """An open state file; thread-safe, and several processes may use it at the same time."""

    def __init__(self, connection: sqlite3.Connection, rebuilt: str = "") -> None:
        super().__init__(connection)
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
    def existing(cls, path: Path, checkouts: Sequence[Path] = ()) -> Self:
        """Open a file that an earlier run wrote, and leave any other one as it is; raises StateError."""
        if not path.is_file():
            raise StateError(
                f"There is no state file {path}. crreg check --org NAME --state {path} makes one."
            )
        with readable(path):
            return cls(prepared_existing(path, checkouts))

    def files(self, repository: int, commit: str) -> Files | None:
        """Return what the files of that commit say; None if this version of crreg has not read them."""
        row = self.row(
            'SELECT content FROM files WHERE repository = ? AND "commit" = ? AND reader = ?',
            (repository, commit, _READER),
        )
        # A row that can't be read is like none: the files are read again.
        with contextlib.suppress(zlib.error, ValueError, KeyError, TypeError):
            return files_from_json(unpacked(row[0])) if row is not None else None
        return None

    def keep(self, listed: Listed, files: Files) -> None:
        """Remember what the files of the repository's commit say."""
        self._later(
            'REPLACE INTO files (repository, branch, "commit", reader, content) VALUES (?, ?, ?, ?, ?)',
            (listed.id, listed.branch, listed.commit, _READER, packed(files_to_json(files))),
        )

    def forget(self, repositories: Iterable[int]) -> None:
        """Forget the files of repositories that no longer exist."""
        for repository in repositories:
            self._later("DELETE FROM files WHERE repository = ?", (repository,))

    def last_checked(self, organization: str) -> dict[int, str]:
        """Return when each repository was last checked, in an order that texts have.

        A repository is missing if it was not checked since the last run that checked everything.
        """
        return dict(self.rows("SELECT repository, at FROM checked WHERE organization = ?", (organization,)))

    def note_checked(
        self, organization: str, at: datetime, checked: Iterable[int], *, is_everything: bool
    ) -> None:
        """Remember which repositories a run checked, so that the next begins with the others.

        If they are all that the run was to check, there is nothing to remember.
        """
        self.flush()
        moment = at.astimezone(UTC).isoformat()
        statement, values = (
            (_FORGET_CHECKED, ())
            if is_everything
            else ("REPLACE INTO checked (organization, repository, at) VALUES (?, ?, ?)", (moment,))
        )
        with self._writing() as connection:
            connection.executemany(statement, [(organization, each, *values) for each in checked])

    def part(self) -> Any:
        """Return the document of the part that a job left here; None if there is none, or if it can't be read."""
        row = self.row("SELECT document FROM part", ())
        with contextlib.suppress(zlib.error, ValueError):
            return unpacked(row[0]) if row is not None else None
        return None

    def keep_part(self, document: Any) -> None:
        """Leave a part here for the merge; None removes the one that is there."""
        self.flush()
        with self._writing() as connection:
            connection.execute("DELETE FROM part")
            if document is not None:
                connection.execute("INSERT INTO part (id, document) VALUES (1, ?)", (packed(document),))

    def absorb(self, other: "State", organization: str, repositories: Iterable[int]) -> None:
        """Take over what another state knows of these repositories of an organization, and GitHub's answers to it."""
        taken = frozenset(repositories)
        self.flush()
        with self._writing() as connection:
            connection.executemany(_FORGET_CHECKED, [(organization, each) for each in taken])
            for table, values in _TABLES.items():
                rows = other.rows(f"SELECT {values} FROM {table}")  # noqa: S608 - the names are those above
                marks = ", ".join("?" * len(values.split(", ")))
                connection.executemany(
                    f"REPLACE INTO {table} ({values}) VALUES ({marks})",  # noqa: S608 - likewise
                    [row for row in rows if table == "answer" or row[0] in taken],
                )

    def issues(self, organization: str) -> dict[str, bool]:
        """Return the repositories that were asked for their issue, each with whether there was an open one."""
        rows = self.rows("SELECT repository, is_open FROM issue WHERE organization = ?", (organization,))
        return {repository: bool(is_open) for repository, is_open in rows}

    def note_issue(self, organization: str, repository: str, *, is_open: bool) -> None:
        """Remember whether a repository has an open issue."""
        statement = "REPLACE INTO issue (organization, repository, is_open) VALUES (?, ?, ?)"
        self._later(statement, (organization, repository, int(is_open)))

    def remembered(self) -> frozenset[int]:
        """Return the repositories whose files are remembered."""
        return frozenset(row[0] for row in self.rows("SELECT repository FROM files"))

    def known(self, path: str) -> tuple[str, Any] | None:
        """Return the ETag and the decoded body of GitHub's last answer for a path; None if there is none."""
        row = self.row("SELECT etag, body FROM answer WHERE path = ?", (path,))
        with contextlib.suppress(zlib.error, ValueError):
            return (row[0], unpacked(row[1])) if row is not None else None
        return None

    def note(self, path: str, etag: str, body: Any) -> None:
        """Remember GitHub's answer for a path."""
        self._later("REPLACE INTO answer (path, etag, body) VALUES (?, ?, ?)", (path, etag, packed(body)))

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
                (organization, run, packed(document)),
            )
            connection.execute(
                "DELETE FROM run WHERE organization = ? AND id <= ?", (organization, run - _MOST_RUNS)
            )

    def organizations(self) -> tuple[str, ...]:
        """Return the organizations that have a report, sorted."""
        return tuple(row[0] for row in self.rows("SELECT organization FROM report ORDER BY organization"))

    def report(self, organization: str) -> dict[str, Any] | None:
        """Return the newest report document of an organization; None if there is none."""
        row = self.row("SELECT document FROM report WHERE organization = ?", (organization,))
        document: dict[str, Any] | None = unpacked(row[0]) if row is not None else None
        return document

    def runs(self, organization: str) -> tuple[Run, ...]:
        """Return the organization's runs, oldest first."""
        rows = self.rows(
            "SELECT id, at, status, healthy, unhealthy, unknown FROM run WHERE organization = ? ORDER BY id",
            (organization,),
        )
        return tuple(Run(number, datetime.fromisoformat(at), *rest) for number, at, *rest in rows)

    def history(self, organization: str) -> dict[str, tuple[Verdict, ...]]:
        """Return each repository's verdicts, oldest first; one is noted whenever it changes."""
        found: dict[str, list[Verdict]] = {}
        rows = self.rows(
            "SELECT repository, run, at, status, rules FROM verdict WHERE organization = ? ORDER BY run",
            (organization,),
        )
        for name, run, at, status, rules in rows:
            verdict = Verdict(run, datetime.fromisoformat(at), status, tuple(rules.split()))
            found.setdefault(name, []).append(verdict)
        return {name: tuple(verdicts) for name, verdicts in found.items()}


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
