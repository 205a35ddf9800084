#!/usr/bin/env python3
"""What a release says and rewrites; .github/workflows/release.yml builds, publishes, commits and tags around it.

A released action runs a published image, by its digest, so that no step waits for a build. The workflows that others
call must use the action of their own release: `./` would be the caller's checkout there, `$/` is unknown to GitHub
Enterprise Server, to older runners and to act, and a tag may be moved. A commit can't name itself, so a release is two
commits: the first points action.yml at the image, the second points the workflows at the first.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

_VERSION = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}")
_IMAGE = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_BUILT = re.compile(r"^  image: Dockerfile$", re.MULTILINE)
_USED = re.compile(r"^( +(?:- )?uses: )org/crreg-action@v1$", re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class ReleaseError(ValueError):
    """Something is not as a release needs it; the text says what, and what to do."""


def check(root: Path, version: str) -> None:
    """Whether the files under `root` are those of that version; raises ReleaseError."""
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is no version: write it as 1.2.3, without a v.")
    package = (root / "src/crreg/__init__.py").read_text(encoding="utf-8")
    if f'__version__ = "{version}"' not in package.splitlines():
        raise ReleaseError(
            f"src/crreg/__init__.py has another __version__ than {version}: set it, and commit."
        )
    notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)


def notes(changelog: str, version: str) -> str:
    """What the changelog says of that version, in Markdown; raises ReleaseError if it says nothing."""
    _, *sections = _HEADING.split(changelog)
    for heading, text in zip(sections[::2], sections[1::2], strict=True):
        if heading.split(" ")[0].strip("[]") == version and text.strip():
            return text.strip() + "\n"
    raise ReleaseError(
        f'CHANGELOG.md has nothing under "## {version} - DATE": '
        'give what is under "Unreleased" that heading, and commit.'
    )


def run_image(action: str, image: str) -> str:
    """action.yml with the image, `HOST/NAME@sha256:...`, in place of the Dockerfile; raises ReleaseError."""
    if not _IMAGE.fullmatch(image):
        raise ReleaseError(
            f"{image!r} is no image with a digest, such as ghcr.io/org/crreg-action@sha256:..."
        )
    released, count = _BUILT.subn(f"  image: docker://{image}", action)
    if count != 1:
        raise ReleaseError(f'action.yml has {count} lines "  image: Dockerfile", but must have one.')
    return released


def use_commit(workflow: str, repository: str, commit: str, version: str) -> str:
    """A workflow that uses the action of `repository`, `owner/name`, as of a commit; raises ReleaseError."""
    if not _REPOSITORY.fullmatch(repository) or not _COMMIT.fullmatch(commit):
        raise ReleaseError(f"{repository}@{commit} is no repository and full commit.")
    return _USED.sub(rf"\g<1>{repository}@{commit} # v{version}", workflow)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current directory; the return value is the exit code."""
    parser = argparse.ArgumentParser(description="The steps of a release that read or rewrite files.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="fail unless the files are those of the version").add_argument(
        "version"
    )
    commands.add_parser("notes", help="print the changelog's section").add_argument("version")
    commands.add_parser("image", help="point action.yml at an image").add_argument("image")
    use = commands.add_parser("use", help="point the workflows that others call at a commit of the action")
    for name in ("repository", "commit", "version"):
        use.add_argument(name)
    try:
        _run(Path(), parser.parse_args(arguments))
    except ReleaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(root: Path, given: argparse.Namespace) -> None:
    match given.command:
        case "check":
            check(root, given.version)
        case "notes":
            sys.stdout.write(notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), given.version))
        case "image":
            path = root / "action.yml"
            path.write_text(run_image(path.read_text(encoding="utf-8"), given.image), encoding="utf-8")
        case "use":
            texts = {
                path: path.read_text(encoding="utf-8") for path in (root / ".github/workflows").glob("*.yml")
            }
            using = {path: text for path, text in texts.items() if _USED.search(text)}
            if not using:
                raise ReleaseError('No workflow has a step with the line "uses: org/crreg-action@v1".')
            for path, text in using.items():
                used = use_commit(text, given.repository, given.commit, given.version)
                path.write_text(used, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
