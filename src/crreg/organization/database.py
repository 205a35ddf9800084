"""The state file as a database: its schema, its versions, and what is refused as no state file."""

import contextlib
import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crreg.workspace.confined import placed

_APPLICATION = 0x63727267
"""Marks a state file in the header of the database; the letters are `crrg`."""
_MOST_PENDING = 200
"""Writes that a killed run may lose. The next run only asks for them again."""
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")
"""The end of a journal that names a file of several journals, in the same format as the start of every journal."""
_LARGEST = 256 << 20
"""Bytes of a document that is unpacked. The report about 100,000 repositories has about 60 MiB."""
_WAIT_SECONDS = 30
"""Seconds to wait for another run that is writing."""

_MIGRATIONS = (
    """
    CREATE TABLE files (
        repository INTEGER NOT NULL, branch TEXT NOT NULL, "commit" TEXT NOT NULL, reader TEXT NOT NULL,
        content BLOB NOT NULL, PRIMARY KEY (repository, branch)
    ) STRICT;
    CREATE TABLE answer (path TEXT PRIMARY KEY, etag TEXT NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE run (
        id INTEGER PRIMARY KEY, organization TEXT NOT NULL, at TEXT NOT NULL, status TEXT NOT NULL,
        healthy INTEGER NOT NULL, unhealthy INTEGER NOT NULL, unknown INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE verdict (
        organization TEXT NOT NULL, repository TEXT NOT NULL, run INTEGER NOT NULL, at TEXT NOT NULL,
        status TEXT NOT NULL, rules TEXT NOT NULL, PRIMARY KEY (organization, repository, run)
    ) STRICT;
    CREATE TABLE report (organization TEXT PRIMARY KEY, run INTEGER NOT NULL, document BLOB NOT NULL) STRICT;
    """,
    """
    CREATE TABLE checked (
        organization TEXT NOT NULL, repository INTEGER NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (organization, repository)
    ) STRICT;
    CREATE TABLE part (id INTEGER PRIMARY KEY CHECK (id = 1), document BLOB NOT NULL) STRICT;
    """,
    """
    CREATE TABLE issue (
        organization TEXT NOT NULL, repository TEXT NOT NULL, is_open INTEGER NOT NULL,
        PRIMARY KEY (organization, repository)
    ) STRICT;
    """,
)
"""What brings a file from one schema version to the next, the first from nothing; only add to the end."""


class StateError(Exception):
    """The state file can't be used; the text says why and what to do."""


class Database:
    """An open file; thread-safe. At the end of the block, it is written and closed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        """Writes that are made together, since each transaction waits for the disk."""

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

    def row(self, query: str, values: Sequence[Any]) -> Any:
        """Return the first row of an answer; None if there is none."""
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of an answer."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _later(self, statement: str, values: tuple[Any, ...]) -> None:
        with self._lock:
            self._pending.append((statement, values))
            if len(self._pending) >= _MOST_PENDING:
                self.flush()

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


def packed(document: Any) -> bytes:
    """Return a document as the file keeps it: JSON, compressed."""
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 1)


def unpacked(content: bytes) -> Any:
    """Return the document; raises zlib.error and ValueError, also if it is too large or too deep."""
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(content, _LARGEST)
    if not unpacker.eof:
        raise ValueError("a document is too large, or its end is missing")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("a document is too deep") from None


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise StateError if the block can't open the file, or finds it damaged."""
    try:
        yield
    except OSError as error:
        raise StateError(f"The state file {path} can't be used: {error.strerror or error}.") from None
    except sqlite3.OperationalError as error:
        raise StateError(f"The state file {path} can't be used: {error}.") from None
    except (sqlite3.DatabaseError, zlib.error, ValueError) as error:
        raise StateError(
            f"The state file {path} is damaged ({error}). crreg check --org NAME --state {path} makes a new one."
        ) from None


def prepared_existing(path: Path, checkouts: Sequence[Path]) -> sqlite3.Connection:
    """Open a database that an earlier run wrote as `prepared` does, and leave any other file as it is.

    The folders `checkouts` and every folder with a `.git` count as checkouts, whose links may be a stranger's.

    Raises:
        StateError: it is no state file.
        sqlite3.Error: it is damaged.
        OSError: it is missing. PermissionError: the path contains a link in a checkout.
    """
    # SQLite would make a file that does not exist, and fill an empty one.
    if not path.stat().st_size:
        raise StateError(
            f"The state file {path} is empty. crreg check --org NAME --state {path} writes to it."
        )
    with placed(path, checkouts):
        return prepared(str(path))


def prepared(name: str) -> sqlite3.Connection:
    """Open a database and bring it to the current schema; raises sqlite3.Error and StateError."""
    _check_journal(name)
    connection = sqlite3.connect(name, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # A file from a cache is not trusted more than any other.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        # A lost commit costs one run its memory; the file stays whole either way.
        connection.execute("PRAGMA synchronous = NORMAL")
        # At one moment, since another run may just make the tables.
        connection.execute("BEGIN")
        _check(connection, name)
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        _migrate(connection, _MIGRATIONS[version:])
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_journal(name: str) -> None:
    """Refuse a journal that names another file: SQLite would delete that, and anyone may have put the journal there.

    crreg's own transactions, each of one database, never name one.
    Source: `readSuperJournal` and `pager_delsuper` in https://sqlite.org/src/file/src/pager.c
    """
    # SQLite follows links to the database, and none to the journal.
    journal = f"{os.path.realpath(name)}-journal"
    try:
        file = os.open(journal, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            size = len(_NAMES_ANOTHER)
            end = os.pread(file, size, max(0, os.fstat(file).st_size - size))
        finally:
            os.close(file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"The journal {journal} can't be read: {error.strerror}. Remove it.") from None
    if end == _NAMES_ANOTHER:
        raise StateError(
            f"The journal {journal} makes SQLite delete another file. crreg did not write it: remove it."
        )


def _check(connection: sqlite3.Connection, name: str) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != _APPLICATION:
        raise StateError(f"{name} is the database of another program. Pass another file as --state.")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_MIGRATIONS):
        raise StateError(
            f"The state file {name} was written by a later version of crreg (schema {version}, and this version knows "
            f"{len(_MIGRATIONS)}). Update crreg, or pass another file as --state."
        )
    if tables and _schema(connection) != _schema_of(version):
        # A view or a trigger of a stranger's would run with crreg's own queries.
        raise sqlite3.DatabaseError("its tables are not those of a state file")
    [finding] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise sqlite3.DatabaseError(finding)


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    for statements in migrations:
        for statement in filter(str.strip, statements.split(";")):
            connection.execute(statement)


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Return kind, name and definition of everything in a database."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema")
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


def _schema_of(version: int) -> set[tuple[str, str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        _migrate(connection, _MIGRATIONS[:version])
        return _schema(connection)
