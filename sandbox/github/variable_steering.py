"""Seeds and reads Actions variables, environments and workflow runs."""

from datetime import datetime
from typing import Any

from sandbox.github.service import Service
from sandbox.github.steering import repository_of, verb
from sandbox.github.world import Environment, Repository, Variable, WorkflowRun


@verb
def add_variable(service: Service, body: dict[str, Any]) -> None:
    """Add an Actions variable; replaces an existing one of that name."""
    world, updated = service.world, datetime.fromisoformat(body["updated_at"])
    chosen = [repository_of(service.world, full_name).id for full_name in body["repositories"]]
    name = body["name"].upper()
    world.variables_of(body["level"], body["owner"])[name] = Variable(
        name, body["value"], updated, updated, body["visibility"], chosen
    )


@verb
def variable(service: Service, body: dict[str, Any]) -> str | None:
    """The value of an Actions variable; None if there is none."""
    found = service.world.variables_of(body["level"], body["owner"]).get(body["name"].upper())
    return found.value if found else None


@verb
def variables(service: Service, body: dict[str, Any]) -> dict[str, str]:
    """The values of all variables, by name."""
    found = service.world.variables_of(body["level"], body["owner"])
    return {name: each.value for name, each in found.items()}


@verb
def add_environment(service: Service, body: dict[str, Any]) -> None:
    repository = repository_of(service.world, body["full_name"])
    environments = service.world.environments.setdefault(repository.id, [])
    environments.append(Environment(next(service.world.ids), body["name"]))


@verb
def add_run(service: Service, body: dict[str, Any]) -> int:
    """Add a workflow run; returns its id."""
    identifier = next(service.world.ids)
    created, started = (datetime.fromisoformat(body[name]) for name in ("created_at", "run_started_at"))
    repository = repository_of(service.world, body["full_name"]).full_name
    service.world.runs[identifier] = WorkflowRun(identifier, repository, created, started)
    return identifier


@verb
def queued_runs(service: Service, _: dict[str, Any]) -> list[dict[str, Any]]:
    """Every workflow run that was started through the API and not run yet, with its file and its token."""
    world = service.world
    return [
        {
            "id": run.id,
            "repository": run.repository,
            "file": _texts(repository_of(world, run.repository))[run.path],
            "token": run.token,
        }
        for run in world.runs.values()
        if run.status == "queued" and world.repository(run.repository) is not None
    ]


@verb
def finish_run(service: Service, body: dict[str, Any]) -> None:
    """Complete a workflow run whose job printed that log."""
    run = service.world.runs[body["id"]]
    run.status, run.conclusion, run.log = "completed", body["conclusion"], body["log"]


@verb
def files(service: Service, body: dict[str, Any]) -> dict[str, str]:
    """The text files of a repository's default branch, by path."""
    return _texts(repository_of(service.world, body["full_name"]))


def _texts(repository: Repository) -> dict[str, str]:
    found = repository.history.files(repository.default_branch)
    return {path: file.data.decode() for path, file in found.items()}
