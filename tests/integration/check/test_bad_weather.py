"""Each fault, at GitHub, a registry, a token server and AWS: the run ends in time, and the rest is checked."""

import contextlib
from collections.abc import Iterator

import pytest
from tests.integration.check.conftest import Scene
from tests.integration.check.weather import Weather
from tests.sandbox import faults
from tests.sandbox.faults import Fault

BUDGET = 4.0
AWS_BUDGET = 6.0
"""boto3 alone takes a second or two to load on a busy machine."""

RULES = {
    "unreachable": ("registry-unreachable", "warning"),
    "rate-limited": ("registry-unreachable", "warning"),
    "server-error": ("registry-unreachable", "warning"),
    "tls-error": ("login-failed", "error"),
    "not-a-registry": ("invalid-server", "error"),
}
"""The rule that each outcome of a login leads to; only errors keep a codespace from starting, and make the code 1."""

# Fault; how the login ends where it strikes the registry, the token server, and AWS.
FAULTS: list[tuple[Fault, str, str, str]] = [
    (faults.RESET, "unreachable", "unreachable", "unreachable"),
    (faults.RESET_AT_ONCE, "unreachable", "unreachable", "unreachable"),
    (faults.STALL, "unreachable", "unreachable", "unreachable"),
    (faults.STALL_AT_ONCE, "unreachable", "unreachable", "unreachable"),
    (faults.GARBAGE, "not-a-registry", "server-error", "unreachable"),
    (faults.ENDLESS_BODY, "succeeded", "server-error", "server-error"),
    (faults.DRIPPING_BODY, "unreachable", "unreachable", "unreachable"),
    (faults.TRUNCATED_BODY, "unreachable", "unreachable", "server-error"),
    (faults.HTML_PAGE, "succeeded", "server-error", "server-error"),
    (faults.REDIRECT_LOOP, "not-a-registry", "server-error", "server-error"),
    (faults.HUGE_HEADERS, "not-a-registry", "server-error", "unreachable"),
    (faults.too_many_requests(), "rate-limited", "rate-limited", "rate-limited"),
    (faults.ABSURD_RETRY_AFTER, "rate-limited", "rate-limited", "rate-limited"),
    (faults.server_error(500), "server-error", "server-error", "server-error"),
    (faults.server_error(502), "server-error", "server-error", "server-error"),
    (faults.server_error(503), "server-error", "server-error", "server-error"),
    (faults.server_error(504), "server-error", "server-error", "server-error"),
    (faults.ANOTHER_NAME, "tls-error", "tls-error", "tls-error"),
    (faults.EXPIRED, "tls-error", "tls-error", "tls-error"),
]
NAMES = ["absurd-retry-after" if fault is faults.ABSURD_RETRY_AFTER else fault.name for fault, *_ in FAULTS]


@pytest.fixture
def weather(scene: Scene) -> Iterator[Weather]:
    with contextlib.ExitStack() as stack:
        yield Weather(scene, stack)


@pytest.mark.parametrize(("fault", "registry", "token_server", "aws"), FAULTS, ids=NAMES)
def test_a_fault_of_a_registry_a_token_server_or_aws_is_one_finding_each(
    weather: Weather, fault: Fault, registry: str, token_server: str, aws: str
) -> None:
    healthy = weather.healthy()
    at_registry = weather.registry("REGISTRY")
    at_token_server, _ = weather.token_server("TOKEN")
    at_aws = weather.aws()
    proxies = (at_registry, at_token_server, at_aws)
    for proxy in proxies:
        proxy.go_wrong(fault)
    sky = weather.check(AWS_BUDGET)
    assert sky.logins == {"ECR": aws, "HEALTHY": "succeeded", "REGISTRY": registry, "TOKEN": token_server}
    assert sky.pulls[healthy] == "available"
    # A login that docker would take for one, at what then serves no image: known by the image.
    rules = RULES | {"succeeded": ("registry-unreachable", "warning")}
    expected = [("ECR", *rules[aws]), ("REGISTRY", *rules[registry]), ("TOKEN", *rules[token_server])]
    assert sky.findings == expected
    assert sky.ended.code == (1 if any(severity == "error" for *_, severity in expected) else 0)
    assert all(proxy.counts[fault.name] for proxy in proxies)


@pytest.mark.parametrize("fault", [fault for fault, *_ in FAULTS], ids=NAMES)
def test_a_fault_of_github_is_one_finding_and_the_registries_are_checked(
    weather: Weather, fault: Fault
) -> None:
    healthy = weather.healthy()
    github = weather.github()
    github.go_wrong(fault)
    sky = weather.check(BUDGET)
    assert sky.findings == [(None, "unreadable-secrets", "warning")]
    assert (sky.logins, sky.pulls) == ({"HEALTHY": "succeeded"}, {healthy: "available"})
    assert sky.ended.code == 3
    assert github.counts[fault.name]
