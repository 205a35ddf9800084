"""Deletes what a run created: what its journal names, and nothing else."""

from http import HTTPStatus
from urllib.parse import quote

from live.journal import Thing
from live.stage import PartEndedError, Stage
from live.web import Answered

_STEPS = {
    "repository": "repository-delete",
    "package": "package-delete",
    "organization-secret": "organization-secret-delete",
    "user-secret": "user-secret-delete",
}


def clean(stage: Stage) -> list[str]:
    """Delete what is left; return a sentence for each thing that could not be deleted.

    A thing with an id is deleted only if what has its name still has that id.
    """
    problems = []
    for thing in stage.journal.left:
        try:
            problem = _delete(stage, thing)
        except PartEndedError:
            problem = "GitHub did not answer"
        if problem:
            problems.append(f"{thing.kind} {thing.owner}/{thing.name}: {problem}.")
    stage.journal.end()
    return problems


def _delete(stage: Stage, thing: Thing) -> str:
    path = _path(stage, thing)
    found = stage.api(f"look-for-{thing.kind}", "GET", path)
    if found.status == HTTPStatus.NOT_FOUND:
        stage.journal.gone(thing)
        return ""
    if found.status != HTTPStatus.OK:
        return f"GitHub answered {found.status}"
    if thing.id is not None and _id(found) != thing.id:
        return "something else has that name now, so it stays"
    deleted = stage.api(_STEPS[thing.kind], "DELETE", path)
    if deleted.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
        return f"GitHub answered {deleted.status} to its deletion"
    stage.journal.gone(thing)
    return ""


def _path(stage: Stage, thing: Thing) -> str:
    match thing.kind:
        case "repository":
            return f"/repos/{thing.owner}/{thing.name}"
        case "package":
            return f"{stage.owner.packages}/{quote(thing.name, safe='')}"
        case "organization-secret":
            return f"/orgs/{thing.owner}/codespaces/secrets/{thing.name}"
        case "user-secret":
            return f"/user/codespaces/secrets/{thing.name}"


def _id(found: Answered) -> int | None:
    document = found.document
    value = document.get("id") if isinstance(document, dict) else None
    return value if isinstance(value, int) else None
