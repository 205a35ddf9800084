"""The action's step with `issue: true` or `issues-per-repository: true`: update the tracking issues after the check."""

from collections.abc import Mapping

import requests

from crreg.action.inputs import Inputs
from crreg.action.issue.body import WorkflowRepository
from crreg.action.issue.carry_out import track
from crreg.action.issue.checkup import AnyReport
from crreg.action.issue.open_or_close import Tracking
from crreg.action.issue.repositories import Memory, Tally, track_each
from crreg.action.runner import Runner
from crreg.exits.unexpected import describe
from crreg.facts.workflow_event import read_event
from crreg.github.access import is_repository
from crreg.github.client import GitHub
from crreg.github.connection import open_client
from crreg.github.errors import Cause, GitHubError, Reason
from crreg.github.issues import Issues
from crreg.github.pacing import Pacing
from crreg.net.deadline import ISSUE_BUDGET, Deadline
from crreg.organization.report import OrganizationReport, repositories_counted
from crreg.remedies.wording import some_of

_LATER = "The next run tries again."
_PERMISSION = "Give the job `permissions: issues: write`, or pass another token as issue-token."
_PERMISSION_EVERYWHERE = (
    'The token (or the GitHub App) needs the permission "Issues" (read and write) of the repositories; a classic token '
    "needs the scope repo."
)
_SINGLE_SIGN_ON = (
    "Authorize the token for the organization's single sign-on, under Configure SSO of your tokens."
)
_NAMED = 10
"""Repositories that a line names."""


def issue_step(report: AnyReport, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> None:
    """Update the issue; a failure is a warning, since the check's verdict does not depend on it.

    The issue is in the repository that runs the workflow, where the workflow's own token can write. If the event allows
    no changes, the issue is neither read nor written.
    """
    event = read_event(environment)
    if not event.may_write:
        runner.line(f"Tracking issue: not updated. {event.held_back}")
        return
    if inputs.issue_token is None:
        _warn(runner, "There is no token to write it with: issue-token is empty.", _PERMISSION)
        return
    try:
        done = _track(report, inputs, inputs.issue_token, environment, runner)
    except GitHubError as error:
        _warn(runner, error.detail, _remedy(error))
    except Exception as error:  # noqa: BLE001 - the check's verdict does not depend on the issue
        _warn(runner, describe(error), _LATER)
    else:
        runner.line(f"Tracking issue: {done}")


def repository_issues_step(
    report: OrganizationReport,
    inputs: Inputs,
    environment: Mapping[str, str],
    runner: Runner,
    *,
    memory: Memory,
    deadline: Deadline,
) -> None:
    """Update the issue of each repository of an organization; a failure is a warning, as for the one issue.

    They are written with the token of the check, because the workflow's own reaches only its own repository. `deadline`
    is the end of the run; the issues get some time even after it.
    """
    event = read_event(environment)
    if not event.may_write:
        runner.line(f"Issues of repositories: not updated. {event.held_back}")
        return
    try:
        later = Deadline.after(max(deadline.remaining, ISSUE_BUDGET))
        tally = _track_each(report, inputs, environment, runner, memory, later=later)
    except GitHubError as error:
        _warn_of_many(runner, error.detail)
    except Exception as error:  # noqa: BLE001 - the check's verdict does not depend on the issues
        _warn_of_many(runner, describe(error))
    else:
        _tell(tally, runner)


def _track_each(
    report: OrganizationReport,
    inputs: Inputs,
    environment: Mapping[str, str],
    runner: Runner,
    memory: Memory,
    *,
    later: Deadline,
) -> Tally:
    github, _ = open_client(
        inputs.access,
        report.organization,
        deadline=later,
        say=runner.line,
        conceal=runner.mask,
        answers=memory,
        pacing=Pacing(runner.line),
    )
    try:
        return track_each(report, _tracking(inputs, environment, runner), github, memory, runner.line)
    finally:
        github.close()


def _tell(tally: Tally, runner: Runner) -> None:
    """Say what was done, and warn of what was not."""
    counts = [f"{count} {change}" for change, count in tally.changes.items()]
    runner.line(f"Issues of repositories: {', '.join(counts) or 'none was opened or closed'}.")
    for reason, names in tally.left_out.items():
        runner.line(f"No issue is kept in {some_of(names, _NAMED)}: {reason}.")
    if tally.error is None:
        return
    what = f"{repositories_counted(tally.left)} left for the next run. " if tally.left else ""
    what += f"It failed in {some_of(tally.failed, _NAMED)}. " if tally.failed else ""
    remedy = _PERMISSION_EVERYWHERE if tally.error.lacks_permission else _LATER
    remedy = _SINGLE_SIGN_ON if tally.error.reason is Reason.SINGLE_SIGN_ON else remedy
    _warn_of_many(runner, f"{what}{tally.error.detail}", remedy)


def _track(
    report: AnyReport, inputs: Inputs, token: str, environment: Mapping[str, str], runner: Runner
) -> str:
    github = GitHub.with_token(
        token, api_url=inputs.access.api_url, deadline=Deadline.after(ISSUE_BUDGET), say=runner.line
    )
    try:
        tracking = _tracking(inputs, environment, runner)
        return track(report, tracking, Issues(github, tracking.place.repository)).said
    finally:
        github.close()


def _tracking(inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> Tracking:
    here, run = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_RUN_ID", "")
    return Tracking(
        inputs.organization or inputs.repository,
        WorkflowRepository(here if is_repository(here) else inputs.repository, inputs.access.web_url),
        run if run.isdecimal() and run.isascii() else "",
        inputs.fail_on,
        runner.redactor,
    )


def _warn(runner: Runner, reason: str, remedy: str) -> None:
    runner.warning("The tracking issue was not updated", f"{reason} {remedy}")


def _warn_of_many(runner: Runner, reason: str, remedy: str = _LATER) -> None:
    runner.warning("Not every repository's issue was updated", f"{reason} {remedy}")


def _remedy(error: GitHubError) -> str:
    if error.status == requests.codes.gone:
        return "Issues are disabled: enable them in the repository's settings, under Features, or remove input issue."
    if error.is_archived:
        return "Unarchive the repository, or remove input issue."
    if error.is_locked:
        return "Unlock the issue's conversation."
    if error.reason is Reason.SINGLE_SIGN_ON:
        return _SINGLE_SIGN_ON
    if error.cause is Cause.BAD_TOKEN:
        return "Pass a working token as issue-token, or remove that input to use the workflow's own."
    return _PERMISSION if error.lacks_permission else _LATER
