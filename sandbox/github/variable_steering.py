"""Seeds and reads Actions variables, environments and workflow runs."""

from datetime import datetime
from typing import Any

from sandbox.github.service import Service
from sandbox.github.steering import repository_of, verb
from sandbox.github.world import Environment, Variable, WorkflowRun


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
