"""Queries are run on GitHub's published schema; what it forbids, or the sandbox does not model, fails the test."""

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.git_objects import Content, executable, submodule, symlink
from sandbox.github.raw import RawClient

LIST = """
query ($after: String, $size: Int = 2) {
  organization(login: "acme") {
    repositories(first: $size, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } totalCount }
  }
}
"""
FILES = """
{ repository(owner: "acme", name: "app") {
    commit: object(expression: "HEAD") { __typename oid }
    folder: object(expression: "main:.devcontainer") {
      ... on Tree { entries { name mode type size object { ... on Blob { text } } } }
    }
    file: object(expression: "HEAD:.devcontainer/devcontainer.json") {
      __typename ... on Blob { text byteSize isBinary isTruncated }
    }
    none: object(expression: "HEAD:none") { oid }
} }
"""


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    return github


@pytest.fixture
def offended(acme: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """A GitHub whose violations the test expects."""
    acme.add_repository("acme/app")
    yield acme
    acme.forget()


@pytest.fixture
def client(acme: GitHubSandbox) -> RawClient:
    return RawClient(acme.url, acme.add_token("classic", owner="mona", scopes=["repo", "read:org"]))


def ask(client: RawClient, query: str, **variables: Any) -> Any:
    answer = client("POST", "/graphql", {"query": query, "variables": variables})
    assert answer.status == 200
    return answer.body


def listed(client: RawClient, **variables: Any) -> Any:
    return ask(client, LIST, **variables)["data"]["organization"]["repositories"]


def test_repositories_come_in_pages(acme: GitHubSandbox, client: RawClient) -> None:
    for name in ("c", "a", "b"):
        acme.add_repository(f"acme/{name}")
    first = listed(client)
    assert (first["nodes"], first["totalCount"]) == ([{"name": "c"}, {"name": "a"}], 3)
    second = listed(client, after=first["pageInfo"]["endCursor"])
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"name": "b"}], False)


def test_a_repository_that_is_deleted_meanwhile_shifts_no_page(
    acme: GitHubSandbox, client: RawClient
) -> None:
    for name in ("a", "b", "c"):
        acme.add_repository(f"acme/{name}")
    cursor = listed(client)["pageInfo"]["endCursor"]
    acme.repositories.delete("acme/b")
    assert listed(client, after=cursor)["nodes"] == [{"name": "c"}]


def test_repositories_can_be_filtered_and_ordered(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_repository("acme/b", visibility="public")
    acme.add_repository("acme/a", archived=True)
    acme.add_repository("acme/c", fork=True)
    query = """{ organization(login: "acme") {
      kept: repositories(first: 9, isArchived: false) { nodes { name } }
      own: repositories(first: 9, isFork: false) { nodes { name } }
      hidden: repositories(first: 9, visibility: PRIVATE) { nodes { name } }
      named: repositories(first: 9, orderBy: {field: NAME, direction: DESC}) { nodes { name } }
    } }"""
    found = ask(client, query)["data"]["organization"]
    names = {key: "".join(each["name"] for each in page["nodes"]) for key, page in found.items()}
    assert names == {"kept": "bc", "own": "ba", "hidden": "ac", "named": "cba"}


def test_files_are_read_by_revision_and_path(acme: GitHubSandbox, client: RawClient) -> None:
    files: dict[str, Content] = {
        ".devcontainer/devcontainer.json": '{"image": "ä"}',
        ".devcontainer/run.sh": executable("true"),
        ".devcontainer/link": symlink("../.env"),
        ".devcontainer/lib": submodule("5" * 40),
    }
    acme.add_repository("acme/app", files=files)
    found = ask(client, FILES)["data"]["repository"]
    assert found["folder"]["entries"] == [
        {
            "name": "devcontainer.json",
            "mode": 0o100644,
            "type": "blob",
            "size": 15,
            "object": {"text": '{"image": "ä"}'},
        },
        {"name": "lib", "mode": 0o160000, "type": "commit", "size": 0, "object": None},
        {"name": "link", "mode": 0o120000, "type": "blob", "size": 7, "object": {"text": "../.env"}},
        {"name": "run.sh", "mode": 0o100755, "type": "blob", "size": 4, "object": {"text": "true"}},
    ]
    text = {"text": '{"image": "ä"}', "byteSize": 15, "isBinary": False, "isTruncated": False}
    assert found["file"] == {"__typename": "Blob"} | text
    assert found["none"] is None
    assert found["commit"]["__typename"] == "Commit"


def test_the_text_of_a_blob_may_be_missing_or_cut_off(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_repository("acme/app", files={"binary": b"a\0b", "long": "x" * 512_001, "old": b"caf\xe9"})
    query = """{ repository(owner: "acme", name: "app") {
      binary: object(expression: "HEAD:binary") { ... on Blob { text isBinary isTruncated } }
      long: object(expression: "HEAD:long") { ... on Blob { text isBinary isTruncated } }
      old: object(expression: "HEAD:old") { ... on Blob { text isBinary isTruncated } }
    } }"""
    found = ask(client, query)["data"]["repository"]
    assert found["binary"] == {"text": None, "isBinary": True, "isTruncated": False}
    assert found["long"] == {"text": "x" * 512_000, "isBinary": False, "isTruncated": True}
    assert found["old"] == {"text": "caf\ufffd", "isBinary": False, "isTruncated": False}


def test_a_repository_without_commits_has_no_branch(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_repository("acme/app", files={})
    query = """{ repository(owner: "acme", name: "app") {
      isEmpty defaultBranchRef { name } object(expression: "HEAD:.devcontainer") { oid }
    } }"""
    assert ask(client, query)["data"]["repository"] == {
        "isEmpty": True,
        "defaultBranchRef": None,
        "object": None,
    }


def test_other_branches_are_there(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_repository("acme/app", default_branch="trunk", files={"a": "1"})
    acme.repositories.commit("acme/app", {"a": "2"}, branch="dev")
    query = """{ repository(owner: "acme", name: "app") {
      defaultBranchRef { name target { oid } }
      dev: ref(qualifiedName: "refs/heads/dev") { name target { ... on Commit { tree { entries { name } } } } }
      none: ref(qualifiedName: "none") { name }
      object(expression: "dev:a") { ... on Blob { text } }
    } }"""
    found = ask(client, query)["data"]["repository"]
    assert found["defaultBranchRef"]["name"] == "trunk"
    assert found["dev"] == {"name": "dev", "target": {"tree": {"entries": [{"name": "a"}]}}}
    assert (found["none"], found["object"]) == (None, {"text": "2"})


def test_changes_are_made_between_two_requests(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_repository("acme/app", files={"a": "1"})
    acme.repositories.after(2, "graphql").rename("acme/app", "web")
    acme.repositories.after(3, "graphql").change("acme/web", visibility="public", archived=True)
    acme.repositories.after(4, "graphql").empty("acme/web")
    query = '{ repository(owner: "acme", name: "app") { name isPrivate isArchived isEmpty } }'
    answers = [ask(client, query)["data"]["repository"] for _ in range(5)]
    states = [tuple(each.values()) for each in answers]
    assert states == [
        ("app", True, False, False),
        ("app", True, False, False),
        ("web", True, False, False),
        ("web", False, True, False),
        ("web", False, True, True),
    ]


def test_a_former_name_is_followed_only_if_asked(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_repository("acme/app")
    acme.repositories.rename("acme/app", "web")
    query = '{ repository(owner: "acme", name: "app", followRenames: false) { name } }'
    body = ask(client, query)
    assert body["data"] == {"repository": None}
    [error] = body["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["repository"])
    assert error["message"] == "Could not resolve to a Repository with the name 'acme/app'."


def test_one_repository_in_trouble_leaves_the_others(acme: GitHubSandbox, client: RawClient) -> None:
    for name in ("a", "b", "c"):
        acme.add_repository(f"acme/{name}")
    acme.repositories.refuse("acme/b", "FORBIDDEN", "Resource not accessible by integration")
    body = ask(client, LIST, size=9)
    assert body["data"]["organization"]["repositories"]["nodes"] == [{"name": "a"}, None, {"name": "c"}]
    [error] = body["errors"]
    assert error["type"] == "FORBIDDEN"
    assert error["path"] == ["organization", "repositories", "nodes", 1]


def test_contents_need_a_permission_of_their_own(acme: GitHubSandbox) -> None:
    acme.add_repository("acme/app")
    acme.add_repository("acme/site", visibility="public")
    query = """{
      app: repository(owner: "acme", name: "app") { name object(expression: "HEAD") { oid } }
      site: repository(owner: "acme", name: "site") { name object(expression: "HEAD") { __typename } }
    }"""
    token = acme.add_token("installation", resource_owner="acme")
    body = ask(RawClient(acme.url, token), query)
    assert body["data"]["app"] == {"name": "app", "object": None}
    assert body["data"]["site"] == {"name": "site", "object": {"__typename": "Commit"}}
    [error] = body["errors"]
    assert (error["type"], error["path"]) == ("FORBIDDEN", ["app", "object"])
    assert error["message"] == "Resource not accessible by integration"


def test_an_organization_with_saml_is_an_error_of_its_field(acme: GitHubSandbox, client: RawClient) -> None:
    acme.add_organization("strict", members={"mona": "admin"}, saml=True)
    body = ask(client, '{ viewer { login } organization(login: "strict") { login } }')
    assert body["data"] == {"viewer": {"login": "mona"}, "organization": None}
    [error] = body["errors"]
    assert (error["type"], error["extensions"]) == ("FORBIDDEN", {"saml_failure": True})


def test_a_missing_scope_refuses_the_whole_query(acme: GitHubSandbox) -> None:
    token = acme.add_token("classic", owner="mona", scopes=["repo"])
    query = '{ organization(login: "acme") { name } }'
    body = RawClient(acme.url, token)("POST", "/graphql", {"query": query}).body
    assert "data" not in body
    assert body["errors"][0]["type"] == "INSUFFICIENT_SCOPES"
    assert "requires one of the following scopes: ['read:org']" in body["errors"][0]["message"]
    acme.forget()


def test_the_cost_of_a_query_is_counted(client: RawClient) -> None:
    # GitHub's own example: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    query = """{ organization(login: "acme") {
      repositories(first: 100) { nodes { repositoryTopics(first: 60) { nodes { topic { name } } } } } }
      rateLimit { cost nodeCount limit remaining used }
    }"""
    found = ask(client, query)["data"]["rateLimit"]
    assert found == {"cost": 1, "nodeCount": 6_100, "limit": 5000, "remaining": 4999, "used": 1}
    page = ask(client, "{ viewer { login } rateLimit { cost nodeCount used } }")
    assert page["data"]["rateLimit"] == {"cost": 1, "nodeCount": 0, "used": 2}


@pytest.mark.parametrize(
    ("query", "violation"),
    [
        ("{ viewer { shoeSize } }", "Cannot query field 'shoeSize' on type 'User'."),
        ("{ viewer { ", "Syntax Error: Expected Name, found <EOF>."),
        ("{ viewer { bio } }", "not modeled: User.bio"),
        (
            '{ organization(login: "acme") { repositories(first: 1, isLocked: true) { totalCount } } }',
            "not modeled: Organization.repositories(isLocked:)",
        ),
        (
            '{ organization(login: "acme") { repositories { totalCount } } }',
            "You must provide a `first` or `last` value to properly paginate the `repositories` connection.",
        ),
        (
            '{ organization(login: "acme") { repositories(first: 101) { totalCount } } }',
            "Requesting 101 records on the `repositories` connection exceeds the `first` limit of 100 records.",
        ),
    ],
)
def test_a_query_that_github_or_the_sandbox_does_not_have_is_a_violation(
    offended: GitHubSandbox, client: RawClient, query: str, violation: str
) -> None:
    assert "errors" in ask(client, query)
    assert offended.violations() == [f"POST /graphql: GraphQL: {violation}"]


def test_a_query_for_too_many_nodes_is_a_violation(offended: GitHubSandbox, client: RawClient) -> None:
    page = "repositories(first: 100) { nodes { repositoryTopics(first: 100) { nodes { topic { name } } } } }"
    pages = " ".join(f"p{number}: {page}" for number in range(50))
    body = ask(client, f'{{ organization(login: "acme") {{ {pages} }} }}')
    assert body["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    message = "This query requests up to 505,000 possible nodes which exceeds the maximum limit of 500,000."
    assert offended.violations() == [f"POST /graphql: GraphQL: {message}"]


def test_an_answer_that_breaks_the_schema_is_a_violation(offended: GitHubSandbox, client: RawClient) -> None:
    offended.repositories.change("acme/app", visibility="secret")  # type: ignore[arg-type] # as a bug of the sandbox
    ask(client, '{ repository(owner: "acme", name: "app") { visibility } }')
    [violation] = offended.violations()
    assert violation.startswith("POST /graphql: GraphQL: Enum 'RepositoryVisibility' cannot represent value")
