"""The endpoint of one run of a workflow.

Source: https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
"""

from sandbox.github.exchange import Answer, Call, not_found
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.shapes import minimal_repository
from sandbox.github.world import node_id, timestamp

READ = Need(Target.REPOSITORY, ("repo",), "actions", "read", "read", public=True)


@ROUTER.route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", READ)
def get_run(call: Call) -> Answer:
    identifier = call.path["run_id"]
    run = call.world.runs.get(int(identifier)) if identifier.isdecimal() else None
    repository = call.world.repository(call.full_name)
    if run is None or repository is None or run.repository.lower() != repository.full_name.lower():
        raise not_found()
    url = f"{call.request.base}/repos/{repository.full_name}/actions/runs/{run.id}"
    shown = minimal_repository(call.request.base, call.world, repository)
    links = ("jobs", "logs", "cancel", "rerun", "artifacts")
    return Answer(
        200,
        {
            "id": run.id,
            "node_id": node_id("WorkflowRun", run.id),
            "head_branch": "main",
            "head_sha": "0" * 40,
            "path": ".github/workflows/crreg.yml@main",
            "run_number": 1,
            "display_title": "crreg",
            "event": "schedule",
            "status": "in_progress",
            "conclusion": None,
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
        },
    )
