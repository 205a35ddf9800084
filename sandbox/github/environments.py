"""The endpoints of a repository's deployment environments, and of the secrets and variables of each.

Source: https://docs.github.com/en/rest/deployments/environments
"""

# Assumes GH-ENVIRONMENTS.

from sandbox.github.actions_variables import variables_page
from sandbox.github.exchange import Answer, Call, not_found
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.secret_writing import shape
from sandbox.github.world import Environment, node_id, timestamp

BASE = "/repos/{owner}/{repo}/environments"
READ = Need(Target.REPOSITORY, ("repo",), "actions", "read", "read", public=True)
READ_STORES = Need(Target.REPOSITORY, ("repo",), "environments", "read", "read")


@ROUTER.route("GET", BASE, READ)
def list_environments(call: Call) -> Answer:
    found = _environments(call)
    page, headers = page_of(call.request, found)
    repository = call.world.repository(call.full_name)
    assert repository is not None
    url = f"{call.request.base}/repos/{repository.full_name}/environments"
    created = timestamp(repository.created_at)
    shown = [
        {
            "id": each.id,
            "node_id": node_id("Environment", each.id),
            "name": each.name,
            "url": f"{url}/{each.name}",
            "html_url": f"https://github.com/{repository.full_name}/deployments",
            "created_at": created,
            "updated_at": created,
        }
        for each in page
    ]
    return Answer(200, counted("environments", len(found), shown), headers)


@ROUTER.route("GET", f"{BASE}/{{environment_name}}/secrets", READ_STORES)
def list_environment_secrets(call: Call) -> Answer:
    secrets = call.world.store("actions", "environment", _owner(call)).listed()
    page, headers = page_of(call.request, secrets)
    return Answer(200, counted("secrets", len(secrets), [shape(each) for each in page]), headers)


@ROUTER.route("GET", f"{BASE}/{{environment_name}}/variables", READ_STORES)
def list_environment_variables(call: Call) -> Answer:
    return variables_page(call, call.world.variables_of("environment", _owner(call)).values())


def _environments(call: Call) -> list[Environment]:
    repository = call.world.repository(call.full_name)
    assert repository is not None
    return call.world.environments.get(repository.id, [])


def _owner(call: Call) -> str:
    """The environment that owns the store; raises RefusalError if it does not exist."""
    # Assumes GH-ENVIRONMENTS.
    name = call.path["environment_name"]
    if name.lower() not in {each.name.lower() for each in _environments(call)}:
        raise not_found()
    return f"{call.full_name}/{name}"
