"""The probe of live/codespace in the shells of a recovery container and a codespace: no value is in its file."""

import base64
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live.__main__ import main as live
from live.assumptions import TABLE, Verdict, results
from sandbox import credentials
from sandbox.alpine import alpine_root
from sandbox.command import CRREG
from sandbox.credentials import leaks_in
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.recovery_container import Machine, RecoveryFiles
from sandbox.serving import Handler, Server
from sandbox.world import World

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "live" / "codespace" / "probe.sh"
REPOSITORY = "acme/app"
ALPINE = "Alpine"
BOTH = pytest.mark.parametrize("machine", [ALPINE, "this system"], indirect=True)
SPELLINGS = (
    "ghcr.io",
    "https://ghcr.io",
    "https://ghcr.io/",
    "ghcr.io/acme",
    "GHCR.IO",
    "https://ghcr.io/v2/",
)
ERROR = 'Error response from daemon: Head "https://ghcr.io/v2/acme/private/manifests/1": unauthorized'

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root gives a program a /workspaces of its own"
)


class _Limits(Handler):
    """Docker Hub, which has been asked from this address before."""

    def answer(self) -> None:
        headers = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600"}
        self.respond(200, b"{}", {**headers, "docker-ratelimit-source": "192.0.2.7"})


class Codespace:
    """A codespace with planted secrets, and with others that nobody may see."""

    def __init__(self, world: World, github: GitHubSandbox, folder: Path, machine: Machine) -> None:
        self.world = world
        self.machine = machine
        self.workspaces = folder / "workspaces"
        self.files = RecoveryFiles(self.workspaces / ".codespaces")
        self.home = self.workspaces / "home"
        (self.home / ".docker").mkdir(parents=True)
        shutil.copy(SCRIPT, self.workspaces / "probe.sh")
        self.token = github.add_token(
            "codespace", owner="hubot", resource_owner="acme", repositories=[REPOSITORY]
        )
        credentials.register(self.token)
        secret = credentials.password()
        self.secrets = {
            "CRREG_LIVE_LEVEL": "crreg-live-level-user",
            "CRREG_LIVE_BELOW": "crreg-live-level-repository",
            "MY_OWN_SECRET": secret,
            "CRREG_LIVE_OTHER": credentials.password(),
            "GITHUB_LOOKALIKE": credentials.password(),
            "ACR_CONTAINER_REGISTRY_PASSWORD": credentials.password(),
            **{f"CRREG_LIVE_S{n}_CONTAINER_REGISTRY_SERVER": each for n, each in enumerate(SPELLINGS, 1)},
            "CRREG_LIVE_BAD_CONTAINER_REGISTRY_SERVER": "registry.gitlab.com",
            "CRREG_LIVE_BAD_CONTAINER_REGISTRY_PASSWORD": credentials.password(),
        }
        self.variables = {
            "CODESPACES": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": self.token,
        }

    def log_in(self, logins: dict[str, str]) -> None:
        """Let docker have these users by key, each with a password of its own."""
        auths = {
            key: {"auth": base64.b64encode(f"{user}:{credentials.password()}".encode()).decode()}
            for key, user in logins.items()
        }
        text = json.dumps({"auths": auths, "HttpHeaders": {"X-Meta": credentials.password()}})
        (self.home / ".docker" / "config.json").write_text(text)

    def fail(self) -> None:
        """Let the start have failed; the log quotes a secret, as a program may."""
        self.files.write(self.secrets, "ghcr.io/acme/private:1", ERROR, variables=self.variables)
        (self.files.shared / ".env").write_text("".join(f"{k}={v}\n" for k, v in self.secrets.items()))
        with (self.files.persisted / "creation.log").open("a") as log:
            log.write(f"denied: denied for {self.secrets['MY_OWN_SECRET']}\n")
        (self.files.shared / credentials.password()).write_text("a file whose name is a secret")

    def probe(self, **environment: str) -> dict[str, Any]:
        """Run it there: neither what it prints nor the file has a value."""
        done = self.machine.run(
            self.workspaces,
            "/workspaces",
            "/bin/sh",
            "/workspaces/probe.sh",
            "out.json",
            environment={
                **self.world.environment(),
                "HOME": "/workspaces/home",
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                **environment,
            },
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "Wrote out.json. Next: crreg live read out.json\n"
        text = (self.workspaces / "out.json").read_text()
        assert leaks_in(text) == ()
        values = [value for name, value in self.secrets.items() if not name.endswith("_SERVER")]
        for value in (*values, "192.0.2.7", "hubot"):
            assert value not in text, value
        document: dict[str, Any] = json.loads(text)
        return document

    def verdicts(self) -> dict[str, str]:
        """What `crreg live read` makes of the file."""
        command = [str(CRREG), "live", "read", str(self.workspaces / "out.json"), "--format", "json"]
        read = subprocess.run(command, capture_output=True, text=True, check=False)
        assert read.returncode == 0, read.stderr
        return {each["id"]: each["verdict"] for each in json.loads(read.stdout)["answers"]}


@pytest.fixture
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """A real Alpine root, whose sh is busybox's, or this system, whose sh is dash."""
    if getattr(request, "param", ALPINE) == ALPINE and platform.machine() == "x86_64":
        return alpine_root()
    return Machine.like_this_one(tmp_path / "machine")


@pytest.fixture
def codespace(
    machine: Machine, world: World, github: GitHubSandbox, ghcr: Ghcr, tmp_path: Path
) -> Iterator[Codespace]:
    del ghcr
    before = dict(world.internet.sites)
    for login in ("mona", "hubot"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_repository(REPOSITORY, collaborators={"hubot": "write"})
    github.add_organization("devcontainers")
    github.add_package("devcontainers", "features/git", visibility="public")
    world.internet.add("api.github.com", github.url)
    with Server(_Limits) as limits:
        world.internet.add("registry-1.docker.io", limits.url)
        yield Codespace(world, github, tmp_path, machine)
    world.internet.sites.clear()
    world.internet.sites.update(before)


@BOTH
def test_in_the_recovery_container_it_settles_what_that_shows(codespace: Codespace) -> None:
    codespace.fail()
    document = codespace.probe(CODESPACES_RECOVERY_CONTAINER="true")
    assert document["recovery"] is True
    assert document["reason"] == 1302
    assert document["log"]["denied: denied"] == 1
    assert document["log"]["unauthorized"] == 5
    assert document["files"]["shared"] == {
        "known": [
            ".env",
            ".env-secrets",
            ".user-secrets.json",
            "environment-variables.json",
            "user-secrets-envs.json",
        ],
        "others": 1,
    }
    assert document["levels"]["environment"]["level"] == "absent"
    assert document["levels"]["files"] == {"level": "user", "below": "repository"}
    assert document["formats"] == dict.fromkeys(
        (
            "user-secrets-envs.json",
            "environment-variables.json",
            ".user-secrets.json",
            ".env-secrets",
            ".env",
        ),
        True,
    )
    assert document["own_token"] == {
        "environment": False,
        "files": True,
        "lists": {"repository": 403, "organization": 403, "user": 403},
    }
    assert document["public_image"] == {"without": 200, "wrong": 403}
    assert document["hub"] == {"limit": 100, "remaining": 76}
    verdicts = codespace.verdicts()
    held = {name for name, verdict in verdicts.items() if verdict == "holds"}
    recovery = {"RC-IMAGE"} if codespace.machine.root.name == "root" else set()
    expected = {
        "U1",
        "U3",
        "U4",
        "U9",
        "CS-REPOSITORY-LEVEL",
        "CS-PULL",
        "GHCR-TOKEN-WRONG",
        "RC-LOG",
        "RC-REASON",
    }
    assert held - {"RC-IMAGE"} == expected | {"RC-SECRETS-ENVS", "RC-ENV-SECRETS", "RC-USER-SECRETS"}
    assert recovery <= held


@BOTH
def test_in_a_codespace_it_settles_who_is_logged_in(codespace: Codespace) -> None:
    codespace.log_in({"ghcr.io": "crreg-live-s6", "https://index.docker.io/v1/": "somebody"})
    document = codespace.probe(**codespace.variables, **codespace.secrets)
    assert document["logins"] == [
        {"host": "ghcr.io", "scheme": False, "path": False, "user": "s6"},
        {"host": "index.docker.io", "scheme": True, "path": True, "user": "other"},
    ]
    assert "CRREG_LIVE_S1_CONTAINER_REGISTRY_SERVER" in document["variables"]
    assert "MY_OWN_SECRET" not in json.dumps(document)
    verdicts = codespace.verdicts()
    held = {name for name, verdict in verdicts.items() if verdict == "holds"}
    assert held == {"U1", "U2", "U4", "U9", "U11", "CS-REPOSITORY-LEVEL", "CS-TRIPLE", "GHCR-TOKEN-WRONG"}
    assert verdicts["U3"] == "unproven"


def test_another_truth_is_seen(codespace: Codespace) -> None:
    codespace.log_in(
        {
            "https://ghcr.io/v2/": "crreg-live-s6",
            "ghcr.io": "hubot-2",
            "registry.gitlab.com": "crreg-live-bad",
        }
    )
    codespace.secrets["CRREG_LIVE_LEVEL"] = "crreg-live-level-organization"
    codespace.probe(**codespace.variables, **codespace.secrets)
    verdicts = codespace.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict == "differs"} == {"U1", "U2"}
    codespace.log_in({"ghcr.io": "somebody"})
    codespace.probe(**codespace.variables, **codespace.secrets)
    assert codespace.verdicts()["U11"] == "differs"


def test_outside_of_a_codespace_it_settles_nothing_of_one(codespace: Codespace) -> None:
    codespace.secrets.clear()
    document = codespace.probe()
    assert (document["codespace"], document["variables"], document["config"]) == (False, [], False)
    settled = {name for name, verdict in codespace.verdicts().items() if verdict != "unproven"}
    assert settled == {"U9", "GHCR-TOKEN-WRONG"}


def test_the_results_of_two_files_go_into_the_table(codespace: Codespace, tmp_path: Path) -> None:
    codespace.log_in({"ghcr.io": "crreg-live-s1"})
    codespace.probe(**codespace.variables, **codespace.secrets)
    first = shutil.copy(codespace.workspaces / "out.json", tmp_path / "codespace.json")
    (codespace.home / ".docker" / "config.json").unlink()
    codespace.fail()
    codespace.probe(CODESPACES_RECOVERY_CONTAINER="true")
    table = tmp_path / "results.json"
    table.write_text('{"U5": {"date": "2026-01-02", "verdict": "holds", "by": "suite"}}')
    assert live(["store", str(first), str(codespace.workspaces / "out.json"), "--results", str(table)]) == 0
    stored = results(table)
    assert {"U1", "U2", "U3", "U4", "U5", "U9", "U11"} <= set(stored) <= set(TABLE)
    assert {each.verdict for each in stored.values()} == {Verdict.HOLDS}
    assert (stored["U5"].date, stored["U11"].by) == ("2026-01-02", "probe")
