from pathlib import Path

import pytest

from crreg.configuration.settings import Build
from crreg.engine.buildx import _command, _context_folder, build
from crreg.engine.context import open_context
from crreg.engine.error import EngineError
from crreg.engine.output import BuildOutput


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


def refused(workspace: Path, scratch: Path, recipe: Build) -> EngineError:
    """What is said of a build that the system does not let begin, with a `docker` that does nothing."""
    (workspace / "Dockerfile").write_text("FROM scratch\n")
    docker = workspace / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    with pytest.raises(EngineError) as raised:
        build(
            recipe,
            open_context(workspace, ".", None),
            {},
            logins=(),
            scratch=scratch,
            environment={"PATH": str(workspace), "HOME": str(workspace)},
            exports=True,
            output=BuildOutput(lambda _: None, lambda _: None),
        )
    return raised.value


def test_a_folder_that_takes_no_files_is_no_unexpected_error(tmp_path: Path) -> None:
    assert refused(tmp_path, tmp_path / "gone", Build()).detail == (
        "docker buildx can't be run: No such file or directory."
    )


def test_arguments_that_no_command_line_holds_are_told(tmp_path: Path) -> None:
    error = refused(tmp_path, tmp_path, Build(args={"LONG": "x" * 200_000}))
    assert error.detail == "The build's arguments and labels are too long for a command line."
