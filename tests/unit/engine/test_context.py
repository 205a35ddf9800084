import io
import os
import tarfile
from pathlib import Path

import pytest

from crreg.engine.context import open_context
from crreg.engine.error import EngineError


def _names(workspace: Path, context: str = ".", dockerfile: str | None = None) -> list[str]:
    archive = b"".join(open_context(workspace, context, dockerfile).archive())
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return sorted(tar.getnames())


def _write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_archive_holds_the_folder_without_what_is_ignored_and_without_git(tmp_path: Path) -> None:
    _write(
        tmp_path,
        Dockerfile="FROM scratch",
        kept="1",
        out__deep__lost="2",
        out__kept="3",
        **{".git__config": "token"},
    )
    (tmp_path / ".dockerignore").write_text("# all of it\nout\n!out/kept\nDockerfile\n")

    assert _names(tmp_path) == [".dockerignore", "Dockerfile", "kept", "out/kept"]


def test_an_ignore_file_of_the_dockerfiles_own_comes_first(tmp_path: Path) -> None:
    _write(tmp_path, dev="FROM scratch", a="1", b="2")
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "dev.dockerignore").write_text("b\n")

    assert _names(tmp_path, dockerfile="dev") == [".dockerignore", "a", "dev", "dev.dockerignore"]


def test_a_dockerfile_beside_the_context_is_added_to_the_archive(tmp_path: Path) -> None:
    _write(tmp_path, app__a="1", docker__Dockerfile="FROM scratch")

    added, *rest = _names(tmp_path, "app", "docker/Dockerfile")

    assert added.startswith(".dockerfile.")
    assert rest == ["a"]


def test_a_link_is_packed_as_a_link_and_what_it_leads_to_stays_outside(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    _write(workspace, Dockerfile="FROM scratch")
    _write(tmp_path, secret__key="value of the key")
    (workspace / "folder").symlink_to(tmp_path / "secret")
    (workspace / "file").symlink_to(tmp_path / "secret" / "key")

    archive = b"".join(open_context(workspace, ".", None).archive())

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert {member.name for member in tar if member.issym()} == {"folder", "file"}
    assert b"value of the key" not in archive


def test_a_link_that_replaces_a_folder_above_the_context_is_not_followed(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    _write(workspace, above__app__Dockerfile="FROM scratch")
    _write(tmp_path, outside__app__key="value of the key")
    context = open_context(workspace, "above/app", None)
    (workspace / "above").rename(workspace / "was")
    (workspace / "above").symlink_to(tmp_path / "outside")

    with pytest.raises(EngineError, match=r"The build's context can't be read: .* \(`above`\)"):
        b"".join(context.archive())


@pytest.mark.parametrize(
    ("context", "dockerfile", "detail"),
    [
        ("..", None, "The context `..` is outside the repository."),
        ("/", None, "The context `/` is outside the repository."),
        ("away", None, "The context `away` is a symbolic link that leads outside the repository."),
        (
            ".",
            "away/Dockerfile",
            "The Dockerfile `away/Dockerfile` is a symbolic link that leads outside the repository.",
        ),
        (".git", None, "The context `.git` is in .git, which is not part of the repository's files."),
        ("none", None, "The context `none` does not exist."),
        ("empty", None, "The Dockerfile `empty/Dockerfile` does not exist."),
        (".", "empty", "The Dockerfile `empty` is a folder, not a file."),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(
    tmp_path: Path, context: str, dockerfile: str | None, detail: str
) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "empty").mkdir(parents=True)
    (workspace / ".git").mkdir()
    _write(tmp_path, elsewhere__Dockerfile="FROM scratch")
    (workspace / "away").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(EngineError) as caught:
        open_context(workspace, context, dockerfile)

    assert caught.value.detail == detail


@pytest.mark.parametrize("dockerfile", [".", "./", "app", "app/..", "pipe", "app/pipe", ""])
@pytest.mark.parametrize("context", [".", "app"])
def test_a_dockerfile_that_is_no_file_is_refused(tmp_path: Path, context: str, dockerfile: str) -> None:
    _write(tmp_path, Dockerfile="FROM scratch", app__Dockerfile="FROM scratch")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "app" / "pipe")

    with pytest.raises(EngineError, match=r"is (a folder, not a|not a regular) file"):
        open_context(tmp_path, context, dockerfile)


@pytest.mark.parametrize("target", [".", "app", "pipe"])
def test_an_ignore_file_that_is_no_file_is_refused(tmp_path: Path, target: str) -> None:
    _write(tmp_path, Dockerfile="FROM scratch", app__a="1")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".dockerignore").symlink_to(target)

    with pytest.raises(
        EngineError, match=r"The file `\./\.dockerignore` is (a folder, not a|not a regular) file"
    ):
        open_context(tmp_path, ".", None)


def test_an_ignore_file_that_docker_refuses_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    _write(tmp_path, Dockerfile="FROM scratch")
    (tmp_path / ".dockerignore").write_text("[a\n")

    with pytest.raises(EngineError, match=r"The pattern `\[a` of \.dockerignore is invalid"):
        open_context(tmp_path, ".", None)
