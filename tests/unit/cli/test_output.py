"""A full disk, a reader that has gone and a closed stream: no command ends with a traceback or a healthy exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox.command import CRREG, surroundings

FULL = "/dev/full"
needs_full = pytest.mark.skipif(not Path(FULL).exists(), reason="macOS has no /dev/full")
NO_ROOM = "Error: The output can't be written: No space left on device.\n"
PUBLISH = "publish --dry-run --local app:ci --to localhost:9/b"
COMMANDS = (
    "--help",
    "--version",
    "check --help",
    "rules",
    "rules missing-secret",
    "rules --format json",
    "images",
    "images --format json",
    "login",
    "login --format json",
    *(f"check --format {form}" for form in ("text", "json", "markdown", "sarif", "github")),
    *(f"ensure --dry-run --format {form}" for form in ("text", "json", "markdown")),
    *(f"{PUBLISH} --format {form}" for form in ("text", "json", "markdown")),
    "doctor",
    "doctor --format json",
    "doctor --write-recommended",
)
WRITERS = ("check", "ensure --dry-run", PUBLISH)
RUN = """
import gc, json, os, sys
import crreg.check.run, crreg.cli.check, crreg.cli.doctor, crreg.cli.ensure, crreg.cli.publish, crreg.cli.rules
import crreg.github.secrets, crreg.report.json, crreg.report.markdown, crreg.report.sarif, crreg.report.text, docker
from crreg.cli.main import main

# A collection in a child would copy the memory of all these modules.
gc.freeze()

def run(arguments, output):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 2)
        if output is None:
            gone, kept = os.pipe()
            os.close(gone)
        else:
            kept = os.open(output, os.O_WRONLY)
        os.dup2(kept, 1)
        os.close(reading), os.close(writing), os.close(kept)
        main(arguments.split())
    os.close(writing)
    errors = os.fdopen(reading).read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), errors

print(json.dumps([run(*each) for each in json.load(sys.stdin)]))
"""
"""Runs the command once for each pair of arguments and output (None for a pipe without a reader)."""


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Values and servers that do not answer."""
    return {
        **surroundings(),
        "ACR_CONTAINER_REGISTRY_SERVER": "localhost:9",
        "ACR_CONTAINER_REGISTRY_USER": "user",
        "ACR_CONTAINER_REGISTRY_PASSWORD": "password",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_REPOSITORY": "acme/app",
        "DOCKER_HOST": "tcp://127.0.0.1:9",
        "GITHUB_TOKEN": "made-up",
        # Otherwise macOS is asked for its proxies, which ends a process that was forked.
        # Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
        "NO_PROXY": "localhost,127.0.0.1",
        # A connection that is refused is retried as long as the time allows it.
        "CRREG_TIMEOUT": "0.5",
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    (folder / ".devcontainer.json").write_text('{"image": "localhost:9/a"}')
    return folder


Ends = dict[tuple[str, str | None], tuple[int, str]]


@pytest.fixture(scope="module")
def ends(checkout: Path, environment: dict[str, str]) -> Ends:
    """The exit code and the errors of each command, in one process that imports crreg once."""
    runs: list[tuple[str, str | None]] = [(command, None) for command in COMMANDS]
    if Path(FULL).exists():
        runs += [(command, FULL) for command in COMMANDS]
        runs += [(f"{command} --output {FULL}", os.devnull) for command in WRITERS]
    ended = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=checkout,
        env=environment,
        input=json.dumps(runs),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return {run: (code, errors) for run, (code, errors) in zip(runs, json.loads(ended.stdout), strict=True)}


@needs_full
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_told_in_one_line(ends: Ends, command: str) -> None:
    code, errors = ends[command, FULL]
    assert (code, errors.splitlines(keepends=True)[-1]) == (2, NO_ROOM)
    assert "Traceback" not in errors


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_has_gone_gets_no_complaint_and_no_healthy_exit_code(ends: Ends, command: str) -> None:
    code, errors = ends[command, None]
    assert (code, "Error" in errors, "Traceback" in errors) == (1, False, False)


@needs_full
@pytest.mark.parametrize("command", WRITERS)
def test_a_report_that_does_not_fit_on_the_disk_is_told(ends: Ends, command: str) -> None:
    code, errors = ends[f"{command} --output {FULL}", os.devnull]
    assert code == 2
    assert errors.endswith("Error: The report can't be written to /dev/full: No space left on device.\n")


def test_a_closed_output_changes_no_exit_code(checkout: Path, environment: dict[str, str]) -> None:
    closed = ["sh", "-c", 'exec "$@" >&-', "sh"]
    ended = subprocess.run(
        [*closed, CRREG, "images"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


@needs_full
def test_messages_that_nobody_can_read_change_nothing(checkout: Path, environment: dict[str, str]) -> None:
    with Path(FULL).open("wb") as full:
        ended = subprocess.run(
            [CRREG, "check", "--format", "none"],
            cwd=checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stdout) == (2, b"")
