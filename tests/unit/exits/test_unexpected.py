"""Errors that nobody foresaw: the run says so and ends, and quotes nothing of what the error quotes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from crreg.exits.unexpected import describe

_FAILING = """
def fail(*_arguments, **_options):
    raise LookupError("hunter2-hunter2")
"""
COMMAND = f"""{_FAILING}
import crreg.facts.named_images
crreg.facts.named_images.list_images = fail
from crreg.cli import main as cli
cli.main(["images"])
"""
ACTION = f"""{_FAILING}
import sys
from crreg.action import main as action
action.run = fail
sys.exit(action.main())
"""
TOLD = (
    r"crreg stopped because of an unexpected LookupError\. "
    r"Please report it with these code locations: (\S+:\d+, )*<string>:\d+\."
)


def ran(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"GITHUB_REPOSITORY": "octo/app", "GITHUB_WORKSPACE": str(folder), "GITHUB_ACTIONS": "true"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_the_command_tells_where_and_not_what(tmp_path: Path) -> None:
    done = ran(COMMAND, tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(f"Error: {TOLD}\n", done.stderr)


def test_the_action_tells_where_and_not_what(tmp_path: Path) -> None:
    (tmp_path / "README").touch()
    done = ran(ACTION, tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert re.fullmatch(f"::error title=crreg failed::{TOLD}\n", done.stdout)


def test_a_deep_error_tells_its_innermost_places() -> None:
    def dig(depth: int) -> None:
        if depth:
            dig(depth - 1)
        raise ValueError("hunter2-hunter2")

    with pytest.raises(ValueError, match="hunter2") as raised:
        dig(500)
    assert describe(raised.value).count("test_unexpected.py:") == 8
