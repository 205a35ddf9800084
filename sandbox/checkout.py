"""Creates checkouts, with the real git."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from sandbox.github.git_objects import Content, Mode, as_file

_IDENTITY = ("-c", "user.name=Mona", "-c", "user.email=mona@example.com", "-c", "commit.gpgSign=false")


def git(folder: Path, *arguments: str, content: bytes = b"") -> bytes:
    """Run git with no configuration except the repository's; returns its output."""
    return subprocess.run(
        ["git", *_IDENTITY, *arguments],
        cwd=folder,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": "/nonexistent",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
        },
        input=content,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout


def commit(folder: Path, *, object_format: str = "sha1") -> Path:
    """Commit everything in a folder, which becomes a checkout if it is not one yet; returns the folder."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", f"--object-format={object_format}", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=All of it")
    return folder


def write(folder: Path, files: Mapping[str, Content]) -> Path:
    """Write the files of a planned repository to a folder, as a checkout has them; returns the folder.

    A submodule is an empty folder, as in a checkout that was not made with `--recurse-submodules`.
    """
    for path, content in files.items():
        file, place = as_file(content), folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        match file.mode:
            case Mode.SYMLINK:
                place.symlink_to(file.data.decode())
            case Mode.SUBMODULE:
                place.mkdir()
            case _:
                place.write_bytes(file.data)
                place.chmod(file.mode & 0o777)
    return folder
