"""Which file the configuration is read from."""

from pathlib import Path

import pytest

from crreg.configuration.load import read_settings
from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.settings import Settings


def load(folder: Path, given: str | None = None) -> Settings:
    return read_settings(folder, given, "", {}, frozenset({"unused-triple"}))


def write(folder: Path, name: str, text: str = "ignore: [unused-triple]\n") -> None:
    (folder / ".github").mkdir(exist_ok=True)
    (folder / ".github" / name).write_text(text)


@pytest.mark.parametrize("name", ["crreg.yml", "crreg.yaml"])
def test_both_endings_are_found(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert load(tmp_path) == Settings(ignore=frozenset({"unused-triple"}), path=f".github/{name}")


def test_without_a_file_nothing_is_set(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


def test_two_files_are_an_error_even_if_one_is_empty(tmp_path: Path) -> None:
    write(tmp_path, "crreg.yml", "")
    write(tmp_path, "crreg.yaml")
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path)
    assert str(caught.value) == (
        ".github/crreg.yaml:1:1: the file can't be used beside .github/crreg.yml: delete one of them"
    )


def test_a_named_file_is_read_alone_and_must_exist(tmp_path: Path) -> None:
    write(tmp_path, "crreg.yml", "")
    write(tmp_path, "crreg.yaml")
    assert load(tmp_path, ".github/crreg.yaml").ignore == frozenset({"unused-triple"})
    with pytest.raises(ConfigurationError, match=r"other\.yml:1:1: the file does not exist"):
        load(tmp_path, "other.yml")


def test_a_named_file_may_have_its_whole_path(tmp_path: Path) -> None:
    inside, link = tmp_path / "checkout", tmp_path / "link"
    inside.mkdir()
    link.symlink_to(inside)
    (inside / "mine.yml").write_text("ignore: [unused-triple]")
    for folder, path in ((inside, inside), (link, link), (link, inside)):
        assert load(folder, str(path / "mine.yml")).ignore == {"unused-triple"}


def test_a_whole_path_elsewhere_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "checkout"
    inside.mkdir()
    (tmp_path / "mine.yml").write_text("ignore: [unused-triple]")
    for path in (tmp_path / "mine.yml", inside / ".." / "mine.yml"):
        with pytest.raises(ConfigurationError, match="the file is outside the repository"):
            load(inside, str(path))
