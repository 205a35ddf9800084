"""What a registry, or a file that names one, can lead to: no other host's challenge, and no port of this machine."""

import socket
from typing import Any

import pytest
import urllib3.util.connection
from tests.unit.registry.servers import MANIFEST, Answer, Request, basic, basic_registry, serving
from tests.unit.registry.transport.certificates import Authority

from crreg.net.urls import Address
from crreg.registry.client import RegistryClient
from crreg.registry.errors import RegistryError
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import LoginOutcome, PullOutcome, PullResult, TransferCause
from crreg.registry.reference import ImageReference
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport
from crreg.triple import Triple

DIGEST = "sha256:" + "0" * 64
ELSEWHERE = frozenset({"registry.example"})
OUTSIDE = "192.0.2.1"
"""An address for documentation (RFC 5737)."""


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names that resolve to an address, besides those that do anyway."""
    known = {"registry.example": "127.0.0.1"}
    resolve = socket.getaddrinfo

    def resolved(host: str, *arguments: Any, **named: Any) -> Any:
        return resolve(known.get(host, host), *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return known


def unasked(address: str) -> PullResult:
    return PullResult(
        PullOutcome.INSECURE,
        (
            f"{address} is an address of this machine or its local link. Only a file or another host names "
            f"it, so crreg did not connect. If you mean it, add --allow-insecure {address} (input "
            f"allow-insecure)."
        ),
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_an_image_of_a_file_is_asked_for_at_no_port_of_this_machine(host: str) -> None:
    with serving(lambda _: MANIFEST) as server, RegistryClient() as client:
        name = f"{host}:{server.server_port}"
        assert client.pull(ImageReference.parse(f"{name}/a/b:1"), None) == unasked(name)
        assert server.connections == 0


@pytest.mark.parametrize(
    "host", ["127.1", "0.0.0.0", "[::1]", "[::ffff:7f00:1]", "a.localhost", "169.254.169.254"]
)
def test_no_other_spelling_helps(host: str) -> None:
    with RegistryClient() as client:
        assert client.pull(ImageReference.parse(f"{host}:5000/a"), None) == unasked(f"{host}:5000")


def test_nor_does_a_name_that_resolves_to_it(names: dict[str, str]) -> None:
    for address in ("127.0.0.1", "0.0.0.0", "169.254.169.254"):
        names["registry.example"] = address
        with serving(lambda _: MANIFEST) as server, RegistryClient() as client:
            name = f"registry.example:{server.server_port}"
            assert client.pull(ImageReference.parse(f"{name}/a"), None) == unasked(name)
            assert server.connections == 0


def test_nor_is_a_connection_to_it_opened_ahead(names: dict[str, str]) -> None:
    assert names["registry.example"] == "127.0.0.1"
    with serving(lambda _: MANIFEST) as server:
        url = f"http://registry.example:{server.server_port}"
        sender = Transport(budget=20)
        sender.open_ahead(Address.parse(url), 3)
        # It waits for the connections that are opened ahead, and then tries one of its own.
        with pytest.raises(RegistryError, match="is an address of this machine"):
            sender.request("GET", Address.parse(url), Tally())
        sender.close()
        assert server.connections == 0


@pytest.mark.parametrize("given", ["127.0.0.1:{}", "127.0.0.1"])
def test_a_registry_that_the_caller_lists_is_asked(given: str) -> None:
    with serving(lambda _: MANIFEST) as server:
        allowed = frozenset({given.format(server.server_port)})
        with RegistryClient(allow_insecure=allowed) as client:
            pulled = client.pull(ImageReference.parse(f"{server.address}/a"), None)
    assert pulled.outcome is PullOutcome.PUBLIC


def test_the_registry_of_a_triple_is_asked_whatever_its_name_resolves_to(names: dict[str, str]) -> None:
    del names
    with serving(basic_registry("me", "pass")) as server:
        name = f"registry.example:{server.server_port}"
        with RegistryClient(allow_insecure=ELSEWHERE) as client:
            assert client.login(Triple("X", name, "me", "pass")).outcome is LoginOutcome.SUCCEEDED


def test_a_copy_may_read_from_this_machine() -> None:
    with (
        serving(lambda _: Answer(headers={"Docker-Content-Digest": DIGEST})) as server,
        RegistryClient() as client,
    ):
        remote = client.remote(ImageReference.parse(f"{server.address}/a"), None, named=True)
        found = remote.resolve("latest")
    assert found is not None
    assert found.digest == DIGEST


LOCATIONS = (
    "https://127.0.0.1:{}/x",
    "https://localhost:{}/x",
    "https://127.1:{}/x",
    "https://inside.example:{}/x",
)


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_host_elsewhere_redirects_to_no_port_of_this_machine(names: dict[str, str], location: str) -> None:
    names["inside.example"] = "127.0.0.1"
    with serving(lambda _: Answer()) as inside:
        leads = location.format(inside.server_port)

        def answer(request: Request) -> Answer:
            return Answer() if request.path == "/v2/" else Answer(307, {}, {"Location": leads})

        with serving(answer) as server, RegistryClient(allow_insecure=ELSEWHERE) as client:
            reference = ImageReference.parse(f"registry.example:{server.server_port}/a")
            assert client.pull(reference, None).outcome is PullOutcome.INSECURE
        assert inside.connections == 0


@pytest.mark.parametrize("location", LOCATIONS)
def test_nor_does_a_realm_or_an_upload(names: dict[str, str], location: str) -> None:
    names["inside.example"] = "127.0.0.1"
    with serving(lambda _: Answer()) as inside:
        leads = location.format(inside.server_port)
        answers = {
            "realm": Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{leads}"'}),
            "upload": Answer(202, {}, {"Location": leads}),
        }
        for kind, given in answers.items():

            def answer(request: Request, given: Answer = given, kind: str = kind) -> Answer:
                return Answer() if request.path == "/v2/" and kind == "upload" else given

            with serving(answer) as server, RegistryClient(allow_insecure=ELSEWHERE) as client:
                reference = ImageReference.parse(f"registry.example:{server.server_port}/a")
                triple = Triple("X", reference.registry, "me", "pass")
                with pytest.raises(TransferError) as caught:
                    pushed(client.remote(reference, triple, push=True))
            assert caught.value.cause is TransferCause.INSECURE
        assert inside.connections == 0


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were connected to; one on the internet is this machine's, and others refuse."""
    found: list[str] = []
    connect = urllib3.util.connection.create_connection

    def connected(address: tuple[str, int], *arguments: Any, **named: Any) -> socket.socket:
        found.append(address[0])
        if address[0] != OUTSIDE:
            raise ConnectionRefusedError
        return connect(("127.0.0.1", address[1]), *arguments, **named)

    monkeypatch.setattr("urllib3.util.connection.create_connection", connected)
    return found


@pytest.mark.parametrize("inside", ["10.9.8.7", "fd00::7", "::ffff:10.9.8.7", "64:ff9b::a09:807"])
@pytest.mark.parametrize("way", ["redirect", "realm"])
def test_a_host_on_the_internet_leads_to_no_private_network(
    names: dict[str, str], connected: list[str], trusted: Authority, inside: str, way: str
) -> None:
    names["inside.example"] = inside
    leads = "https://inside.example/job/build?token=x"

    def answer(request: Request) -> Answer:
        if way == "realm":
            return Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{leads}"'})
        return Answer() if request.path == "/v2/" else Answer(307, {}, {"Location": leads})

    with serving(answer, trusted.context(OUTSIDE)) as server:
        reference = ImageReference.parse(f"{OUTSIDE}:{server.server_port}/a")
        with RegistryClient() as client:
            pulled = client.pull(reference, None)
        assert pulled.outcome is PullOutcome.INSECURE
        assert (
            "inside.example is in a private network, and a host on the internet leads there" in pulled.detail
        )
        assert set(connected) == {OUTSIDE}

        # A registry that the caller names may have its storage or its token server inside.
        with RegistryClient() as client:
            pulled = client.pull(reference, Triple("X", reference.registry, "me", "pass"))
        assert pulled.outcome is PullOutcome.UNREACHABLE
        assert inside in connected


def test_nor_does_an_upload_that_a_file_asks_for(
    names: dict[str, str], connected: list[str], trusted: Authority
) -> None:
    names["inside.example"] = "10.9.8.7"
    leads = {"Location": "https://inside.example/job/delete"}

    def answer(request: Request) -> Answer:
        return Answer() if request.path == "/v2/" else Answer(202, {}, leads)

    with serving(answer, trusted.context(OUTSIDE)) as server, RegistryClient() as client:
        remote = client.remote(ImageReference.parse(f"{OUTSIDE}:{server.server_port}/a"), None, push=True)
        with pytest.raises(TransferError, match="is in a private network") as caught:
            pushed(remote)
    assert (caught.value.cause, set(connected)) == (TransferCause.INSECURE, {OUTSIDE})


def test_a_copy_that_a_file_names_may_not() -> None:
    with serving(lambda _: Answer()) as server, RegistryClient() as client:
        with pytest.raises(TransferError) as caught:
            client.remote(ImageReference.parse(f"{server.address}/a"), None)
        assert (caught.value.cause, server.connections) == (TransferCause.INSECURE, 0)


def pushed(remote: Remote) -> None:
    remote.ask("PUT", remote.open_upload())


def test_the_ping_is_followed_to_no_other_host() -> None:
    def realm(_: Request) -> Answer:
        return Answer(401, {}, {"WWW-Authenticate": 'Basic realm="x"'})

    with serving(realm) as stranger:
        leads = f"http://localhost:{stranger.server_port}/v2/"
        with serving(lambda _: Answer(302, {}, {"Location": leads})) as server, RegistryClient() as client:
            result = client.login(Triple("X", server.address, "me", "pass"))
            there = f"localhost:{stranger.server_port}"
            assert result.outcome is LoginOutcome.NOT_A_REGISTRY
            assert result.detail == (
                f"{server.address} redirects to {there}, and no login was tried there. If {there} is the registry "
                f"that you mean, store it as SERVER and use it in image names."
            )
        assert stranger.requests == []


def test_no_other_host_says_that_a_password_is_accepted() -> None:
    answer = basic_registry("me", "other")
    with serving(lambda _: Answer()) as stranger:
        leads = {"Location": f"http://localhost:{stranger.server_port}/v2/"}

        def moved(request: Request) -> Answer:
            return Answer(302, {}, leads) if request.authorization else answer(request)

        with serving(moved) as server, RegistryClient() as client:
            result = client.login(Triple("X", server.address, "me", "pass"))
        assert result.outcome is LoginOutcome.NOT_A_REGISTRY
        assert stranger.requests == []


def test_the_ping_is_followed_within_the_host() -> None:
    answer = basic_registry("me", "pass")

    def moved(request: Request) -> Answer:
        if request.path == "/v2/" and request.authorization is None:
            return Answer(301, {}, {"Location": "/registry/v2/"})
        return answer(request)

    with serving(moved) as server, RegistryClient() as client:
        assert client.login(Triple("X", server.address, "me", "pass")).outcome is LoginOutcome.SUCCEEDED


def test_where_the_ping_leads_from_http_to_https_the_password_goes_by_https(trusted: Authority) -> None:
    with serving(basic_registry("me", "pass"), trusted.context("127.0.0.1")) as secure:
        leads = {"Location": f"{secure.url}/v2/"}
        with serving(lambda _: Answer(301, {}, leads)) as plain, RegistryClient() as client:
            assert client.login(Triple("X", plain.address, "me", "pass")).outcome is LoginOutcome.SUCCEEDED
            assert [request.authorization for request in plain.requests] == [None]
            assert secure.requests[-1].authorization == basic("me", "pass")


def test_a_registry_on_this_machine_leads_to_its_token_server_on_it() -> None:
    def tokens(_: Request) -> Answer:
        return Answer(200, {"token": "t"})

    with serving(tokens) as authority:
        challenge = {"WWW-Authenticate": f'Bearer realm="http://localhost:{authority.server_port}/token"'}

        def answer(request: Request) -> Answer:
            return Answer() if request.authorization == "Bearer t" else Answer(401, {}, challenge)

        with serving(answer) as server, RegistryClient() as client:
            assert client.login(Triple("X", server.address, "me", "pass")).outcome is LoginOutcome.SUCCEEDED


def test_a_guarded_name_is_resolved_once_and_another_address_is_tried_where_one_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve = socket.getaddrinfo
    asked: list[str] = []
    dead = ("192.0.2.1", 1)

    def resolved(host: str, port: int, *arguments: Any, **named: Any) -> Any:
        if host != "two.example":
            return resolve(host, port, *arguments, **named)
        asked.append(host)
        place = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*place, dead), (*place, ("10.9.8.7", port))]

    connected: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    sender = Transport(budget=5)
    with pytest.raises(Exception, match=r"Could not connect to two\.example"):
        sender.request("GET", Address.parse("https://two.example/v2/"), Tally())
    sender.close()
    assert (asked, connected) == (["two.example"], ["192.0.2.1", "10.9.8.7"])


def test_a_host_that_the_caller_names_counts_by_its_port() -> None:
    sender = Transport(budget=5, allow_insecure=frozenset({"Plain.example:5000", "::1"}))
    sender.vouch(Address.parse("https://127.0.0.1:5000/"))
    named = [
        url
        for url in (
            *("http://127.0.0.1:5000/", "http://127.0.0.1:5001/", "http://plain.example:5000/"),
            *("http://plain.example:5001/", "http://[::1]:7/"),
        )
        if sender.is_named(Address.parse(url))
    ]
    sender.close()
    assert named == ["http://127.0.0.1:5000/", "http://plain.example:5000/", "http://[::1]:7/"]
