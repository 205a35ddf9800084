"""GitHub's published limits are enforced, counted, and lifted by a clock that may run faster."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.journal import Counts
from sandbox.github.limits import Rules, Window
from sandbox.github.raw import RawAnswer, RawClient

SECRETS = "/repos/acme/app/codespaces/secrets"
VIEWER = "{ viewer { login } }"
FREE = {"rest_seconds": 0, "graphql_seconds": 0, "object_seconds": 0}
"""Rules of a GitHub that needs no time."""
SECONDARY = "You have exceeded a secondary rate limit."


@pytest.fixture
def client(github: GitHubSandbox) -> RawClient:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository("acme/app")
    return another(github)


def another(github: GitHubSandbox) -> RawClient:
    """A client with another token of the same user."""
    return RawClient(github.url, github.add_token("classic", owner="mona", scopes=["repo", "admin:org"]))


def ask(client: RawClient, query: str = VIEWER) -> RawAnswer:
    return client("POST", "/graphql", {"query": query})


def test_a_window_says_how_long_to_wait() -> None:
    window = Window(60, 10)
    for moment, amount in ((0, 4), (10, 5)):
        assert window.wait(moment, amount) == 0
        window.add(moment, amount)
    assert [window.wait(20, amount) for amount in (1, 2, 5, 6)] == [0, 40, 40, 50]
    assert window.wait(60, 5) == 0


def test_githubs_own_limits_are_the_default() -> None:
    rules = Rules()
    points = (rules.concurrent, rules.rest_points, rules.graphql_points, rules.cpu_seconds)
    assert points == (100, 900, 2_000, 90)
    assert (rules.graphql_cpu_seconds, rules.minute_writes, rules.hour_writes) == (60, 80, 500)


def test_two_tokens_of_a_user_share_the_primary_limit(github: GitHubSandbox, client: RawClient) -> None:
    assert client("GET", SECRETS).headers["x-ratelimit-remaining"] == "4999"
    assert another(github)("GET", SECRETS).headers["x-ratelimit-remaining"] == "4998"


def test_graphql_has_a_primary_limit_of_its_own(client: RawClient) -> None:
    client("GET", SECRETS)
    headers = ask(client).headers
    assert (headers["x-ratelimit-resource"], headers["x-ratelimit-used"]) == ("graphql", "1")
    resources = client("GET", "/rate_limit").body["resources"]
    assert (resources["core"]["used"], resources["graphql"]["used"]) == (1, 1)


@pytest.mark.parametrize(
    ("plan", "repositories", "rest", "graphql"),
    [("team", 20, 5_000, 5_000), ("team", 30, 5_500, 5_500), ("enterprise", 1, 15_000, 10_000)],
)
def test_the_limit_of_an_installation_grows_with_its_account(
    github: GitHubSandbox, *, plan: Any, repositories: int, rest: int, graphql: int
) -> None:
    github.add_organization("acme", plan=plan)
    for number in range(repositories):
        github.add_repository(f"acme/app-{number}")
    token = github.add_token("installation", resource_owner="acme")
    resources = RawClient(github.url, token)("GET", "/rate_limit").body["resources"]
    assert (resources["core"]["limit"], resources["graphql"]["limit"]) == (rest, graphql)


@pytest.mark.parametrize(("plan", "limit"), [("team", 1_000), ("enterprise", 15_000)])
def test_the_limit_of_a_workflow_depends_on_the_plan(github: GitHubSandbox, plan: Any, limit: int) -> None:
    github.add_organization("acme", plan=plan)
    github.add_repository("acme/app")
    token = github.add_token("workflow", resource_owner="acme", repositories=["acme/app"])
    assert RawClient(github.url, token)("GET", "/rate_limit").body["rate"]["limit"] == limit


def test_the_primary_limit_ends_when_its_header_says(github: GitHubSandbox, client: RawClient) -> None:
    github.limits.enforce(Rules(**FREE, primary=1, speed=3600))
    while (refused := client("GET", SECRETS)).status == 200:
        pass
    assert (refused.status, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    assert int(refused.headers["x-ratelimit-reset"]) <= time.time() + 2
    while client("GET", SECRETS).status == 403:
        pass


def test_over_the_primary_limit_graphql_answers_200(github: GitHubSandbox, client: RawClient) -> None:
    github.limits.enforce(Rules(**FREE, primary=1))
    assert ask(client).body["data"]
    answer = ask(client)
    assert (answer.status, answer.headers["x-ratelimit-remaining"]) == (200, "0")
    [error] = answer.body["errors"]
    assert (error["type"], error["code"]) == ("RATE_LIMIT", "graphql_rate_limit")
    assert error["message"].startswith("API rate limit already exceeded for user ID ")
    assert "data" not in answer.body


@pytest.mark.parametrize(
    ("rules", "fits"),
    [
        ({"rest_points": 3}, 3),
        ({"cpu_seconds": 0.01, "rest_seconds": 0.004}, 2),
    ],
)
def test_reading_too_much_in_a_minute_is_refused(
    github: GitHubSandbox, client: RawClient, rules: Any, fits: int
) -> None:
    github.limits.enforce(Rules(**FREE | rules))
    answers = [client("GET", SECRETS) for _ in range(fits + 1)]
    assert [each.status for each in answers] == [200] * fits + [403]
    assert answers[-1].body["message"].startswith(SECONDARY)
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert int(answers[-1].headers["x-ratelimit-remaining"]) == 5000 - fits


@pytest.mark.parametrize(
    "rules", [{"graphql_points": 2}, {"graphql_cpu_seconds": 0.01, "graphql_seconds": 0.004}]
)
def test_too_many_queries_in_a_minute_are_refused(
    github: GitHubSandbox, client: RawClient, rules: Any
) -> None:
    github.limits.enforce(Rules(**FREE | rules))
    assert [ask(client).status for _ in range(3)] == [200, 200, 403]
    assert client("GET", SECRETS).status == 200


@pytest.mark.parametrize("rules", [{"minute_writes": 2}, {"hour_writes": 2}, {"rest_points": 10}])
def test_writing_too_much_is_refused(github: GitHubSandbox, client: RawClient, rules: Any) -> None:
    body = client.sealed(SECRETS, b"value")
    github.limits.enforce(Rules(**FREE | rules))
    statuses = [client("PUT", f"{SECRETS}/NAME_{number}", body).status for number in range(3)]
    assert statuses == [201, 201, 403]


def test_a_fast_clock_lifts_a_secondary_limit(github: GitHubSandbox, client: RawClient) -> None:
    github.limits.enforce(Rules(**FREE, rest_points=1, speed=60))
    while (refused := client("GET", SECRETS)).status == 200:
        pass
    assert (refused.status, refused.headers["retry-after"]) == (403, "1")
    while client("GET", SECRETS).status == 403:
        pass


def test_the_clock_may_be_ahead(github: GitHubSandbox, client: RawClient) -> None:
    github.limits.enforce(Rules(**FREE, skew=7200))
    headers = client("GET", SECRETS).headers
    ahead = parsedate_to_datetime(headers["date"]) - datetime.now(UTC)
    assert 7100 < ahead.total_seconds() < 7300
    assert int(headers["x-ratelimit-reset"]) > time.time() + 7200


def test_more_than_a_hundred_requests_at_once_are_refused(github: GitHubSandbox, client: RawClient) -> None:
    github.limits.enforce(Rules(**FREE))
    with ThreadPoolExecutor(101) as pool:
        with github.limits.held("codespaces"):
            waiting = [pool.submit(client, "GET", SECRETS) for _ in range(100)]
            github.limits.wait_until_held(100)
            last = client("GET", "/repos/acme/app")
        assert (last.status, last.headers["retry-after"]) == (403, "60")
        assert [each.result().status for each in waiting] == [200] * 100
    assert github.limits.counts().at_once == 101


def test_a_request_can_be_held_back_after_others(github: GitHubSandbox, client: RawClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        with github.limits.held(SECRETS, passing=1):
            assert client("GET", SECRETS).status == 200
            second = pool.submit(client, "GET", SECRETS)
            github.limits.wait_until_held()
            assert client("GET", "/user").status == 200
            assert len(github.requests()) == 2
        assert second.result().status == 200


def test_a_client_may_die_while_its_request_is_held(github: GitHubSandbox, client: RawClient) -> None:
    connection = http.client.HTTPConnection(urlsplit(github.url).netloc, timeout=20)
    with github.limits.held("/meta"):
        connection.request("GET", "/meta", headers={"User-Agent": "raw"})
        github.limits.wait_until_held()
        connection.close()
    assert client("GET", SECRETS).status == 200


def test_everything_is_counted(github: GitHubSandbox, client: RawClient) -> None:
    tag = client("GET", SECRETS).headers["etag"]
    client("GET", SECRETS, If_None_Match=tag)
    client("GET", SECRETS, If_None_Match=tag)
    ask(client)
    github.limit("secondary")
    client("GET", SECRETS)
    found = github.limits.counts()
    assert found.received == len(f'{{"query": "{VIEWER}"}}')
    assert found.sent > 400
    assert found == Counts(
        queries=1,
        points=1,
        rest=1,
        unchanged=2,
        refused=1,
        received=found.received,
        sent=found.sent,
        at_once=1,
    )
    [query] = github.limits.queries()
    assert (query.text, query.variables, query.points) == (VIEWER, {}, 1)
    github.forget()
    assert github.limits.counts() == Counts()


def test_a_conditional_request_without_a_token_is_counted(client: RawClient) -> None:
    stranger = RawClient(client.url)
    tag = stranger("GET", "/meta").headers["etag"]
    answer = stranger("GET", "/meta", If_None_Match=tag)
    assert (answer.status, answer.headers["x-ratelimit-used"]) == (304, "2")


def test_a_query_that_asks_for_too_much_times_out(github: GitHubSandbox, client: RawClient) -> None:
    github.limits.strain(heaviest=50)
    query = (
        '{{ organization(login: "acme") {{ repositories(first: {}) {{ nodes {{ owner {{ login }} }} }} }} }}'
    )
    heavy = ask(client, query.format(100))
    assert (heavy.status, heavy.body["data"]) == (502, None)
    assert "This may be the result of a timeout" in heavy.body["errors"][0]["message"]
    light = ask(client, query.format(20))
    assert light.status == 200
    # A timeout costs an additional point.
    assert light.headers["x-ratelimit-used"] == "3"


def test_a_query_may_use_up_its_resources(github: GitHubSandbox, client: RawClient) -> None:
    github.add_repository("acme/web")
    github.limits.strain(most_repositories=1)
    body = ask(client, '{ organization(login: "acme") { repositories(first: 9) { nodes { name } } } }').body
    assert body["data"]["organization"]["repositories"]["nodes"] == [{"name": "app"}, None]
    [error] = body["errors"]
    assert error["type"] == "RESOURCE_LIMITS_EXCEEDED"
    assert error["path"] == ["organization", "repositories", "nodes", 1]


@pytest.mark.parametrize("status", [502, 504])
def test_a_timeout_may_be_a_page(github: GitHubSandbox, client: RawClient, status: int) -> None:
    github.fail(status, path="graphql")
    assert ask(client).body["message"].startswith("We couldn't respond to your request in time")
    github.fail(status, path="graphql", html=True)
    connection = http.client.HTTPConnection(urlsplit(github.url).netloc, timeout=20)
    try:
        connection.request("POST", "/graphql", "{}", {"User-Agent": "raw"})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    assert (response.status, response.headers["Content-Type"]) == (status, "text/html")
    assert content.startswith(f"<html>\r\n<head><title>{status} ".encode())
