"""Seeds repositories and whole organizations, and changes them."""

import base64
from datetime import UTC, datetime
from typing import Any

from sandbox.github import organization
from sandbox.github.git_objects import File, History, Mode
from sandbox.github.service import Later, Service
from sandbox.github.steering import VERBS, UnknownThingError, account_of, repository_of, verb
from sandbox.github.world import Repository


@verb
def add_repository(service: Service, body: dict[str, Any]) -> int:
    world = service.world
    owner, _, name = body["full_name"].partition("/")
    files, moment, branch = _files(body["files"]), _moment(body["pushed_at"]), body["default_branch"]
    repository = Repository(
        next(world.ids),
        account_of(world, owner).login,
        name,
        body["visibility"],
        collaborators={login.lower(): role for login, role in body["collaborators"].items()},
        pushed_at=moment,
        default_branch=branch,
        archived=body["archived"],
        fork=body["fork"],
        topics=tuple(body["topics"]),
        properties=body["properties"],
        source=lambda: History.of(files, moment, branch) if files else History(),
    )
    world.add(repository)
    return repository.id


@verb
def add_plan(service: Service, body: dict[str, Any]) -> None:
    """Add the repositories and secrets of a planned organization."""
    plan = organization.Plan.from_json(body["plan"])
    account_of(service.world, plan.login)
    organization.build(service.world, plan)


@verb
def rename_repository(service: Service, body: dict[str, Any]) -> None:
    service.world.rename(repository_of(service.world, body["full_name"]), body["name"])


@verb
def delete_repository(service: Service, body: dict[str, Any]) -> None:
    service.world.remove(repository_of(service.world, body["full_name"]))


@verb
def empty_repository(service: Service, body: dict[str, Any]) -> None:
    repository_of(service.world, body["full_name"]).history = History()


@verb
def change_repository(service: Service, body: dict[str, Any]) -> None:
    repository = repository_of(service.world, body["full_name"])
    for name, value in body["settings"].items():
        setattr(repository, name, value)


@verb
def commit(service: Service, body: dict[str, Any]) -> None:
    repository = repository_of(service.world, body["full_name"])
    moment = _moment(body["moment"])
    repository.history.add(_files(body["files"]), moment, body["branch"] or repository.default_branch)
    repository.pushed_at = moment
    if body["forced"]:
        repository.history.forget_unreachable()


@verb
def refuse_repository(service: Service, body: dict[str, Any]) -> None:
    repository_of(service.world, body["full_name"]).trouble = (body["kind"], body["message"])


@verb
def later(service: Service, body: dict[str, Any]) -> None:
    """Make a change after some more requests."""
    action = VERBS.get(body["change"])
    if action is None:
        raise UnknownThingError(f"there is no {body['verb']}")
    service.later.append(Later(body["requests"], body["path"], lambda: action(service, body["body"])))


def _files(body: dict[str, list[Any]]) -> dict[str, File]:
    return {path: File(base64.b64decode(data), Mode(mode)) for path, (mode, data) in body.items()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
