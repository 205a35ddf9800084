"""What the sandbox starts ends with it, however it ends."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sandbox.process import NotStartedError, Process

_ROOT = Path(__file__).parents[2]
_PROGRAM = """
    import sys, time
    from pathlib import Path
    from sandbox.registry import running_registry
    with running_registry(Path(sys.argv[1])) as registry:
        print(registry.backend, flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_registry_ends_with_who_started_it(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_PROGRAM), str(tmp_path)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=quiet) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith(b"http://127.0.0.1:")
        (child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        descriptor = os.pidfd_open(int(child))
        os.kill(parent.pid, number)
    # A pidfd is readable once its process has ended.
    ended, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    assert ended == [descriptor]


def test_a_program_that_ends_early_is_told_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('out of paper')"]
    with (
        Process(command, log=tmp_path / "log") as process,
        pytest.raises(NotStartedError, match="ended before it said 'ready':\nout of paper"),
    ):
        process.wait_for_log("ready")


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="no-such-program is not installed"):
        Process(["no-such-program"], log=tmp_path / "log")
