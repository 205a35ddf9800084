"""Pages, conditional requests and rate limits are GitHub's."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sandbox.github.control import GitHubSandbox, SeenRequest
from sandbox.github.raw import RawClient

SECRETS = "/repos/acme/app/codespaces/secrets"
SECONDARY = "You have exceeded a secondary rate limit."


@pytest.fixture
def client(github: GitHubSandbox) -> RawClient:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository("acme/app")
    return RawClient(github.url, github.add_token("classic", owner="mona", scopes=["repo", "admin:org"]))


@pytest.fixture
def long_list(github: GitHubSandbox, client: RawClient) -> RawClient:
    for number in range(70):
        github.add_secret("repository", "acme/app", f"NAME_{number:02}")
    return client


def link(client: RawClient, query: str, page: int, name: str) -> str:
    return f'<{client.url}{SECRETS}?{query}page={page}>; rel="{name}"'


def test_a_page_has_30_items_and_leads_to_the_next(long_list: RawClient) -> None:
    answer = long_list("GET", SECRETS)
    names = [secret["name"] for secret in answer.body["secrets"]]
    assert (answer.body["total_count"], names) == (70, [f"NAME_{number:02}" for number in range(30)])
    assert answer.headers["link"] == ", ".join(
        [link(long_list, "", 2, "next"), link(long_list, "", 3, "last")]
    )


def test_a_middle_page_leads_both_ways(long_list: RawClient) -> None:
    answer = long_list("GET", f"{SECRETS}?per_page=20&page=2")
    assert answer.body["secrets"][0]["name"] == "NAME_20"
    size = "per_page=20&"
    assert answer.headers["link"] == ", ".join(
        [
            link(long_list, size, 1, "prev"),
            link(long_list, size, 3, "next"),
            link(long_list, size, 4, "last"),
            link(long_list, size, 1, "first"),
        ]
    )


def test_the_last_page_leads_back_only(long_list: RawClient) -> None:
    answer = long_list("GET", f"{SECRETS}?page=3")
    assert len(answer.body["secrets"]) == 10
    assert answer.headers["link"] == ", ".join(
        [link(long_list, "", 2, "prev"), link(long_list, "", 1, "first")]
    )


def test_a_page_has_at_most_100_items(github: GitHubSandbox, client: RawClient) -> None:
    for number in range(120):
        github.add_secret("organization", "acme", f"NAME_{number:03}")
    answer = client("GET", "/orgs/acme/codespaces/secrets?per_page=200")
    assert (answer.body["total_count"], len(answer.body["secrets"])) == (120, 100)


def test_a_list_of_one_page_has_no_links(client: RawClient) -> None:
    answer = client("GET", SECRETS)
    assert answer.body == {"total_count": 0, "secrets": []}
    assert "link" not in answer.headers


def test_an_answer_that_the_client_has_is_not_sent_again(github: GitHubSandbox, client: RawClient) -> None:
    first = client("GET", SECRETS)
    second = client("GET", SECRETS, If_None_Match=first.headers["etag"])
    assert (second.status, second.body) == (304, None)
    github.add_secret("repository", "acme/app", "NAME")
    third = client("GET", SECRETS, If_None_Match=first.headers["etag"])
    assert (third.status, third.body["total_count"]) == (200, 1)
    assert third.headers["etag"] != first.headers["etag"]


def test_every_request_is_counted_against_the_limit(client: RawClient) -> None:
    left = [int(client("GET", SECRETS).headers["x-ratelimit-remaining"]) for _ in range(3)]
    assert left == [4999, 4998, 4997]
    rate = client("GET", "/rate_limit").body["rate"]
    assert (rate["limit"], rate["used"], rate["remaining"]) == (5000, 3, 4997)


def test_a_conditional_request_that_brings_nothing_new_costs_nothing(client: RawClient) -> None:
    tag = client("GET", SECRETS).headers["etag"]
    assert client("GET", SECRETS, If_None_Match=tag).headers["x-ratelimit-remaining"] == "4999"


def test_who_names_nobody_has_60_requests(client: RawClient) -> None:
    stranger = RawClient(client.url)
    statuses = [stranger("GET", "/meta").status for _ in range(61)]
    assert statuses == [200] * 60 + [403]
    assert client("GET", "/meta").status == 200


@pytest.mark.parametrize("status", [403, 429])
def test_the_primary_limit_holds_for_as_many_requests_as_asked(
    github: GitHubSandbox, client: RawClient, status: int
) -> None:
    github.limit("primary", requests=2, status=403 if status == 403 else 429, retry_after=7)
    before = int(time.time())
    answers = [client("GET", SECRETS) for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 200]
    limited = answers[0]
    assert limited.body["message"].startswith("API rate limit exceeded for user ID ")
    assert limited.headers["x-ratelimit-remaining"] == "0"
    assert before + 7 <= int(limited.headers["x-ratelimit-reset"]) <= int(time.time()) + 7
    assert "retry-after" not in limited.headers


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_limit_says_when_to_come_back(
    github: GitHubSandbox, client: RawClient, status: int
) -> None:
    github.limit("secondary", status=403 if status == 403 else 429, retry_after=5, path="codespaces")
    assert client("GET", "/repos/acme/app").status == 200
    limited = client("GET", SECRETS)
    assert (limited.status, limited.headers["retry-after"]) == (status, "5")
    assert limited.body["message"].startswith(SECONDARY)
    assert client("GET", SECRETS).status == 200


def test_a_secondary_limit_may_not_say_when(github: GitHubSandbox, client: RawClient) -> None:
    github.limit("secondary", retry_after=None)
    limited = client("GET", SECRETS)
    assert limited.status == 403
    assert "retry-after" not in limited.headers


def test_a_failure_that_was_called_up_is_told_from_one_that_was_not(
    github: GitHubSandbox, client: RawClient
) -> None:
    github.fail(502, path="secrets")
    client("GET", SECRETS)
    client("GET", "/repos/acme/none")
    assert github.requests() == [
        SeenRequest("GET", SECRETS, {}, "classic", 502, "raw", injected=True),
        SeenRequest("GET", "/repos/acme/none", {}, "classic", 404, "raw", injected=False),
    ]


def test_every_answer_can_be_told_from_any_other(client: RawClient) -> None:
    answers = [client("GET", path) for path in (SECRETS, "/repos/acme/none", "/rate_limit")]
    assert len({answer.headers["x-github-request-id"] for answer in answers}) == 3
    assert {answer.headers["content-type"] for answer in answers} == {"application/json; charset=utf-8"}


def test_requests_at_once_are_all_answered(github: GitHubSandbox, client: RawClient) -> None:
    body = client.sealed(SECRETS, b"value")
    with ThreadPoolExecutor(16) as pool:
        stored = list(
            pool.map(lambda number: client("PUT", f"{SECRETS}/NAME_{number}", body).status, range(64))
        )
    assert stored == [201] * 64
    assert client("GET", SECRETS).body["total_count"] == 64
    assert sum(seen.method == "PUT" for seen in github.requests()) == 64
