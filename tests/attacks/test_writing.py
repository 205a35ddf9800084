"""Attempts to have crreg write for a stranger, leave logins behind, or ask an engine for something else."""

import base64
import io
import json
import os
import signal
import stat
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sandbox.command import CRREG, surroundings
from sandbox.credentials import Credential, credential, leaks_in, register
from sandbox.images import Pusher
from sandbox.registry import Htpasswd, Registry, running_registry
from sandbox.serving import Handler, Server
from tests.attacks.measured import Attempt, run_action, run_command, write_repository
from tests.integration.copy.weather import Front, Rule, refuse

pytestmark = pytest.mark.attack

Run = Callable[..., Attempt]
ID = "sha256:" + "a" * 64
OWN = {"full_name": "acme/app"}
FORK = {"full_name": "mallory/app"}


def triple(registry: str, login: Credential) -> dict[str, str]:
    return {
        "ACR_CONTAINER_REGISTRY_SERVER": registry,
        "ACR_CONTAINER_REGISTRY_USER": login.user,
        "ACR_CONTAINER_REGISTRY_PASSWORD": login.password,
    }


def publish_by_action(folder: Path, insecure: str = "", **environment: str) -> Attempt:
    return run_action(folder, INPUT_PUBLISH="true", **{"INPUT_ALLOW-INSECURE": insecure}, **environment)


def publish_by_command(folder: Path, insecure: str = "", **environment: str) -> Attempt:
    allowed = ("--allow-insecure", insecure) if insecure else ()
    return run_command(folder, "publish", "--repository", "acme/app", *allowed, **environment)


BOTH = pytest.mark.parametrize("run", [publish_by_action, publish_by_command], ids=["action", "command"])


# Events: a pull request's configuration copies a private image to its author's registry.


@dataclass
class Heist:
    """A private registry that the run may read, the author's, and a repository that names both."""

    private: Registry
    owner: Credential
    authors: Registry
    folder: Path

    def run(self, run: Run, name: str, payload: object = None) -> Attempt:
        """Run publish on an event."""
        event = self.folder.parent / "event.json"
        event.write_text(json.dumps(payload))
        self.authors.clear()
        return run(
            self.folder,
            # A file alone may name no registry on this machine, where the author's is here.
            self.authors.address,
            GITHUB_ACTIONS="true",
            GITHUB_EVENT_NAME=name,
            GITHUB_EVENT_PATH=str(event),
            GITHUB_REPOSITORY="acme/app",
            CRREG_TIMEOUT="20",
            **triple(self.private.address, self.owner),
        )

    @property
    def stolen(self) -> list[str]:
        """What the author's registry was sent."""
        return [request.path for request in self.authors.requests if request.method in {"PUT", "PATCH"}]


@pytest.fixture(scope="module")
def heist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heist]:
    folder = tmp_path_factory.mktemp("heist")
    owner = credential("octocat")
    with (
        running_registry(folder / "private", auth=Htpasswd([owner])) as private,
        running_registry(folder / "authors") as authors,
    ):
        Pusher(private.backend, authorization=owner.basic).push("dev/base", "1")
        entry = {"image": f"{authors.address}/stolen/base", "copy": f"{private.address}/dev/base:1"}
        repository = {".github/crreg.yml": json.dumps({"publish": [entry]})}
        yield Heist(private, owner, authors, write_repository(folder / "app", repository))


def after(event: str, head: object = OWN, own: object = OWN) -> dict[str, object]:
    return {"repository": own, "workflow_run": {"event": event, "head_repository": head}}


@BOTH
@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("pull_request", {"pull_request": {}}),
        ("issue_comment", {"issue": {"pull_request": {}}}),
        ("workflow_run", after("pull_request", FORK)),
        ("workflow_run", after("push", FORK)),
        ("workflow_run", after("workflow_run")),
        ("workflow_run", None),
        ("", None),
    ],
    ids=str,
)
def test_no_event_of_a_stranger_publishes(heist: Heist, run: Run, name: str, payload: object) -> None:
    attempt = heist.run(run, name, payload)

    assert (attempt.code, heist.stolen) == (0, []), attempt.output + attempt.errors
    assert "Only checked, nothing published" in (attempt.output + attempt.errors).replace("%2C", ",")
    assert attempt.within_limits, attempt.cost


@BOTH
@pytest.mark.parametrize(("name", "payload"), [("push", None), ("workflow_run", after("push"))], ids=str)
def test_a_run_of_its_own_repository_publishes(heist: Heist, run: Run, name: str, payload: object) -> None:
    attempt = heist.run(run, name, payload)

    assert attempt.code == 0, attempt.output + attempt.errors
    assert "Only checked, nothing published" not in attempt.output + attempt.errors


# An engine, and a docker command, of the attack's own.


@dataclass
class Engine:
    """An engine that answers as a test says, and what it was asked."""

    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """By a part of the path."""
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    host: str = ""

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path.endswith("/version"):
            return 200, b'{"ApiVersion": "1.45", "MinAPIVersion": "1.24"}'
        if path.endswith("/info"):
            return 200, b'{"DriverStatus": []}'
        self.asked.append(path)
        self.bodies.append(body)
        return next((answer for part, answer in self.answers.items() if part in path), (404, b"{}"))


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()

    class Answers(Handler):
        def answer(self) -> None:
            if self.headers["Transfer-Encoding"] == "chunked":
                body = b"".join(iter(self._chunk, b""))
            else:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, answer = engine.answer(self.path, body)
            self.respond(status, answer, {"Content-Type": "application/json"})

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            chunk = self.rfile.read(size)
            self.rfile.readline()
            return chunk

    with Server(Answers) as server:
        engine.host = f"tcp://{server.address}"
        yield engine


class Takes(Handler):
    """A registry that has nothing and takes uploads."""

    def answer(self) -> None:
        if self.path == "/v2/":
            self.respond(200, b"{}")
        elif self.command == "POST":
            self.respond(202, b"", {"Location": "/v2/o/x/blobs/uploads/1"})
        elif self.command == "DELETE":
            self.respond(204, b"")
        else:
            self.respond(404, b"{}")


@pytest.fixture
def target() -> Iterator[str]:
    with Server(Takes) as server:
        yield f"{server.address}/o/x"


@BOTH
@pytest.mark.parametrize(
    "local",
    ["../containers", "../containers/victim", "app/../../containers", "app\n::error::x"],
)
def test_no_name_of_an_image_walks_the_engines_api(
    engine: Engine, target: str, run: Run, local: str, tmp_path: Path
) -> None:
    engine.answers = {"containers": (200, b'[{"Id": "x", "Env": ["SECRET=1"]}]')}
    entry = {"image": target, "local": local}
    write_repository(tmp_path, {".github/crreg.yml": json.dumps({"publish": [entry]})})

    attempt = run(tmp_path, DOCKER_HOST=engine.host, GITHUB_EVENT_NAME="pull_request", CRREG_TIMEOUT="10")

    assert (attempt.code, engine.asked) == (2, []), attempt.output + attempt.errors
    assert "is not a valid image name" in attempt.output + attempt.errors
    assert "\n::error::x" not in attempt.output + attempt.errors


@pytest.mark.parametrize("answer", [b"[]", b'{"Id": []}', b"[" * 100_000], ids=repr)
def test_an_answer_that_is_none_of_an_engines_is_a_finding(
    engine: Engine, target: str, answer: bytes, tmp_path: Path
) -> None:
    engine.answers = {"/images/": (200, answer)}
    entry = {"image": target, "local": "app:ci"}
    write_repository(tmp_path, {".github/crreg.yml": json.dumps({"publish": [entry]})})

    attempt = publish_by_command(tmp_path, DOCKER_HOST=engine.host, CRREG_TIMEOUT="10")

    assert (attempt.code, "engine-unavailable" in attempt.output) == (1, True), (
        attempt.output + attempt.errors
    )
    assert attempt.within_limits, attempt.cost


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("*a*a*a*a*a*a*b", "a" * 100), ("*a" * 400 + "b", "a" * 200), ("**a" * 300 + "b", "a" * 200)],
    ids=["six stars", "many stars", "many folders"],
)
def test_no_ignore_file_holds_up_a_build(
    engine: Engine, target: str, pattern: str, name: str, tmp_path: Path
) -> None:
    engine.answers = {"/build": (200, b'{"error": "enough"}\n')}
    files = {
        "Dockerfile": "FROM scratch\n",
        ".dockerignore": f"{pattern}\nsecret\n",
        "secret": "1",
        name: "2",
    }
    write_repository(tmp_path, files)

    attempt = run_command(
        tmp_path,
        "publish",
        "--build",
        ".",
        "--to",
        target,
        DOCKER_HOST=engine.host,
        PATH="",
        CRREG_TIMEOUT="10",
    )

    assert (attempt.code, "enough" in attempt.output) == (1, True), attempt.output + attempt.errors
    with tarfile.open(fileobj=io.BytesIO(engine.bodies[-1])) as archive:
        assert set(archive.getnames()) == {"Dockerfile", ".dockerignore", name}
    assert attempt.seconds < 10, attempt.cost
    assert attempt.within_limits, attempt.cost


@pytest.mark.parametrize("dockerfile", [".", "folder", "pipe", "../outside", "out"])
def test_a_dockerfile_that_is_none_is_a_finding(
    engine: Engine, target: str, dockerfile: str, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("FROM outside-of-the-checkout\n")
    folder = write_repository(tmp_path / "app", {"folder/a": "1"})
    os.mkfifo(folder / "pipe")
    (folder / "out").symlink_to("../outside")

    attempt = run_command(
        folder,
        *("publish", "--build", ".", "--file", dockerfile, "--to", target),
        DOCKER_HOST=engine.host,
        PATH="",
        CRREG_TIMEOUT="10",
    )

    assert (attempt.code, "build-failed" in attempt.output) == (1, True), attempt.output + attempt.errors
    assert engine.asked == []
    assert "outside-of-the-checkout" not in attempt.output + attempt.errors


# What a build leaves on the disk, and what its children are given.

FAKE = """#!/bin/bash
if [ "$2" = inspect ]; then echo "Name: b"; echo "Driver: docker-container"; exit 0; fi
trap '' TERM INT HUP QUIT
{ env; printf '%s\\n' "$0" "$@"; } >"$KEPT/given"
cp "$DOCKER_CONFIG/config.json" "$KEPT/config.json"
echo "#1 [1/1] RUN sleep"; cat >/dev/null
touch "$KEPT/begun"
for i in $(seq 600); do sleep 0.1; done
"""
SECRETS = (
    *("INPUT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    *(
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "NPM_TOKEN",
        "CRREG_SECRET",
        "DOCKER_CONTENT_TRUST_PASSPHRASE",
    ),
)


@dataclass
class Build:
    """A build by a docker command that ends for no signal, and what it saw."""

    process: "subprocess.Popen[str]"
    temporary: Path
    kept: Path

    @property
    def auths(self) -> Any:
        """The logins that the docker command was given."""
        return json.loads((self.kept / "config.json").read_text())["auths"]

    def on_disk(self) -> list[str]:
        """Files below the temporary folder that hold a secret of this run, as whoever finds them would read them."""
        found = []
        for path in self.temporary.rglob("*"):
            # A link into the memory of a process is on no disk.
            in_memory = path.is_symlink() and path.readlink().is_relative_to("/proc")
            if path.is_file() and not in_memory:
                text = path.read_text(errors="replace")
                if leaks_in(text) or leaks_in(_decoded(text)):
                    found.append(str(path))
        return found


def _decoded(text: str) -> str:
    try:
        auths = json.loads(text)["auths"].values()
        return "\n".join(base64.b64decode(auth["auth"]).decode() for auth in auths)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


@pytest.fixture
def build(engine: Engine, target: str, tmp_path: Path) -> Iterator[Build]:
    folder = write_repository(tmp_path / "app", {"Dockerfile": "FROM scratch\n"})
    for name in ("bin", "kept", "tmp"):
        (tmp_path / name).mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(FAKE.replace("$KEPT", str(tmp_path / "kept")))
    docker.chmod(0o755)
    variables = {
        **surroundings(),
        **triple("acme.azurecr.io", credential("octocat")),
        **{name: register(f"secret-of-{name.lower()}-{os.getpid()}") for name in SECRETS},
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "DOCKER_HOST": engine.host,
        "TMPDIR": str(tmp_path / "tmp"),
        "CRREG_TIMEOUT": "10",
    }
    with subprocess.Popen(
        [CRREG, "publish", "--build", ".", "--to", target, "--repository", "acme/app"],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        build = Build(process, tmp_path / "tmp", tmp_path / "kept")
        until = time.monotonic() + 60
        while not (build.kept / "begun").exists():
            assert time.monotonic() < until, "the build did not begin"
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        yield build
        process.kill()
        for left in _running(str(docker)):
            os.kill(left, signal.SIGKILL)


def _running(program: str) -> list[int]:
    """The processes that run a program of this test's own."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if program in path.read_bytes().decode(errors="replace").split("\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_the_docker_command_is_given_logins_by_its_configuration_alone(build: Build) -> None:
    given = (build.kept / "given").read_text()
    assert "acme.azurecr.io" in build.auths
    assert leaks_in(given) == ()
    names = {line.partition("=")[0] for line in given.splitlines()}
    assert {
        name for name in names if name.startswith(("AWS_", "INPUT_", "GITHUB_", "ACTIONS_", "CRREG_"))
    } == set()
    assert not any("_CONTAINER_REGISTRY_" in name for name in names)
    assert {"PATH", "DOCKER_HOST", "DOCKER_CONFIG"} <= names
    # Or buildx runs git in a checkout whose configuration names programs.
    assert "BUILDX_GIT_INFO=false" in given.splitlines()
    assert build.on_disk() == []


@pytest.mark.parametrize(
    "signals",
    [
        *((signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGQUIT,)),
        *((signal.SIGINT, signal.SIGTERM), (signal.SIGINT, signal.SIGINT, signal.SIGINT)),
    ],
    ids=lambda signals: "+".join(number.name for number in signals),
)
def test_no_signal_leaves_a_login_or_a_process(build: Build, signals: tuple[signal.Signals, ...]) -> None:
    began = time.monotonic()
    for number in signals:
        build.process.send_signal(number)
        time.sleep(0.3)
    output, _ = build.process.communicate(timeout=30)

    assert build.process.returncode in {128 + signals[0], *(-number for number in signals[1:])}
    assert time.monotonic() - began < 7.5, "a runner would have sent its second signal"
    assert list(build.temporary.iterdir()) == []
    assert "Traceback" not in output
    assert leaks_in(output) == ()
    assert _running(str(build.kept.parent / "bin" / "docker")) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda number: number.name)
def test_what_a_killed_run_leaves_is_private_and_the_next_run_removes_it(
    build: Build, target: str, number: signal.Signals
) -> None:
    build.process.send_signal(number)
    build.process.wait(30)

    left = list(build.temporary.iterdir())
    assert left != []
    assert {stat.S_IMODE(path.lstat().st_mode) for path in left} == {0o700}
    assert build.on_disk() == []
    assert "acme.azurecr.io" in build.auths
    run_command(
        build.kept,
        *("publish", "--copy", "127.0.0.1:9/a/b:1", "--to", target, "--repository", "acme/app"),
        TMPDIR=str(build.temporary),
        CRREG_TIMEOUT="2",
    )
    assert list(build.temporary.iterdir()) == []


# One target's failure, whatever it is, is no other's.


def manifest(kind: str, **members: object) -> tuple[str, bytes]:
    return kind, json.dumps({"schemaVersion": 2, "mediaType": kind, **members}).encode()


INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"


@pytest.mark.parametrize(
    "answer",
    [
        manifest(INDEX),
        manifest(INDEX, manifests=None),
        manifest(INDEX, manifests=[None]),
        manifest(IMAGE, config=[], layers=None),
        manifest(IMAGE, config={"digest": 1}),
        (INDEX, b"\xff"),
    ],
    ids=lambda answer: answer[1][:60].decode(errors="replace"),
)
def test_a_broken_source_is_its_targets_finding_and_every_other_is_reported(
    answer: tuple[str, bytes], heist: Heist, target: str, tmp_path: Path
) -> None:
    class Broken(Handler):
        def answer(self) -> None:
            found = "/manifests/" in self.path
            self.respond(200, answer[1] if found else b"{}", {"Content-Type": answer[0]} if found else {})

    registry = heist.authors
    Pusher(registry.backend).push("dev/base", "1")
    with Server(Broken) as source:
        entries = [
            {"image": f"{target}1", "copy": f"{source.address}/a/b:1", "link": True},
            {"image": f"{registry.address}/mirror/base", "copy": f"{registry.address}/dev/base:1"},
        ]
        write_repository(tmp_path, {".github/crreg.yml": json.dumps({"publish": entries})})
        insecure = (each for host in (source, registry) for each in ("--allow-insecure", host.address))
        attempt = run_command(
            tmp_path, "publish", "--format", "json", "--repository", "acme/app", *insecure, CRREG_TIMEOUT="10"
        )

    document = json.loads(attempt.output)
    assert (attempt.code, attempt.errors.count("Error")) == (1, 0)
    assert [image["outcome"] for image in document["images"]] == ["failed", "skipped"]
    assert [finding["rule"] for finding in document["findings"]] == ["source-not-readable"]
    assert attempt.within_limits, attempt.cost


def test_a_tag_that_one_registry_refuses_holds_up_no_other(heist: Heist, tmp_path: Path) -> None:
    registry = heist.authors
    Pusher(registry.backend).push("dev/base", "1")
    rule = Rule("PUT", "/manifests/latest", refuse(403, "DENIED", "the tag is protected"))
    with Front(registry.backend, rule) as front:
        entries = [
            {"image": f"{front.address}/mirror/first", "copy": f"{registry.address}/dev/base:1"},
            {"image": f"{registry.address}/mirror/second", "copy": f"{registry.address}/dev/base:1"},
        ]
        write_repository(tmp_path, {".github/crreg.yml": json.dumps({"publish": entries})})
        insecure = (each for host in (front, registry) for each in ("--allow-insecure", host.address))
        attempt = run_command(
            tmp_path, "publish", "--format", "json", "--repository", "acme/app", *insecure, CRREG_TIMEOUT="20"
        )

    document = json.loads(attempt.output)
    assert [image["outcome"] for image in document["images"]] == ["failed", "published"], attempt.output
    assert [finding["rule"] for finding in document["findings"]] == ["publish-failed"]
