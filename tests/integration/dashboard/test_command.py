"""`crreg dashboard` writes the page, and says what it can't use."""

import json
import sqlite3
import zlib
from pathlib import Path

from tests.integration.dashboard.conftest import write

from crreg.organization.state import State


def test_the_page_is_written_again_over_itself(remembered: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    first, second = write(remembered, folder), write(remembered, folder)

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == ""
    assert f"Open {folder}/index.html" in first.stderr
    assert json.loads((folder / "badges" / "acme.json").read_text())["isError"] is True
    assert (folder / "badges" / "acme" / "shop-api.svg").exists()
    assert not (folder / "badge.svg").exists()


def test_a_folder_of_others_stays_as_it_is(remembered: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    ended = write(remembered, tmp_path)

    assert ended.returncode == 2
    assert "has files that crreg did not write, such as `notes.txt`" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_missing_state_is_not_made(tmp_path: Path) -> None:
    ended = write(tmp_path / "crreg.state", tmp_path / "site")

    assert ended.returncode == 2
    assert "There is no state file" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_is_left_as_it_is(remembered: Path, tmp_path: Path) -> None:
    state = tmp_path / "crreg.state"
    content = remembered.read_bytes()
    for damaged in (
        b"no database at all" * 99,
        content[: len(content) // 2],
        content[:4096] + b"\xff" * 8192,
    ):
        state.write_bytes(damaged)
        ended = write(state, tmp_path / "site")

        assert ended.returncode == 2
        assert "is damaged" in ended.stderr
        assert state.read_bytes() == damaged
        assert [path.name for path in tmp_path.iterdir()] == ["crreg.state"]


def test_a_report_of_another_shape_is_refused(remembered: Path, tmp_path: Path) -> None:
    state = tmp_path / "crreg.state"
    for document, said in (
        (zlib.compress(b'{"repositories": 3}'), "does not have the form"),
        (b"not compressed", "is damaged"),
        (zlib.compress(b"[")[:-1], "its end is missing"),
        (zlib.compress(b"[" * 100_000), "is too deep"),
    ):
        state.write_bytes(remembered.read_bytes())
        with sqlite3.connect(state) as connection:
            connection.execute("UPDATE report SET document = ?", (document,))
        connection.close()
        ended = write(state, tmp_path / "site")

        assert ended.returncode == 2
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_state_without_a_report_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "crreg.state"
    with State.open(state):
        pass
    ended = write(state, tmp_path / "site")

    assert ended.returncode == 2
    assert "has no report yet" in ended.stderr
