"""The added latency is that of a real network, measured by curl."""

import subprocess
from collections.abc import Iterator

import pytest
from sandbox.authority import Authority
from sandbox.latency import Distance
from sandbox.serving import Handler, Server

_ROUND_TRIP = 0.15
"""Long enough that a busy machine adds less than one round trip to a request."""
_BODY = b"a" * (1 << 20)


class _Big(Handler):
    def answer(self) -> None:
        self.respond(200, _BODY if self.path == "/big" else b"fine")


@pytest.fixture
def distance() -> Iterator[Distance]:
    with Distance(_ROUND_TRIP) as distance:
        yield distance


def _round_trips(*urls: str, cacert: str | None = None) -> list[int]:
    """How many whole round trips each request takes, over one connection."""
    trust = ["--cacert", cacert] if cacert else []
    transfers = [word for url in urls for word in ("--output", "/dev/null", url)]
    done = subprocess.run(
        [
            "curl",
            "--silent",
            "--noproxy",
            "*",
            "--write-out",
            "%{time_total}\n",
            *trust,
            *transfers,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(float(line) / _ROUND_TRIP) for line in done.stdout.splitlines()]


def test_the_first_request_costs_two_round_trips_and_the_next_one(distance: Distance) -> None:
    with Server(_Big) as server:
        url = f"http://{distance.front(server.address)}/"
        assert _round_trips(url, url) == [2, 1]


def test_tls_costs_one_more(distance: Distance, authority: Authority) -> None:
    with Server(_Big, tls=authority.leaf("127.0.0.1").server_context()) as server:
        url = f"https://{distance.front(server.address)}/"
        assert _round_trips(url, cacert=str(authority.bundle)) == [3]


def test_many_bytes_take_no_longer_than_few(distance: Distance) -> None:
    with Server(_Big) as server:
        url = f"http://{distance.front(server.address)}/big"
        assert _round_trips(url) == [2]
