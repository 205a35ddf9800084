"""A folder of files that crreg made: what it replaces, what it leaves alone, and what it refuses."""

import json
import re
from pathlib import Path

import pytest

from crreg.workspace.own_folder import NotOursError, replace_files

MARKER = ".list.json"
OURS = re.compile(r"[a-z]+\.html|data/[^/]+\.js|badges/[^/]+/[^/]+\.svg")


def replace(folder: Path, *checkouts: Path, **made: str) -> None:
    files = {f"{name}.html": text for name, text in made.items()}
    replace_files(folder, MARKER, OURS, files, checkouts)


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MARKER
    }


def test_missing_folders_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    replace_files(folder, MARKER, OURS, {"index.html": "1", "data/x.js": "2"}, ())

    assert tree(folder) == {"index.html": "1", "data/x.js": "2"}
    assert json.loads((folder / MARKER).read_text()) == {"files": ["data/x.js", "index.html"]}


def test_what_is_not_made_any_more_is_deleted_with_its_folder(tmp_path: Path) -> None:
    replace_files(
        tmp_path, MARKER, OURS, {"index.html": "1", "badges/acme/app.svg": "2", "badges/acme/b.svg": ""}, ()
    )
    replace_files(tmp_path, MARKER, OURS, {"index.html": "3", "badges/acme/b.svg": "4"}, ())
    assert tree(tmp_path) == {"index.html": "3", "badges/acme/b.svg": "4"}

    replace(tmp_path, index="5")
    assert tree(tmp_path) == {"index.html": "5"}
    assert not (tmp_path / "badges" / "acme").exists()


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    replace(tmp_path, index="1", old="1")
    (tmp_path / "CNAME").write_text("codespaces.acme.example")
    replace(tmp_path, index="2")

    assert tree(tmp_path) == {"CNAME": "codespaces.acme.example", "index.html": "2"}


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotOursError, match=r"notes\.txt"):
        replace(tmp_path, index="1")
    assert tree(tmp_path) == {"notes.txt": "mine"}


def test_a_file_that_is_not_on_the_list_is_not_overwritten(tmp_path: Path) -> None:
    replace(tmp_path, index="1")
    (tmp_path / "other.html").write_text("mine")
    with pytest.raises(NotOursError, match=r"other\.html"):
        replace(tmp_path, index="2", other="2")
    assert tree(tmp_path) == {"index.html": "1", "other.html": "mine"}


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"files": 3}', "not JSON", '{"files": [[]]}', "[" * 100_000]
)
def test_another_file_under_the_lists_name_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / MARKER).write_text(content)
    with pytest.raises(NotOursError, match="not a list"):
        replace(tmp_path, index="1")
    assert tree(tmp_path) == {}


def test_a_strangers_list_deletes_nothing_but_what_looks_like_ours(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    for path in (tmp_path / "outside.html", folder / "notes.txt", tmp_path / "x.js"):
        path.write_text("mine")
    names = [
        "../outside.html",
        str(tmp_path / "outside.html"),
        "notes.txt",
        "data/../../x.js",
        "data/...js",
        "badges/../b.svg",
    ]
    (folder / MARKER).write_text(json.dumps({"files": names}))
    replace(folder, index="1")

    assert tree(tmp_path) == {
        "outside.html": "mine",
        "x.js": "mine",
        "site/notes.txt": "mine",
        "site/index.html": "1",
    }


def test_no_link_is_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.js").write_text("theirs")
    folder.mkdir()
    (folder / "data").symlink_to(elsewhere)
    (folder / "index.html").symlink_to(elsewhere / "x.js")
    (folder / MARKER).write_text(json.dumps({"files": ["data/x.js", "index.html"]}))

    replace_files(folder, MARKER, OURS, {}, ())
    assert (elsewhere / "x.js").read_text() == "theirs"
    with pytest.raises(NotOursError):
        replace_files(folder, MARKER, OURS, {"data/x.js": "ours"}, ())
    assert (elsewhere / "x.js").read_text() == "theirs"
    with pytest.raises(PermissionError):
        replace_files(folder, MARKER, OURS, {"data/y.js": "ours"}, ())
    assert tree(elsewhere) == {"x.js": "theirs"}


def test_a_link_in_a_checkout_leads_nowhere(tmp_path: Path) -> None:
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    elsewhere.mkdir()
    checkout.mkdir()
    (checkout / "site").symlink_to(elsewhere)
    with pytest.raises(PermissionError):
        replace(checkout / "site", checkout, index="1")
    with pytest.raises(PermissionError):
        replace(checkout / "site" / "deeper", checkout, index="1")
    assert tree(elsewhere) == {}


def test_a_run_that_is_cut_off_can_be_repeated(tmp_path: Path) -> None:
    replace(tmp_path, index="1")
    (tmp_path / "data.html").mkdir()
    with pytest.raises(NotOursError):
        replace(tmp_path, data="1")
    (tmp_path / "data.html").rmdir()
    (tmp_path / MARKER).write_text(json.dumps({"files": ["index.html", "data.html"]}))
    (tmp_path / "data.html").write_text("half")
    replace(tmp_path, data="1")

    assert tree(tmp_path) == {"data.html": "1"}
