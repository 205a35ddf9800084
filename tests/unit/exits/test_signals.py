"""Signals end a run with everything cleaned up, whenever they come."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from crreg.exits.signals import Interrupted, clean_up, cleaned_up, raise_on_signals

case, folder = sys.argv[1], Path(sys.argv[2])
(folder / "login").touch()
calls = []

def cleanup():
    calls.append(1)
    if case == "during the clean-up" and len(calls) == 1:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    (folder / "login").unlink(missing_ok=True)

raise_on_signals()
try:
    with cleaned_up(cleanup):
        if case == "at a crash":
            1 / 0
        if case != "during the clean-up":
            try:
                os.kill(os.getpid(), getattr(signal, case.split()[0]))
                time.sleep(10)
            finally:
                if case.endswith("twice"):
                    os.kill(os.getpid(), signal.SIGTERM)
                    time.sleep(10)
except Interrupted as end:
    sys.exit(end.exit_code)
except ZeroDivisionError:
    sys.exit(3)
finally:
    clean_up()
"""


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("SIGINT", 130),
        ("SIGTERM", 143),
        ("SIGHUP", 129),
        ("SIGQUIT", 131),
        ("SIGUSR1", 128 + signal.SIGUSR1),
        ("SIGXCPU", 128 + signal.SIGXCPU),
        ("SIGINT twice", -signal.SIGTERM),
        ("SIGHUP twice", -signal.SIGTERM),
        ("during the clean-up", 143),
        ("at a crash", 3),
    ],
)
def test_what_must_not_stay_is_cleaned_up(tmp_path: Path, case: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, case, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ended.returncode, list(tmp_path.iterdir())) == (code, []), ended.stderr


def test_no_crash_writes_the_memory_to_a_file() -> None:
    script = (
        "import resource; from crreg.exits.signals import raise_on_signals; raise_on_signals(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "0\n"


def test_what_was_started_to_outlive_its_terminal_does() -> None:
    script = (
        "import os, signal; from crreg.exits.signals import raise_on_signals; raise_on_signals(); "
        "os.kill(os.getpid(), signal.SIGHUP); print('goes on')"
    )
    ended = subprocess.run(
        ["nohup", sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ,
        text=True,
        check=True,
    )
    assert ended.stdout == "goes on\n"
