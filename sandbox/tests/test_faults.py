"""Each fault does what its name says, tested with curl."""

import email.utils
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sandbox import faults
from sandbox.authority import Authority
from sandbox.faults import Fault, FaultProxy
from sandbox.relay import CountingFront
from sandbox.serving import Handler, Server

# curl's exit codes, from its manual.
_TIMED_OUT = 28
_PARTIAL = 18
_BAD_HTTP = 1
_TOO_MANY_REDIRECTS = 47
_TLS_REFUSED = 60
_CONNECT_FAILED = 7
_SEND_FAILED = 55
_RECEIVE_FAILED = 56
_TOO_LARGE = {27, 56, 100}
"""The exit codes of a broken connection; which one depends on curl's version."""


class _Fine(Handler):
    def answer(self) -> None:
        self.respond(200, b"fine", {"Content-Type": "text/plain"})


@dataclass(frozen=True)
class _Curl:
    exit: int
    status: int
    body: str
    headers: str


def _curl(url: str, *options: str, authority: Authority | None = None) -> _Curl:
    trust = ["--cacert", str(authority.bundle)] if authority else []
    quiet = ["--silent", "--noproxy", "*", "--max-time", "1"]
    told = ["--dump-header", "/dev/stderr", "--write-out", "\n%{http_code}"]
    done = subprocess.run(["curl", *quiet, *trust, *told, *options, url], capture_output=True, check=False)
    body, _, status = done.stdout.decode(errors="replace").rpartition("\n")
    return _Curl(done.returncode, int(status), body, done.stderr.decode(errors="replace"))


@pytest.fixture
def backend() -> Iterator[Server]:
    with Server(_Fine) as server:
        yield server


@pytest.fixture
def proxy(backend: Server) -> Iterator[FaultProxy]:
    with FaultProxy(backend.url) as proxy:
        yield proxy


@pytest.fixture
def tls_proxy(backend: Server, authority: Authority) -> Iterator[FaultProxy]:
    with FaultProxy(backend.url, authority=authority) as proxy:
        yield proxy


def test_without_a_fault_the_server_answers(
    proxy: FaultProxy, tls_proxy: FaultProxy, authority: Authority
) -> None:
    answers = [_curl(proxy.url), _curl(tls_proxy.url, authority=authority)]
    assert [(answer.exit, answer.status, answer.body) for answer in answers] == [(0, 200, "fine")] * 2


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [
        (faults.RESET, _RECEIVE_FAILED),
        (faults.STALL, _TIMED_OUT),
        (faults.STALL_AT_ONCE, _TIMED_OUT),
        (faults.GARBAGE, _BAD_HTTP),
        (faults.ENDLESS_BODY, _TIMED_OUT),
        (faults.DRIPPING_BODY, _TIMED_OUT),
        (faults.TRUNCATED_BODY, _PARTIAL),
    ],
    ids=str,
)
def test_a_broken_connection_breaks_as_named(proxy: FaultProxy, fault: Fault, exit_code: int) -> None:
    proxy.go_wrong(fault)
    assert (_curl(proxy.url).exit, proxy.counts) == (exit_code, {fault.name: 1})


def test_a_reset_at_once_fails_whatever_the_client_is_at(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.RESET_AT_ONCE)
    assert _curl(proxy.url).exit in {_CONNECT_FAILED, _SEND_FAILED, _RECEIVE_FAILED}
    assert (proxy.counts, proxy.journal.requests) == ({"reset-at-once": 1}, [])


def test_huge_headers_are_too_much(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.HUGE_HEADERS)
    assert _curl(proxy.url).exit in _TOO_LARGE


def test_a_reset_is_a_reset_and_no_end(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.RESET)
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", proxy.url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Connection reset by peer" in done.stderr


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_has_its_status(proxy: FaultProxy, status: int) -> None:
    proxy.go_wrong(faults.server_error(status))
    answer = _curl(proxy.url)
    assert (answer.exit, answer.status) == (0, status)


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (faults.too_many_requests(), None),
        (faults.too_many_requests("2"), "2"),
        (faults.ABSURD_RETRY_AFTER, "86400"),
        (faults.too_many_requests("Wed, 21 Oct 2099 07:28:00 GMT"), "Wed, 21 Oct 2099 07:28:00 GMT"),
    ],
    ids=["never", "seconds", "absurd", "date"],
)
def test_too_many_requests_says_when_to_come_back(
    proxy: FaultProxy, fault: Fault, retry_after: str | None
) -> None:
    proxy.go_wrong(fault)
    answer = _curl(proxy.url)
    named = re.search(r"^Retry-After: (.*)\r$", answer.headers, re.MULTILINE)
    assert (answer.status, named and named[1]) == (429, retry_after)


def test_a_date_to_come_back_at_is_that_far_away() -> None:
    away = email.utils.parsedate_to_datetime(faults.in_seconds(3600)) - datetime.now(UTC)
    assert timedelta(minutes=59) < away <= timedelta(hours=1)


def test_a_page_is_a_page(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.HTML_PAGE)
    answer = _curl(proxy.url)
    assert (answer.status, answer.body.startswith("<!DOCTYPE html>")) == (200, True)


def test_a_redirect_loop_has_no_end(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.REDIRECT_LOOP)
    assert _curl(proxy.url, "--location", "--max-redirs", "5").exit == _TOO_MANY_REDIRECTS
    assert proxy.counts == {"redirect-loop": 6}


@pytest.mark.parametrize("fault", [faults.ANOTHER_NAME, faults.EXPIRED], ids=str)
def test_a_wrong_certificate_is_refused(tls_proxy: FaultProxy, authority: Authority, fault: Fault) -> None:
    tls_proxy.go_wrong(fault)
    assert _curl(tls_proxy.url, authority=authority).exit == _TLS_REFUSED
    assert (tls_proxy.counts, tls_proxy.journal.requests) == ({fault.name: 1}, [])


def test_a_fault_can_pass(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.server_error(503), times=2)
    assert [_curl(proxy.url).status for _ in range(3)] == [503, 503, 200]
    assert (proxy.counts, len(proxy.journal.requests)) == ({"503": 2}, 3)


def test_a_slow_server_answers_later(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.slow(0.2))
    answer = _curl(proxy.url, "--write-out", "\n%{time_total}\n%{http_code}")
    assert float(answer.body.rpartition("\n")[2]) >= 0.2


def test_any_status_can_be_had(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.answer(403, b"no", WWW_Authenticate="Basic"))
    answer = _curl(proxy.url)
    assert (answer.status, answer.body, "WWW-Authenticate: Basic\r\n" in answer.headers) == (403, "no", True)


def test_a_stop_waits_for_no_stalled_server(proxy: FaultProxy) -> None:
    proxy.go_wrong(faults.STALL)
    with CountingFront(proxy.url) as front:
        assert _curl(front.url).exit == _TIMED_OUT
        begun = time.monotonic()
    assert time.monotonic() - begun < 60
