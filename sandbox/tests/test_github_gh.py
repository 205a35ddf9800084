"""The official `gh` works against the sandbox's GitHub, which opens what gh sealed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sandbox.github.control import GitHubSandbox, StoredSecret
from sandbox.internet import Internet

PASSWORD = 'pä$$ "wörd"\nsecond line'
SCOPES = ("repo", "admin:org", "codespace:secrets")


@dataclass(frozen=True)
class Gh:
    """gh, as mona, an owner of acme."""

    environment: dict[str, str] = field(repr=False)

    def __call__(self, *arguments: str, value: str | None = None) -> str:
        """The standard output of a run that succeeds without a warning."""
        done = self.run(*arguments, value=value)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def run(self, *arguments: str, value: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run gh, whatever the exit code; a secret's value goes to standard input."""
        program = Path(sys.executable).parent / "gh"
        return subprocess.run(
            [program, *arguments],
            env=self.environment,
            input=value,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def base(tmp_path: Path) -> dict[str, str]:
    """An environment in which gh finds no configuration of the machine's."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GH_CONFIG_DIR": str(tmp_path / "gh")}


@pytest.fixture
def gh(github: GitHubSandbox, base: dict[str, str]) -> Gh:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    for name in ("app", "api", "web"):
        github.add_repository(f"acme/{name}")
    token = github.add_token("classic", owner="mona", scopes=SCOPES)
    return Gh(base | github.gh_environment(token))


def opened(secret: StoredSecret | None) -> tuple[str, str | None, tuple[str, ...]]:
    assert secret is not None
    return secret.value.decode(), secret.visibility, secret.repositories


def test_gh_sets_lists_and_deletes_a_repository_secret(github: GitHubSandbox, gh: Gh) -> None:
    at = ("--app", "codespaces", "--repo", "acme/app")
    gh("secret", "set", "acr_container_registry_password", *at, value=PASSWORD)
    stored = github.secret("repository", "acme/app", "ACR_CONTAINER_REGISTRY_PASSWORD")
    assert opened(stored) == (PASSWORD, None, ())
    listed = json.loads(gh("secret", "list", *at, "--json", "name"))
    assert listed == [{"name": "ACR_CONTAINER_REGISTRY_PASSWORD"}]
    gh("secret", "delete", "ACR_CONTAINER_REGISTRY_PASSWORD", *at)
    assert github.secret("repository", "acme/app", "ACR_CONTAINER_REGISTRY_PASSWORD") is None


def test_gh_updates_the_value_of_a_repository_secret(github: GitHubSandbox, gh: Gh) -> None:
    at = ("--app", "codespaces", "--repo", "acme/app")
    gh("secret", "set", "NAME", *at, value="old")
    gh("secret", "set", "NAME", *at, value="new")
    assert github.secret_value("repository", "acme/app", "NAME") == b"new"
    statuses = [seen.status for seen in github.requests() if seen.method == "PUT"]
    assert statuses == [201, 204]


@pytest.mark.parametrize("visibility", ["all", "private"])
def test_gh_sets_an_organization_secret_for_many_repositories(
    github: GitHubSandbox, gh: Gh, visibility: str
) -> None:
    at = ("--app", "codespaces", "--org", "acme")
    gh("secret", "set", "NAME", *at, "--visibility", visibility, value=PASSWORD)
    assert opened(github.secret("organization", "acme", "NAME")) == (PASSWORD, visibility, ())
    listed = json.loads(gh("secret", "list", *at, "--json", "name,visibility"))
    assert listed == [{"name": "NAME", "visibility": visibility}]


def test_gh_sets_lists_and_deletes_an_organization_secret_for_selected_repositories(
    github: GitHubSandbox, gh: Gh
) -> None:
    at = ("--app", "codespaces", "--org", "acme")
    gh("secret", "set", "NAME", *at, "--repos", "app,api", value=PASSWORD)
    stored = github.secret("organization", "acme", "NAME")
    assert opened(stored) == (PASSWORD, "selected", ("acme/app", "acme/api"))
    listed = json.loads(gh("secret", "list", *at, "--json", "name,visibility,numSelectedRepos"))
    assert listed == [{"name": "NAME", "visibility": "selected", "numSelectedRepos": 2}]
    gh("secret", "delete", "NAME", *at)
    assert github.secret("organization", "acme", "NAME") is None


def test_gh_sets_lists_and_deletes_a_user_secret(github: GitHubSandbox, gh: Gh) -> None:
    gh("secret", "set", "NAME", "--user", "--repos", "acme/web", value=PASSWORD)
    assert opened(github.secret("user", "mona", "NAME")) == (PASSWORD, "selected", ("acme/web",))
    listed = json.loads(gh("secret", "list", "--user", "--json", "name,visibility,numSelectedRepos"))
    assert listed == [{"name": "NAME", "visibility": "selected", "numSelectedRepos": 1}]
    gh("secret", "delete", "NAME", "--user")
    assert github.secret("user", "mona", "NAME") is None


def test_gh_reads_every_page_of_a_long_list(github: GitHubSandbox, gh: Gh) -> None:
    names = [f"NAME_{number:03}" for number in range(100)]
    for name in names:
        github.add_secret("repository", "acme/app", name)
    path = "repos/acme/app/codespaces/secrets"
    pages = gh("api", "--paginate", f"{path}?per_page=30", "--jq", ".secrets[].name")
    assert pages.split() == names
    assert [seen.query.get("page") for seen in github.requests()] == [None, "2", "3", "4"]


def test_gh_reads_every_page_of_a_query(github: GitHubSandbox, gh: Gh) -> None:
    query = """query ($endCursor: String) { organization(login: "acme") {
      repositories(first: 2, after: $endCursor) { nodes { name } pageInfo { hasNextPage endCursor } }
    } }"""
    names = ".data.organization.repositories.nodes[].name"
    found = gh("api", "graphql", "--paginate", "--field", f"query={query}", "--jq", names)
    assert found.split() == ["app", "api", "web"]
    assert [query.variables.get("endCursor") is None for query in github.limits.queries()] == [True, False]


def test_gh_is_told_that_a_repository_is_not_there(github: GitHubSandbox, gh: Gh) -> None:
    at = ("--app", "codespaces", "--org", "acme")
    done = gh.run("secret", "set", "NAME", *at, "--repos", "app,none", value=PASSWORD)
    assert done.returncode == 1
    assert "Could not resolve to a Repository with the name 'acme/none'." in done.stderr
    assert github.secret("organization", "acme", "NAME") is None


def test_gh_is_refused_what_the_tokens_scopes_do_not_cover(github: GitHubSandbox, gh: Gh) -> None:
    token = github.add_token("classic", owner="mona", scopes=["repo"])
    done = Gh(gh.environment | github.gh_environment(token)).run("secret", "list", "--user")
    assert done.returncode == 1
    # X-Accepted-OAuth-Scopes tells gh which scope to request.
    assert "HTTP 403: Must have admin rights to Repository." in done.stderr
    assert 'This API operation needs the "codespace" scope.' in done.stderr


def test_gh_refuses_a_name_in_githubs_own_words(gh: Gh) -> None:
    done = gh.run("secret", "set", "GITHUB_X", "--app", "codespaces", "--repo", "acme/app", value=PASSWORD)
    assert done.returncode == 1
    assert "HTTP 422: Secret names must not start with GITHUB_." in done.stderr


def test_gh_works_over_tls_under_githubs_own_name(
    github: GitHubSandbox, gh: Gh, base: dict[str, str], internet: Internet
) -> None:
    internet.add("api.github.com", github.url)
    through = Gh(base | internet.environment() | {"GH_TOKEN": gh.environment["GH_TOKEN"]})
    at = ("--app", "codespaces", "--org", "acme")
    through("secret", "set", "NAME", *at, "--repos", "app,api", value=PASSWORD)
    assert opened(github.secret("organization", "acme", "NAME")) == (
        PASSWORD,
        "selected",
        ("acme/app", "acme/api"),
    )
    # To count the repositories, gh follows the URL in the list.
    listed = json.loads(through("secret", "list", *at, "--json", "name,numSelectedRepos"))
    assert listed == [{"name": "NAME", "numSelectedRepos": 2}]
    assert {request.host for request in internet.requests} == {"api.github.com"}
