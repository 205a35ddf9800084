"""Attacks by whoever answers: registries, token servers and GitHub, and the files that name them."""

import contextlib
import json
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sandbox.authority import Authority
from sandbox.internet import Internet
from sandbox.serving import Handler, Server
from tests.attacks import measured
from tests.attacks.measured import Attempt, run_action, run_command, write_repository

pytestmark = pytest.mark.attack

USER, PASSWORD = "octocat", "correct-horse-battery"
DIGEST = "sha256:" + "0" * 64
MANIFEST = {"Content-Type": "application/vnd.oci.image.manifest.v1+json", "Docker-Content-Digest": DIGEST}
IMAGE = json.dumps(
    {
        "schemaVersion": 2,
        "config": {"mediaType": "application/octet-stream", "digest": DIGEST, "size": 2},
        "layers": [],
    }
).encode()


@dataclass
class Seen:
    """A request as a server saw it."""

    method: str
    path: str
    authorization: str
    host: str = ""


@dataclass
class Reply:
    """What a server answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Seen], Reply]


class Host(Server):
    """A hostile server, or one that is attacked; it keeps what it saw."""

    def __init__(self, answer: Answer, authority: Authority | None, name: str) -> None:
        context = authority.leaf(name).server_context() if authority else None
        super().__init__(_HostHandler, tls=context)
        self.reply = answer
        self.seen: list[Seen] = []
        self.name = f"{name}:{self.port}"


class _HostHandler(Handler):
    server: Host

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, self.headers.get("Authorization", ""), self.headers["Host"])
        self.server.seen.append(seen)
        reply = self.server.reply(seen)
        self.respond(reply.status, reply.body, dict(reply.headers))


@contextlib.contextmanager
def hosting(answer: Answer, authority: Authority | None = None, name: str = "127.0.0.1") -> Iterator[Host]:
    with Host(answer, authority, name) as host:
        yield host


@contextlib.contextmanager
def listening(address: str = "127.0.0.1") -> Iterator[tuple[int, list[bytes]]]:
    """A local port, and the first bytes of every connection to it."""
    heard: list[bytes] = []
    listener = socket.create_server((address, 0))
    listener.settimeout(0.05)
    closing = threading.Event()

    def accept() -> None:
        while not closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            heard.append(b"")
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        closing.set()
        thread.join()
        listener.close()


def triple(server: str) -> dict[str, str]:
    values = {"SERVER": server, "USER": USER, "PASSWORD": PASSWORD}
    return {f"ACR_CONTAINER_REGISTRY_{part}": value for part, value in values.items()}


def needing(folder: Path, *images: str) -> Path:
    files = {
        f".devcontainer/{number}/devcontainer.json": json.dumps({"image": image})
        for number, image in enumerate(images)
    }
    return write_repository(folder, files)


def check(folder: Path, **environment: str) -> Attempt:
    attempt = run_command(folder, "check", "--repository", "acme/app", "--format", "json", **environment)
    assert attempt.within_limits, attempt.cost
    assert "Traceback" not in attempt.errors
    assert PASSWORD not in attempt.output + attempt.errors
    return attempt


def pulls(attempt: Attempt) -> dict[str, tuple[str, str]]:
    images = json.loads(attempt.output)["images"]
    return {image["reference"]: (image["pull"]["outcome"], image["pull"]["detail"]) for image in images}


def always(reply: Reply) -> Answer:
    return lambda _: reply


def wants_basic(answer: Answer) -> Answer:
    def asked(seen: Seen) -> Reply:
        if not seen.authorization:
            return Reply(401, headers={"WWW-Authenticate": 'Basic realm="r"'})
        return answer(seen)

    return asked


DISGUISES = (
    "https://:@{evil}\\@{own}{path}",
    "https://{evil}\\@{own}{path}",
    "https://{own}@{evil}{path}",
    "https://{own}\\.{evil}{path}",
    "https:\\\\{evil}{path}",
    "\\\\{evil}{path}",
    "https://{evil}#@{own}{path}",
    "https://{evil}?@{own}{path}",
    "https://{evil}%2f@{own}{path}",
    "https://{own}:@{evil}{path}",
    "//{evil}{path}",
    "https://\t{evil}{path}",
)


def test_no_redirect_takes_a_password_to_another_host(authority: Authority, tmp_path: Path) -> None:
    with hosting(lambda _: Reply(body=IMAGE, headers=MANIFEST), authority) as evil:
        own = ""

        def redirects(seen: Seen) -> Reply:
            image = re.match(r"/v2/dev/base([0-9]+)/manifests/", seen.path)
            if image is None:
                return Reply()
            leads = DISGUISES[int(image[1])].format(evil=evil.name, own=own, path=seen.path)
            return Reply(307, headers={"Location": leads})

        with hosting(wants_basic(redirects), authority, "localhost") as registry:
            own = registry.name
            folder = needing(tmp_path, *(f"{own}/dev/base{number}:1" for number in range(len(DISGUISES))))
            check(folder, **triple(own), **authority.environment())
    asked = {seen.path for seen in registry.seen if seen.authorization and "/manifests/" in seen.path}
    assert len(asked) == len(DISGUISES)
    assert [seen for seen in evil.seen if seen.authorization] == []


def test_no_host_named_after_a_password_is_told(authority: Authority, tmp_path: Path) -> None:
    def leading(seen: Seen) -> Reply:
        if "/manifests/" not in seen.path:
            return Reply()
        if "/known/" in seen.path:
            return (
                Reply(body=IMAGE, headers=MANIFEST)
                if seen.authorization
                else Reply(401, headers={"WWW-Authenticate": "Basic"})
            )
        return Reply(307, headers={"Location": f"https://{PASSWORD[:13]}.invalid{seen.path}"})

    with hosting(leading, authority, "localhost") as registry:
        folder = needing(tmp_path, f"{registry.name}/known/image:1", f"{registry.name}/other/image:1")
        attempt = check(folder, **triple(registry.name), **authority.environment())
    shown = {seen.path.split("/")[2] for seen in registry.seen if seen.authorization}
    assert shown == {"known"}
    assert pulls(attempt)[f"{registry.name}/other/image:1"][0] == "unreachable"
    assert PASSWORD[:13] not in attempt.output + attempt.errors


def test_a_redirected_ping_names_no_realm(authority: Authority, tmp_path: Path) -> None:
    def stranger(seen: Seen) -> Reply:
        if seen.path.startswith("/token"):
            return Reply(body=b'{"token": "t"}')
        return Reply(401, headers={"WWW-Authenticate": f'Bearer realm="https://{evil.name}/token"'})

    with (
        hosting(stranger, authority) as evil,
        hosting(
            lambda _: Reply(302, headers={"Location": f"https://{evil.name}/v2/"}), authority, "localhost"
        ) as registry,
    ):
        attempt = run_command(
            tmp_path, "login", "--format", "json", **triple(registry.name), **authority.environment()
        )
    [found] = json.loads(attempt.output)["triples"]
    assert found["login"]["outcome"] == "not-a-registry"
    assert f"{registry.name} redirects to {evil.name}, and" in found["login"]["detail"]
    assert evil.seen == []


HERE = (
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "a.localhost",
    "[::1]",
)


def test_no_host_elsewhere_leads_to_a_local_port(internet: Internet, tmp_path: Path) -> None:
    with listening() as (port, heard):

        def there(number: str) -> str:
            return f"https://{HERE[int(number)]}:{port}/admin"

        def redirects(seen: Seen) -> Reply:
            image = re.match(r"/v2/x([0-9]+)/manifests/", seen.path)
            return Reply(307, headers={"Location": there(image[1])}) if image else Reply()

        with contextlib.ExitStack() as stack:
            redirecting = stack.enter_context(hosting(redirects))
            internet.add("redirect.example", redirecting.url)
            images = [f"redirect.example/x{number}:1" for number in range(len(HERE))]
            for number in range(len(HERE)):
                challenge = {"WWW-Authenticate": f'Bearer realm="{there(str(number))}"'}
                reply = Reply(401, headers=challenge)
                realm = stack.enter_context(hosting(always(reply)))
                internet.add(f"realm{number}.example", realm.url)
                images.append(f"realm{number}.example/x:1")
            attempt = check(needing(tmp_path, *images), **internet.environment())
    ended = pulls(attempt)
    assert {outcome for outcome, _ in ended.values()} == {"insecure"}
    assert len(ended) == 2 * len(HERE)
    assert heard == []


def test_no_file_has_a_local_service_asked(tmp_path: Path) -> None:
    said = b'{"message": "internal build 7.3, tenant acme-prod"}'
    with hosting(lambda _: Reply(400, said)) as service, listening() as (port, heard):
        names = (
            f"{service.address}/internal/admin/shutdown:now",
            f"localhost:{service.port}/x",
            f"127.1:{port}/x",
            f"0.0.0.0:{port}/x",
            "169.254.169.254/latest/meta-data:1",
        )
        folder = needing(tmp_path, *names)
        (folder / ".github").mkdir()
        # The configuration is a file, too: what it expects as a server is no permission.
        (folder / ".github" / "crreg.yml").write_text(f"registries:\n  X:\n    server: {service.address}\n")
        attempt = check(folder)
        assert {outcome for outcome, _ in pulls(attempt).values()} == {"insecure"}
        assert b"tenant" not in attempt.output.encode()
        assert (service.seen, heard) == ([], [])
        allowed = run_command(
            folder,
            *("check", "--repository", "acme/app", "--format", "json"),
            "--allow-insecure",
            service.address,
        )
        assert service.seen != []
        assert pulls(allowed)[names[0]][0] != "insecure"


def test_no_host_leads_to_an_interface_of_this_machine(tmp_path: Path) -> None:
    own = own_address()
    with listening(own) as (port, heard):
        realm = f'Bearer realm="https://{own}:{port}/token"'

        def leading(seen: Seen) -> Reply:
            if seen.path == "/v2/":
                return (
                    Reply(401, headers={"WWW-Authenticate": realm}) if seen.host == realms.name else Reply()
                )
            return Reply(307, headers={"Location": f"https://{own}:{port}/admin"})

        with hosting(leading) as realms, hosting(leading) as redirects:
            allowed = [text for host in (realms, redirects) for text in ("--allow-insecure", host.name)]
            folder = needing(tmp_path, f"{own}:{port}/x:1", f"{realms.name}/x:1", f"{redirects.name}/x:1")
            attempt = run_command(
                folder, "check", "--repository", "acme/app", "--format", "json", *allowed, CRREG_TIMEOUT="10"
            )
    assert {outcome for outcome, _ in pulls(attempt).values()} == {"insecure"}
    assert len(realms.seen) == 1
    assert [seen.method for seen in redirects.seen] == ["GET", "GET"]
    assert heard == []


def own_address() -> str:
    """An address of one of this machine's interfaces: what it would send from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            pytest.skip("this machine has no interface but loopback")
        return str(probe.getsockname()[0])


HUGE = b'{"token": "t", "expires_in": 1' + b"0" * 400 + b"}"


@pytest.mark.parametrize("body", [HUGE, b"[" * 200_000, b'{"token": ["t"], "expires_in": NaN}', b'"\\ud800"'])
def test_no_answer_of_one_registry_ends_the_run_for_another(
    internet: Internet, tmp_path: Path, body: bytes
) -> None:
    def hostile(seen: Seen) -> Reply:
        if seen.path.startswith("/token"):
            return Reply(body=body)
        return Reply(401, headers={"WWW-Authenticate": 'Bearer realm="https://evil.example/token"'})

    def healthy(seen: Seen) -> Reply:
        return Reply() if seen.path == "/v2/" else Reply(body=IMAGE, headers=MANIFEST)

    with hosting(hostile) as evil, hosting(healthy) as good:
        internet.add("evil.example", evil.url)
        internet.add("good.example", good.url)
        folder = needing(tmp_path, "evil.example/x:1", "good.example/x:1")
        attempt = check(folder, **internet.environment())
        action = run_action(folder, **internet.environment())
    assert pulls(attempt)["good.example/x:1"][0] == "public"
    assert action.within_limits, action.cost
    assert "crreg failed" not in action.output
    assert "good.example" in action.summary


SURROGATE = "\ud800\x1b]0;x\x07\u202e::error::x"


@pytest.mark.parametrize("value", [10**400, 1e308, SURROGATE, None, [], "9999-12-31T23:59:59Z"])
def test_no_answer_of_github_ends_the_run_for_the_registries(
    internet: Internet, tmp_path: Path, value: object
) -> None:
    secret = {
        "name": "ACR_CONTAINER_REGISTRY_USER",
        "created_at": value,
        "updated_at": value,
        "visibility": value,
    }
    everything = {
        **dict.fromkeys(("full_name", "id", "visibility", "private", "owner"), value),
        "total_count": value,
        "secrets": [secret, value],
        "message": value,
    }

    def plays_github(seen: Seen) -> Reply:
        repository = {
            "full_name": "acme/app",
            "id": 1,
            "visibility": "private",
            "owner": {"login": "acme", "type": "User"},
        }
        told = repository if seen.path == "/repos/acme/app" and value is not None else everything
        return Reply(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    with hosting(plays_github) as github, hosting(lambda _: Reply(body=IMAGE, headers=MANIFEST)) as good:
        internet.add("good.example", good.url)
        folder = needing(tmp_path, "good.example/x:1")
        attempt = check(
            folder, **internet.environment(), GITHUB_API_URL=github.url, GITHUB_TOKEN="ghp_0123456789ab"
        )
    assert pulls(attempt)["good.example/x:1"][0] == "public"
    assert "crreg stopped because of an unexpected" not in attempt.output + attempt.errors
    assert "\x1b" not in attempt.output


@pytest.mark.parametrize("path", ["", "/api/v1"])
def test_the_token_of_an_unknown_github_is_shown_to_no_registry(
    internet: Internet, tmp_path: Path, path: str
) -> None:
    token = "ghp_" + "0123456789abcdefghijklmnopqrstuvwxyz"
    challenge = {"WWW-Authenticate": 'Bearer realm="https://ghcr.io/token",service="ghcr.io"'}
    with hosting(lambda _: Reply(401, headers=challenge)) as ghcr, hosting(lambda _: Reply(404)) as github:
        for registry in ("ghcr.io", "containers.git.corp"):
            internet.add(registry, ghcr.url)
        internet.add("git.corp", github.url)
        publish = ("publish", "--repository", "acme/app", "--copy", "ghcr.io/acme/a:1", "--dry-run")
        attempts = [
            run_command(
                tmp_path,
                *(*publish, "--to", f"{registry}/acme/b"),
                GITHUB_API_URL=f"https://git.corp{path}",
                GITHUB_TOKEN=token,
                **internet.environment(),
            )
            for registry in ("ghcr.io", "containers.git.corp")
        ]
    assert ghcr.seen != [], attempts
    assert [seen for seen in ghcr.seen if seen.authorization] == []
    assert not any(token in attempt.output + attempt.errors for attempt in attempts)


# The least speed is half a minute for 64 KiB. With less patience the test runs the same code in seconds.
HASTY = """
import sys
import crreg.registry.transport.speed
crreg.registry.transport.speed.LEAST_SECONDS = 0.3
from crreg.cli import main as cli
sys.exit(cli.main())
"""


class _Dripping(_HostHandler):
    """Sends its blobs at some bytes a second, and never ends."""

    def answer(self) -> None:
        if "/blobs/" not in self.path:
            super().answer()
            return
        self.server.seen.append(Seen(self.command, self.path, ""))
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        for _ in range(SIZE):
            time.sleep(0.05)
            self.wfile.write(b"x")


SIZE = 1_000_000


def test_a_source_that_drips_is_given_up(tmp_path: Path) -> None:
    kind = "application/vnd.oci.image.manifest.v1+json"
    blobs = [
        {"mediaType": f"application/vnd.oci.image.{name}", "digest": f"sha256:{digit * 64}", "size": SIZE}
        for name, digit in (("config.v1+json", "1"), ("layer.v1.tar", "2"))
    ]
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": blobs[0], "layers": blobs[1:]})

    def source_answer(seen: Seen) -> Reply:
        return (
            Reply(200, manifest.encode(), {"Content-Type": kind}) if "/manifests/" in seen.path else Reply()
        )

    def target_answer(seen: Seen) -> Reply:
        if seen.path == "/v2/":
            return Reply()
        return (
            Reply(202, headers={"Location": "/v2/b/blobs/uploads/1"}) if seen.method == "POST" else Reply(404)
        )

    with hosting(target_answer) as target, hosting(source_answer) as source:
        source.RequestHandlerClass = _Dripping
        images = ("--copy", f"{source.address}/a:1", "--to", f"{target.address}/b:1")
        attempt = measured._measured([sys.executable, "-c", HASTY, "publish", *images], tmp_path, {})
    assert attempt.within_limits, attempt.cost
    assert attempt.code == 1, attempt
    assert "stalled: it moved fewer than 64 KiB" in " ".join(attempt.output.split())
    assert 0 < sum("/blobs/" in seen.path for seen in source.seen) <= 8


def test_long_tokens_and_full_answers_of_many_registries_take_little_memory(tmp_path: Path) -> None:
    full = json.dumps({"errors": [{"": 0}] * 100_000}).encode()

    def with_tokens(seen: Seen) -> Reply:
        if seen.path.startswith("/token"):
            return Reply(body=json.dumps({"token": secrets.token_hex(8_000)}).encode())
        if seen.path == "/v2/":
            return Reply(401, headers={"WWW-Authenticate": f'Bearer realm="http://{seen.host}/token"'})
        return Reply(405) if seen.method == "HEAD" else refused(json.dumps({"message": "a b-c " * 200}))

    def without(seen: Seen) -> Reply:
        if seen.path == "/v2/":
            return Reply()
        return Reply(405) if seen.method == "HEAD" else refused(full.decode())

    def refused(body: str) -> Reply:
        return Reply(403, body.encode())

    with contextlib.ExitStack() as running:
        hosts = [running.enter_context(hosting(answer)) for answer in (with_tokens, without) * 6]
        folder = needing(tmp_path, *(f"{host.name}/x{image}:1" for host in hosts for image in range(2)))
        allowed = [text for host in hosts for text in ("--allow-insecure", host.name)]
        attempt = run_command(folder, "check", "--repository", "acme/app", *allowed)
    assert attempt.mebibytes < 150, attempt.cost
    assert attempt.within_limits, attempt.cost
    for host in hosts:
        assert len([seen for seen in host.seen if seen.method == "GET" and "/manifests/" in seen.path]) == 2
