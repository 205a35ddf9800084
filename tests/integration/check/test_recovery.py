"""What passes is waited for and tried again, up to a bound; what does not pass is told, and not asked twice."""

from collections import Counter
from urllib.parse import urlsplit

import pytest
from sandbox import faults
from sandbox.faults import Fault, FaultProxy
from tests.integration.check.weather import Sky, Weather

AMPLE = 30.0
"""A budget that leaves room for every retry."""
MOST = 4
"""A request and its three retries."""
GITHUB_PATHS = ("/repos/acme/app", "/repos/acme/app/codespaces/secrets", "/user/codespaces/secrets")
"""What is asked before the repository is known."""


def everything(weather: Weather) -> dict[str, FaultProxy]:
    """A proxy in front of each kind of server."""
    return {
        "registry": weather.registry("REGISTRY"),
        "token server": weather.token_server("TOKEN")[0],
        "aws": weather.aws(),
        "github": weather.github(),
    }


def paths(proxy: FaultProxy) -> Counter[str]:
    """How often each path was asked for."""
    return Counter(urlsplit(request.path).path for request in proxy.journal.requests)


def is_healthy(sky: Sky) -> bool:
    """Whether nothing at all was found wrong."""
    logins, pulls = set(sky.logins.values()), set(sky.pulls.values())
    return (sky.ended.code, sky.findings, logins, pulls) == (0, [], {"succeeded"}, {"available"})


@pytest.mark.parametrize(
    "fault", [faults.RESET, faults.RESET_AT_ONCE, faults.server_error(502), faults.server_error(503)], ids=str
)
def test_a_fault_that_passes_is_no_finding(weather: Weather, fault: Fault) -> None:
    proxies = everything(weather)
    for proxy in proxies.values():
        proxy.go_wrong(fault, times=2)
    assert is_healthy(weather.check(AMPLE))
    assert {name: proxy.counts[fault.name] for name, proxy in proxies.items()} == dict.fromkeys(proxies, 2)


def test_an_answer_that_is_broken_off_is_asked_for_again(weather: Weather) -> None:
    proxies = everything(weather)
    # boto3 takes what it gets of an answer for the whole.
    for name in ("registry", "token server", "github"):
        proxies[name].go_wrong(faults.TRUNCATED_BODY, times=1)
    assert is_healthy(weather.check(AMPLE))


@pytest.mark.parametrize("fault", [faults.RESET, faults.TRUNCATED_BODY, faults.server_error(504)], ids=str)
def test_a_fault_that_stays_is_retried_three_times_and_no_more(weather: Weather, fault: Fault) -> None:
    proxies = everything(weather)
    for proxy in proxies.values():
        proxy.go_wrong(fault)
    weather.check(AMPLE)
    assert paths(proxies["registry"]) == {"/v2/": MOST}
    assert paths(proxies["token server"]) == {"/oauth2/token": MOST}
    github = paths(proxies["github"])
    assert github["/repos/acme/app"] == MOST
    # Nobody waits for the lists once the repository is known to be out of reach.
    assert all(github[path] in range(1, MOST + 1) for path in GITHUB_PATHS)
    assert set(github) == set(GITHUB_PATHS)
    # Two services share the address; botocore itself counts a request and its two retries for each.
    assert len(proxies["aws"].journal.requests) <= 2 * MOST


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_never_retried(weather: Weather, status: int) -> None:
    proxies = everything(weather)
    for proxy in proxies.values():
        proxy.go_wrong(faults.answer(status, b'{"message": "no"}'))
    sky = weather.check(AMPLE)
    assert sky.ended.code == 1
    assert paths(proxies["registry"]) == {"/v2/": 1}
    assert paths(proxies["token server"]) == {"/oauth2/token": 1}
    # Nobody waits for the lists once the repository is refused, so the run may end before one is asked for.
    github = paths(proxies["github"])
    assert set(github.values()) == {1}
    assert set(github) <= set(GITHUB_PATHS)
    # Two services share the address, and nobody waits for the one that names the owner of the keys.
    assert len(proxies["aws"].journal.requests) in {1, 2}


def test_a_wrong_password_is_tried_once(weather: Weather) -> None:
    proxy = weather.registry("REGISTRY")
    weather.scene.values["REGISTRY_CONTAINER_REGISTRY_PASSWORD"] += "x"
    sky = weather.check(AMPLE)
    assert sky.findings == [("REGISTRY", "login-failed", "error")]
    assert [request.authorized for request in proxy.journal.requests] == [False, True]


@pytest.mark.parametrize("date", [False, True], ids=["seconds", "date"])
def test_a_wait_that_is_asked_for_is_waited(weather: Weather, date: bool) -> None:  # noqa: FBT001 - of the test
    proxies = everything(weather)
    # A date has whole seconds, so that up to one of them may have passed already.
    asked = faults.in_seconds(4) if date else "2"
    for name in ("registry", "token server", "github"):
        proxies[name].go_wrong(faults.too_many_requests(asked), times=1)
    sky = weather.check(AMPLE)
    assert is_healthy(sky)
    assert sky.ended.seconds >= 2


@pytest.mark.parametrize(
    ("asked", "budget"),
    [("86400", 90.0), ("61", 90.0), ("20", 6.0)],
    ids=["a-day", "over-a-minute", "over-budget"],
)
def test_a_wait_that_is_too_long_is_told_and_not_waited(weather: Weather, asked: str, budget: float) -> None:
    proxies = everything(weather)
    for name in ("registry", "token server", "github"):
        proxies[name].go_wrong(faults.too_many_requests(asked))
    sky = weather.check(budget)
    assert sky.ended.seconds < 20
    assert sky.ended.code == 3
    assert sky.findings == [
        ("REGISTRY", "registry-unreachable", "warning"),
        ("TOKEN", "registry-unreachable", "warning"),
        (None, "unreadable-secrets", "warning"),
    ]
    assert all(f"{asked} seconds" in found["message"] for found in sky.ended.document["findings"])
    assert paths(proxies["registry"]) == {"/v2/": 1}
    assert paths(proxies["token server"]) == {"/oauth2/token": 1}
    # Nobody waits for the lists once the repository is refused, so the run may end before one is asked for.
    github = paths(proxies["github"])
    assert set(github.values()) == {1}
    assert set(github) <= set(GITHUB_PATHS)
