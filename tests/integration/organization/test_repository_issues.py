"""The action's step with `issues-per-repository: true`: one issue in each repository that something is wrong with."""

import pytest
from sandbox import credentials
from sandbox.command import Step
from sandbox.github.limits import Rules
from sandbox.github.raw import RawClient
from tests.integration.organization.scene import AZURE, Organization, dev_container, good, wrong

NEEDING = dev_container(f"{AZURE}/dev/base:1")


def kept(acme: Organization, **inputs: str) -> Step:
    return acme.step(**({"issues_per_repository": "true", "state_file": "crreg.state"} | inputs))


def issues(acme: Organization, name: str) -> list[tuple[int, str]]:
    found = RawClient(acme.github.url, acme.token)("GET", f"/repos/acme/{name}/issues?state=all").body
    return [(issue["number"], issue["state"]) for issue in found[::-1]]


def said(step: Step, start: str = "") -> list[str]:
    return [line for line in step.log if line.startswith(start)]


def asked(acme: Organization) -> list[str]:
    """The requests about issues since the last call."""
    seen = [f"{each.method} {each.path}" for each in acme.github.requests() if "/issues" in each.path]
    acme.github.forget()
    return seen


@pytest.fixture
def acme(acme: Organization) -> Organization:
    """Two repositories that need a triple whose password is wrong, one that needs none, and a public one."""
    for name in ("api", "app"):
        acme.add(name, NEEDING)
    acme.add("docs", {".devcontainer/devcontainer.json": "{}"})
    acme.add("open", NEEDING, "public")
    acme.store(wrong(acme))
    return acme


def test_issues_are_opened_kept_and_closed_where_something_is_wrong(acme: Organization) -> None:
    first = kept(acme)
    assert first.code == 1
    assert said(first, "Issue of ") == ["Issue of acme/api: #1, opened", "Issue of acme/app: #1, opened"]
    assert said(first, "Issues of repositories") == ["Issues of repositories: 2 opened."]
    assert said(first, "No issue is kept") == ["No issue is kept in acme/open: public."]
    [issue] = RawClient(acme.github.url, acme.token)("GET", "/repos/acme/app/issues").body
    assert issue["body"].startswith("<!-- crreg:registry-health acme/app {")
    assert "❌ **Unhealthy" in issue["body"]
    assert "login\\-failed" in issue["body"]
    assert "acme/api" not in issue["body"]

    kept(acme)
    asked(acme)
    assert said(kept(acme), "Issues of") == ["Issues of repositories: none was opened or closed."]
    counts = acme.github.limits.counts()
    assert asked(acme) == ["GET /repos/acme/api/issues", "GET /repos/acme/app/issues"]
    assert counts.rest == 0, "GitHub doesn't count a request whose answer has not changed"
    acme.store(good(acme))
    assert said(kept(acme), "Issues of repositories") == ["Issues of repositories: 2 closed."]
    assert [issues(acme, name) for name in ("api", "app", "docs", "open")] == [[(1, "closed")]] * 2 + [[]] * 2
    asked(acme)
    kept(acme)
    assert asked(acme) == [], "nothing is wrong, and no issue is open"


def test_without_a_memory_every_repository_is_asked_and_nothing_is_done_twice(acme: Organization) -> None:
    kept(acme)
    (acme.folder / "workspace/crreg.state").unlink()
    asked(acme)
    kept(acme)
    assert asked(acme) == [f"GET /repos/acme/{name}/issues" for name in ("api", "app", "docs")]


def test_the_issue_of_a_repository_without_a_dev_container_any_more_is_closed(acme: Organization) -> None:
    kept(acme)
    acme.github.repositories.commit("acme/app", {"README.md": "# app"})
    acme.github.repositories.delete("acme/api")
    step = kept(acme)
    assert said(step, "Issue of ") == ["Issue of acme/app: #1, closed"]
    assert "No issue is kept in acme/api: no longer there." in step.log
    assert issues(acme, "app") == [(1, "closed")]
    asked(acme)
    kept(acme)
    assert asked(acme) == []


def test_where_issues_are_disabled_or_the_repository_is_archived_nothing_is_touched(
    acme: Organization,
) -> None:
    acme.github.repositories.change("acme/api", has_issues=False)
    # After it was listed.
    acme.github.repositories.after(1, "/repos/acme/app/issues").change("acme/app", archived=True)
    step = kept(acme)
    assert step.code == 1
    assert said(step, "No issue is kept") == [
        "No issue is kept in acme/open: public.",
        "No issue is kept in acme/api: issues are disabled.",
        "No issue is kept in acme/app: archived.",
    ]
    assert issues(acme, "app") == []


def test_what_a_limit_leaves_is_done_by_the_next_run(acme: Organization) -> None:
    acme.github.limits.enforce(Rules(hour_writes=1))
    step = kept(acme)
    assert said(step, "Issue of ") == ["Issue of acme/api: #1, opened"]
    [warning] = said(step, "::warning title=Not every repository")
    assert "2 repositories left for the next run. GitHub asks crreg to wait" in warning
    acme.github.limits.enforce()
    assert said(kept(acme), "Issue of ") == ["Issue of acme/app: #1, opened"]


def test_a_token_without_the_permission_is_told_which(acme: Organization) -> None:
    for number in range(3):
        acme.add(f"r{number}", NEEDING)
    acme.token = credentials.register(
        acme.github.add_token(
            "fine-grained",
            owner="mona",
            resource_owner="acme",
            permissions={
                "metadata": "read",
                "contents": "read",
                "issues": "read",
                "codespaces_secrets": "write",
                "organization_codespaces_secrets": "read",
            },
        )
    )
    acme.github.forget()
    step = kept(acme)
    [warning] = said(step, "::warning title=Not every repository")
    assert "3 repositories left for the next run. It failed in acme/api, acme/app, acme/r0." in warning
    assert '"Issues" (read and write)' in warning
    assert [each for each in asked(acme) if each.startswith("POST")] == [
        f"POST /repos/acme/{name}/issues" for name in ("api", "app", "r0")
    ]


def test_a_pull_request_changes_no_issue(acme: Organization) -> None:
    step = kept(acme, event="pull_request")
    assert said(step, "Issues of repositories: not updated. This run belongs to a pull request")
    assert issues(acme, "app") == []


def test_one_repository_has_only_its_own_issue(acme: Organization) -> None:
    step = acme.step(organization="", issues_per_repository="true")
    assert step.code == 2
    assert any("works with organization" in line for line in step.log)
