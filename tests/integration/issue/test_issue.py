"""The life of a tracking issue, kept by the action on GitHub's own API."""

import re

import pytest
from sandbox.credentials import leaks_in
from tests.integration.issue.scene import AZURE, ISSUES, REPOSITORY, Schedule

LOOKS = ["POST /graphql", f"GET {ISSUES}"]
RUN = f"[run {{0}}](https://github.com/{REPOSITORY}/actions/runs/{{0}})"


def below_marker(body: str) -> str:
    return body.partition("\n")[2]


def test_a_healthy_repository_has_no_issue_and_takes_two_requests(schedule: Schedule) -> None:
    assert schedule.asked() == LOOKS
    assert schedule.issues() == []


def test_the_first_failure_opens_an_issue_that_says_what_since_when_and_what_to_do(
    schedule: Schedule,
) -> None:
    schedule.need("dev/base:1", "dev/gone:1")
    ended = schedule.run()
    assert (ended.code, ended.told) == (1, "#1, opened")
    [issue] = schedule.issues()
    assert (issue["title"], issue["state"], issue["user"]["login"], issue["comments"]) == (
        f"Codespaces registry health: {REPOSITORY}",
        "open",
        "github-actions[bot]",
        0,
    )
    assert issue["body"].startswith(f"<!-- crreg:registry-health {REPOSITORY} {{")
    text = re.sub(r"Since \d{4}-\d\d-\d\d \d\d:\d\d UTC", "Since TIME", below_marker(issue["body"]))
    assert text == (
        f"## Codespaces of `{REPOSITORY}`\n\n"
        "❌ **Unhealthy \\(1 error\\): 1 of 2 images would keep a codespace from starting\\.**\n\n"
        f"As of {RUN.format(1001)}; nothing has changed since.\n\n"
        "### ❌ image\\-not\\-found · `.devcontainer/c.yml:3:16`\n\n"
        "Since TIME.\n\n"
        f"`{AZURE}` has no image `{AZURE}/dev/gone:1`\\. Usually the name or tag is misspelled, or a "
        "clean\\-up rule deleted the image\\.\n\n"
        "Correct the name, or push the image:\n\n"
        f"```\ndocker push {AZURE}/dev/gone:1\n```\n\n"
        "About this rule: <https://org.github.io/crreg-action/v0/rules/#image-not-found>\n\n"
        "---\n\n"
        "crreg keeps this text current and overwrites manual edits; comments stay. It closes the issue when a check "
        "finds nothing wrong, and reopens it when something is.\n"
    )


def test_nothing_is_written_while_nothing_changes(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    before = schedule.issues()
    assert schedule.asked() == LOOKS
    assert schedule.issues() == before


def test_another_place_of_the_same_finding_changes_the_text_and_tells_nobody(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.need("dev/base:1", "dev/gone:1")
    assert schedule.asked() == [*LOOKS, f"PATCH {ISSUES}/1"]
    assert "c.yml:3" in schedule.issues()[0]["body"]
    assert RUN.format(1001) in schedule.issues()[0]["body"]


def test_what_appears_and_what_goes_is_commented_on_once(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.need("dev/lost:1")
    assert schedule.asked() == [*LOOKS, f"POST {ISSUES}/1/comments", f"PATCH {ISSUES}/1"]
    assert schedule.asked() == LOOKS
    [comment] = schedule.comments()
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", comment) == (
        f"**Something has changed**, by {RUN.format(1002)}.\n\n"
        f"- ❌ New: image\\-not\\-found of `ACR`: `{AZURE}` has no image `{AZURE}/dev/lost:1`\\. Usually the "
        "name or tag is misspelled, or a clean\\-up rule deleted the image\\.\n"
        "- ✅ Gone: image\\-not\\-found of `ACR`, present since TIME UTC"
    )


def test_health_closes_it_and_the_next_failure_opens_the_same_one_again(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.heal()
    assert schedule.run().told == "#1, closed"
    [closed] = schedule.issues()
    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert "✅ **Healthy: 1 of 1 image can be pulled\\.**" in closed["body"]
    assert schedule.asked() == LOOKS
    schedule.need("dev/gone:1")
    assert schedule.asked() == [
        *LOOKS,
        f"GET {ISSUES}",
        f"POST {ISSUES}/1/comments",
        f"PATCH {ISSUES}/1",
    ]
    [again] = schedule.issues()
    assert (again["state"], again["state_reason"]) == ("open", "reopened")
    assert [comment.splitlines()[0] for comment in schedule.comments()] == [
        f"**Healthy again**, by {RUN.format(1002)}.",
        f"**Unhealthy again**, by {RUN.format(1004)}.",
    ]


def test_an_issue_that_a_person_closed_too_early_is_opened_again(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.person("PATCH", f"{ISSUES}/1", {"state": "closed"})
    assert schedule.run().told == "#1, reopened"
    assert schedule.comments() == [
        f"**It was closed, but nothing has changed**, by {RUN.format(1002)}.",
    ]


def test_it_is_found_by_its_marker_under_any_title(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.person("PATCH", f"{ISSUES}/1", {"title": "Ours", "labels": ["ops"]})
    assert schedule.asked() == LOOKS


def test_an_issue_of_somebody_else_with_the_marker_is_none_of_ours(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    forged = schedule.issues()[0]["body"]
    schedule.person("PATCH", f"{ISSUES}/1", {"state": "closed"})
    schedule.person("PATCH", f"{ISSUES}/1", {"body": "no marker"})
    schedule.person("POST", ISSUES, {"title": f"Codespaces registry health: {REPOSITORY}", "body": forged})
    assert schedule.run().told == "#3, opened"
    assert [issue["body"] == forged for issue in schedule.issues()] == [False, True, False]
    schedule.heal()
    schedule.run()
    assert [issue["state"] for issue in schedule.issues()] == ["closed", "open", "closed"]


@pytest.mark.parametrize("first", ["garbage", "{}", '{"version":1,"run":"1","problems":[[1],"x",null]}'])
def test_a_first_line_that_was_edited_is_made_good(schedule: Schedule, first: str) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    edited = f"<!-- crreg:registry-health {REPOSITORY} {first} -->\nText."
    schedule.person("PATCH", f"{ISSUES}/1", {"body": edited})
    assert schedule.run().told == "#1"
    assert "dev/gone:1" in schedule.issues()[0]["body"]
    assert schedule.asked() == LOOKS


def test_what_an_older_version_told_is_taken_over_without_a_comment(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    body = schedule.issues()[0]["body"]
    key = re.search(r'\["([0-9a-f]{16})"', body)
    assert key is not None
    older = body.replace('"version":2', '"version":1').replace(key[1], "0123456789abcdef")
    schedule.person("PATCH", f"{ISSUES}/1", {"body": older})
    assert schedule.run().told == "#1"
    assert (schedule.comments(), schedule.issues()[0]["body"]) == ([], body)
    assert schedule.asked() == LOOKS


def test_two_runs_at_the_same_time_leave_one_open_issue(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    steps = [schedule.start() for _ in range(3)]
    for step in steps:
        assert schedule.ended(step).code == 1
    issues = schedule.issues()
    assert [issue["number"] for issue in issues if issue["state"] == "open"] == [1]
    assert {issue["state_reason"] for issue in issues[1:]} <= {"not_planned"}
    assert schedule.run().told == "#1"
    assert len(schedule.issues()) == len(issues)


def test_of_two_that_are_open_the_older_stays(schedule: Schedule) -> None:
    """Whatever the runs' order was: here each has opened one before the other looked."""
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.person("PATCH", f"{ISSUES}/1", {"state": "closed"})
    body = schedule.issues()[0]["body"]
    schedule.person("PATCH", f"{ISSUES}/1", {"body": ""})
    schedule.run()
    schedule.person("PATCH", f"{ISSUES}/1", {"state": "open", "body": body})
    assert schedule.run().told == "#1"
    first, second = schedule.issues()
    assert (first["state"], second["state"], second["state_reason"]) == ("open", "closed", "not_planned")
    assert second["body"] == "Opened twice by checks that ran at the same time: see #1."
    schedule.heal()
    schedule.run()
    schedule.need("dev/gone:1")
    assert schedule.run().told == "#1, reopened"


def test_a_run_that_could_not_ask_github_neither_closes_it_nor_says_that_all_is_well(
    schedule: Schedule,
) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    before = schedule.issues()
    schedule.heal()
    schedule.github.revoke_token(schedule.token)
    schedule.github.forget()
    ended = schedule.run()
    assert (ended.code, ended.told) == (3, "left unchanged, because too little could be checked")
    assert [seen.path for seen in schedule.github.requests() if seen.token == "workflow"] == []
    reader = schedule.github.add_token("classic", owner="mona", scopes=["repo"])
    schedule.token = reader
    assert schedule.issues() == before


def test_a_run_whose_registry_does_not_answer_does_not_close_it(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    ended = schedule.run({**nowhere, "GITHUB_API_URL": schedule.github.url})
    assert "registry-unreachable" in ended.log
    [issue] = schedule.issues()
    assert issue["state"] == "open"
    assert "❔ **Unknown: 1 warning in what could be checked\\.**" in issue["body"]
    assert "1 earlier finding could not be checked this time" in issue["body"]
    assert schedule.comments() == []
    schedule.run()
    assert "could not be checked this time" not in schedule.issues()[0]["body"]
    assert schedule.comments() == []


@pytest.mark.parametrize(
    "event", ["pull_request", "pull_request_target", "workflow_run", "issue_comment", "merge_group", ""]
)
def test_a_run_that_may_not_write_touches_no_issue_and_says_so(schedule: Schedule, event: str) -> None:
    schedule.need("dev/gone:1")
    schedule.github.forget()
    ended = schedule.run({"GITHUB_EVENT_NAME": event})
    assert (ended.code, ended.told.startswith("not updated. ")) == (1, True)
    assert [seen for seen in schedule.github.requests() if seen.token == "workflow"] == []


def test_without_the_permission_a_warning_says_which_and_the_verdict_stands(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.issue_token = schedule.github.add_token(
        "workflow", permissions={"issues": "read"}, resource_owner="acme", repositories=[REPOSITORY]
    )
    ended = schedule.run()
    assert ended.code == 1
    [warning] = ended.warnings
    assert warning == (
        'GitHub answered 403 ("Resource not accessible by integration"). Give the job `permissions: issues: write`, or '
        "pass another token as issue-token."
    )


def test_in_an_archived_repository_a_warning_says_so(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.github.repositories.change(REPOSITORY, archived=True)
    [warning] = schedule.run().warnings
    assert warning == (
        'GitHub answered 403 ("Repository was archived so is read-only."). Unarchive the repository, or remove input '
        "issue."
    )


def test_where_issues_are_disabled_a_warning_says_so(schedule: Schedule) -> None:
    schedule.github.fail(410, path="/issues")
    ended = schedule.run()
    assert ended.code == 0
    [warning] = ended.warnings
    assert warning.endswith(
        "Issues are disabled: enable them in the repository's settings, under Features, or remove input issue."
    )


def test_without_a_token_for_it_a_warning_says_so(schedule: Schedule) -> None:
    [warning] = schedule.run(issue_token="").warnings
    assert warning == (
        "There is no token to write it with: issue-token is empty. Give the job `permissions: issues: write`, or pass "
        "another token as issue-token."
    )


def test_another_token_may_keep_it(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.issue_token = schedule.token
    assert schedule.run().told == "#1, opened"
    assert schedule.run().told == "#1"
    assert schedule.issues()[0]["user"]["login"] == "mona"


def test_a_comment_that_could_not_be_written_is_written_by_the_next_run(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.need("dev/gone:1", "dev/other:1")
    schedule.github.fail(422, path="/comments")
    [warning] = schedule.run().warnings
    assert warning.endswith("The next run tries again.")
    assert schedule.comments() == []
    schedule.run()
    [comment] = schedule.comments()
    assert "dev/other:1" in comment
    assert schedule.run().told == "#1"
    assert len(schedule.comments()) == 1


def test_an_issue_that_a_bot_locked_after_it_was_closed_is_opened_again(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    schedule.run()
    schedule.heal()
    assert schedule.run().told == "#1, closed"
    comments = len(schedule.comments())
    assert schedule.person("PUT", f"{ISSUES}/1/lock").status == 204
    schedule.need("dev/gone:1")

    assert schedule.run().told == "#1, reopened (it is locked, so no comment was added)"

    [issue] = schedule.issues()
    assert issue["state"] == "open"
    assert "dev/gone:1" in issue["body"]
    schedule.need("dev/gone:1", "dev/other:1")
    assert schedule.run().told == "#1 (it is locked, so no comment was added)"
    assert "dev/other:1" in schedule.issues()[0]["body"]
    assert len(schedule.comments()) == comments


def test_a_repository_that_was_renamed_keeps_its_issue(schedule: Schedule) -> None:
    schedule.need("dev/gone:1")
    assert schedule.run().told == "#1, opened"
    schedule.github.repositories.rename(REPOSITORY, "web")
    renamed = {"GITHUB_REPOSITORY": "acme/web"}
    assert schedule.run(renamed).told == "#1"
    schedule.heal()
    assert schedule.run(renamed).told == "#1, closed"
    body = schedule.person("GET", "/repos/acme/web/issues/1").body["body"]
    assert body.startswith("<!-- crreg:registry-health acme/web ")


def test_another_repositorys_issue_is_kept_where_the_workflow_runs(schedule: Schedule) -> None:
    schedule.github.add_repository("acme/api")
    schedule.need("dev/gone:1")
    schedule.run()
    assert schedule.run(repository="acme/api").told == "#2, opened"
    assert [issue["title"].rpartition(" ")[2] for issue in schedule.issues()] == ["acme/app", "acme/api"]


def test_a_warning_is_worth_an_issue_where_warnings_fail_the_step(schedule: Schedule) -> None:
    schedule.github.add_secret("organization", "acme", "ACR_CONTAINER_REGISTRY_USER", visibility="all")
    schedule.run()
    assert schedule.issues() == []
    assert schedule.run(fail_on="warning").told == "#1, opened"


def test_no_secret_is_in_it(schedule: Schedule) -> None:
    password = schedule.world.places[AZURE].triple("ACR")["ACR_CONTAINER_REGISTRY_PASSWORD"]
    schedule.need(f"dev/{password.lower()}:{password}", "dev/gone:1")
    schedule.run()
    [issue] = schedule.issues()
    assert leaks_in(issue["body"]) == ()
