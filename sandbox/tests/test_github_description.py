"""Violations of GitHub's own description are detected in requests and answers."""

import json
from collections.abc import Iterator

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.description import Description
from sandbox.github.exchange import Answer, Request
from sandbox.github.fixtures import fresh
from sandbox.github.operations import ENDPOINTS
from sandbox.github.raw import RawClient
from sandbox.github.routes import ROUTER

SECRETS = "/repos/acme/app/codespaces/secrets"
SECRET = {"name": "NAME", "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


@pytest.fixture
def offended(github: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """A GitHub whose violations the test expects."""
    github.add_user("mona")
    github.add_repository("mona/app", visibility="public")
    yield github
    github.forget()


def client(sandbox: GitHubSandbox) -> RawClient:
    return RawClient(sandbox.url, sandbox.add_token("classic", owner="mona", scopes=["repo"]))


def request(method: str = "GET", path: str = SECRETS, body: object = None) -> Request:
    content = b"" if body is None else json.dumps(body).encode()
    return Request(method, path, {}, {"user-agent": "raw"}, content, "http://localhost")


@pytest.mark.parametrize(
    ("method", "path", "body", "violation"),
    [
        ("GET", "/repos/mona/app/secrets", None, "GitHub has no such operation"),
        ("POST", "/repos/mona/app/codespaces/secrets", {}, "GitHub has no such operation"),
        ("GET", "/repos/mona/app/codespaces/secrets?size=3", None, "parameter size is not described"),
        (
            "GET",
            "/repos/mona/app/codespaces/secrets?per_page=many",
            None,
            "parameter per_page: $: 'many' is not of type 'integer'",
        ),
        ("GET", "/users/mona/packages", None, "parameter package_type is missing"),
        ("POST", "/repos/mona/app/issues", None, "the request has no body"),
        ("POST", "/repos/mona/app/issues", {}, "request body: $: 'title' is a required property"),
        (
            "POST",
            "/repos/mona/app/issues",
            {"title": "t", "labels": "crreg"},
            "request body: $.labels: 'crreg' is not of type 'array'",
        ),
        (
            "PUT",
            "/repos/mona/app/codespaces/secrets/NAME",
            {"encrypted_value": "plain text", "key_id": "1"},
            "request body: $.encrypted_value: 'plain text' does not match",
        ),
    ],
)
def test_a_request_that_breaks_the_description_is_a_violation(
    offended: GitHubSandbox, *, method: str, path: str, body: object, violation: str
) -> None:
    client(offended)(method, path, body)
    bare = path.partition("?")[0]
    assert len(offended.violations()) == 1
    assert offended.violations()[0].startswith(f"{method} {bare}: {violation}")


def test_the_projects_own_requests_name_version_and_media_type(offended: GitHubSandbox) -> None:
    asked = client(offended)
    asked("GET", "/user", User_Agent="crreg/1", Accept="*/*")
    assert offended.violations() == [
        "GET /user: the request names no X-GitHub-Api-Version",
        "GET /user: the request's Accept is not application/vnd.github+json",
    ]
    offended.forget()
    version = "2022-11-28"
    asked("GET", "/user", User_Agent="crreg/1", X_GitHub_Api_Version=version)
    assert offended.violations() == []
    asked(
        "POST", "/repos/mona/app/issues", {"title": "t"}, User_Agent="crreg/1", X_GitHub_Api_Version=version
    )
    assert offended.violations() == [
        "POST /repos/mona/app/issues: the request's Content-Type is not application/json"
    ]


def test_a_test_that_breaks_the_description_fails(offended: GitHubSandbox) -> None:
    with pytest.raises(AssertionError, match="GitHub has no such operation"), fresh(offended):
        RawClient(offended.url)("GET", "/nowhere")


def test_a_failure_of_the_sandbox_itself_is_a_violation(offended: GitHubSandbox) -> None:
    answer = client(offended)("POST", "/graphql", {"no": "query"})
    assert answer.status == 500
    (violation,) = offended.violations()
    assert violation.startswith("POST /graphql: the sandbox failed: Traceback")
    assert violation.endswith("KeyError: 'query'\n")


def test_a_body_that_breaks_the_description_is_refused_before_anything_is_done(
    offended: GitHubSandbox,
) -> None:
    asked = client(offended)
    answer = asked("POST", "/repos/mona/app/issues", {"title": "t", "labels": "crreg"})
    assert answer.status == 422
    assert answer.body["message"].startswith("Invalid request.\n\n")
    assert asked("GET", "/repos/mona/app/issues").body == []


def test_an_unknown_api_version_is_refused(offended: GitHubSandbox) -> None:
    answer = client(offended)("GET", "/user", X_GitHub_Api_Version="1999-01-01")
    assert (answer.status, answer.body["message"]) == (400, "The specified API version is not supported.")


def test_a_graphql_query_that_the_schema_does_not_allow_is_a_violation(offended: GitHubSandbox) -> None:
    client(offended)("POST", "/graphql", {"query": "{ viewer { shoeSize } }"})
    assert offended.violations() == ["POST /graphql: GraphQL: Cannot query field 'shoeSize' on type 'User'."]


def test_a_violation_does_not_tell_the_token(offended: GitHubSandbox) -> None:
    asked = client(offended)
    asked("GET", "/nowhere")
    assert asked.token is not None
    assert asked.token not in json.dumps(
        [offended.violations(), [vars(each) for each in offended.requests()]]
    )


@pytest.mark.parametrize(
    ("answer", "violations"),
    [
        (Answer(200, {"total_count": 1, "secrets": [SECRET]}), []),
        (Answer(200, {"secrets": []}), ["answer 200: $: 'total_count' is a required property"]),
        (
            Answer(200, {"total_count": 1, "secrets": [SECRET | {"name": None}]}),
            ["answer 200: $.secrets[0].name: None is not of type 'string'"],
        ),
        (
            Answer(200, {"total_count": 1, "secrets": [SECRET | {"created_at": "yesterday"}]}),
            ["answer 200: $.secrets[0].created_at: 'yesterday' is not a 'date-time'"],
        ),
        (Answer(404, {"message": "Not Found"}), []),
        (Answer(404, {"message": 404}), ["answer 404: $.message: 404 is not of type 'string'"]),
        (Answer(418, {"message": "Teapot"}), ["status 418 is not described"]),
    ],
)
def test_an_answer_that_breaks_the_description_is_a_violation(
    description: Description, answer: Answer, violations: list[str]
) -> None:
    assert description.check(request(), answer, injected=False) == violations


def test_a_body_where_none_is_described_is_a_violation(description: Description) -> None:
    deleted = request("DELETE", f"{SECRETS}/NAME")
    assert description.check(deleted, Answer(204), injected=False) == []
    assert description.check(deleted, Answer(204, {}), injected=False) == [
        "status 204 has a body, and none is described"
    ]


def test_null_is_allowed_where_the_description_says_nullable(description: Description) -> None:
    key = {"key_id": "1", "key": "a2V5"}
    asked = request(path="/user/codespaces/secrets/public-key")
    assert description.check(asked, Answer(200, key), injected=False) == []
    assert description.check(asked, Answer(200, key | {"key": None}), injected=False) == [
        "answer 200: $.key: None is not of type 'string'"
    ]
    issue = request("PATCH", "/repos/acme/app/issues/1", {"assignee": None, "body": None})
    assert description.check(issue, Answer(404, {"message": "Not Found"}), injected=False) == []


def test_every_endpoint_of_the_server_is_one_of_githubs(description: Description) -> None:
    assert ENDPOINTS
    undescribed = [
        (route.method, route.template)
        for route in ROUTER.routes
        if not description.knows(route.method, route.template)
    ]
    assert undescribed == []
    assert len(ROUTER.routes) > 40
