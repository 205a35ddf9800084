"""`docs/doctor.sh` where it is needed: in the shell of the recovery container, with curl and jq alone."""

import json
import os
import platform
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.alpine import alpine_root
from sandbox.codespace import environment as secrets_of
from sandbox.command import Ended
from sandbox.credentials import leaks_in
from sandbox.ghcr import Ghcr
from sandbox.images import Pusher
from sandbox.recovery_container import Machine, RecoveryFiles
from sandbox.serving import Handler, Server
from sandbox.tests.ghcr_scene import LABEL
from sandbox.world import triple
from tests.integration.doctor.scene import (
    AZURE,
    PERSON,
    REPOSITORY,
    Scene,
    administrators_token,
    codespace_token,
)

SCRIPT = Path(__file__).parents[3] / "docs" / "doctor.sh"
IMAGE = f"{AZURE}/dev/base:1"
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
USER = "ACR_CONTAINER_REGISTRY_USER"
SERVER = "ACR_CONTAINER_REGISTRY_SERVER"
PROGRAMS = ("awk", "curl", "cut", "date", "echo", "grep", "head", "jq", "printf", "sed", "sort", "tr")
"""What it runs; the shell has `echo` and `printf` itself, so that these are never seen."""
ALPINE = "Alpine"
BOTH = pytest.mark.parametrize("machine", [ALPINE, "this system"], indirect=True)
DELETE = "or delete the triple if the image is public or open to this repository:"
UNAUTHORIZED = (
    'Error response from daemon: Head "https://acme.azurecr.io/v2/dev/base/manifests/1": unauthorized'
)

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root gives a program a /workspaces of its own"
)


class Script:
    """The script in a recovery container: each program that it runs is logged with its arguments."""

    def __init__(self, scene: Scene, folder: Path, machine: Machine) -> None:
        self.scene = scene
        self.machine = machine
        self.workspaces = folder / "workspaces"
        self.files = RecoveryFiles(self.workspaces / ".codespaces")
        self.log = folder / "arguments"
        self.programs = folder / "programs"
        self.programs.mkdir()
        for name in PROGRAMS:
            logged = (
                f'#!/bin/sh\nprintf "%s " {name} "$@" >>{self.log}\nPATH=${{PATH#*:}}\nexec {name} "$@"\n'
            )
            (self.programs / name).write_text(logged)
            (self.programs / name).chmod(0o755)
        (self.workspaces / "app").mkdir(parents=True)
        shutil.copy(SCRIPT, self.workspaces / "doctor.sh")
        self.need(IMAGE)

    def need(self, image: str) -> None:
        """Let the dev container be that image, in the commented JSON that people write."""
        folder = self.workspaces / "app" / ".devcontainer"
        folder.mkdir(exist_ok=True)
        (folder / "devcontainer.json").write_text(
            f'{{\n  // "image": "no/such:1"\n  "image": "{image}", /* x */\n}}\n'
        )

    @property
    def variables(self) -> dict[str, str]:
        """What a codespace has besides its secrets."""
        return {
            "CODESPACES": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_USER": PERSON,
            "GITHUB_TOKEN": self.scene.token,
        }

    def fail(self, error: str = UNAUTHORIZED, image: str = IMAGE) -> None:
        """Let the start have failed with that error, with the secrets of this moment."""
        secrets = secrets_of(self.scene.github, REPOSITORY, PERSON)
        self.files.write(secrets, image, error, variables=self.variables)

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run it; neither what it prints nor any argument of a program holds a secret."""
        self.log.write_text("")
        path = f"{self.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        done = self.machine.run(
            self.workspaces,
            "/workspaces/app",
            "/bin/sh",
            "/workspaces/doctor.sh",
            *arguments,
            environment={**self.scene.world.environment(), "PATH": path, **environment},
        )
        assert leaks_in(done.stdout + done.stderr) == ()
        run = self.log.read_text()
        assert leaks_in(run) == ()
        assert "jq -" in run
        assert "printf " not in run
        assert done.stderr == ""
        assert all(line.isprintable() for line in done.stdout.splitlines())
        return Ended(done.returncode, done.stdout, done.stderr, 0)


@pytest.fixture
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """A real Alpine root, unless a test wants this system, whose sh is dash and whose programs are GNU's."""
    if getattr(request, "param", ALPINE) == ALPINE and platform.machine() == "x86_64":
        return alpine_root()
    return Machine.like_this_one(tmp_path / "machine")


@pytest.fixture
def script(machine: Machine, scene: Scene, tmp_path: Path) -> Iterator[Script]:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.store(place.triple("ACR"))
    scene.world.internet.add("api.github.com", scene.github.url)
    yield Script(scene, tmp_path, machine)
    del scene.world.internet.sites["api.github.com"]


def told(ended: Ended, kind: str = "WRONG") -> list[str]:
    """The lines of that kind."""
    return [line.removeprefix(kind).strip() for line in ended.output.splitlines() if line.startswith(kind)]


@BOTH
def test_all_is_well_from_files_alone_and_from_the_environment_alone(script: Script) -> None:
    script.fail()
    from_files = script.run()
    assert (from_files.code, told(from_files), told(from_files, "?")) == (0, [], [])
    assert from_files.output.startswith(
        "This is the recovery container: Codespaces could not create the dev container.\n"
    )
    assert "1302 (UnifiedContainersErrorFatalCreatingContainer)" in from_files.output
    assert f"The first error in its creation log: {UNAUTHORIZED}\n" in from_files.output
    assert "This terminal lacks 3 values of triples" in from_files.output
    assert f"{IMAGE}: can be pulled with the login ACR" in from_files.output
    shutil.rmtree(script.files.folder)
    values = secrets_of(script.scene.github, REPOSITORY, PERSON)
    from_environment = script.run(**script.variables, **values)
    assert (from_environment.code, told(from_environment)) == (0, [])
    assert from_environment.output.startswith("This is a codespace.\n")


def test_it_runs_as_it_comes_out_of_a_pipe(script: Script) -> None:
    """As `curl … | sh` runs it: nothing that it starts may read the rest of the script."""
    script.scene.store({PASSWORD: credentials.password()})
    script.fail()
    piped = script.machine.run(
        script.workspaces,
        "/workspaces/app",
        "/bin/sh",
        "-c",
        "cat /workspaces/doctor.sh | sh",
        environment=script.scene.world.environment(),
    )
    assert (piped.returncode, piped.stdout, piped.stderr) == (1, script.run().output, "")


def test_it_asks_github_and_the_registry_and_nobody_else(script: Script) -> None:
    script.scene.world.clear()
    script.fail()
    script.run()
    assert {request.host for request in script.scene.world.internet.requests} == {"api.github.com", AZURE}
    assert set(script.scene.world.internet.connections) == {"api.github.com", AZURE}


def test_without_write_access_there_are_no_secrets_and_that_is_the_one_cause(script: Script) -> None:
    scene = script.scene
    scene.github.add_repository(REPOSITORY, collaborators={PERSON: "read"})
    scene.token = codespace_token(scene.github)
    script.fail()
    ended = script.run()
    assert ended.code == 1
    assert told(ended) == [
        f"GitHub: you can't write to {REPOSITORY}. GitHub copies no secrets into a codespace whose user can't."
    ]
    assert f"Ask an administrator of {REPOSITORY} for write access" in ended.output


@pytest.mark.parametrize("value", [None, ""])
def test_a_part_that_is_missing_or_empty_is_named(script: Script, value: str | None) -> None:
    script.fail()
    path = script.files.shared / "user-secrets-envs.json"
    secrets = json.loads(path.read_text())
    del secrets[USER]
    path.write_text(json.dumps(secrets if value is None else {**secrets, USER: value}))
    (script.files.shared / ".user-secrets.json").unlink()
    (script.files.shared / ".env-secrets").unlink()
    ended = script.run()
    assert ended.code == 1
    assert (
        told(ended)[0]
        == f"ACR: {USER} is missing or empty here; without all three a codespace does not log in"
    )
    assert "a pull request from a fork" in ended.output
    assert f"https://github.com/{REPOSITORY}/settings/secrets/codespaces" in ended.output


def test_a_part_with_a_wrong_name_is_told_with_the_right_one(script: Script) -> None:
    script.fail()
    values = secrets_of(script.scene.github, REPOSITORY, PERSON)
    values["ACR_CONTAINER_REGISTRY_TOKEN"] = values.pop(PASSWORD)
    values["CODESPACES_PREBUILD_TOKEN"] = credentials.password()
    shutil.rmtree(script.files.shared)
    ended = script.run(**script.variables, **values)
    assert [line for line in told(ended) if not line.startswith(IMAGE)] == [
        f"ACR_CONTAINER_REGISTRY_TOKEN has a wrong name: a codespace looks for {PASSWORD}"
    ]


@BOTH
def test_a_wrong_password_is_told_with_the_places_that_may_hold_it(script: Script) -> None:
    script.scene.store({PASSWORD: credentials.password()})
    script.fail()
    ended = script.run()
    assert (ended.code, len(told(ended))) == (1, 1)
    assert told(ended)[0].startswith(
        f"ACR: {AZURE} does not accept its user and password (status 401, UNAUTHORIZED"
    )
    assert "https://github.com/settings/codespaces  (your own)" in ended.output
    assert DELETE not in ended.output
    assert "Then stop this codespace and start it again:" in ended.output


def test_a_triple_that_no_image_needs_is_tried_as_well(script: Script) -> None:
    identity = script.scene.world.places["identity.example"]
    script.scene.store(
        {**identity.triple("OTHER"), "OTHER_CONTAINER_REGISTRY_PASSWORD": credentials.password()}
    )
    script.fail()
    assert told(script.run())[0].startswith("OTHER: identity.example does not accept its user and password")


def test_a_registry_with_basic_authentication_is_spoken_to(script: Script) -> None:
    place = script.scene.world.places["123456789012.dkr.ecr.eu-west-1.amazonaws.com"]
    place.push("dev/base", "1")
    image = f"{place.server}/dev/base:1"
    script.scene.store(place.triple("ECR"))
    script.need(image)
    script.fail(image=image)
    assert f"{image}: can be pulled with the login ECR" in script.run().output


def test_docker_hub_has_a_server_of_its_own_spelling(script: Script) -> None:
    place = script.scene.world.places["docker.io"]
    place.push("acme/base", "1")
    script.scene.store(place.triple("HUB"))
    script.need("acme/base:1")
    script.fail(image="acme/base:1")
    ended = script.run()
    assert (ended.code, told(ended)) == (0, [])
    assert "acme/base:1: can be pulled with the login HUB" in ended.output


@pytest.mark.parametrize(
    "server", ["registry-1.docker.io", "https://hub.docker.com/", "registry.hub.docker.com"]
)
def test_another_name_of_docker_hub_is_none_that_docker_looks_up(script: Script, server: str) -> None:
    place = script.scene.world.places["docker.io"]
    place.push("acme/dev", "1")
    script.scene.store({**place.triple("HUB"), "HUB_CONTAINER_REGISTRY_SERVER": server})
    script.need("acme/dev:1")
    script.fail(image="acme/dev:1")
    ended = script.run()
    host = server.removeprefix("https://").rstrip("/")
    assert (ended.code, told(ended)) == (
        1,
        [
            (
                f"acme/dev:1: HUB_CONTAINER_REGISTRY_SERVER is {host}, but docker looks up the login for images of "
                "Docker Hub under https://index.docker.io/v1/ only"
            )
        ],
    )
    assert "Set HUB_CONTAINER_REGISTRY_SERVER to https://index.docker.io/v1/ in one of:" in ended.output
    assert "can be pulled with the login HUB" not in ended.output


def test_another_name_of_docker_hub_is_told_where_no_image_shows_it(script: Script) -> None:
    place = script.scene.world.places["docker.io"]
    script.scene.store({**place.triple("HUB"), "HUB_CONTAINER_REGISTRY_SERVER": "registry-1.docker.io"})
    script.fail()
    ended = script.run()
    assert ended.code == 1
    assert [line.partition(",")[0] for line in told(ended)] == [
        "HUB: HUB_CONTAINER_REGISTRY_SERVER is registry-1.docker.io"
    ]


@pytest.mark.parametrize("server", [f"https://{AZURE}/", f"{AZURE}/dev/base", f"tcp://{AZURE}"])
def test_a_server_with_a_scheme_or_a_path_is_none_that_github_documents(script: Script, server: str) -> None:
    script.scene.store({SERVER: server})
    script.fail()
    ended = script.run()
    assert (ended.code, told(ended)) == (3, [])
    assert told(ended, "?") == [
        (
            f"ACR: {SERVER} has a scheme or a path. GitHub documents only the host, so it is not known what a "
            "codespace does with this value"
        )
    ]
    assert f"Set {SERVER} to {AZURE} in one of:" in ended.output
    assert f"{IMAGE}: can be pulled with the login ACR" in ended.output


@pytest.mark.parametrize(
    "challenge",
    [
        'Bearer realm="http://acme.azurecr.io/token",service="x"',
        'Bearer realm="file:///etc/passwd"',
        r'Bearer realm="https://x.example/ \" output = /tmp/x"',
        'Negotiate, Digest realm="x"',
        "\x1b[31m",
    ],
)
def test_a_challenge_that_leads_elsewhere_gets_no_password(script: Script, challenge: str) -> None:
    authorized: list[str | None] = []

    class Registry(Handler):
        def answer(self) -> None:
            authorized.append(self.headers.get("Authorization"))
            self.respond(401, b"", {"WWW-Authenticate": challenge})

    script.fail()
    with Server(Registry) as hostile:
        before = script.scene.world.internet.sites[AZURE]
        script.scene.world.internet.add(AZURE, hostile.url)
        try:
            ended = script.run()
        finally:
            script.scene.world.internet.sites[AZURE] = before
    assert (ended.code, told(ended), set(authorized)) == (3, [], {None})
    assert not any(host == "x.example" for host in script.scene.world.internet.connections)


def test_an_image_that_is_not_there_is_no_matter_of_secrets(script: Script) -> None:
    script.fail(image=f"{AZURE}/dev/base:2")
    script.need(f"{AZURE}/dev/base:2")
    ended = script.run()
    assert (ended.code, len(told(ended))) == (1, 1)
    assert told(ended)[0].startswith(
        f"{AZURE}/dev/base:2: {AZURE} does not have this image (status 404, MANIFEST_UNKNOWN"
    )


def test_a_user_who_may_log_in_and_not_pull_is_told(script: Script) -> None:
    place = script.scene.world.places[AZURE]
    assert place.stranger is not None
    script.scene.store(place.triple("ACR", place.stranger))
    script.fail()
    ended = script.run()
    assert (ended.code, len(told(ended))) == (1, 1)
    assert f"{AZURE} does not let ACR pull it, or it does not exist" in told(ended)[0]


def test_a_private_image_without_a_triple_names_the_registry(script: Script) -> None:
    script.scene.world.places["identity.example"].push("dev/base", "1")
    script.fail(image="identity.example/dev/base:1")
    ended = script.run("identity.example/dev/base:1")
    assert told(ended) == [
        "identity.example/dev/base:1: private or missing, and no triple here is for identity.example"
    ]
    assert "for a pull request from a fork" in ended.output


def test_the_images_of_a_dockerfile_and_of_the_log_are_asked_for(script: Script) -> None:
    folder = script.workspaces / "app" / ".devcontainer"
    (folder / "devcontainer.json").write_text('{"build": {"dockerfile": "../Dockerfile",},}')
    (script.workspaces / "app" / "Dockerfile").write_text(
        f"FROM --platform=linux/amd64 {AZURE}/dev/none:1 AS base\nfrom base\nFROM $X\nFROM scratch\n"
    )
    script.fail()
    ended = script.run()
    assert f"{IMAGE}: can be pulled" in ended.output
    assert [line.partition(": ")[0] for line in told(ended)] == [f"{AZURE}/dev/none:1"]


def test_github_s_own_registry_is_asked_with_the_codespace_s_own_token(script: Script, ghcr: Ghcr) -> None:
    Pusher(ghcr.backend).push("acme/dev", "1", labels={LABEL: f"https://github.com/{REPOSITORY}"})
    script.scene.github.add_package("acme", "dev", repository=REPOSITORY)
    script.fail(image="ghcr.io/acme/dev:1")
    linked = script.run("ghcr.io/acme/dev:1")
    assert (linked.code, told(linked)) == (0, [])
    Pusher(ghcr.backend).push("acme/other", "1")
    script.scene.github.add_package("acme", "other")
    closed = script.run("ghcr.io/acme/other:1")
    assert closed.code == 1
    assert told(closed)[0].startswith("ghcr.io/acme/other:1: ghcr.io refuses this codespace's own token")


def test_a_stale_login_at_github_s_own_registry_may_be_one_to_delete(script: Script, ghcr: Ghcr) -> None:
    Pusher(ghcr.backend).push("acme/dev", "1")
    script.scene.github.add_package("acme", "dev", visibility="public")
    script.scene.store(triple("GHCR", "ghcr.io", credentials.credential("mona")))
    script.need("ghcr.io/acme/dev:1")
    script.fail(image="ghcr.io/acme/dev:1")
    ended = script.run()
    assert (ended.code, len(told(ended))) == (1, 1)
    assert told(ended)[0].startswith("GHCR: ghcr.io does not accept its user and password")
    assert DELETE in ended.output


def test_a_secret_newer_than_the_codespace_asks_for_a_stop_and_a_start(script: Script) -> None:
    script.fail()
    script.scene.github.add_secret(
        "repository", REPOSITORY, PASSWORD, credentials.password(), updated_at=datetime.now(UTC)
    )
    unasked = script.run()
    assert told(unasked) == []
    script.scene.token = administrators_token(script.scene.github)
    script.fail()
    ended = script.run(**script.variables)
    assert [line.partition(": ")[0] for line in told(ended)] == [
        f"ACR: {AZURE} does not accept its user and password".partition(": ")[0],
        PASSWORD,
    ]


def test_white_space_around_a_server_is_told(script: Script) -> None:
    script.fail()
    ended = script.run(**{SERVER: f"{AZURE}\n", USER: " x"})
    assert told(ended)[0] == f"ACR: the value of {SERVER}, {USER} begins or ends with white space"


def test_a_server_that_is_no_host_is_not_printed_or_asked(script: Script) -> None:
    script.scene.world.clear()
    secret = credentials.password()
    script.need("docker.io/public/base:1")
    script.fail(image="public/base:1")
    ended = script.run(**{SERVER: f"{secret} x"})
    assert "ACR: ACR_CONTAINER_REGISTRY_SERVER is not a host name" in told(ended)
    assert secret not in str(script.scene.world.internet.connections)


@BOTH
def test_hostile_text_stays_one_plain_line_without_secrets(script: Script) -> None:
    secret = credentials.password()
    script.scene.github.add_secret("repository", REPOSITORY, "DATABASE_URL", secret)
    password = script.scene.world.places[AZURE].owner.password
    script.fail(f"denied {secret} https://u:{password}@x \x1b[31m\x07\u202e##[add-mask]x {'y' * 9000}")
    [line] = [line for line in script.run().output.splitlines() if line.startswith("The first error")]
    assert line.startswith(
        "The first error in its creation log: denied *** https://***@x [31m ## [add-mask]x yyy"
    )
    assert len(line) < 350


@pytest.mark.parametrize(
    "content",
    [b"", b"[" * 100_000, b'{"A": 1, "ACR_CONTAINER_REGISTRY_USER": []}', b"\xff\x00\xfe=\n=\n", b"null"],
)
def test_strange_files_count_as_missing(script: Script, content: bytes) -> None:
    script.files.shared.mkdir(parents=True)
    script.files.persisted.mkdir()
    for name in ("user-secrets-envs.json", ".user-secrets.json", ".env-secrets", ".env"):
        (script.files.shared / name).write_bytes(content)
    (script.files.persisted / "creation.log").write_bytes(content)
    (script.workspaces / "app" / ".devcontainer" / "devcontainer.json").write_bytes(content)
    os.mkfifo(script.files.shared / "environment-variables.json")
    ended = script.run(CODESPACES_RECOVERY_CONTAINER="true")
    assert (ended.code, told(ended)) == (3, [])


@BOTH
def test_without_a_network_nothing_is_blamed(script: Script) -> None:
    script.fail()
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:1")
    ended = script.run(**nowhere)
    assert (ended.code, told(ended)) == (3, [])
    assert f"{IMAGE}: the request to {AZURE} failed (no connection)" in told(ended, "?")


def test_without_jq_it_says_what_to_install(script: Script) -> None:
    command = ("env", "-i", "PATH=/nowhere", "/bin/sh", "/workspaces/doctor.sh")
    done = script.machine.run(script.workspaces, "/workspaces", *command, environment={})
    assert (done.returncode, done.stdout) == (2, "")
    assert "sudo apk add --no-cache curl jq" in done.stderr
