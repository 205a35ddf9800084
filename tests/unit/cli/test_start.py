"""What each command loads: a library that it does not use would delay every run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
from click.testing import CliRunner

from crreg.cli.main import crreg

LIBRARIES = ("boto3", "docker", "github", "nacl", "requests", "rich", "sqlite3", "urllib3", "yaml")
JOBS = (
    *("check", "discovery.compose.schema", "doctor", "ensure", "facts.model", "organization", "publish"),
    "setup",
)
"""Folders of the package that do the job of one command, what rules judge, and what only Compose files need."""
GITHUB = {"github", "nacl", "requests", "urllib3"}
EACH = """
import json, os, sys
from crreg.cli.main import main

for arguments in json.loads(sys.argv[1]):
    child = os.fork()
    if child == 0:
        # What the command itself writes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            main(arguments)
        except SystemExit:
            loaded = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
            os.write(2, (json.dumps(loaded) + "\\n").encode())
            os._exit(0)
    os.waitpid(child, 0)
"""
RUNS: dict[str, set[str]] = {
    "--version": set(),
    "--help": set(),
    "rules": {"crreg.facts.model"},
    "rules --format json": {"crreg.facts.model"},
    "rules missing-secret": {"crreg.facts.model"},
    "images": {"rich"},
    "images --format json": {"crreg.facts.model"},
    "dashboard --help": {"sqlite3", "crreg.organization"},
    "login --help": {"urllib3"},
    "live --help": set(),
    "org --help": set(),
    # It loads PyGithub while the registries answer.
    "check --help": {"urllib3", "crreg.check", "crreg.facts.model"},
    "doctor --help": {"urllib3", "crreg.doctor", "crreg.ensure", "crreg.publish", "crreg.facts.model"},
    "ensure --help": {*GITHUB, "crreg.ensure", "crreg.facts.model"},
    "init --help": {*GITHUB, "yaml", "crreg.setup", "crreg.facts.model"},
    "publish --help": {"urllib3", "crreg.publish", "crreg.facts.model"},
}


def test_each_command_loads_only_what_it_uses(tmp_path: Path) -> None:
    names = [*LIBRARIES, *(f"crreg.{job}" for job in JOBS)]
    done = subprocess.run(
        [sys.executable, "-c", EACH, json.dumps([run.split() for run in RUNS]), json.dumps(names)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": os.defpath},
    )
    loaded = [set(json.loads(line)) for line in done.stderr.splitlines()]
    assert dict(zip(RUNS, loaded, strict=True)) == RUNS


def test_a_short_run_searches_for_no_garbage(tmp_path: Path) -> None:
    """Each search takes 10 ms. Nothing is requested, since files can't name this machine."""
    code = """
import gc, os, sys
from crreg.cli.main import main
gc.callbacks.append(lambda phase, details: os.write(2, b"a search"))
main(sys.argv[1:])
"""
    (tmp_path / ".devcontainer.json").write_text('{"image": "127.0.0.1:1/acme/dev:1"}')
    environment = {"PATH": os.defpath, "GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "--repository", "acme/app"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
    )
    assert "127.0.0.1:1/acme/dev:1" in done.stdout
    assert "a search" not in done.stderr


def test_the_list_of_commands_says_what_their_own_help_says() -> None:
    context = click.Context(crreg)
    listed = {each.value: each.help for each in crreg.shell_complete(context, "")}
    commands = {name: crreg.get_command(context, name) for name in crreg.list_commands(context)}
    assert listed == {name: each.get_short_help_str(limit=200) for name, each in commands.items() if each}
    shown = " ".join(CliRunner().invoke(crreg, ["--help"]).stdout.split())
    assert [name for name, text in listed.items() if f"{name} {text}" not in shown] == []
