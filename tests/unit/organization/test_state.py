"""The state file: what is remembered, what is refused, and what a damaged file costs."""

import contextlib
import os
import sqlite3
import struct
import threading
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crreg.discovery.found import Discovery, FoundImage, Problem, ProblemKind, Source
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.organization import database
from crreg.organization.database import StateError, packed, unpacked
from crreg.organization.listed import Files, Listed
from crreg.organization.state import State
from crreg.platform import Platform

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PLACE = Location(".devcontainer/devcontainer.json", 3, 12, 3, 40)
APP = Listed(7, "acme/app", "private", "main", "c1")
FILES = Files(
    Discovery(
        (".devcontainer/devcontainer.json",),
        (FoundImage("acme.azurecr.io/dev:1", Source.IMAGE, PLACE, Platform("linux", "arm64", "v8")),),
        (
            Problem(ProblemKind.INVALID, "broken", PLACE),
            Problem(ProblemKind.UNRESOLVED, "unclear", PLACE, Effect.HYGIENE),
        ),
        frozenset({"acme/tools"}),
    ),
    "ignore: [unused-triple]\n",
    ".github/crreg.yml",
)


def document(**statuses: str) -> dict[str, Any]:
    return {
        "status": "unhealthy",
        "repositories": [
            {"repository": f"acme/{name}", "status": status, "findings": [0] if status == "unhealthy" else []}
            for name, status in statuses.items()
        ],
        "findings": [{"rule": "login-failed"}],
    }


def test_files_of_the_same_commit_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        state.keep(APP, FILES)
    with State.open(path) as state:
        assert state.files(7, "c1") == FILES
        assert state.files(7, "c2") is None
        assert state.files(8, "c1") is None
        state.forget([7])
    with State.open(path) as state:
        assert state.files(7, "c1") is None


def test_files_that_another_version_read_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        state.keep(APP, FILES)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE files SET reader = '0.0.1/1'")
    connection.close()
    with State.open(path) as state:
        assert state.files(7, "c1") is None


def test_a_row_that_can_not_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        state.keep(APP, FILES)
        state.note("/orgs/acme", '"e"', {"a": 1})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE files SET content = x'00'")
        connection.execute("UPDATE answer SET body = x'00'")
    connection.close()
    with State.open(path) as state:
        assert state.files(7, "c1") is None
        assert state.known("/orgs/acme") is None


def test_answers_are_kept_with_their_etags(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        state.note("/orgs/acme?page=1", '"e"', {"total_count": 0, "secrets": []})
    with State.open(path) as state:
        assert state.known("/orgs/acme?page=1") == ('"e"', {"total_count": 0, "secrets": []})
        assert state.known("/orgs/acme?page=2") is None


def test_a_verdict_is_noted_when_it_changes() -> None:
    with State.open(None) as state:
        state.record("acme", NOW, document(app="healthy", api="unhealthy"))
        state.record("acme", NOW + timedelta(days=1), document(app="healthy", api="healthy"))
        state.record("acme", NOW + timedelta(days=2), document(app="unhealthy"))
        history = {
            name: [(verdict.status, verdict.at.day, verdict.rules) for verdict in verdicts]
            for name, verdicts in state.history("acme").items()
        }
        assert history == {
            "acme/app": [("healthy", 26, ()), ("unhealthy", 28, ("login-failed",))],
            "acme/api": [("unhealthy", 26, ("login-failed",)), ("healthy", 27, ()), ("gone", 28, ())],
        }
        assert [(run.healthy, run.unhealthy, run.unknown) for run in state.runs("acme")] == [
            (1, 1, 0),
            (2, 0, 0),
            (0, 1, 0),
        ]
        assert state.organizations() == ("acme",)
        assert state.report("acme") == document(app="unhealthy")
        assert state.report("other") is None
        assert state.history("other") == {}


def test_a_damaged_file_is_moved_aside_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with State.open(path) as state:
        assert "was damaged" in state.rebuilt
        assert "state.damaged" in state.rebuilt
        state.keep(APP, FILES)
    assert (tmp_path / "state.damaged").stat().st_size == 5016
    with State.open(path) as state:
        assert state.rebuilt == ""
        assert state.files(7, "c1") == FILES


def test_a_file_cut_short_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        for number in range(50):
            state.note(f"/{number}", '"e"', [str(each * number) for each in range(500)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with State.open(path) as state:
        assert "was damaged" in state.rebuilt


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE note (text)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match="another program"):
        State.open(path)
    assert path.read_bytes() == before


def test_the_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state"
    State.open(path).__exit__(None, None, None)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"later version.*schema 99"):
        State.open(path)
    assert path.read_bytes() == before


def test_a_folder_is_no_state_file(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="can't be used"):
        State.open(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON files BEGIN DELETE FROM run; END",
        "CREATE VIEW v AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE INDEX i ON files (length(hex(content)))",
        "ALTER TABLE issue ADD COLUMN more TEXT",
        "DROP TABLE part",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = -1",
    ],
)
def test_a_state_that_a_stranger_made_is_made_again(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "state.db"
    with State.open(path):
        pass
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()

    with pytest.raises(StateError, match="its tables are not those of a state file"):
        State.existing(path)
    with State.open(path) as state:
        assert state.rebuilt.endswith("It was moved to state.db.damaged, and everything was read again.")


def test_a_document_is_unpacked_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_LARGEST", 1000)
    assert unpacked(packed("a" * 998)) == "a" * 998
    with pytest.raises(ValueError, match="too large"):
        unpacked(packed("a" * 999))


def test_answers_that_are_too_deep_are_like_none(tmp_path: Path) -> None:
    with State.open(tmp_path / "state.db") as state:
        state.note("/deep", "etag", [])
        state.flush()
        with state._writing() as connection:
            connection.execute("UPDATE answer SET body = ?", (zlib.compress(b"[" * 100_000),))
        assert state.known("/deep") is None


def journal(pages: int, names: Path | None) -> bytes:
    """A journal that SQLite plays back, of a transaction that changed nothing.

    Source: https://sqlite.org/fileformat2.html#the_rollback_journal, and `readSuperJournal` in SQLite's pager.c
    """
    magic, sector, page = bytes.fromhex("d9d505f920a163d7"), 512, 4096
    head = (magic + struct.pack(">5I", 0, 1, pages, sector, page)).ljust(sector, b"\0")
    if names is None:
        return head
    name = os.fsencode(names)
    return (
        head + struct.pack(">I", 2**30 // page + 1) + name + struct.pack(">2I", len(name), sum(name)) + magic
    )


@pytest.mark.parametrize("way", ["file", "link", "folder"])
def test_a_journal_of_a_stranger_deletes_no_other_file(tmp_path: Path, way: str) -> None:
    path, victim, beside = tmp_path / "state.db", tmp_path / "victim", tmp_path / "state.db-journal"
    victim.write_text("precious")
    with State.open(path):
        pass
    written = journal(path.stat().st_size // 4096, victim)
    match way:
        case "file":
            beside.write_bytes(written)
        case "link":
            (tmp_path / "elsewhere").write_bytes(written)
            beside.symlink_to("elsewhere")
        case _:
            beside.mkdir()

    for opened in (State.open, State.existing):
        with pytest.raises(StateError, match="journal"):
            opened(path)
    assert victim.read_text() == "precious"


def test_a_journal_of_a_run_that_was_cut_off_is_played_back(tmp_path: Path) -> None:
    path, beside = tmp_path / "state.db", tmp_path / "state.db-journal"
    with State.open(path) as state:
        state.keep(APP, FILES)
    beside.write_bytes(journal(path.stat().st_size // 4096, None))

    with State.open(path) as state:
        assert state.files(APP.id, APP.commit) == FILES
        assert state.rebuilt == ""
    assert not beside.exists()


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state"
    start = threading.Barrier(2)

    def run(organization: str) -> None:
        with State.open(path) as state:
            start.wait()
            for number in range(20):
                state.keep(Listed(number, f"{organization}/r", "private", "main", "c"), FILES)
                state.record(organization, NOW + timedelta(minutes=number), document(app="healthy"))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("acme", "octo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with State.open(path) as state:
        assert state.rebuilt == ""
        assert [len(state.runs(name)) for name in ("acme", "octo")] == [20, 20]


def test_a_file_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        state.keep(APP, FILES)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TABLE checked")
    connection.execute("DROP TABLE part")
    connection.execute("DROP TABLE issue")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with State.open(path) as state:
        assert state.rebuilt == ""
        assert state.files(7, "c1") == FILES
        assert state.last_checked("acme") == {}
        assert state.part() is None
        assert state.issues("acme") == {}


def test_the_issues_of_repositories_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with State.open(path) as state:
        state.note_issue("acme", "acme/app", is_open=True)
        state.note_issue("acme", "acme/web", is_open=True)
        state.note_issue("acme", "acme/web", is_open=False)
        state.note_issue("octo", "octo/app", is_open=True)
    with State.open(path) as state:
        assert state.issues("acme") == {"acme/app": True, "acme/web": False}


def test_what_a_run_checked_is_remembered_until_one_checks_everything() -> None:
    with State.open(None) as state:
        state.note_checked("acme", NOW, [1, 2], is_everything=False)
        state.note_checked("acme", NOW + timedelta(days=1), [2, 3], is_everything=False)
        state.note_checked("octo", NOW, [4], is_everything=False)
        last = state.last_checked("acme")
        assert sorted(last, key=lambda each: (last[each], each)) == [1, 2, 3]
        state.note_checked("acme", NOW, [1, 2, 3], is_everything=True)
        assert state.last_checked("acme") == {}
        assert list(state.last_checked("octo")) == [4]


def test_a_state_takes_over_what_a_part_knows_of_its_own_repositories(tmp_path: Path) -> None:
    newer = replace(FILES, configuration="registries: {}")
    with State.open(tmp_path / "part") as part, State.open(tmp_path / "all") as state:
        state.keep(APP, FILES)
        state.keep(replace(APP, id=8), FILES)
        state.note_checked("acme", NOW, [7, 8], is_everything=False)
        part.keep(APP, newer)
        part.keep(replace(APP, id=8), newer)
        part.note("/orgs/acme", '"e"', [])
        part.note_checked("acme", NOW, [8], is_everything=False)
        part.keep_part({"a": 1})
        part.flush()
        state.absorb(part, "acme", [7])
        assert state.files(7, "c1") == newer
        assert state.files(8, "c1") == FILES
        assert state.known("/orgs/acme") == ('"e"', [])
        assert list(state.last_checked("acme")) == [8]
        assert state.part() is None
        assert part.part() == {"a": 1}
        part.keep_part(None)
        assert part.part() is None
