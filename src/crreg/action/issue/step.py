"""The action's step with `issue: true`: update the tracking issue after the check."""

from collections.abc import Mapping

import requests

from crreg.action.inputs import Inputs
from crreg.action.issue.body import WorkflowRepository
from crreg.action.issue.carry_out import track
from crreg.action.issue.checkup import AnyReport
from crreg.action.issue.open_or_close import Tracking
from crreg.action.runner import Runner
from crreg.exits.unexpected import describe
from crreg.facts.workflow_event import read_event
from crreg.github.access import is_repository
from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError
from crreg.github.issues import Issues
from crreg.net.deadline import Deadline

_BUDGET = 60.0
"""Seconds; the check has its own."""
_LATER = "The next run tries again."
_PERMISSION = "Give the job `permissions: issues: write`, or pass another token as issue-token."


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


def _track(
    report: AnyReport, inputs: Inputs, token: str, environment: Mapping[str, str], runner: Runner
) -> str:
    here = environment.get("GITHUB_REPOSITORY", "")
    place = WorkflowRepository(here if is_repository(here) else inputs.repository, inputs.access.web_url)
    run = environment.get("GITHUB_RUN_ID", "")
    github = GitHub.with_token(
        token, api_url=inputs.access.api_url, deadline=Deadline.after(_BUDGET), say=runner.line
    )
    try:
        tracking = Tracking(
            inputs.organization or inputs.repository,
            place,
            run if run.isdecimal() and run.isascii() else "",
            inputs.fail_on,
            runner.redactor,
        )
        return track(report, tracking, Issues(github, place.repository))
    finally:
        github.close()


def _warn(runner: Runner, reason: str, remedy: str) -> None:
    runner.warning("The tracking issue was not updated", f"{reason} {remedy}")


def _remedy(error: GitHubError) -> str:
    if error.status == requests.codes.gone:
        return "Issues are disabled: enable them in the repository's settings, under Features, or remove input issue."
    if error.cause is Cause.REFUSED:
        return _PERMISSION
    if error.cause is Cause.BAD_TOKEN:
        return "Pass a working token as issue-token, or remove that input to use the workflow's own."
    return _LATER
