"""Answers to queries, from a server that may be no GitHub at all."""

from typing import Any

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.github.client import GitHub
from crreg.github.commit_files import Request as Wish
from crreg.github.commit_files import is_content, read_objects
from crreg.github.errors import Cause, GitHubError
from crreg.github.graphql import GraphQL
from crreg.github.query_size import QuerySize
from crreg.github.repositories import Listing, read_properties
from crreg.github.repository_at import find_repository
from crreg.net.deadline import Deadline
from crreg.workspace.commit_objects import Wanted

TOKEN = "ghp_" + "0123456789abcdefghijklmnopqrstuvwxyz"
OID = "a" * 40
WISHES = [
    Wish(7, "acme/app", OID, [Wanted(".devcontainer", "", is_folder=True), Wanted("x", OID, is_folder=False)])
]
GAVE_UP = "Something went wrong while executing your query. This may be the result of a timeout."


def graphql(address: str) -> GraphQL:
    return GraphQL(GitHub.with_token(TOKEN, api_url=address, deadline=Deadline.after(5), say=lambda _: None))


def asked(body: Any, status: int = 200) -> tuple[GitHubError | None, Any, list[Request]]:
    """Ask a server that answers everything in one way; return the error, the answer, and the requests."""
    with serving(lambda _: Answer(status, body)) as server:
        try:
            answer = graphql(server.url).query("query { viewer { login } }", {"a": 1})
        except GitHubError as error:
            return error, None, list(server.requests)
        return None, answer, list(server.requests)


def test_a_query_is_posted() -> None:
    error, answer, (request,) = asked({"data": {"viewer": {"login": "mona"}}})
    assert error is None
    assert answer.data == {"viewer": {"login": "mona"}}
    assert (request.method, request.path) == ("POST", "/graphql")


def test_what_failed_is_beside_the_data() -> None:
    errors = [
        {"type": "NOT_FOUND", "path": ["r1"], "message": "Could not resolve."},
        {"path": ["r2", "nodes", 3], "message": f"echo {TOKEN}"},
        {"type": 5, "path": {}, "message": None},
    ]
    _, answer, _ = asked({"data": {"r0": {}, "r1": None}, "errors": errors})
    found = answer.error_below("r1", "o0")
    assert (found.type, found.message) == ("NOT_FOUND", "Could not resolve.")
    assert answer.errors[1].message == ""
    # An error without a place may be about anything.
    assert answer.error_below("r0") == answer.errors[2]


@pytest.mark.parametrize(
    ("body", "status", "cause", "is_too_much"),
    [
        ({"errors": [{"type": "RATE_LIMITED", "message": "x"}]}, 200, Cause.RATE_LIMITED, False),
        ({"data": None, "errors": [{"message": GAVE_UP}]}, 200, Cause.UNREACHABLE, True),
        ({"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "x"}]}, 200, Cause.UNREACHABLE, True),
        ({"errors": [{"message": "Parse error"}]}, 200, Cause.REFUSED, False),
        ({"data": None}, 200, Cause.UNREACHABLE, False),
        ({"data": [], "errors": "x"}, 200, Cause.UNREACHABLE, False),
        ({"errors": ["x"]}, 200, Cause.UNREACHABLE, False),
        ([], 200, Cause.UNREACHABLE, False),
        ({"message": "Bad credentials"}, 401, Cause.BAD_TOKEN, False),
        ({"data": None, "errors": [{"message": GAVE_UP}]}, 502, Cause.UNREACHABLE, True),
        ("<html>", 504, Cause.UNREACHABLE, True),
        ({"data": "x" * (5 << 20)}, 200, Cause.UNREACHABLE, True),
    ],
)
def test_an_answer_without_data_is_an_error(
    body: Any, status: int, cause: Cause, *, is_too_much: bool
) -> None:
    error, _, requests = asked(body, status)
    assert error is not None
    assert (error.cause, error.is_too_much) == (cause, is_too_much)
    # What was too much is not repeated as it is.
    assert len(requests) == 1


FOLDER = {"__typename": "Tree", "entries": [{"nameRaw": "YQ==", "mode": 0o100644, "oid": OID}]}


@pytest.mark.parametrize(
    "broken",
    [
        {"o0": FOLDER | {"entries": [{"nameRaw": "YQ==", "mode": 100644, "oid": OID}]}},
        {"o0": FOLDER | {"entries": [{"nameRaw": "YQ==", "mode": None, "oid": OID}]}},
        {"o0": FOLDER | {"entries": [{"nameRaw": "?", "mode": 0o100644, "oid": OID}]}},
        {"o0": FOLDER | {"entries": None}},
        {"o0": "text"},
        {"o0": None, "o1": {"__typename": "Blob", "oid": OID, "byteSize": "x", "text": ""}},
        {"o0": None},
        {"databaseId": 8},
        {"commit": None},
    ],
)
def test_a_repository_whose_answer_makes_no_sense_is_not_read(broken: dict[str, Any]) -> None:
    node = {"databaseId": 7, "commit": {"oid": OID}, "o0": FOLDER, "o1": None} | broken
    if broken == {"o0": None}:
        del node["o1"]
    with serving(lambda _: Answer(200, {"data": {"r0": node}})) as server:
        (found,) = read_objects(graphql(server.url), WISHES)
    assert found.trouble.startswith("was not read: ")
    assert not found.folders


def test_a_text_that_is_not_what_the_file_contains_is_read_again_as_bytes() -> None:
    blob = {"__typename": "Blob", "oid": OID, "byteSize": 1, "text": "x"}
    node = {"databaseId": 7, "commit": {"oid": OID}, "o0": None, "o1": blob}

    def answer(request: Request) -> Answer:
        is_query = request.path == "/graphql"
        return Answer(200, {"data": {"r0": node}} if is_query else {"content": "eA==", "encoding": "base64"})

    with serving(answer) as server:
        (found,) = read_objects(graphql(server.url), WISHES)
        paths = [request.path for request in server.requests]
    assert paths == ["/graphql", f"/repos/acme/app/git/blobs/{OID}"]
    assert str(found.blobs[OID]) == "was not read: GitHub's answer is not its content"


def test_the_digest_of_a_file_is_that_of_git() -> None:
    assert is_content("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", b"")
    assert is_content("473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813", b"")
    assert not is_content("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", b"x")


@pytest.mark.parametrize(
    "organization",
    [
        {},
        {"repositories": None},
        {"repositories": {"nodes": [{}], "pageInfo": {}, "totalCount": 1}},
        {
            "repositories": {
                "nodes": [],
                "pageInfo": {"hasNextPage": False, "endCursor": None},
                "totalCount": "x",
            }
        },
        {"repositories": {"nodes": 5, "pageInfo": {}, "totalCount": 1}},
    ],
)
def test_a_list_that_makes_no_sense_is_an_error(organization: dict[str, Any]) -> None:
    with serving(lambda _: Answer(200, {"data": {"organization": organization}})) as server:
        with pytest.raises(GitHubError) as caught:
            Listing(graphql(server.url), "acme").next_page()
        assert "not from GitHub's API" in caught.value.detail


@pytest.mark.parametrize("repository", [{}, {"object": {"__typename": "Commit"}}, {"object": 5}])
def test_a_repository_that_makes_no_sense_is_an_error(repository: dict[str, Any]) -> None:
    with serving(lambda _: Answer(200, {"data": {"repository": repository}})) as server:
        with pytest.raises(GitHubError) as caught:
            find_repository(graphql(server.url), "acme/app")
        assert "not from GitHub's API" in caught.value.detail


@pytest.mark.parametrize("body", [{"a": 1}, [{}], [{"repository_id": 1, "properties": [{}]}], None])
def test_properties_that_make_no_sense_are_an_error(body: Any) -> None:
    with serving(lambda _: Answer(200, body)) as server, pytest.raises(GitHubError) as caught:
        read_properties(graphql(server.url).rest, "acme")
    assert "not from GitHub's API" in caught.value.detail


def test_properties_have_no_one_or_several_values() -> None:
    values = [("a", "x"), ("b", ["x", "y"]), ("c", None)]
    properties = [{"property_name": name, "value": value} for name, value in values]
    with serving(lambda _: Answer(200, [{"repository_id": 1, "properties": properties}])) as server:
        found = read_properties(graphql(server.url).rest, "a/../b")
        assert server.requests[0].path == "/orgs/a%2F..%2Fb/properties/values"
    assert found == {1: {"a": ("x",), "b": ("x", "y"), "c": ()}}


def test_a_size_that_was_too_much_is_not_tried_again_at_once() -> None:
    size = QuerySize(100)
    size.gave_up(100)
    size.gave_up(50)
    assert size.now == 25
    sizes = []
    for _ in range(40):
        size.answered()
        sizes.append(size.now)
    assert max(sizes[:15]) == 49
    assert sizes[-1] == 100
    size.gave_up(1)
    assert size.now == 1
