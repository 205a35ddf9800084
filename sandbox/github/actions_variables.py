"""The endpoints of Actions variables: a repository's, an organization's, and the organization's that a repository sees.

Sources: https://docs.github.com/en/rest/actions/variables
https://docs.github.com/en/actions/reference/workflows-and-actions/variables#limits-for-configuration-variables
"""

# Assumes GH-VARIABLES.

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.world import Variable, timestamp

MAXIMUM_SIZE = 48 * 1024
"""The most bytes of a value."""
MOST = {"repository": 500, "organization": 1000}
LARGEST_PAGE = 30
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

REPOSITORY = "/repos/{owner}/{repo}/actions/variables"
SHARED = "/repos/{owner}/{repo}/actions/organization-variables"
ORGANIZATION = "/orgs/{org}/actions/variables"
READ = Need(Target.REPOSITORY, ("repo",), "variables", "read", "read")
WRITE = Need(Target.REPOSITORY, ("repo",), "variables", "write", "write")
READ_ORGANIZATION = Need(
    Target.ORGANIZATION, ("admin:org",), "organization_actions_variables", "read", "admin"
)
WRITE_ORGANIZATION = Need(
    Target.ORGANIZATION, ("admin:org",), "organization_actions_variables", "write", "admin"
)


@ROUTER.route("GET", REPOSITORY, READ)
def list_repository(call: Call) -> Answer:
    return variables_page(call, _repository(call).values())


@ROUTER.route("GET", SHARED, READ)
def list_shared(call: Call) -> Answer:
    repository = call.world.repository(call.full_name)
    assert repository is not None
    seen = [
        variable
        for variable in call.world.variables_of("organization", repository.owner).values()
        if variable.visibility == "all"
        or (variable.visibility == "private" and repository.visibility != "public")
        or (variable.visibility == "selected" and repository.id in variable.repositories)
    ]
    return variables_page(call, seen)


@ROUTER.route("POST", REPOSITORY, WRITE)
def create_in_repository(call: Call) -> Answer:
    return _create(_repository(call), call.document(), None, MOST["repository"])


@ROUTER.route("GET", f"{REPOSITORY}/{{name}}", READ)
def get_of_repository(call: Call) -> Answer:
    return Answer(200, variable_shape(_found(_repository(call), call)))


@ROUTER.route("PATCH", f"{REPOSITORY}/{{name}}", WRITE)
def update_in_repository(call: Call) -> Answer:
    return _update(_found(_repository(call), call), call.document())


@ROUTER.route("DELETE", f"{REPOSITORY}/{{name}}", WRITE)
def delete_from_repository(call: Call) -> Answer:
    del _repository(call)[_found(_repository(call), call).name]
    return Answer(204)


@ROUTER.route("GET", ORGANIZATION, READ_ORGANIZATION)
def list_organization(call: Call) -> Answer:
    return variables_page(call, _organization(call).values())


@ROUTER.route("POST", ORGANIZATION, WRITE_ORGANIZATION)
def create_in_organization(call: Call) -> Answer:
    document = call.document()
    return _create(_organization(call), document, document["visibility"], MOST["organization"])


@ROUTER.route("GET", f"{ORGANIZATION}/{{name}}", READ_ORGANIZATION)
def get_of_organization(call: Call) -> Answer:
    return Answer(200, variable_shape(_found(_organization(call), call)))


@ROUTER.route("PATCH", f"{ORGANIZATION}/{{name}}", WRITE_ORGANIZATION)
def update_in_organization(call: Call) -> Answer:
    return _update(_found(_organization(call), call), call.document())


def variables_page(call: Call, variables: Iterable[Variable]) -> Answer:
    """One page of a list: 10 items by default, and 30 at most."""
    listed = sorted(variables, key=lambda variable: variable.name)
    page, headers = page_of(call.request, listed, default=10, most=LARGEST_PAGE)
    return Answer(200, counted("variables", len(listed), [variable_shape(each) for each in page]), headers)


def variable_shape(variable: Variable) -> dict[str, Any]:
    """A variable in the form of lists."""
    shown: dict[str, Any] = {
        "name": variable.name,
        "value": variable.value,
        "created_at": timestamp(variable.created_at),
        "updated_at": timestamp(variable.updated_at),
    }
    return shown if variable.visibility is None else shown | {"visibility": variable.visibility}


def _create(
    variables: dict[str, Variable], document: dict[str, Any], visibility: str | None, most: int
) -> Answer:
    # Assumes GH-VARIABLES.
    name, value = _checked_name(document["name"]), _checked_value(document["value"])
    if name in variables:
        raise RefusalError(409, "Already exists - Variable already exists")
    if len(variables) >= most:
        raise RefusalError(422, f"You may not have more than {most} variables.")
    now = datetime.now(UTC)
    chosen = list(document.get("selected_repository_ids", ()))
    variables[name] = Variable(name, value, now, now, visibility, chosen)
    return Answer(201, {})


def _update(variable: Variable, document: dict[str, Any]) -> Answer:
    # Assumes GH-VARIABLES.
    if "value" in document:
        variable.value = _checked_value(document["value"])
    if variable.visibility is not None and "visibility" in document:
        variable.visibility = document["visibility"]
        variable.repositories = list(document.get("selected_repository_ids", ()))
    variable.updated_at = datetime.now(UTC)
    return Answer(204)


def _checked_name(name: str) -> str:
    # Assumes GH-VARIABLES.
    if _NAME.fullmatch(name) is None or name.upper().startswith("GITHUB_"):
        raise RefusalError(422, "Variable name is invalid.")
    return name.upper()


def _checked_value(value: str) -> str:
    # Assumes GH-VARIABLES.
    if not value:
        raise RefusalError(422, "Variable value can't be blank.")
    if len(value.encode()) > MAXIMUM_SIZE:
        raise RefusalError(422, "Variable value is too large.")
    return value


def _repository(call: Call) -> dict[str, Variable]:
    return call.world.variables_of("repository", call.full_name)


def _organization(call: Call) -> dict[str, Variable]:
    return call.world.variables_of("organization", call.path["org"])


def _found(variables: dict[str, Variable], call: Call) -> Variable:
    # Assumes GH-VARIABLES.
    variable = variables.get(call.path["name"].upper())
    if variable is None:
        raise not_found()
    return variable
