"""Running the `crreg` command as a person would, and seeing that it gave no secret away."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sandbox.credentials import leaks_in

CRREG = Path(sys.executable).parent / "crreg"
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
        return json.loads(self.output)

    @property
    def rules(self) -> list[str]:
        """The rules of the findings of a JSON report, in order."""
        return [finding["rule"] for finding in self.document["findings"]]


def surroundings() -> dict[str, str]:
    """This process's environment without what would take crreg elsewhere."""
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
    """Run `crreg` in `folder`, as a command that starts with the words of `within`.

    Whatever it prints holds no secret of this run and no traceback.
    """
    before = time.monotonic()
    ended = subprocess.run(
        [*within, CRREG, *arguments],
        cwd=folder,
        env={**surroundings(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    seconds = time.monotonic() - before
    printed = ended.stdout + ended.stderr
    assert leaks_in(printed) == (), "a secret was printed"
    assert "Traceback" not in printed, printed
    return Ended(ended.returncode, ended.stdout, ended.stderr, seconds)
