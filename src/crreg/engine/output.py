"""What a build prints: handed on line by line, remembered for the error, and shortened to a step."""

import base64
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crreg.engine.error import EngineError, words
from crreg.engine.trace import InvalidTraceError, Log, Vertex, decode
from crreg.text import plain, quoted

_LONGEST_LINE = 2_000
_LAST_LINES = 10
_MOST_STEPS = 10_000
_INTERNAL = ("[internal]", "copy /context /")
"""Names of steps that BuildKit adds of its own."""


@dataclass
class BuildOutput:
    """The output of one build, whichever builder writes it."""

    say: Callable[[str], None]
    progress: Callable[[str], None]
    image: str | None = None
    """The image's identifier, once it is told."""
    error: str = ""
    """What the engine says went wrong."""
    step: str = ""
    """The step that is under way or failed."""
    _names: dict[str, str] = field(default_factory=dict)
    _partial: dict[str, bytes] = field(default_factory=dict)
    _last: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))

    def take(self, message: dict[str, Any]) -> None:
        """One message of the engine's stream: BuildKit's or the classic builder's."""
        aux, stream = message.get("aux"), message.get("stream")
        if message.get("id") == "moby.buildkit.trace" and isinstance(aux, str):
            self._trace(aux)
        elif isinstance(aux, dict) and isinstance(aux.get("ID"), str):
            self.image = aux["ID"]
        elif isinstance(stream, str):
            if stream.startswith("Step "):
                self._begin(stream.removeprefix("Step ").strip())
            self._print("", stream.encode())
        if isinstance(message.get("error"), str):
            self.error = message["error"]

    def line(self, text: str) -> None:
        """One line of a builder that prints text."""
        shown = plain(text.expandtabs().rstrip(), _LONGEST_LINE)
        if shown:
            self._last.append(shown)
            self.say(shown)

    def began(self, name: str, *, cached: bool = False) -> None:
        """A step of BuildKit's, as it begins."""
        if not name.startswith(_INTERNAL):
            self.line(f"{name}{' (cached)' if cached else ''}")
            self._last.clear()
            self._begin(name)

    def failed(self, name: str) -> None:
        """A step that has failed; others may have begun since."""
        self.step = plain(name)

    def remark(self, text: str) -> None:
        """A line that is no step's own, and so not among the last lines of one that failed."""
        shown = plain(text.expandtabs().rstrip(), _LONGEST_LINE)
        if shown:
            self.say(shown)

    def end(self) -> None:
        """Hand on what had no line end."""
        for rest in self._partial.values():
            self.line(rest.decode("utf-8", "replace"))
        self._partial.clear()

    def failure(self, says: str) -> EngineError:
        """The build's failure, naming the step and its last lines."""
        step = f" in the step {quoted(self.step)}" if self.step else ""
        last = f' Its last lines: "{words(" / ".join(self._last)[-400:])}".' if self._last else ""
        says = words(says)
        return EngineError(
            f"The build failed{step}: {says.rstrip('.')}.{last}", _build_remedy(says), says=says
        )

    def _trace(self, encoded: str) -> None:
        try:
            for event in decode(base64.b64decode(encoded)):
                if isinstance(event, Log):
                    self._print(event.vertex, event.message)
                else:
                    self._vertex(event)
        except (InvalidTraceError, ValueError):
            # Progress is for people to read: the build's end does not depend on it.
            return

    def _vertex(self, vertex: Vertex) -> None:
        if vertex.error:
            self.failed(vertex.name)
        known = self._names.get(vertex.digest)
        if not (vertex.started or vertex.cached) or known is not None or len(self._names) >= _MOST_STEPS:
            return
        self._names[vertex.digest] = vertex.name
        self.began(vertex.name, cached=vertex.cached)

    def _begin(self, name: str) -> None:
        self.step = plain(name)
        self.progress(f"step {self.step}")

    def _print(self, vertex: str, message: bytes) -> None:
        *whole, rest = (self._partial.pop(vertex, b"") + message).split(b"\n")
        for line in whole:
            self.line(line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", "replace"))
        while len(rest) > _LONGEST_LINE:
            self.line(rest[:_LONGEST_LINE].decode("utf-8", "replace"))
            rest = rest[_LONGEST_LINE:]
        if rest and len(self._partial) < _MOST_STEPS:
            self._partial[vertex] = rest


def _build_remedy(says: str) -> str:
    lower = says.lower()
    if "requires buildkit" in lower or "unknown instruction" in lower or "unknown flag" in lower:
        return (
            "The Dockerfile uses what this engine's builder does not know: install docker buildx where crreg runs, or "
            "update the Docker Engine; or begin the Dockerfile with `# syntax=docker/dockerfile:1`."
        )
    if any(word in lower for word in ("unauthorized", "denied", "authorization failed", "no basic auth")):
        return (
            "An image that the Dockerfile is based on is private or does not exist: give the triple of its registry "
            "to the step that runs crreg, or correct its name."
        )
    return "Correct the Dockerfile or what it runs; `docker build` of the same folder shows the same error."


_NUMBERED = re.compile(r"#(\d{1,9}) (.*)")
_PRINTED = re.compile(r"\d+\.\d+(?: (.*))?")
"""What a step prints stands behind the seconds since it began, so that it can't pose as anything else."""
_FAILED = re.compile(r"error: (?:failed to solve: )?(.*)", re.IGNORECASE)
_GENERAL = "0"
"""The number under which buildx tells what it builds with."""


@dataclass
class PlainProgress:
    """Takes line after line, and tells `output` of steps, what they print, and the error at the end."""

    output: BuildOutput
    _names: dict[str, str] = field(default_factory=dict)

    def line(self, text: str) -> None:
        """One line, with or without its end."""
        text = text.rstrip("\r\n")
        numbered = _NUMBERED.fullmatch(text)
        if numbered is None:
            self._apart(text)
        elif numbered[1] != _GENERAL:
            self._of_step(numbered[1], numbered[2])

    def end(self) -> None:
        """Hand on what is left."""
        self.output.end()

    def _of_step(self, number: str, text: str) -> None:
        name = self._names.get(number)
        if name is None:
            if len(self._names) < _MOST_STEPS:
                self._names[number] = text
                self.output.began(text)
            return
        printed = _PRINTED.fullmatch(text)
        if printed is not None:
            # Of a bar that is drawn over itself, how it ends.
            self.output.line((printed[1] or "").rstrip("\r").rsplit("\r", 1)[-1])
        elif text == "CACHED":
            self.output.remark(f"{name} (cached)")
        elif text.startswith("ERROR: "):
            self.output.failed(name)

    def _apart(self, text: str) -> None:
        """What is of no step: the excerpt that follows a failure, warnings, and the error."""
        failed = _FAILED.match(text)
        if failed is not None:
            self.output.error = failed[1]
        else:
            self.output.remark(text)
