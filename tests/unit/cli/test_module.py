import subprocess
import sys

import pytest
from sandbox.command import CRREG, surroundings


@pytest.mark.parametrize("arguments", [("--version",), ("rules", "--format", "json"), ("nothing",)])
def test_the_module_is_the_command(arguments: tuple[str, ...]) -> None:
    def run(*program: str) -> tuple[int, str, str]:
        ended = subprocess.run(
            [*program, *arguments],
            env=surroundings(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return ended.returncode, ended.stdout, ended.stderr

    assert run(sys.executable, "-m", "crreg") == run(str(CRREG))
