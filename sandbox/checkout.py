"""Creates checkouts with the real git."""

import subprocess
from pathlib import Path

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
