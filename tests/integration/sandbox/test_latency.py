"""Distance costs what a network of that length costs, told by curl's own clock."""

import subprocess
from collections.abc import Iterator

import pytest
from tests.sandbox.authority import Authority
from tests.sandbox.latency import Distance
from tests.sandbox.serving import Handler, Server

_ROUND_TRIP = 0.05
_SLACK = 0.04
"""What two busy cores may add to each figure."""
_BODY = b"a" * (1 << 20)


class _Big(Handler):
    def answer(self) -> None:
        self.respond(200, _BODY if self.path == "/big" else b"fine")


@pytest.fixture
def distance() -> Iterator[Distance]:
    with Distance(_ROUND_TRIP) as distance:
        yield distance


def _times(*urls: str, cacert: str | None = None) -> list[float]:
    trust = ["--cacert", cacert] if cacert else []
    transfers = [word for url in urls for word in ("--output", "/dev/null", url)]
    done = subprocess.run(
        [
            "curl",
            "--silent",
            "--noproxy",
            "*",
            "--write-out",
            "%{time_total} %{size_download}\n",
            *trust,
            *transfers,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(line.split()[0]) for line in done.stdout.splitlines()]


def test_the_first_request_costs_two_round_trips_and_the_next_one(distance: Distance) -> None:
    with Server(_Big) as server:
        url = f"http://{distance.front(server.address)}/"
        first, second = _times(url, url)
    assert first == pytest.approx(2 * _ROUND_TRIP + _SLACK / 2, abs=_SLACK / 2)
    assert second == pytest.approx(_ROUND_TRIP + _SLACK / 2, abs=_SLACK / 2)


def test_tls_costs_one_more(distance: Distance, authority: Authority) -> None:
    with Server(_Big, tls=authority.leaf("127.0.0.1").server_context()) as server:
        url = f"https://{distance.front(server.address)}/"
        (first,) = _times(url, cacert=str(authority.bundle))
    assert first == pytest.approx(3 * _ROUND_TRIP + _SLACK / 2, abs=_SLACK / 2)


def test_many_bytes_take_no_longer_than_few(distance: Distance) -> None:
    with Server(_Big) as server:
        url = f"http://{distance.front(server.address)}/big"
        (took,) = _times(url)
    assert took == pytest.approx(2 * _ROUND_TRIP + _SLACK / 2, abs=_SLACK / 2)
