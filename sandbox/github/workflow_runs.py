"""The endpoints of a workflow: start it, and look at its runs, their jobs and logs.

Source: https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
"""

# Assumes GH-RUN.

import secrets
from datetime import UTC, datetime
from typing import Any

import yaml

from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.identity import PREFIXES, Identity, TokenKind
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.server import LOGS
from sandbox.github.shapes import minimal_repository
from sandbox.github.world import Repository, WorkflowRun, node_id, timestamp

READ = Need(Target.REPOSITORY, ("repo",), "actions", "read", "read", public=True)
WRITE = Need(Target.REPOSITORY, ("repo",), "actions", "write", "write")
BASE = "/repos/{owner}/{repo}/actions"


@ROUTER.route("POST", f"{BASE}/workflows/{{workflow_id}}/dispatches", WRITE)
def dispatch(call: Call) -> Answer:
    # Assumes GH-WORKFLOW-FILES, GH-WORKFLOW-TOKEN.
    repository = _repository(call)
    path = f".github/workflows/{call.path['workflow_id']}"
    file = repository.history.files(repository.default_branch).get(path)
    if file is None:
        raise not_found()
    asked = yaml.safe_load(file.data).get("permissions", {})
    if "codespaces_secrets" in asked:
        raise RefusalError(422, "Unexpected value 'codespaces_secrets'")
    token = PREFIXES[TokenKind.WORKFLOW] + secrets.token_hex(20)
    call.world.tokens[token] = Identity(
        TokenKind.WORKFLOW,
        permissions=asked,
        resource_owner=repository.owner,
        repositories=frozenset({repository.id}),
    )
    now = datetime.now(UTC)
    run = WorkflowRun(
        next(call.world.ids),
        repository.full_name,
        now,
        now,
        path=path,
        event="workflow_dispatch",
        status="queued",
        token=token,
    )
    call.world.runs[run.id] = run
    return Answer(204)


@ROUTER.route("GET", f"{BASE}/workflows/{{workflow_id}}/runs", READ)
def list_runs(call: Call) -> Answer:
    repository = _repository(call)
    path = f".github/workflows/{call.path['workflow_id']}"
    runs = [each for each in call.world.runs.values() if _is_of(each, repository) and each.path == path]
    page, headers = page_of(call.request, runs[::-1])
    shown = [_shape(call, repository, each) for each in page]
    return Answer(200, counted("workflow_runs", len(runs), shown), headers)


@ROUTER.route("GET", f"{BASE}/runs/{{run_id}}", READ)
def get_run(call: Call) -> Answer:
    return Answer(200, _shape(call, _repository(call), _run(call, call.path["run_id"])))


@ROUTER.route("GET", f"{BASE}/runs/{{run_id}}/jobs", READ)
def list_jobs(call: Call) -> Answer:
    run = _run(call, call.path["run_id"])
    return Answer(200, counted("jobs", 1, [_job(call, _repository(call), run)]))


@ROUTER.route("GET", f"{BASE}/jobs/{{job_id}}/logs", READ)
def get_log(call: Call) -> Answer:
    run = _run(call, call.path["job_id"])
    return Answer(302, headers={"Location": f"{call.request.base}{LOGS}{run.id}"})


def _repository(call: Call) -> Repository:
    repository = call.world.repository(call.full_name)
    assert repository is not None
    return repository


def _is_of(run: WorkflowRun, repository: Repository) -> bool:
    return run.repository.lower() == repository.full_name.lower()


def _run(call: Call, identifier: str) -> WorkflowRun:
    """The run of that id, which is its only job's too."""
    run = call.world.runs.get(int(identifier)) if identifier.isdecimal() else None
    if run is None or not _is_of(run, _repository(call)):
        # Assumes GH-UNDESCRIBED.
        raise not_found()
    return run


def _shape(call: Call, repository: Repository, run: WorkflowRun) -> dict[str, Any]:
    url = f"{call.request.base}/repos/{repository.full_name}/actions/runs/{run.id}"
    shown = minimal_repository(call.request.base, call.world, repository)
    links = ("jobs", "logs", "cancel", "rerun", "artifacts")
    return {
        "id": run.id,
        "node_id": node_id("WorkflowRun", run.id),
        "head_branch": "main",
        "head_sha": "0" * 40,
        "path": run.path,
        "run_number": 1,
        "display_title": "crreg",
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": 1,
        "url": url,
        "html_url": f"https://github.com/{repository.full_name}/actions/runs/{run.id}",
        "created_at": timestamp(run.created_at),
        "run_started_at": timestamp(run.run_started_at),
        "updated_at": timestamp(run.run_started_at),
        "head_commit": None,
        "head_repository": shown,
        "repository": shown,
        "pull_requests": [],
        "check_suite_url": f"{call.request.base}/repos/{repository.full_name}/check-suites/1",
        "workflow_url": f"{call.request.base}/repos/{repository.full_name}/actions/workflows/1",
        **{f"{link}_url": f"{url}/{link}" for link in links},
    }


def _job(call: Call, repository: Repository, run: WorkflowRun) -> dict[str, Any]:
    api = f"{call.request.base}/repos/{repository.full_name}"
    started = timestamp(run.run_started_at)
    return {
        "id": run.id,
        "run_id": run.id,
        "run_url": f"{api}/actions/runs/{run.id}",
        "node_id": node_id("CheckRun", run.id),
        "head_sha": "0" * 40,
        "head_branch": "main",
        "url": f"{api}/actions/jobs/{run.id}",
        "html_url": f"https://github.com/{repository.full_name}/actions/runs/{run.id}/job/{run.id}",
        "check_run_url": f"{api}/check-runs/{run.id}",
        "workflow_name": "crreg",
        "name": "ask",
        "status": run.status,
        "conclusion": run.conclusion,
        "created_at": started,
        "started_at": started,
        "completed_at": started if run.status == "completed" else None,
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "sandbox",
        "runner_group_id": 1,
        "runner_group_name": "sandbox",
    }
