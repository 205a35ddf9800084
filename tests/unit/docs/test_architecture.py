"""The page of the architecture has every folder, and the changelog is in the order of its versions."""

import re

from docs.generate import ROOT
from tests.unit.docs.pages import tables_of

LINK = re.compile(r"\[([\w./]+)\]\(([^)]+)\)")
PAGE = ROOT / "docs" / "architecture.md"


def named(number: int) -> set[str]:
    """The folders that the first column of a table links to, relative to the root."""
    rows = [rows for rows in tables_of(PAGE) if rows[0] == ["folder", "what is there"]][number][1:]
    links = [LINK.findall(row[0]) for row in rows]
    return {target.removeprefix("../").removesuffix("/README.md") for found in links for _, target in found}


def test_the_page_has_every_folder_of_the_package() -> None:
    folders = {path.parent for path in (ROOT / "src" / "crreg").glob("*/__init__.py")}
    assert named(1) == {str(folder.relative_to(ROOT)) for folder in folders}


def test_the_page_has_every_folder_at_the_top() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    kept = {name for name in folders if any((ROOT / name).rglob("*.*"))} - {
        "__pycache__",
        "dist",
        "node_modules",
        "src",
    }
    assert kept <= named(0)


def test_the_changelog_has_what_is_unreleased_and_then_each_version_with_its_date() -> None:
    first, *versions = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert first == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", version) for version in versions)
    numbers = [tuple(map(int, version.split(" ")[0].split("."))) for version in versions]
    assert numbers == sorted(numbers, reverse=True)
