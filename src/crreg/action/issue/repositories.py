"""The tracking issues in an organization's repositories: one in each that something is wrong with."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import requests

from crreg.action.issue.carry_out import track
from crreg.action.issue.checkup import OneOfMany, checkup_of
from crreg.action.issue.compare import compare
from crreg.action.issue.open_or_close import Change, Tracking, is_needed
from crreg.action.issue.state import IssueState
from crreg.exits.status import Status
from crreg.github.client import Answers, GitHub
from crreg.github.errors import Cause, GitHubError
from crreg.github.issues import Issues
from crreg.organization.listed import Listed
from crreg.organization.report import Checked, OrganizationReport

_MOST_FAILURES = 3
"""Repositories that fail one after the other before the rest is left, since the token may lack the permission."""


class Memory(Answers, Protocol):
    """What earlier runs know about the issues, and GitHub's answers; without it, crreg asks every repository."""

    def issues(self, organization: str) -> Mapping[str, bool]:
        """Return the repositories that were asked, each with whether there was an open issue."""

    def note_issue(self, organization: str, repository: str, *, is_open: bool) -> None:
        """Remember whether a repository has an open issue."""


@dataclass(slots=True)
class Tally:
    """What was done in all repositories."""

    changes: Counter[Change] = field(default_factory=Counter)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """The repositories that would need an issue and can have none, by the reason."""
    failed: list[str] = field(default_factory=list)
    """The repositories that GitHub answered with an error for."""
    error: GitHubError | None = None
    """The last of these errors, or what ended the run."""
    left: int = 0
    """Repositories that the next run has to look at, because this one ended."""


def track_each(
    report: OrganizationReport,
    tracking: Tracking,
    github: GitHub,
    memory: Memory,
    say: Callable[[str], None],
) -> Tally:
    """Bring each repository's issue up to date, those that need a new one first.

    They are asked one after the other, as GitHub advises:
    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests

    A repository is asked only if something is wrong with it, if it had an open issue, or if it was never asked. A run
    that ends early leaves the rest to the next, which finds by each issue what is done. Raises nothing for GitHub's
    answers.
    """
    tally = Tally()
    account = ""
    waiting = list(_ordered(report, tracking, memory.issues(report.organization), tally))
    failures = 0
    for position, each in enumerate(waiting):
        name = each.checked.name
        issues = Issues(github, name, account)
        try:
            tracked = track(each, replace(tracking, repository=name), issues)
        except GitHubError as error:
            reason = _reason(error, each)
            if reason:
                tally.left_out.setdefault(reason, []).append(name)
                memory.note_issue(report.organization, name, is_open=False)
                continue
            tally.error = error
            failures += 1
            if not error.is_for_later:
                tally.failed.append(name)
            if error.is_for_later or error.cause is Cause.BAD_TOKEN or failures >= _MOST_FAILURES:
                tally.left = len(waiting) - position
                break
            continue
        failures = 0
        account = issues.account() if tracked.is_open is not None else account
        if tracked.is_open is not None:
            memory.note_issue(report.organization, name, is_open=tracked.is_open)
        if tracked.change is not None:
            tally.changes[tracked.change] += 1
            say(f"Issue of {name}: {tracked.said}")
    return tally


def _ordered(
    report: OrganizationReport, tracking: Tracking, known: Mapping[str, bool], tally: Tally
) -> Iterator[OneOfMany]:
    """Yield what to look at: new issues, then known ones, then repositories that no run has asked yet."""
    ranked: list[tuple[int, OneOfMany]] = []
    for checked in report.repositories:
        each = OneOfMany(checked, report.now)
        if checkup_of(each).silence.everything:
            continue
        needs = is_needed(compare(each, IssueState()), tracking.fail_on)
        reason = _left_out(checked.listed)
        was_open = known.get(checked.name)
        if reason:
            if needs:
                tally.left_out.setdefault(reason, []).append(checked.name)
        elif needs:
            ranked.append((1 if was_open else 0, each))
        elif was_open is not False:
            ranked.append((1 if was_open else 2, each))
    if report.is_whole:
        names = {checked.name for checked in report.repositories}
        # They no longer have a dev container, so nothing is wrong with it.
        ranked += [
            (1, OneOfMany(_without_dev_container(name), report.now, is_gone=True))
            for name, is_open in known.items()
            if is_open and name not in names
        ]
    yield from (each for _, each in sorted(ranked, key=lambda pair: pair[0]))


def _left_out(listed: Listed) -> str:
    """Return why a repository's issues are never touched, as a clause; empty if they may be."""
    if listed.is_archived:
        return "archived"
    # Anyone could read which credentials of the organization don't work.
    return "public" if listed.visibility == "public" else ""


def _reason(error: GitHubError, each: OneOfMany) -> str:
    """Return why a repository can have no issue, as a clause; empty for another error."""
    if error.status == requests.codes.gone:
        return "issues are disabled"
    if error.is_archived:
        return "archived"
    return "no longer there" if each.is_gone and error.cause is Cause.REFUSED else ""


def _without_dev_container(name: str) -> Checked:
    return Checked(Listed(0, name, "private", "", ""), Status.HEALTHY)
