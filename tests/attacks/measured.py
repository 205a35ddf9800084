"""Run crreg on a hostile repository and measure what that cost: seconds, memory, and everything it wrote."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.command import CRREG, surroundings
from sandbox.measuring import measured

MOST_SECONDS = 20.0
MOST_MEBIBYTES = 300.0
_PATIENCE = 60.0
"""Seconds after which a run is killed: half of what it would take if it did not know its budget."""
_STEP = (
    "-I",
    "-X",
    "utf8",
    "-u",
    "-c",
    "import sys; from crreg.action import main as action; sys.exit(action.main())",
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run on a hostile repository."""

    code: int
    """Exit code, or minus the signal that ended it."""
    output: str
    errors: str
    seconds: float
    """The processor's time, to which other programs add nothing. A run that hangs is killed, with code -9."""
    mebibytes: float
    """Largest resident size of the process."""
    summary: str = ""
    """The job summary, of an action's run."""
    outputs: str = ""
    """The file GITHUB_OUTPUT, of an action's run."""

    @property
    def within_limits(self) -> bool:
        """Whether it stayed within what any repository of up to 10 MB may cost."""
        return self.seconds <= MOST_SECONDS and self.mebibytes <= MOST_MEBIBYTES

    @property
    def cost(self) -> str:
        """What it cost, for the message of an assertion."""
        return f"{self.seconds:.1f} s, {self.mebibytes:.0f} MiB, exit code {self.code}"


def write_repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write the files of a repository, by their paths; returns the folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def run_command(folder: Path, *arguments: str, **environment: str) -> Attempt:
    """Run `crreg` in the repository, as a person or a step with `run:` does."""
    return _measured([str(CRREG), *arguments], folder, environment)


def run_action(folder: Path, **environment: str) -> Attempt:
    """Run the action's step on the repository, as the container does; inputs are `INPUT_*` variables."""
    with tempfile.TemporaryDirectory() as kept:
        summary, outputs = Path(kept, "summary"), Path(kept, "outputs")
        summary.touch()
        outputs.touch()
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(folder),
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(outputs),
            "INPUT_MODE": "check",
            **environment,
        }
        attempt = _measured([sys.executable, *_STEP], folder, variables)
        return Attempt(
            attempt.code,
            attempt.output,
            attempt.errors,
            attempt.seconds,
            attempt.mebibytes,
            summary.read_text(),
            outputs.read_text(),
        )


def _measured(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Attempt:
    ended = measured(command, {**surroundings(), **environment}, folder=folder, patience=_PATIENCE)
    return Attempt(
        ended.code,
        ended.output.decode("utf-8", "replace"),
        ended.errors.decode("utf-8", "replace"),
        ended.processor_seconds,
        ended.mebibytes,
    )
