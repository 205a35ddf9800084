"""Without a token in the environment, the command takes the one of `gh`: the real one, and stand-ins that misbehave."""

import json
import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.command import CRREG, Ended, crreg
from sandbox.workflow_step import ROOT
from tests.integration.check.scene import Scene

from crreg.github.gh import gh_host, token_of_environment, token_of_gh

GH = Path(sys.executable).with_name("gh")
IMAGE = "acme.azurecr.io/dev/base:1"


README = (ROOT / "README.md").read_text(encoding="utf-8")


def readme_lines() -> list[list[str]]:
    """The words of the first lines that README shows to be pasted."""
    block = README.split("```sh\n", 1)[1].partition("```")[0]
    return [shlex.split(line, comments=True) for line in block.splitlines()]


def test_readme_begins_with_three_lines_for_a_terminal() -> None:
    install, enter, check = readme_lines()

    assert install == ["pipx", "install", "git+https://github.com/org/crreg-action"]
    assert (enter[0], check[0]) == ("cd", "crreg")
    assert "```yaml" not in README.partition("```sh")[0]


def stand_in(folder: Path, script: str) -> Path:
    """A `gh` of these lines in a folder of its own."""
    folder.mkdir(exist_ok=True)
    program = folder / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder


def check(scene: Scene, *paths: Path, form: str = "text", **environment: str) -> Ended:
    """Run `crreg check` without a token in the environment, with these folders first on PATH."""
    path = os.pathsep.join([*map(str, paths), "/usr/bin", "/bin"])
    asked = {**scene.environment, "GITHUB_TOKEN": "", "PATH": path, **environment}
    command, *arguments = readme_lines()[-1]
    assert command == CRREG.name
    return crreg(*arguments, "--format", form, environment=asked, folder=scene.folder)


@pytest.fixture
def needed(scene: Scene) -> Scene:
    """A repository whose one image is private, with all that it needs."""
    scene.need(IMAGE)
    place = scene.world.places["acme.azurecr.io"]
    place.push("dev/base", "1")
    scene.store(place.triple("ACR"))
    return scene


def test_the_real_gh_gives_the_token_of_the_apis_host_and_the_report_says_so(
    needed: Scene, tmp_path: Path
) -> None:
    host = needed.github.url.partition("://")[2]
    hosts = {
        host: {"user": "mona", "oauth_token": needed.token},
        "github.com": {"user": "mona", "oauth_token": credentials.register("gho_0f0f0f0f0f0f0f0f0f0f")},
    }
    configuration = tmp_path / "gh"
    configuration.mkdir()
    # JSON is YAML.
    (configuration / "hosts.yml").write_text(json.dumps(hosts))
    (tmp_path / "bin").mkdir()
    shutil.copy(GH, tmp_path / "bin" / "gh")

    ended = check(needed, tmp_path / "bin", GH_CONFIG_DIR=str(configuration))

    assert ended.code == 0
    assert "Healthy: 1 of 1 image can be pulled." in ended.output
    said = " ".join(ended.output.split())
    assert f"GitHub's API was used with the token of gh (gh auth token --hostname {host})." in said


def test_the_scopes_that_the_token_of_gh_lacks_are_offered(needed: Scene, tmp_path: Path) -> None:
    token = credentials.register(
        needed.github.add_token("classic", owner="mona", scopes=("repo", "read:org"))
    )
    ended = check(needed, stand_in(tmp_path / "bin", f"echo {token}"), form="json")

    host = needed.github.url.partition("://")[2]
    remedies = {finding["remedy"] for finding in ended.document["findings"]}
    assert remedies == {
        f"Add the scopes that gh's token lacks:\n  gh auth refresh -h {host} -s admin:org,codespace:secrets"
    }


def test_gh_is_asked_outside_of_the_checkout_and_without_any_credential(
    needed: Scene, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    folder = stand_in(tmp_path / "bin", f'{{ pwd; echo "$@"; env; }} >{seen}\necho {needed.token}')

    ended = check(
        needed, folder, form="json", AWS_SECRET_ACCESS_KEY="made-up-key", GITHUB_ENTERPRISE_TOKEN=""
    )

    assert ended.code == 0
    where, arguments, *variables = seen.read_text().splitlines()
    assert (where, arguments) == ("/", f"auth token --hostname {needed.github.url.partition('://')[2]}")
    names = {line.partition("=")[0] for line in variables}
    assert names & {"PATH", "HOME"}
    assert [name for name in names if "TOKEN" in name or "SECRET" in name or "REGISTRY" in name] == []
    assert credentials.leaks_in(seen.read_text()) == ()


@pytest.mark.parametrize(
    "script",
    [
        "echo no oauth token found >&2; exit 1",
        "exit 0",
        "echo 'You are not logged in.'",
        "printf 'gho_one\\ngho_two\\n'",
        "head -c 4000 /dev/zero | tr '\\0' x",
        "printf 'gho_\\377\\n'",
        "echo gho_made_up; exit 1",
    ],
)
def test_without_a_token_of_gh_the_check_is_as_it_was(needed: Scene, tmp_path: Path, script: str) -> None:
    ended = check(needed, stand_in(tmp_path / "bin", script))

    assert "is the one of gh" not in ended.output
    assert "No GitHub token was given." in " ".join(ended.output.split())


def test_without_gh_the_check_is_as_it_was(needed: Scene, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()

    ended = check(needed, PATH=str(tmp_path / "bin"))

    assert "No GitHub token was given." in " ".join(ended.output.split())


def test_gh_is_never_asked_in_a_workflow(needed: Scene, tmp_path: Path) -> None:
    folder = stand_in(tmp_path / "bin", f"touch {tmp_path}/asked\necho {needed.token}")

    ended = check(needed, folder, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="push")

    assert not (tmp_path / "asked").exists()
    assert "No GitHub token was given." in " ".join(ended.output.split())


def test_a_gh_of_the_checkout_is_not_run(needed: Scene, tmp_path: Path) -> None:
    stand_in(needed.folder / "bin", f"touch {tmp_path}/asked\necho {needed.token}")
    stand_in(needed.folder, f"touch {tmp_path}/asked\necho {needed.token}")

    check(needed, PATH="bin:.::/usr/bin:/bin")

    assert not (tmp_path / "asked").exists()


def test_a_gh_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    folder = stand_in(tmp_path / "bin", "exec sleep 60")
    before = time.monotonic()

    token = token_of_gh("github.com", {"PATH": f"{folder}:/usr/bin:/bin"}, seconds=0.5)

    assert token is None
    assert time.monotonic() - before < 60


@pytest.mark.parametrize("command", ["ensure", "publish"])
def test_commands_that_write_say_whose_token_it_is(needed: Scene, tmp_path: Path, command: str) -> None:
    folder = stand_in(tmp_path / "bin", f"echo {needed.token}")
    environment = {
        **needed.environment,
        "GITHUB_TOKEN": "",
        "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
    }
    needed.write(
        ".github/crreg.yml", "publish: [{image: ghcr.io/acme/dev, copy: acme.azurecr.io/dev/base:1}]\n"
    )

    ended = crreg(command, "--dry-run", environment=environment, folder=needed.folder)

    assert "GitHub's API was used with the token of gh (gh auth token --hostname " in ended.errors


@pytest.mark.parametrize(
    ("host", "given", "token"),
    [
        ("github.com", {"GH_TOKEN": "one", "GITHUB_TOKEN": "two"}, "one"),
        ("github.com", {"GH_TOKEN": "", "GITHUB_TOKEN": "two"}, "two"),
        ("github.com", {"GH_ENTERPRISE_TOKEN": "three", "GITHUB_ENTERPRISE_TOKEN": "four"}, None),
        ("octo.ghe.com", {"GH_TOKEN": "one"}, "one"),
        ("ghe.example.com", {"GH_TOKEN": "one"}, None),
        ("ghe.example.com", {"GITHUB_ENTERPRISE_TOKEN": "four", "GITHUB_TOKEN": "two"}, "four"),
        ("ghe.example.com", {"GH_ENTERPRISE_TOKEN": "three", "GITHUB_ENTERPRISE_TOKEN": "four"}, "three"),
        ("ghe.example.com", {"GITHUB_TOKEN": "two"}, "two"),
        ("notghe.com", {"GH_TOKEN": "one"}, None),
        ("github.com", {}, None),
    ],
)
def test_the_environments_token_is_the_one_that_gh_would_take(
    host: str, given: dict[str, str], token: str | None
) -> None:
    assert token_of_environment(host, given) == token


@pytest.mark.parametrize(
    ("web_url", "host"),
    [
        ("https://github.com", "github.com"),
        ("https://octo.ghe.com", "octo.ghe.com"),
        ("https://ghe.example.com:8443", "ghe.example.com:8443"),
    ],
)
def test_gh_knows_a_github_by_its_host(web_url: str, host: str) -> None:
    assert gh_host(web_url) == host
