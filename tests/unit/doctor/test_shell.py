"""`docs/doctor.sh` is what it says: plain POSIX shell, of which half a download does nothing."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "docs" / "doctor.sh"
SHELLCHECK = Path(sys.executable).parent / "shellcheck"


def test_shellcheck_finds_nothing_that_is_no_posix_shell() -> None:
    done = subprocess.run(
        [SHELLCHECK, "--shell=sh", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_it_does_nothing_before_its_last_line() -> None:
    *lines, last = SCRIPT.read_text().splitlines()
    assert last == 'main "$@"'
    for part in ("\n".join(lines), "\n".join(lines[: len(lines) // 3])):
        done = subprocess.run(["sh"], input=part, capture_output=True, text=True, check=False, timeout=10)
        assert done.stdout == ""
