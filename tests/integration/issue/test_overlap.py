"""Runs that overlap, step by step: whoever looks last finds both issues, and one is left."""

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.raw import RawClient
from tests.integration.issue.scene import ISSUES, REPOSITORY
from tests.unit.rules.facts_builder import facts, image, login, triple

from crreg.action.issue.body import WorkflowRepository
from crreg.action.issue.carry_out import track
from crreg.action.issue.open_or_close import Tracking
from crreg.check.report import Report
from crreg.exits.exit_code import FailOn
from crreg.github.client import GitHub
from crreg.github.issues import Issue, Issues
from crreg.net.deadline import Deadline
from crreg.redaction.redact import Redactor

UNHEALTHY = Report.of(facts(triple(login=login("denied")), image(covered_by="ACR", pull="denied")))
TRACKING = Tracking(
    REPOSITORY, WorkflowRepository(REPOSITORY, "https://github.com"), "17", FailOn.ERROR, Redactor(())
)


@pytest.fixture
def token(github: GitHubSandbox) -> str:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    return github.add_token(
        "workflow", permissions={"issues": "write"}, resource_owner="acme", repositories=[REPOSITORY]
    )


def issues(github: GitHubSandbox, token: str) -> Issues:
    client = GitHub.with_token(token, api_url=github.url, deadline=Deadline.after(30), say=lambda _: None)
    return Issues(client, REPOSITORY)


class Overtaken(Issues):
    """Issues that another run opens one of after this run looked, and before it opens its own."""

    rival: Issues

    def open(self, title: str, body: str) -> Issue:
        assert track(UNHEALTHY, TRACKING, self.rival).said == "#1, opened"
        return super().open(title, body)


class Overtaking(Issues):
    """Issues that another run opens one of after this run opened its own, and before it looks again."""

    rival: Issues

    def open(self, title: str, body: str) -> Issue:
        opened = super().open(title, body)
        self.rival.open(title, body)
        return opened


def states(github: GitHubSandbox, token: str) -> list[tuple[int, str]]:
    found = RawClient(github.url, token)("GET", f"{ISSUES}?state=all").body
    return [(issue["number"], issue["state"]) for issue in found[::-1]]


def test_the_run_that_opens_second_closes_its_own(github: GitHubSandbox, token: str) -> None:
    client = GitHub.with_token(token, api_url=github.url, deadline=Deadline.after(30), say=lambda _: None)
    second = Overtaken(client, REPOSITORY)
    second.rival = issues(github, token)
    assert track(UNHEALTHY, TRACKING, second).said == "#1, which another run opened"
    assert states(github, token) == [(1, "open"), (2, "closed")]


def test_the_run_that_opened_first_closes_the_others(github: GitHubSandbox, token: str) -> None:
    client = GitHub.with_token(token, api_url=github.url, deadline=Deadline.after(30), say=lambda _: None)
    first = Overtaking(client, REPOSITORY)
    first.rival = issues(github, token)
    assert track(UNHEALTHY, TRACKING, first).said == "#1, opened"
    assert states(github, token) == [(1, "open"), (2, "closed")]
