"""The output of a build: passed on line by line, kept for the error message, and reduced to the current step."""

import base64
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crreg.engine.error import EngineError, words
from crreg.engine.trace import InvalidTraceError, Log, Vertex, decode
from crreg.printable import plain, quoted

_LONGEST_LINE = 2_000
_LAST_LINES = 10
_MOST_STEPS = 10_000
_INTERNAL = ("[internal]", "copy /context /")
"""How the names of steps that BuildKit itself adds begin."""


@dataclass
class BuildOutput:
    """The output of one build, by any builder."""

    say: Callable[[str], None]
    progress: Callable[[str], None]
    image: str | None = None
    """The image's identifier, once known."""
    error: str = ""
    """The engine's error message."""
    step: str = ""
    """The current step, or the one that failed."""
    _names: dict[str, str] = field(default_factory=dict)
    _partial: dict[str, bytes] = field(default_factory=dict)
    _last: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))

    def take(self, message: dict[str, Any]) -> None:
        """Process one message of the engine's stream, from BuildKit or the classic builder."""
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
        """Process one line of a builder that prints text."""
        shown = plain(text.expandtabs().rstrip(), _LONGEST_LINE)
        if shown:
            self._last.append(shown)
            self.say(shown)

    def began(self, name: str, *, cached: bool = False) -> None:
        """Process the start of a BuildKit step."""
        if not name.startswith(_INTERNAL):
            self.line(f"{name}{' (cached)' if cached else ''}")
            self._last.clear()
            self._begin(name)

    def failed(self, name: str) -> None:
        """Record the step that failed; others may have begun since."""
        self.step = plain(name)

    def remark(self, text: str) -> None:
        """Show a line that belongs to no step, so that it does not appear among the last lines of a failed one."""
        shown = plain(text.expandtabs().rstrip(), _LONGEST_LINE)
        if shown:
            self.say(shown)

    def end(self) -> None:
        """Process the text after the last line end."""
        for rest in self._partial.values():
            self.line(rest.decode("utf-8", "replace"))
        self._partial.clear()

    def failure(self, says: str) -> EngineError:
        """Return the error of a failed build, with the step and its last lines."""
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
            # Progress is only shown; the result of the build does not depend on it.
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
            "The Dockerfile uses a feature that this engine's builder does not support: install docker buildx where "
            "crreg runs, update the Docker Engine, or begin the Dockerfile with `# syntax=docker/dockerfile:1`."
        )
    if any(word in lower for word in ("unauthorized", "denied", "authorization failed", "no basic auth")):
        return (
            "A base image of the Dockerfile is private or does not exist: pass the triple of its registry to the step "
            "that runs crreg, or correct the image's name."
        )
    return "Correct the Dockerfile or what it runs; `docker build` in the same folder shows the same error."


_NUMBERED = re.compile(r"#(\d{1,9}) (.*)")
_PRINTED = re.compile(r"\d+\.\d+(?: (.*))?")
"""A step's output follows the seconds since it began, so it can't imitate any other line."""
_FAILED = re.compile(r"error: (?:failed to solve: )?(.*)", re.IGNORECASE)
_GENERAL = "0"
"""The number under which buildx describes its builder."""


@dataclass
class PlainProgress:
    """Parses buildx's plain progress, line by line, and passes steps, their output and the error to `output`."""

    output: BuildOutput
    _names: dict[str, str] = field(default_factory=dict)

    def line(self, text: str) -> None:
        """Process one line, with or without its line end."""
        text = text.rstrip("\r\n")
        numbered = _NUMBERED.fullmatch(text)
        if numbered is None:
            self._other_line(text)
        elif numbered[1] != _GENERAL:
            self._step_line(numbered[1], numbered[2])

    def _step_line(self, number: str, text: str) -> None:
        name = self._names.get(number)
        if name is None:
            if len(self._names) < _MOST_STEPS:
                self._names[number] = text
                self.output.began(text)
            return
        printed = _PRINTED.fullmatch(text)
        if printed is not None:
            # A progress bar redraws itself with carriage returns; only its final state counts.
            self.output.line((printed[1] or "").rstrip("\r").rsplit("\r", 1)[-1])
        elif text == "CACHED":
            self.output.remark(f"{name} (cached)")
        elif text.startswith("ERROR: "):
            self.output.failed(name)

    def _other_line(self, text: str) -> None:
        """Process a line that belongs to no step: the excerpt after a failure, a warning, or the error."""
        failed = _FAILED.match(text)
        if failed is not None:
            self.output.error = failed[1]
        else:
            self.output.remark(text)
