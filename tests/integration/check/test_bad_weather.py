"""Each fault, at GitHub, a registry, a token server and AWS: the run ends in time, and the rest is checked."""

import pytest
from sandbox import faults
from sandbox.faults import Certificate, Fault
from sandbox.github.control import Level
from tests.integration.check.weather import Weather

BUDGET = 4.0
AWS_BUDGET = 6.0
"""boto3 alone takes a second or two to load on a busy machine."""

RULES = {
    "unreachable": ("registry-unreachable", "warning"),
    "rate-limited": ("registry-unreachable", "warning"),
    "server-error": ("registry-unreachable", "warning"),
    "tls-error": ("registry-unreachable", "warning"),
    "not-a-registry": ("invalid-server", "error"),
    "skipped": ("registry-unreachable", "warning"),
}
WRONG_HOST = ("wrong-host", "error")
"""What a certificate for another name leads to. The run trusts an authority of its own, so any other fault of a
certificate may be this network's; and AWS is the same for everybody, so its certificate is."""
"""The rule that each outcome of a login leads to; only errors keep a codespace from starting, and make the code 1.

What docker would take for a login, at a server that then serves no image, is known by the image.
"""

# Fault; how the login ends where it strikes the registry, the token server, and AWS.
FAULTS: list[tuple[Fault, str, str, str]] = [
    (faults.RESET, "unreachable", "unreachable", "unreachable"),
    (faults.RESET_AT_ONCE, "unreachable", "unreachable", "unreachable"),
    (faults.STALL, "unreachable", "unreachable", "unreachable"),
    (faults.STALL_AT_ONCE, "unreachable", "unreachable", "unreachable"),
    (faults.GARBAGE, "not-a-registry", "server-error", "unreachable"),
    (faults.ENDLESS_BODY, "skipped", "server-error", "server-error"),
    (faults.DRIPPING_BODY, "unreachable", "unreachable", "unreachable"),
    (faults.TRUNCATED_BODY, "unreachable", "unreachable", "unreachable"),
    (faults.HTML_PAGE, "skipped", "server-error", "server-error"),
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
    named = fault.certificate is Certificate.ANOTHER_NAME
    expected = [
        ("ECR", *RULES[aws]),
        ("REGISTRY", *(WRONG_HOST if named else RULES[registry])),
        ("TOKEN", *(WRONG_HOST if named else RULES[token_server])),
    ]
    assert sky.findings == expected
    assert sky.ended.code == (1 if any(severity == "error" for *_, severity in expected) else 3)
    assert all(proxy.counts[fault.name] for proxy in proxies)


@pytest.mark.parametrize("fault", [fault for fault, *_ in FAULTS], ids=NAMES)
def test_a_fault_of_github_is_one_finding_and_the_registries_are_checked(
    weather: Weather, fault: Fault
) -> None:
    healthy = weather.healthy()
    github = weather.github()
    github.go_wrong(fault)
    sky = weather.check(BUDGET)
    certificate = "its certificate is not trusted" in sky.message("unreadable-secrets")
    assert certificate is (fault.certificate is not Certificate.GOOD)
    assert sky.findings == [(None, "unreadable-secrets", "warning")]
    assert (sky.logins, sky.pulls) == ({"HEALTHY": "succeeded"}, {healthy: "available"})
    assert sky.ended.code == 3
    assert github.counts[fault.name]


def test_all_faults_at_once_keep_nobody_from_an_answer(weather: Weather) -> None:
    healthy = weather.healthy()
    expected = {"HEALTHY": "succeeded"}
    for name, (fault, registry, *_) in zip(NAMES, FAULTS, strict=True):
        identifier = name.replace("-", "_").upper()
        # An identifier starts with no digit.
        identifier = f"STATUS_{identifier}" if identifier.isdigit() else identifier
        weather.registry(identifier).go_wrong(fault)
        expected[identifier] = registry
    weather.github().go_wrong(faults.slow(1))
    sky = weather.check(BUDGET)
    assert sky.logins == expected
    assert sky.pulls[healthy] == "available"
    del expected["HEALTHY"]
    told = {name: RULES[outcome] for name, outcome in expected.items()} | {"ANOTHER_NAME": WRONG_HOST}
    assert sky.findings == sorted((name, *rule) for name, rule in told.items())
    assert sky.ended.code == 1


@pytest.mark.parametrize("fault", [faults.STALL, faults.DRIPPING_BODY, faults.server_error(503)], ids=str)
@pytest.mark.parametrize(
    ("level", "path", "code"),
    [
        ("user", "/user/codespaces", 0),
        ("repository", "/repos/acme/app/codespaces", 3),
        ("organization", "/orgs/acme/codespaces", 3),
    ],
)
def test_a_fault_of_one_level_is_one_finding_and_the_other_levels_are_known(
    weather: Weather, fault: Fault, level: str, path: str, code: int
) -> None:
    weather.healthy()
    scene = weather.scene
    owners: dict[Level, str] = {"user": "mona", "repository": "acme/app", "organization": "acme"}
    for name, owner in owners.items():
        # Part of a triple that is needed by nothing.
        secret = f"OF_THE_{name.upper()}_CONTAINER_REGISTRY_USER"
        scene.github.add_secret(
            name, owner, secret, repositories=[] if name == "repository" else ["acme/app"]
        )
    weather.github().go_wrong(faults.at(path, fault))
    sky = weather.check(BUDGET)
    unread = [
        finding for finding in sky.ended.document["findings"] if finding["rule"] == "unreadable-secrets"
    ]
    assert len(unread) == 1
    known = {triple["identifier"] for triple in sky.ended.document["triples"]}
    assert known == {"HEALTHY"} | {f"OF_THE_{name.upper()}" for name in owners if name != level}
    assert sky.logins["HEALTHY"] == "succeeded"
    assert sky.ended.code == code


@pytest.mark.parametrize(
    "fault", [faults.RESET, faults.STALL, faults.DRIPPING_BODY, faults.ENDLESS_BODY, faults.EXPIRED], ids=str
)
def test_where_aws_only_fails_to_say_whose_the_keys_are_the_login_succeeds(
    weather: Weather, fault: Fault
) -> None:
    sts = weather.sts()
    sts.go_wrong(fault)
    sky = weather.check(AWS_BUDGET)
    assert (sky.logins, sky.findings, sky.ended.code) == ({"ECR": "succeeded"}, [], 0)
    assert sts.counts[fault.name]
