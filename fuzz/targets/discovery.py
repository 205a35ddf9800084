"""A whole repository: dev containers, Compose projects, Dockerfiles, features, and the checkout itself."""

import tempfile
from pathlib import Path

from fuzz.target import ensure, target

from crreg.discovery.devcontainer import features  # noqa: F401 - discovery imports some late
from crreg.discovery.discover import discover
from crreg.github.access import is_repository
from crreg.workspace.checkout import repository_of, revision_of

_ROOT = Path(tempfile.mkdtemp(prefix="crreg-fuzz-repository-"))


def _write(path: str, content: bytes) -> None:
    file = _ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _check() -> None:
    found = discover(_ROOT)
    ensure(list(found.configurations) == sorted(found.configurations), "configurations are in no order")
    for place in (
        *(image.location for image in found.images),
        *(problem.location for problem in found.problems),
    ):
        ensure(not place.path.startswith("/"), "a place is outside of the repository")
        ensure(1 <= place.line <= place.end_line and place.column >= 1, "a location is invalid")
    ensure(all(image.text for image in found.images), "an image has no name")


@target("devcontainer", longest=4096, weight=2)
def devcontainer(configuration: bytes, dockerfile: bytes, feature: bytes) -> None:
    """No devcontainer.json, Dockerfile or feature raises anything."""
    _write(".devcontainer/devcontainer.json", configuration)
    _write(".devcontainer/Dockerfile", dockerfile)
    _write(".devcontainer/local/devcontainer-feature.json", feature)
    _check()


@target("compose", longest=4096, weight=3)
def compose_(file: bytes, variables: bytes, included: bytes) -> None:
    """No Compose project raises anything, whatever it includes, extends and expands."""
    _write(
        ".devcontainer/devcontainer.json",
        b'{"dockerComposeFile": ["compose.yml", "other.yml"], "service": "app", "runServices": ["db"]}',
    )
    _write(".devcontainer/compose.yml", file)
    _write(".devcontainer/other.yml", included)
    _write(".devcontainer/.env", variables)
    _check()


@target("checkout", longest=1024)
def checkout(configuration: bytes, head: bytes, packed: bytes) -> None:
    """A checkout yields a repository's name and a commit, or nothing."""
    for file, content in (("config", configuration), ("HEAD", head), ("packed-refs", packed)):
        _write(f".git/{file}", content)
    name = repository_of(_ROOT, "github.com")
    ensure(name is None or (name.count("/") == 1 and name.isascii()), "the name is invalid")
    ensure(
        name is None or is_repository(name) or name.rpartition("/")[2] in {".", ".."},
        "a name of no repository",
    )
    revision = revision_of(_ROOT)
    ensure(revision is None or len(revision) in {40, 64}, "the commit is invalid")
