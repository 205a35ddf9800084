"""The plain progress of `docker buildx`, read back into steps and what they print."""

import re
from dataclasses import dataclass, field

from crreg.engine.output import BuildOutput

_NUMBERED = re.compile(r"#(\d{1,9}) (.*)")
_PRINTED = re.compile(r"\d+\.\d+(?: (.*))?")
"""What a step prints stands behind the seconds since it began, so that it can't pose as anything else."""
_FAILED = re.compile(r"error: (?:failed to solve: )?(.*)", re.IGNORECASE)
_GENERAL = "0"
"""The number under which buildx tells what it builds with."""
_MOST_STEPS = 10_000


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
