"""Runs the `crreg` command as a user does and the action as the runner does, and checks that neither leaks a secret."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import warm
from sandbox.credentials import leaks_in
from sandbox.documents import check_printed, read_document

CRREG = Path(sys.executable).parent / "crreg"
ENTRYPOINT = Path(__file__).parents[1] / "entrypoint.py"
_MASK = "::add-mask::"
_TAKEN = ("GITHUB_", "INPUT_", "RUNNER_", "AWS_", "CRREG_")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended."""

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return read_document(self.output)

    @property
    def rules(self) -> list[str]:
        """The rules of the findings of a JSON report, in order."""
        return [finding["rule"] for finding in self.document["findings"]]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the action that has ended."""

    code: int
    log: list[str]
    """The output without the lines that mask."""
    masks: list[str]
    summary: str
    outputs: dict[str, str]


def surroundings() -> dict[str, str]:
    """This process's environment without the variables that would redirect crreg."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_TAKEN) and "_CONTAINER_REGISTRY_" not in name
    }


def crreg(
    *arguments: str | Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
    within: Sequence[str] = (),
) -> Ended:
    """Run `crreg` in `folder`; the words of `within` are put before the command.

    Fails if the output contains a secret of this run or a traceback, or is JSON that no published schema allows.
    """
    before = time.monotonic()
    variables = {**surroundings(), **environment}
    if within:
        ended = subprocess.run(
            [*within, CRREG, *arguments],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    else:
        ended = warm.run([CRREG, *arguments], environment=variables, folder=folder, timeout=240)
    seconds = time.monotonic() - before
    printed = ended.stdout + ended.stderr
    assert leaks_in(printed) == (), "a secret was printed"
    assert "Traceback" not in printed, printed
    check_printed(ended.stdout)
    return Ended(ended.returncode, ended.stdout, ended.stderr, seconds)


def action_step(environment: Mapping[str, str], workspace: Path, files: Path, **inputs: str) -> Step:
    """Run the action's entrypoint with inputs by name (`_` for `-`); `files` is where the runner keeps its own.

    Fails if its output contains a secret of this run, apart from the masks, or if its report is JSON that no published
    schema allows.
    """
    summary, output = files / "summary", files / "output"
    for file in (summary, output):
        file.write_text("")
    ended = warm.run(
        [ENTRYPOINT],
        environment={
            **surroundings(),
            "GITHUB_ACTIONS": "true",
            **environment,
            "GITHUB_WORKSPACE": os.fspath(workspace),
            "GITHUB_STEP_SUMMARY": os.fspath(summary),
            "GITHUB_OUTPUT": os.fspath(output),
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        },
        timeout=120,
    )
    lines = ended.stdout.splitlines()
    log = [line for line in lines if not line.startswith(_MASK)]
    assert leaks_in("\n".join(log) + ended.stderr + summary.read_text() + output.read_text()) == ()
    report = workspace / inputs.get("report_file", "")
    if report.is_file():
        check_printed(report.read_text())
    masks = [line.removeprefix(_MASK) for line in lines if line.startswith(_MASK)]
    written = output.read_text().splitlines()
    outputs = {written[at].partition("<<")[0]: written[at + 1] for at in range(0, len(written), 3)}
    return Step(ended.returncode, log, masks, summary.read_text(), outputs)
