"""What REST says of repositories that are renamed, of their trees and blobs, and of their custom properties."""

import base64
from urllib.parse import urlsplit

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.git_objects import Content, executable, submodule, symlink
from sandbox.github.raw import RawClient


@pytest.fixture
def client(github: GitHubSandbox) -> RawClient:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    return RawClient(github.url, github.add_token("classic", owner="mona", scopes=["repo", "admin:org"]))


@pytest.mark.parametrize("rest", ["", "/codespaces/secrets"])
def test_a_former_name_redirects_to_the_id(github: GitHubSandbox, client: RawClient, rest: str) -> None:
    number = github.add_repository("acme/app")
    github.add_secret("repository", "acme/app", "NAME")
    github.repositories.rename("acme/app", "web")
    answer = client("GET", f"/repos/acme/app{rest}")
    assert (answer.status, answer.body["message"]) == (301, "Moved Permanently")
    assert answer.headers["location"] == f"{github.url}/repositories/{number}{rest}"
    followed = client("GET", urlsplit(answer.headers["location"]).path)
    assert followed.status == 200
    assert followed.body == client("GET", f"/repos/acme/web{rest}").body


def test_a_write_under_a_former_name_is_to_be_repeated(github: GitHubSandbox, client: RawClient) -> None:
    number = github.add_repository("acme/app")
    github.repositories.rename("acme/app", "web")
    answer = client("POST", "/repos/acme/app/issues", {"title": "It"})
    assert (answer.status, answer.body["message"]) == (307, "Temporary Redirect")
    assert client("POST", urlsplit(answer.headers["location"]).path, {"title": "It"}).status == 201
    assert answer.headers["location"] == f"{github.url}/repositories/{number}/issues"


def test_a_new_repository_takes_over_a_former_name(github: GitHubSandbox, client: RawClient) -> None:
    github.add_repository("acme/app")
    github.repositories.rename("acme/app", "web")
    number = github.add_repository("acme/app")
    assert client("GET", "/repos/acme/app").body["id"] == number


def test_strangers_are_not_redirected(github: GitHubSandbox) -> None:
    github.add_user("mona")
    github.add_repository("mona/app")
    github.repositories.rename("mona/app", "web")
    assert RawClient(github.url)("GET", "/repos/mona/app").status == 404


def test_a_deleted_repository_is_gone(github: GitHubSandbox, client: RawClient) -> None:
    github.add_repository("acme/app")
    github.add_repository("acme/web")
    github.add_secret("organization", "acme", "NAME", repositories=["acme/app", "acme/web"])
    github.repositories.delete("acme/app")
    assert client("GET", "/repos/acme/app/codespaces/secrets").status == 404
    listed = client("GET", "/orgs/acme/codespaces/secrets/NAME/repositories").body
    assert (listed["total_count"], [each["name"] for each in listed["repositories"]]) == (1, ["web"])


def test_a_blob_is_read_whole(github: GitHubSandbox, client: RawClient) -> None:
    data = b"\0" + b"x" * 600_000
    github.add_repository("acme/app", files={"a": data})
    query = '{ repository(owner: "acme", name: "app") { object(expression: "HEAD:a") { oid } } }'
    found = client("POST", "/graphql", {"query": query}).body
    oid = found["data"]["repository"]["object"]["oid"]
    blob = client("GET", f"/repos/acme/app/git/blobs/{oid}").body
    assert (blob["size"], base64.b64decode(blob["content"])) == (600_001, data)
    assert client("GET", f"/repos/acme/app/git/blobs/{'0' * 40}").status == 404


def test_a_tree_is_listed_with_everything_below_it_if_asked(github: GitHubSandbox, client: RawClient) -> None:
    files: dict[str, Content] = {"a/b/c": executable("x"), "link": symlink("a"), "sub": submodule("5" * 40)}
    github.add_repository("acme/app", files=files)
    path = "/repos/acme/app/git/trees"
    found = client("GET", f"{path}/HEAD?recursive=1").body["tree"]
    assert [(each["path"], each["mode"], each["type"], each.get("size")) for each in found] == [
        ("a", "040000", "tree", None),
        ("a/b", "040000", "tree", None),
        ("a/b/c", "100755", "blob", 1),
        ("link", "120000", "blob", 1),
        ("sub", "160000", "commit", None),
    ]
    assert [each["path"] for each in client("GET", f"{path}/main").body["tree"]] == ["a", "link", "sub"]
    below = client("GET", f"{path}/{found[1]['sha']}").body
    assert (below["sha"], [each["path"] for each in below["tree"]]) == (found[1]["sha"], ["c"])
    assert client("GET", f"{path}/none").status == 404
    github.repositories.empty("acme/app")
    assert client("GET", f"{path}/HEAD").status == 409


def test_custom_properties_are_listed_for_members(github: GitHubSandbox, client: RawClient) -> None:
    number = github.add_repository("acme/app", properties={"team": "shop", "areas": ["eu", "us"]})
    github.add_repository("acme/web")
    path = "/orgs/acme/properties/values"
    first, last = client("GET", f"{path}?per_page=1"), client("GET", f"{path}?per_page=1&page=2")
    values = [{"property_name": "team", "value": "shop"}, {"property_name": "areas", "value": ["eu", "us"]}]
    assert first.body == [
        {
            "repository_id": number,
            "repository_name": "app",
            "repository_full_name": "acme/app",
            "properties": values,
        }
    ]
    assert last.body[0]["properties"] == []
    assert 'page=2>; rel="next"' in first.headers["link"]
    github.add_user("stranger")
    token = github.add_token("classic", owner="stranger", scopes=["read:org"])
    assert RawClient(github.url, token)("GET", path).status == 404
