"""A workflow that asks with its own GITHUB_TOKEN, and pushes a package from a public repository."""

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from live.stage import PartEndedError, Stage
from live.web import Asked

FILE = "crreg-live.yml"
_SCRIPT = Path(__file__).with_name("workflow.sh")
_LINE = re.compile(r"(?:^|\s)crreg-live ([a-z-]{1,40}) (\d{3})$", re.MULTILINE)
_MOST_LOOKS = 90
"""How often the run is looked at before the suite gives up."""


def package_name(run: str) -> str:
    """The name of the package that the workflow pushes: below the repository's own."""
    return f"crreg-live-{run}-public/base"


def workflow(stage: Stage) -> str:
    """The file of the workflow, as JSON, which is YAML too."""
    environment = {
        "API": stage.services.api,
        "REGISTRY": stage.services.ghcr,
        "PACKAGE": f"{stage.owner.login.lower()}/{package_name(stage.run)}",
        "OWNER": stage.owner.login if stage.owner.is_organization else "",
        "GITHUB_TOKEN": "${{ github.token }}",
    }
    job = {
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 5,
        "steps": [{"run": _SCRIPT.read_text(encoding="utf-8"), "shell": "sh", "env": environment}],
    }
    document = {
        "name": "crreg-live",
        "on": "workflow_dispatch",
        "permissions": {"contents": "read", "packages": "write"},
        "jobs": {"ask": job},
    }
    return json.dumps(document, indent=2) + "\n"


def start(stage: Stage, repository: str) -> None:
    """Run the workflow once, and read what it saw from its log."""
    package = quote(package_name(stage.run), safe="")
    path = f"{stage.owner.packages}/{package}"
    absent = stage.api("workflow-package-absent", "GET", path)
    content = base64.b64encode(workflow(stage).encode()).decode()
    file = quote(f".github/workflows/{FILE}", safe="")
    stage.api(
        "workflow-file",
        "PUT",
        f"/repos/{repository}/contents/{file}",
        {"message": "Ask with the token of a workflow", "content": content},
    )
    stage.api("tree", "GET", f"/repos/{repository}/git/trees/main?recursive=1")
    actions = f"/repos/{repository}/actions"
    thing = stage.thing("package", package_name(stage.run))
    stage.create(
        thing,
        absent,
        lambda: stage.api(
            "workflow-start", "POST", f"{actions}/workflows/{FILE}/dispatches", {"ref": "main"}, patient=True
        ),
    )
    run = completed(stage, f"{actions}/workflows/{FILE}/runs")
    stage.api("workflow-run", "GET", f"{actions}/runs/{run}")
    jobs = stage.api("workflow-jobs", "GET", f"{actions}/runs/{run}/jobs").document
    try:
        job = int(jobs["jobs"][0]["id"])
    except (KeyError, TypeError, ValueError, IndexError):
        raise PartEndedError("the job") from None
    log = stage.api("workflow-log", "GET", f"{actions}/jobs/{job}/logs").headers.get("location", "")
    stage.note("workflow-token", _said(stage, log))
    stage.api("workflow-package", "GET", path, facts=_public, patient=True)


def _public(shown: Any) -> dict[str, int | bool]:
    return {"public": shown["visibility"] == "public"}


def completed(stage: Stage, path: str) -> int:
    """Wait for the run of a workflow, and return its id; raises PartEndedError if it takes too long."""
    for _ in range(_MOST_LOOKS):
        document = stage.api("workflow-runs", "GET", path).document
        runs = document.get("workflow_runs") if isinstance(document, dict) else None
        latest = runs[0] if isinstance(runs, list) and runs and isinstance(runs[0], dict) else {}
        if latest.get("status") == "completed" and isinstance(latest.get("id"), int):
            return int(latest["id"])
        stage.pause()
    raise PartEndedError("the run of the workflow")


def _said(stage: Stage, address: str) -> dict[str, int | bool]:
    """Read the statuses that the script printed; the address is fetched without the token."""
    if urlsplit(address).scheme != "https" and not address.startswith(f"{stage.services.api}/"):
        raise PartEndedError("the log")
    text = stage.ask("workflow-log-text", Asked("GET", address)).body.decode(errors="replace")
    found = {match[1]: int(match[2]) for match in _LINE.finditer(text.replace("\r", ""))}
    if not found:
        raise PartEndedError("the log")
    return dict(found)
