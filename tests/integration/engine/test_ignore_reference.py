"""What a build's context holds is what Docker's own builder takes of the same folder, for every kind of pattern."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest
from sandbox.engine import Engine
from tests.integration.engine.workshop import Docker

from crreg.engine.context import open_context
from crreg.engine.error import EngineError

pytestmark = pytest.mark.engine

FILES = (
    *(
        "a",
        "b",
        "ab",
        "abc",
        "a.txt",
        "b.txt",
        "[a]",
        "a b",
        "é",
        "#c",
        "!d",
        "d/a",
        "d/b",
        "d/e/a",
        "d/e/b.txt",
    ),
    *("d/e/f/a", "dd/a", "x/d/a", "x/y/d/e/a", "x/a.txt", ".hidden", ".h/a", "a^b", "n/\na", "q/a?", "q/ab"),
)
CASES = (
    *(
        "",
        "a",
        "/a",
        "a/",
        "./a",
        "../a",
        "d",
        "d/",
        "d/*",
        "d/**",
        "d/**/a",
        "**/a",
        "**a",
        "**/d",
        "**/d/**",
        "**",
    ),
    *(
        "*",
        "*/*",
        "*/a",
        "?",
        "a?",
        "*.txt",
        "**/*.txt",
        "d/*/a",
        "x/**/a",
        "d**",
        "d**/a",
        "[ab]",
        "[^ab]",
        "a[a-c]",
    ),
    *(
        "[[]a]",
        "\\[a]",
        "a\\ b",
        "é",
        "#c",
        " #c",
        "\\#c",
        "\\!d",
        "!d",
        "*\n!a",
        "**\n!d/e",
        "d\n!d/a\nd",
        "d\n!d/**/a",
    ),
    *(
        "*\n!d\nd/e\n!d/e/f",
        "*\n!**/a",
        "**/e\n!d/e/b.txt",
        "!a\n*",
        "a\r\nb",
        "\ufeffa",
        "a^b",
        "*a",
        "q/a\\?",
        "n/*",
    ),
    *(
        "*\n!*.txt\n!d",
        "d/../a",
        "d/./a",
        "//a",
        ".",
        "/",
        ".*",
        ".h",
        "***",
        "*\\^b",
        "d\n!d",
        "a]",
        "**/**/a",
        "n/**",
    ),
)
REFUSED = ("!", "a\n!", "!/", "[", "[a", "a\\", "[]a]", "[x-]", "[b-a]")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return folder


def by_docker(docker: Docker, tree: Path, into: Path) -> set[str] | None:
    """The files that the builder takes; None where it refuses the patterns."""
    shutil.rmtree(into, ignore_errors=True)
    docker("buildx", "build", "--quiet", f"--output=type=local,dest={into}", str(tree), check=False)
    if not into.is_dir():
        return None
    return {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}


def by_crreg(tree: Path) -> set[str] | None:
    """The files of the archive; None where the patterns are refused."""
    try:
        archive = b"".join(open_context(tree, ".", None).archive())
    except EngineError:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name for member in tar if member.isfile()}


def test_the_files_are_those_that_docker_takes(newer_engine: Engine, tree: Path, tmp_path: Path) -> None:
    docker = Docker(newer_engine.environment())
    differing = {}
    # Both always hold the file itself and the Dockerfile, as what is built needs them.
    always = {"Dockerfile", ".dockerignore"}
    for case in (*CASES, *REFUSED):
        (tree / ".dockerignore").write_bytes(case.encode())
        ours, theirs = by_crreg(tree), by_docker(docker, tree, tmp_path / "out")
        if (None if ours is None else ours - always) != (None if theirs is None else theirs - always):
            differing[case] = (ours, theirs)

    assert differing == {}
