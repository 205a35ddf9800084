from pathlib import Path

import pytest

from crreg.configuration.settings import Build
from crreg.engine.buildx import _command, _context_folder
from crreg.engine.context import open_context


@pytest.mark.parametrize("platforms", [(), ("linux/amd64",)])
def test_for_one_platform_the_context_is_sent_as_an_archive(
    tmp_path: Path, platforms: tuple[str, ...]
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    context, recipe = open_context(tmp_path, ".", None), Build(platforms=platforms)
    with _context_folder(recipe, context, tmp_path) as folder:
        command = _command(recipe, context, {}, folder)
    assert (command[-1], "--file=Dockerfile" in command) == ("-", True)


def test_for_several_it_is_a_folder_that_no_step_shares(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    context, recipe = open_context(tmp_path, ".", None), Build(platforms=("linux/amd64", "linux/arm64"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with _context_folder(recipe, context, scratch) as folder:
        assert folder is not None
        assert folder.parent == scratch
        command = _command(recipe, context, {}, folder)
        assert (folder / "Dockerfile").is_file()
    assert (command[-1], f"--file={folder}/Dockerfile" in command) == (str(folder), True)
