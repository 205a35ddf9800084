"""Requests under bad weather: redirects, faults that pass and that don't, and answers without end."""

import itertools
import logging
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry.servers import Answer, Request, basic, basic_registry, serving, talking
from tests.unit.registry.transport.certificates import Authority

from crreg.net import urls
from crreg.net.retry import pause
from crreg.net.urls import Address
from crreg.registry.challenge import seen_by_docker
from crreg.registry.client import RegistryClient
from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError
from crreg.registry.login.authentication import authorize
from crreg.registry.login.endpoint import Endpoint
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.server import Server
from crreg.registry.transport import tls, transport
from crreg.registry.transport.answer import Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport
from crreg.triple import Triple

SECRET = {"Authorization": "Basic c2VjcmV0"}


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(clock: Clock) -> Iterator[Transport]:
    transport = Transport(
        budget=100,
        clock=lambda: clock.now,
        sleep=clock.sleep,
        chance=lambda: 0.5,
        now=lambda: 1_000_000_000.0,
    )
    yield transport
    transport.close()


def get(sender: Transport, url: str) -> Response:
    return sender.request("GET", Address.parse(url), Tally(), SECRET)


def failure(sender: Transport, url: str) -> tuple[LoginOutcome, str, int]:
    tally = Tally()
    with pytest.raises(RegistryError) as raised:
        sender.request("GET", Address.parse(url), tally, SECRET)
    assert raised.value.__cause__ is None
    return raised.value.outcome, raised.value.detail, tally.requests


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_fault_that_passes_is_retried(sender: Transport, clock: Clock, status: int) -> None:
    answers = iter([Answer(status), Answer(status), Answer(200)])
    with serving(lambda _: next(answers)) as server:
        assert get(sender, server.url).status == 200
        assert len(server.requests) == 3
    assert clock.slept == [0.4, 0.8]


def test_a_fault_that_stays_is_retried_three_times(sender: Transport, clock: Clock) -> None:
    tally = Tally()
    with serving(lambda _: Answer(503)) as server:
        assert sender.request("GET", Address.parse(server.url), tally).status == 503
        assert len(server.requests) == 4
    assert (clock.slept, tally) == ([0.4, 0.8, 1.6], Tally(4))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_verdict_is_never_asked_for_twice(sender: Transport, clock: Clock, status: int) -> None:
    with serving(lambda _: Answer(status)) as server:
        assert get(sender, server.url).status == status
        assert len(server.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    ("retry_after", "slept"),
    [
        ("7", [7.1]),
        ("0", [0.1]),
        ("60", [60.1]),
        ("61", []),
        ("9" * 5000, []),
        ("Sun, 09 Sep 2001 01:46:50 GMT", [10.1]),
        ("Sun, 09 Sep 2001 01:46:30 GMT", [0.1]),
        ("Sun, 09 Sep 2001 01:56:40 GMT", []),
        ("soon", [0.4]),
        ("-5", [0.4]),
    ],
)
def test_retry_after_is_honoured_up_to_a_minute(
    sender: Transport,
    clock: Clock,
    retry_after: str,
    slept: list[float],
) -> None:
    answers = itertools.chain([Answer(429, {}, {"Retry-After": retry_after})], itertools.repeat(Answer(200)))
    with serving(lambda _: next(answers)) as server:
        assert get(sender, server.url).status == (200 if slept else 429)
    assert clock.slept == pytest.approx(slept)


def test_no_wait_goes_beyond_the_budget(clock: Clock) -> None:
    sender = Transport(budget=5, clock=lambda: clock.now, sleep=clock.sleep)
    with serving(lambda _: Answer(429, {}, {"Retry-After": "6"})) as server:
        assert get(sender, server.url).status == 429
    assert clock.slept == []
    sender.close()


def test_after_the_budget_nothing_is_sent(clock: Clock) -> None:
    sender = Transport(budget=5, clock=lambda: clock.now, sleep=clock.sleep)
    clock.now = 5
    with serving(lambda _: Answer()) as server:
        assert failure(sender, server.url) == (
            LoginOutcome.UNREACHABLE,
            f"No request was sent to {server.address} because the check ran out of time.",
            0,
        )
        assert server.requests == []
    sender.close()


def test_waits_of_clients_that_failed_together_spread_out() -> None:
    assert [pause(2, None, chance, 0) for chance in (0.0, 0.5, 1.0)] == pytest.approx([0.8, 1.6, 2.4])


def test_a_connection_broken_off_is_tried_again(sender: Transport, clock: Clock) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)

    with talking(talk) as address:
        assert failure(sender, f"http://{address}/") == (
            LoginOutcome.UNREACHABLE,
            f"{address} closed the connection unexpectedly.",
            4,
        )
    assert clock.slept == [0.4, 0.8, 1.6]


def test_a_connection_broken_off_in_the_body_is_tried_again(sender: Transport) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with talking(talk) as address:
        assert failure(sender, f"http://{address}/")[1:] == (
            f"{address} closed the connection unexpectedly.",
            4,
        )


def test_what_is_no_http_is_no_registry(sender: Transport) -> None:
    with talking(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")) as address:
        assert failure(sender, f"http://{address}/") == (
            LoginOutcome.NOT_A_REGISTRY,
            f"The response from {address} is not HTTP.",
            1,
        )


def test_a_body_without_end_is_read_up_to_a_bound(sender: Transport) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with talking(talk) as address:
        assert len(get(sender, f"http://{address}/").body) == 1024 * 1024


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_ends_in_time(
    sender: Transport,
    monkeypatch: pytest.MonkeyPatch,
    start: bytes,
) -> None:
    monkeypatch.setattr(transport, "_READ_SECONDS", 0.3)
    monkeypatch.setattr("crreg.registry.transport.answer._BODY_SECONDS", 0.3)
    closing = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(start)
        while start and not closing.wait(0.05):
            connection.sendall(b"x")
        closing.wait(10)

    with talking(talk) as address:
        assert failure(sender, f"http://{address}/") == (
            LoginOutcome.UNREACHABLE,
            f"{address} did not answer in time.",
            1,
        )
        closing.set()


def test_a_host_that_is_none_is_unreachable(sender: Transport) -> None:
    outcome, _, requests = failure(sender, "https://nohost.invalid/")
    assert (outcome, requests) == (LoginOutcome.UNREACHABLE, 0)


def test_a_closed_port_is_not_tried_again(sender: Transport, clock: Clock) -> None:
    with talking(lambda _: None) as address:
        pass
    assert failure(sender, f"http://{address}/") == (
        LoginOutcome.UNREACHABLE,
        f"Could not connect to {address}: connection refused or host unreachable.",
        0,
    )
    assert clock.slept == []


def test_redirects_on_one_host_keep_the_credentials(sender: Transport) -> None:
    def answer(request: Request) -> Answer:
        return Answer(307, {}, {"Location": "/there"}) if request.path == "/" else Answer()

    with serving(answer) as server:
        assert get(sender, f"{server.url}/").status == 200
        assert server.requests == [
            Request("GET", "/", SECRET["Authorization"]),
            Request("GET", "/there", SECRET["Authorization"]),
        ]


def test_redirects_to_another_host_drop_the_credentials_for_good(sender: Transport) -> None:
    urls: list[str] = []

    def there(request: Request) -> Answer:
        return Answer(302, {}, {"Location": f"{urls[0]}/back"}) if request.path == "/" else Answer()

    def here(request: Request) -> Answer:
        return Answer(302, {}, {"Location": f"{urls[1]}/"}) if request.path == "/" else Answer()

    with serving(here) as first, serving(there) as second:
        urls += [first.url, second.url]
        assert get(sender, f"{first.url}/").status == 200
        assert first.requests == [Request("GET", "/", SECRET["Authorization"]), Request("GET", "/back", None)]
        assert second.requests == [Request("GET", "/", None)]


def test_redirects_end_after_five(sender: Transport) -> None:
    with serving(lambda _: Answer(302, {}, {"Location": "/again"})) as server:
        assert failure(sender, server.url) == (
            LoginOutcome.NOT_A_REGISTRY,
            "127.0.0.1 redirects more than 5 times.",
            6,
        )


@pytest.mark.parametrize(
    ("location", "outcome", "detail"),
    [
        (
            "http://registry.example/",
            LoginOutcome.INSECURE,
            (
                "{} redirects to plain http, where anyone on the network could read the requests. The redirect "
                "was not followed."
            ),
        ),
        (
            "ftp://registry.example/",
            LoginOutcome.NOT_A_REGISTRY,
            "{} redirects to an invalid URL.",
        ),
        (
            "https://me:pass@registry.example/",
            LoginOutcome.NOT_A_REGISTRY,
            "{} redirects to an invalid URL.",
        ),
        ("https://[", LoginOutcome.NOT_A_REGISTRY, "{} redirects to an invalid URL."),
        ("https://", LoginOutcome.NOT_A_REGISTRY, "{} redirects to an invalid URL."),
        (
            "https://registry.example:99999/",
            LoginOutcome.NOT_A_REGISTRY,
            "{} redirects to an invalid URL.",
        ),
        (
            "https://registry.example:x/",
            LoginOutcome.NOT_A_REGISTRY,
            "{} redirects to an invalid URL.",
        ),
        (
            "https://registry.example:0/",
            LoginOutcome.NOT_A_REGISTRY,
            "{} redirects to an invalid URL.",
        ),
    ],
)
def test_redirects_that_lead_nowhere_good_are_not_followed(
    sender: Transport,
    location: str,
    outcome: LoginOutcome,
    detail: str,
) -> None:
    with serving(lambda _: Answer(302, {}, {"Location": location})) as server:
        assert failure(sender, server.url) == (outcome, detail.format(server.address), 1)


def test_https_is_spoken_where_the_authority_is_trusted(trusted: Authority) -> None:
    with (
        serving(basic_registry("me", "pass"), trusted.context("127.0.0.1")) as server,
        RegistryClient() as client,
    ):
        result = client.login(Triple("X", server.address, "me", "pass"))
        # On loopback plain http is tried first: a connection that is no request, since the server can't read it.
        assert (result.outcome, result.requests, server.connections) == (LoginOutcome.SUCCEEDED, 2, 2)


def test_https_never_leads_to_plain_http(trusted: Authority, sender: Transport) -> None:
    with (
        serving(lambda _: Answer()) as plain,
        serving(
            lambda _: Answer(302, {}, {"Location": f"{plain.url}/"}),
            trusted.context("127.0.0.1"),
        ) as secure,
    ):
        assert failure(sender, secure.url) == (
            LoginOutcome.INSECURE,
            (
                f"{secure.address} redirects to plain http, where anyone on the network could read the requests. "
                f"The redirect was not followed."
            ),
            1,
        )
        assert plain.requests == []


def test_a_certificate_of_an_unknown_authority_ends_it_before_anything_is_sent(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    tls._new_tls_context.cache_clear()
    with (
        serving(basic_registry("me", "pass"), authority.context("127.0.0.1")) as server,
        RegistryClient() as client,
    ):
        result = client.login(Triple("X", server.address, "me", "pass"))
        assert (result.outcome, result.requests) == (LoginOutcome.TLS_ERROR, 0)
        assert result.detail.startswith(f"The certificate of {server.address} is not valid: ")
        assert result.fault is Fault.UNTRUSTED
        assert server.requests == []


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "all_proxy"])
def test_a_certificate_that_may_be_this_networks_own_is_no_fault_of_the_registry(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    tls._new_tls_context.cache_clear()
    for each in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(each, raising=False)
    # Of a loopback address, no proxy is asked.
    monkeypatch.setenv(name, "http://127.0.0.1:9" if "PROXY" in name.upper() else os.fspath(tmp_path))
    with (
        serving(basic_registry("me", "pass"), authority.context("127.0.0.1")) as server,
        RegistryClient() as client,
    ):
        result = client.login(Triple("X", server.address, "me", "pass"))
    tls._new_tls_context.cache_clear()
    assert (result.outcome, result.fault) == (LoginOutcome.TLS_ERROR, None)


def test_a_certificate_for_another_name_ends_it_before_anything_is_sent(trusted: Authority) -> None:
    with (
        serving(basic_registry("me", "pass"), trusted.context("127.0.0.9")) as server,
        RegistryClient() as client,
    ):
        result = client.login(Triple("X", server.address, "me", "pass"))
        assert (result.outcome, result.requests) == (LoginOutcome.TLS_ERROR, 0)
        assert "mismatch" in result.detail
        assert result.fault is Fault.WRONG_NAME
        assert server.requests == []


def test_plain_http_elsewhere_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "is_loopback", lambda _: False)
    with serving(basic_registry("me", "pass")) as server, RegistryClient() as client:
        result = client.login(Triple("X", server.address, "me", "pass"))
        assert (result.outcome, result.requests) == (LoginOutcome.INSECURE, 0)
        assert server.requests == []


@pytest.mark.parametrize("port", [True, False])
def test_plain_http_elsewhere_is_spoken_where_the_caller_allows_it(
    monkeypatch: pytest.MonkeyPatch,
    port: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    monkeypatch.setattr(urls, "is_loopback", lambda _: False)
    with serving(basic_registry("me", "pass")) as server:
        allowed = frozenset({server.address if port else "127.0.0.1"})
        with RegistryClient(allow_insecure=allowed) as client:
            assert client.login(Triple("X", server.address, "me", "pass")).outcome is LoginOutcome.SUCCEEDED


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.255.1.2", True),
        ("::1", True),
        ("0:0:0:0:0:0:0:1", True),
        ("128.0.0.1", False),
        ("0.0.0.0", False),
        ("127.1", False),
        ("127.0.0.1.example", False),
        ("localhost.example", False),
        ("::2", False),
        ("::ffff:127.0.0.1", False),
        ("", False),
        ("a\x00b", False),
    ],
)
def test_loopback_is_told_by_the_name_alone(host: str, loopback: bool) -> None:  # noqa: FBT001 - of the test
    assert urls.is_loopback(host) is loopback


def test_a_proxy_is_asked_to_connect_with_its_own_password(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(4000))
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with talking(talk) as address, RegistryClient() as client:
        monkeypatch.setenv("https_proxy", f"http://pr%40xy:s3cret@{address}")
        result = client.login(Triple("X", "registry.example", "me", "pass"))
        assert (result.outcome, result.detail) == (
            LoginOutcome.UNREACHABLE,
            "The proxy could not connect to registry.example.",
        )
        assert heard[0].startswith(b"CONNECT registry.example:443 HTTP/")
        assert b"proxy-authorization: Basic cHJAeHk6czNjcmV0\r\n" in heard[0]


def test_one_context_trusts_for_all_and_verifies() -> None:
    context = tls.tls_context()
    assert context is tls.tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_broken_headers_log_no_address(sender: Transport, caplog: pytest.LogCaptureFixture) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nX: y\r\n broken\x00 \r\nno colon\r\nContent-Length: 0\r\n\r\n"
        )

    with caplog.at_level(logging.DEBUG), talking(talk) as address:
        assert get(sender, f"http://{address}/?account=me-myself").status == 200
    assert "me-myself" not in caplog.text


def test_no_repr_shows_what_was_sent_or_answered() -> None:
    with serving(lambda _: Answer(200, {"token": "T0KEN"}, {"X-Echo": "T0KEN"})) as server:
        sender = Transport(budget=5)
        shown = f"{get(sender, server.url)!r} {sender!r}"
        sender.close()
    assert shown.startswith("Response(status=200) <")
    assert "T0KEN" not in shown


def addresses_alone(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolved(host: str, *arguments: Any, **named: Any) -> Any:
        return resolve(host, *arguments, **{**named, "flags": socket.AI_NUMERICHOST})

    return resolved


@pytest.mark.parametrize(
    ("location", "outcome", "detail"),
    [
        (
            "https://Sup3rSecret.invalid/",
            LoginOutcome.UNREACHABLE,
            "Could not resolve the host name another host on this machine.",
        ),
        (
            "https://invalid:1/Sup3rSecret",
            LoginOutcome.UNREACHABLE,
            "Could not resolve the host name invalid on this machine.",
        ),
    ],
)
def test_a_redirect_echoes_no_password_by_the_name_of_a_host(
    sender: Transport, monkeypatch: pytest.MonkeyPatch, location: str, outcome: LoginOutcome, detail: str
) -> None:
    # A machine that asks no DNS at all.
    monkeypatch.setattr(socket, "getaddrinfo", addresses_alone(socket.getaddrinfo))
    sent = {"Authorization": basic("octocat", "Sup3rSecret")}
    with (
        serving(lambda _: Answer(302, {}, {"Location": location})) as server,
        pytest.raises(RegistryError) as raised,
    ):
        sender.request("GET", Address.parse(server.url), Tally(), sent)
    assert (raised.value.outcome, raised.value.detail) == (outcome, detail)


def log_in_plainly(sender: Transport) -> None:
    server = Server("plain.example:5000", "plain.example:5000", "plain.example", 5000)
    response = sender.request("GET", Address.parse("http://plain.example:5000/v2/"), Tally())
    challenge = seen_by_docker([response.headers["WWW-Authenticate"]])[0]
    endpoint = Endpoint(server, Address.parse("http://plain.example:5000"), challenge)
    authorize(sender, endpoint, Credentials("me", "secret"), None, Tally())


@pytest.mark.parametrize("way", ["redirect", "realm"])
def test_a_host_elsewhere_leads_to_no_port_of_this_machine(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    with serving(lambda _: Answer()) as own:

        def answer(_: Request) -> Answer:
            if way == "redirect":
                return Answer(302, {}, {"Location": f"{own.url}/containers/json"})
            return Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{own.url}/token"'})

        with serving(answer) as elsewhere:
            # Reached as a proxy: the one way to be a host elsewhere on a machine without a network.
            monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
            monkeypatch.delenv("NO_PROXY", raising=False)
            sender = Transport(budget=20, allow_insecure=frozenset({"plain.example"}))
            with pytest.raises(RegistryError) as raised:
                log_in_plainly(sender)
            sender.close()
    assert raised.value.outcome is LoginOutcome.INSECURE
    assert own.requests == []


def test_a_small_body_leaves_with_the_head_of_its_request(sender: Transport) -> None:
    arrived: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        arrived.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    with talking(talk) as address:
        headers = {"Content-Length": "6"}
        with sender.stream(
            "PUT", Address.parse(f"http://{address}/"), Tally(), headers, [b"abc", memoryview(b"def")]
        ) as answer:
            assert answer.status == 201

    [first] = arrived
    head, _, body = first.partition(b"\r\n\r\n")
    assert (head.partition(b" ")[0], body[:3]) == (b"PUT", b"abc")
