"""A GitHub that is none, as behind a mistyped github-api-url: nothing it answers hurts a run or tells a token."""

import math
import queue
import socket

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.unit.registry.servers import Answer, Request, Server, serving, talking

from crreg.github.app import installation_token
from crreg.github.client import GitHub
from crreg.github.errors import GitHubError, Reason
from crreg.github.failures import quotable
from crreg.github.inventory import Inventory
from crreg.github.issues import Issue, Issues
from crreg.github.origins_reading import read_times
from crreg.github.package import Package, PackageStatus
from crreg.github.packages import read_package
from crreg.github.secrets import read_inventory
from crreg.net.deadline import Deadline

TOKEN = "ghp_" + "0123456789abcdefghijklmnopqrstuvwxyz"


def github(address: str, seconds: float = 3) -> GitHub:
    return GitHub.with_token(TOKEN, api_url=address, deadline=Deadline.after(seconds), say=lambda _: None)


def refused(address: str) -> str:
    with pytest.raises(GitHubError) as raised:
        github(address).get("/repos/octo/app")
    return raised.value.detail


def minted(server: Server) -> str:
    """Why an App gets no token."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    with pytest.raises(GitHubError) as raised:
        installation_token(
            "1",
            key.decode(),
            "octo/app",
            api_url=server.url,
            deadline=Deadline.after(3),
            say=lambda _: None,
        )
    return raised.value.detail


def pour(connection: socket.socket, status: str) -> int:
    """Answer with a body that does not end; how much of it was taken."""
    connection.recv(65536)
    connection.sendall(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())
    sent = 0
    try:
        while sent < 256 << 20:
            sent += connection.send(b"x" * 65536)
    except OSError:
        pass
    return sent


@pytest.mark.parametrize("status", ["403 Forbidden", "403 Forbidden\r\nRetry-After: 0", "503 Busy"])
def test_a_refusal_without_end_is_not_read_to_its_end(status: str) -> None:
    taken: queue.SimpleQueue[int] = queue.SimpleQueue()
    with talking(lambda connection: taken.put(pour(connection, status))) as address:
        refused(f"http://{address}")
        assert taken.get(timeout=20) < 16 << 20


@pytest.mark.parametrize("asked", ["soon", "-1", "1.5", "0", ""])
def test_a_wait_that_is_none_is_no_reason_to_give_up(asked: str) -> None:
    answers = [Answer(200, {"id": 1}), Answer(503, {}, {"Retry-After": asked})]
    with serving(lambda _: answers.pop()) as server:
        assert github(server.url).get("/repos/octo/app")["id"] == 1


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ({"created_at": "2026-01-02T03:04:05Z", "run_started_at": "2026-01-02T04:04:05Z"}, (True, True)),
        ({"created_at": "2026-01-02T03:04:05Z"}, (True, False)),
        ({"run_started_at": "2026-01-02T04:04:05Z"}, (False, False)),
        ([], (False, False)),
    ],
)
def test_a_run_without_a_time_of_its_attempt_still_says_when_it_was_queued(
    answer: object, known: tuple[bool, bool]
) -> None:
    with serving(lambda _: Answer(body=answer)) as server:
        queued_at, attempted_at = read_times(github(server.url), "octo/app", "1")
    assert (queued_at is not None, attempted_at is not None) == known


def test_no_message_ends_its_quotation() -> None:
    assert quotable('no"). To fix it, run: rm', TOKEN) == "no'). To fix it, run: rm"


def test_an_echo_of_the_token_is_not_quoted_wherever_a_message_is_cut() -> None:
    answer = Answer(403, {"message": "x" * 190 + f" token {TOKEN}"})
    with serving(lambda _: answer) as server:
        assert refused(server.url) == "GitHub answered 403."


def test_an_echo_of_an_apps_signature_is_not_quoted() -> None:
    told: list[str] = []

    def answer(request: Request) -> Answer:
        told.append((request.authorization or "").removeprefix("Bearer "))
        return Answer(500, {"message": f"no: {request.authorization}"})

    with serving(answer) as server:
        assert minted(server) == "GitHub failed with 500."
    assert told[0].count(".") == 2


@pytest.mark.parametrize(
    "body",
    [
        {"full_name": "octo/app", "id": math.inf, "private": True, "owner": {"login": "o", "type": "User"}},
        [],
        "octo/app",
    ],
)
def test_an_answer_of_another_shape_is_a_fact_of_its_own(body: object) -> None:
    with serving(lambda _: Answer(200, body)) as server:
        found = read_inventory(github(server.url), "octo/app", relevant=lambda _: True)
    assert found == Inventory(
        None,
        (),
        detail=f"{server.url} returned a response that is not from GitHub's API.",
        reason=Reason.UNREACHABLE,
    )


@pytest.mark.parametrize(
    "body",
    [
        [],
        "package",
        {},
        {"visibility": "private", "owner": {}},
        {"visibility": "private", "owner": {"type": "User"}, "repository": "octo/app"},
        {"visibility": "private", "owner": {"type": "User"}, "repository": {}},
    ],
)
def test_a_package_of_another_shape_is_a_fact_of_its_own(body: object) -> None:
    with serving(lambda _: Answer(200, body)) as server:
        found = read_package(github(server.url), "octo", "dev", owner_is_organization=True)
    detail = f"{server.url} returned a response that is not from GitHub's API."
    assert found == Package("octo", "dev", PackageStatus.UNREACHABLE, detail=detail)


@pytest.mark.parametrize(
    "body",
    [
        [],
        "viewer",
        {"data": None, "errors": [{"message": "no"}]},
        {"data": {"viewer": {"login": "x&state=all"}}},
        {"data": {"viewer": {"login": 7}}},
    ],
)
def test_a_login_of_another_shape_is_none(body: object) -> None:
    with serving(lambda _: Answer(200, body)) as server, pytest.raises(GitHubError) as raised:
        Issues(github(server.url), "octo/app").account()
    assert raised.value.detail == f"{server.url} returned a response that is not from GitHub's API."


@pytest.mark.parametrize(
    "body", [{}, "issues", ["issue"], [{}], [{"number": "1", "body": None, "user": {"login": "mona"}}]]
)
def test_a_list_of_issues_of_another_shape_is_none(body: object) -> None:
    with serving(lambda _: Answer(200, body)) as server, pytest.raises(GitHubError) as raised:
        list(Issues(github(server.url), "octo/app").written_by("mona", is_open=True))
    assert raised.value.detail == f"{server.url} returned a response that is not from GitHub's API."


def test_of_what_is_listed_only_issues_of_the_author_count() -> None:
    listed = [
        {"number": 1, "body": "a", "user": {"login": "Mona"}},
        {"number": 2, "body": "b", "user": {"login": "mona"}, "pull_request": {}},
        {"number": 3, "body": "c", "user": {"login": "hubot"}},
        {"number": 4, "body": "d", "user": None},
        {"number": 5, "body": None, "user": {"login": "mona"}},
    ]
    with serving(lambda _: Answer(200, listed)) as server:
        found = list(Issues(github(server.url), "octo/app").written_by("mona", is_open=True))
    assert found == [Issue(1, "a", "Mona"), Issue(5, "", "mona")]


def test_an_identifier_that_is_no_number_makes_no_token() -> None:
    with serving(lambda _: Answer(200, {"id": math.inf, "token": TOKEN})) as server:
        assert minted(server) == f"{server.url} returned a response that is not from GitHub's API."


def test_an_ipv6_address_is_asked_as_any_other() -> None:
    """Nothing listens there, which is what the message has to say."""
    assert "the response" not in refused("http://[::1]:1")


@pytest.mark.parametrize("others", [{}, {"owner": None, "repository": None}])
@pytest.mark.parametrize("is_organization", [True, False])
def test_a_package_needs_only_what_github_describes_as_required(
    others: dict[str, None], *, is_organization: bool
) -> None:
    with serving(lambda _: Answer(200, {"name": "dev", "visibility": "internal", **others})) as server:
        found = read_package(github(server.url), "octo", "dev", owner_is_organization=is_organization)
    assert found == Package(
        "octo", "dev", PackageStatus.FOUND, "internal", None, owner_is_organization=is_organization
    )


@pytest.mark.parametrize(
    ("says", "reason", "adds"),
    [
        (
            "the `octo` organization has an IP allow list enabled, and your IP address is not permitted",
            Reason.IP_ALLOW_LIST,
            "",
        ),
        (
            "`octo` forbids access via a personal access token (classic).",
            Reason.FORBIDDEN,
            ": the token has no access to octo/app (a fine-grained token must include it; a classic one needs `repo`)",
        ),
    ],
)
def test_a_repository_that_is_forbidden_is_not_said_to_be_missing(
    says: str, reason: Reason, adds: str
) -> None:
    with serving(lambda _: Answer(403, {"message": says})) as server:
        found = read_inventory(github(server.url), "octo/app", relevant=lambda _: True)
    assert found == Inventory(None, (), detail=found.detail, reason=reason)
    assert found.detail.replace("scope `repo`", "`repo`").removesuffix(".").endswith(f'"){adds}')
