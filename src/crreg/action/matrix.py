"""The action's steps with the modes `plan` and `merge`, around a matrix of checks."""

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from crreg.action.inputs import InputError, Inputs
from crreg.action.organization import keep_issues, opened_state, record, write_organizations, write_page
from crreg.action.reporting import claim_report
from crreg.action.runner import Runner
from crreg.exits.exit_code import DONE, exit_code
from crreg.exits.status import Status
from crreg.github.access import is_login
from crreg.github.errors import GitHubError
from crreg.net.deadline import ORGANIZATION_BUDGET, Deadline, read_budget
from crreg.organization.database import StateError
from crreg.organization.job import PlanError, matrix_output, parse_plan, parse_runners
from crreg.organization.matrix import Wishes
from crreg.organization.merge_run import merge_files
from crreg.organization.splitting import PlanRequest, make_plan
from crreg.workspace.confined import RefusedError, resolve
from crreg.workspace.opening import walk_below

_ENDING = ".state"
"""The parts in their folder and the folders below it, one for each artifact."""


def plan_step(inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Write the plan to the output `matrix`.

    Raises:
        InputError: an input does not fit.
        BudgetError: CRREG_TIMEOUT is not a number of seconds.
    """
    planning = inputs.planning
    if not inputs.access.given:
        raise InputError(
            "The mode plan needs a token that can read the repositories: pass token, or app-id and app-private-key."
        )
    for name in (*planning.organizations, *filter(None, [planning.enterprise])):
        if not is_login(name):
            raise InputError(f"{name!r} is not the name of an organization or an enterprise.")
    try:
        # An App has a token, and so limits, for each organization that it is installed on.
        wishes = Wishes(
            parse_runners(planning.runners), planning.default_runner, own_tokens=inputs.access.token is None
        )
        jobs = make_plan(
            PlanRequest(
                inputs.access,
                planning.organizations,
                planning.enterprise,
                wishes,
                read_budget(environment),
                say=runner.line,
                conceal=runner.mask,
            )
        )
        matrix = matrix_output(jobs)
    except PlanError as error:
        raise InputError(str(error)) from None
    except GitHubError as error:
        runner.error("No plan was made", error.detail)
        return exit_code(Status.UNKNOWN)
    for job in jobs:
        runner.line(f"{job.name}, with {job.share:.2%} of the limits of its token")
    runner.output("matrix", matrix)
    return DONE


def merge_step(inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Join the parts, write the reports, and remember them.

    Raises:
        InputError: an input does not fit.
        OSError: a report or the state can't be written.
    """
    claim_report(inputs)
    if inputs.issues_per_repository and not inputs.access.given:
        raise InputError(
            "The input issues-per-repository needs a token that may write issues: pass token, or app-id and "
            "app-private-key."
        )
    deadline = Deadline.after(read_budget(environment, ORGANIZATION_BUDGET))
    try:
        jobs = parse_plan(inputs.planning.plan)
        with opened_state(inputs, runner) as state:
            merged = merge_files(jobs, _parts(inputs), state, runner.line, [inputs.workspace])
            for report in merged.reports:
                if report.is_whole:
                    record(report, state, runner)
            if inputs.dashboard is not None:
                write_page(state, inputs.dashboard, inputs, runner)
            write_organizations(merged.reports, inputs, runner)
            for report in merged.reports:
                own = replace(inputs, organization=report.organization)
                keep_issues(report, own, environment, runner, state=state, deadline=deadline)
    except (PlanError, StateError) as error:
        raise InputError(str(error)) from None
    return merged.exit_code(inputs.fail_on)


def _parts(inputs: Inputs) -> list[Path]:
    """Return the files with the parts. Links are left out, even those to files in the folder."""
    if not inputs.planning.parts:
        raise InputError("The mode merge needs the input parts: the folder with the artifacts of the jobs.")
    root = os.path.realpath(inputs.workspace)
    found: list[Path] = []
    try:
        top = resolve(root, inputs.planning.parts)
        for folder in walk_below(root, top.split("/")):
            kinds = {name: folder.status(name).st_mode for name in folder.names}
            folder.inner.extend(name for name, mode in kinds.items() if stat.S_ISDIR(mode))
            found += [
                Path(root, top, folder.path, name)
                for name, mode in kinds.items()
                if stat.S_ISREG(mode) and name.endswith(_ENDING)
            ]
    except (RefusedError, OSError):
        raise InputError(
            f"The input parts is {inputs.planning.parts!r}, but must be a folder in the workspace."
        ) from None
    return sorted(found)
