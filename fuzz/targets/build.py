"""The output of a Docker Engine and BuildKit, and the files of a build."""

import json
import tempfile
from pathlib import Path

from fuzz.target import ensure, target

from crreg.configuration.settings import Build
from crreg.engine.context import open_context
from crreg.engine.error import EngineError
from crreg.engine.output import BuildOutput, PlainProgress
from crreg.engine.trace import InvalidTraceError, decode
from crreg.publish.apply import bases_of

_ROOT = Path(tempfile.mkdtemp(prefix="crreg-fuzz-context-"))
_MOST_LINE = 2_100


@target("build-trace", raises=(InvalidTraceError,), longest=2048)
def build_trace(message: bytes) -> None:
    """BuildKit's progress consists of steps and their output."""
    for event in decode(message):
        ensure(event is not None, "an event is missing")


@target("build-output", longest=4096)
def build_output(text: str) -> None:
    """For any output of an engine, each line for users is one short printable line."""
    said: list[str] = []
    output = BuildOutput(said.append, said.append)
    plain = PlainProgress(output)
    for line in text.split("\n"):
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            plain.line(line)
            continue
        if isinstance(message, dict):
            output.take(message)
    output.end()
    failure = output.failure(output.error or "it failed")
    ensure(
        all(line.isprintable() and len(line) <= _MOST_LINE for line in [*said, str(failure)]), "no short line"
    )


@target("build-bases", longest=2048)
def build_bases(dockerfile: str) -> None:
    """An image to pull has a registry that a login can be compared with."""
    for base in bases_of(dockerfile, Build(args={"TAG": "1"})):
        ensure(base.registry and base.registry == base.registry.lower(), "a host is not in lower case")


@target("build-context", raises=(EngineError,), longest=512)
def build_context(context: str, dockerfile: str, ignore: bytes) -> None:
    """A context and a Dockerfile are inside the repository, or refused."""
    folder = _ROOT / "app"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "file").write_text("")
    (folder / ".dockerignore").write_bytes(ignore)
    found = open_context(_ROOT, context, dockerfile or None)
    ensure(
        found.root == _ROOT.resolve() and ".." not in found.parts, "the context is outside of the repository"
    )
    size = sum(map(len, found.archive()))
    ensure(size % 512 == 0, "the archive is invalid")
