"""Ctrl-C, SIGTERM and a closed terminal end a run at once, whatever it waits for, with a line that says so."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sandbox import faults
from sandbox.command import CRREG, surroundings
from sandbox.credentials import leaks_in
from tests.integration.check.weather import GRACE, Weather

ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def interrupted(
    weather: Weather, command: list[str | Path], number: signal.Signals, **environment: str
) -> tuple[int, str, str]:
    """Exit code and output of a run that gets a signal while every server stalls."""
    proxies = [
        weather.registry("REGISTRY"),
        weather.token_server("TOKEN")[0],
        weather.aws(),
        weather.github(),
    ]
    for proxy in proxies:
        proxy.go_wrong(faults.STALL)
    weather.scene.need(*weather.images)
    with subprocess.Popen(
        command,
        cwd=weather.scene.folder,
        env={**surroundings(), **weather.scene.environment, "CRREG_TIMEOUT": "200", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            until = time.monotonic() + 60
            while not all(proxy.counts["stall"] for proxy in proxies):
                assert time.monotonic() < until, "the servers were not asked"
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            process.send_signal(number)
            output, errors = process.communicate(timeout=GRACE)
        finally:
            process.kill()
    assert "Traceback" not in output + errors, errors
    assert leaks_in(errors) == ()
    return process.returncode, output, errors


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_the_command_at_once(weather: Weather, number: signal.Signals) -> None:
    ended = interrupted(weather, [CRREG, "check", "--format", "json"], number)
    assert ended == (128 + number, "", "Interrupted.\n")


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_the_action_at_once(weather: Weather, number: signal.Signals) -> None:
    environment = {"INPUT_TOKEN": weather.scene.token, "GITHUB_WORKSPACE": os.fspath(weather.scene.folder)}
    code, output, errors = interrupted(weather, [sys.executable, ENTRYPOINT], number, **environment)
    assert (code, errors) == (128 + number, "")
    assert output.endswith(
        "::error title=crreg was interrupted::The job was canceled before crreg finished.\n"
    )


def test_what_was_started_to_run_through_ctrl_c_does(weather: Weather) -> None:
    proxy = weather.registry("REGISTRY")
    proxy.go_wrong(faults.slow(1))
    weather.scene.need(*weather.images)
    with subprocess.Popen(
        [CRREG, "check"],
        cwd=weather.scene.folder,
        env={**surroundings(), **weather.scene.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        # As nohup and a shell's background jobs do.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 - no threads hold locks here
    ) as process:
        try:
            until = time.monotonic() + 60
            while not proxy.counts["slow"]:
                assert time.monotonic() < until, "the registry was not asked"
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, "Healthy" in output) == (0, True)
