"""Issues on a GitHub that refuses and pages as the real one does."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import pytest
from sandbox import faults
from sandbox.faults import Fault, FaultHandler, FaultProxy
from sandbox.github.control import GitHubSandbox
from sandbox.github.raw import RawClient

from crreg.github.app import installation_token
from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError
from crreg.github.issues import Issue, Issues
from crreg.net.deadline import Deadline

REPOSITORY = "acme/app"
LIST = f"/repos/{REPOSITORY}/issues"
BOT = "github-actions[bot]"


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    return github


def issues(url: str, token: str) -> Issues:
    client = GitHub.with_token(token, api_url=url, deadline=Deadline.after(30), say=lambda _: None)
    return Issues(client, REPOSITORY)


def workflow(acme: GitHubSandbox, access: Literal["read", "write"] = "write") -> str:
    permissions: dict[str, Literal["read", "write"]] = {"issues": access}
    return acme.add_token(
        "workflow", permissions=permissions, resource_owner="acme", repositories=[REPOSITORY]
    )


def person(acme: GitHubSandbox) -> str:
    return acme.add_token("classic", owner="mona", scopes=["repo"])


def app(acme: GitHubSandbox) -> str:
    registered = acme.add_app("keeper", owner="acme", permissions={"issues": "write"})
    acme.add_installation(registered, "acme")
    identifier, key = str(registered.id), registered.private_key
    return installation_token(
        identifier, key, REPOSITORY, api_url=acme.url, deadline=Deadline.after(30), say=lambda _: None
    )


@pytest.mark.parametrize(("token", "login"), [(workflow, BOT), (person, "mona"), (app, "keeper[bot]")])
def test_every_kind_of_token_knows_whose_it_is_and_finds_what_it_wrote(
    acme: GitHubSandbox, token: Callable[[GitHubSandbox], str], login: str
) -> None:
    kept = issues(acme.url, token(acme))
    opened = kept.open("Title", "Body")
    assert (kept.account(), opened) == (login, Issue(1, "Body", login))
    assert list(kept.written_by(login, is_open=True)) == [opened]


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (faults.RESET, "the connection failed or was interrupted"),
        (faults.server_error(502), "GitHub keeps failing with 502"),
        (faults.server_error(504), "GitHub keeps failing with 504"),
    ],
    ids=str,
)
def test_an_issue_is_opened_once_although_the_answer_is_lost(
    acme: GitHubSandbox, lost: Fault, told: str
) -> None:
    token = person(acme)

    def made_and_lost(handler: FaultHandler) -> None:
        assert (handler.command, lost.request is not None) == ("POST", True)
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        assert RawClient(acme.url, token)("POST", LIST, json.loads(body)).status == 201
        lost.request(handler)  # type: ignore[misc] # it has one, as asserted above

    with FaultProxy(acme.url) as proxy:
        proxy.go_wrong(Fault("made and lost", made_and_lost), times=1)
        with pytest.raises(GitHubError, match=told):
            issues(proxy.url, token).open("Title", "Body")
    assert [issue.number for issue in issues(acme.url, token).written_by("mona", is_open=True)] == [1]


def test_the_token_of_an_app_is_asked_for_again(acme: GitHubSandbox) -> None:
    acme.fail(502, path="/access_tokens")
    assert app(acme).startswith("ghs_")


def test_a_repository_that_was_renamed_keeps_its_issues(acme: GitHubSandbox) -> None:
    kept = issues(acme.url, person(acme))
    acme.repositories.rename(REPOSITORY, "web")
    opened = kept.open("Title", "Body")
    kept.change(opened.number, state="closed")
    kept.comment(opened.number, "It is closed.")
    assert [issue.number for issue in kept.written_by("mona", is_open=False)] == [1]
    raw = RawClient(acme.url, person(acme))
    assert [each["body"] for each in raw("GET", "/repos/acme/web/issues/1/comments").body] == [
        "It is closed."
    ]


def test_an_enterprise_server_has_graphql_beside_its_rest_api(acme: GitHubSandbox) -> None:
    assert issues(acme.enterprise_url, workflow(acme)).account() == BOT


def test_every_page_of_ones_own_issues_is_read_newest_first_and_only_as_far_as_needed(
    acme: GitHubSandbox,
) -> None:
    token = workflow(acme)
    raw, other = RawClient(acme.url, token), RawClient(acme.url, person(acme))
    for number in range(130):
        (other if number % 5 == 0 else raw)("POST", LIST, {"title": f"{number}", "body": "one\r\ntwo"})
    raw("PATCH", f"{LIST}/2", {"state": "closed"})
    kept = issues(acme.url, token)
    acme.forget()
    first = next(kept.written_by(BOT, is_open=True))
    assert (first, len(acme.requests())) == (Issue(130, "one\ntwo", BOT), 1)
    found = [issue.number for issue in kept.written_by(BOT, is_open=True)]
    assert found == [number for number in range(130, 2, -1) if number % 5 != 1]
    assert [issue.number for issue in kept.written_by(BOT, is_open=False)] == [2]
    assert [seen.query.get("page") for seen in acme.requests()][1:] == [None, "2", None]


def test_an_issue_is_changed_and_commented_on(acme: GitHubSandbox) -> None:
    token = workflow(acme)
    kept = issues(acme.url, token)
    kept.open("Title", "Body")
    kept.comment(1, "Comment")
    kept.change(1, body="Other", state="closed", state_reason="not_planned")
    read = RawClient(acme.url, token)
    found = read("GET", f"{LIST}/1").body
    assert (found["body"], found["state"], found["state_reason"]) == ("Other", "closed", "not_planned")
    assert [comment["body"] for comment in read("GET", f"{LIST}/1/comments").body] == ["Comment"]


def test_who_may_not_write_is_refused(acme: GitHubSandbox) -> None:
    kept = issues(acme.url, workflow(acme, "read"))
    assert list(kept.written_by(BOT, is_open=True)) == []
    with pytest.raises(GitHubError) as caught:
        kept.open("Title", "Body")
    assert (caught.value.cause, caught.value.status) == (Cause.REFUSED, 403)


def test_a_token_that_has_ended_is_told_as_such(acme: GitHubSandbox) -> None:
    token = acme.add_token("classic", owner="mona", expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(GitHubError) as caught:
        issues(acme.url, token).account()
    assert caught.value.cause is Cause.BAD_TOKEN
