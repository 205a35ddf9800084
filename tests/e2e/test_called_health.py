"""examples/schedule.yml and the workflow that it calls: healthy, unhealthy, healthy."""

import json

import pytest
from sandbox.credentials import credential, register
from sandbox.github.raw import RawClient
from tests.e2e.called import Called
from tests.e2e.scene import (
    IMAGE,
    ORGANIZATION,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    devcontainer,
    report_of,
    triple,
)
from tests.e2e.workflow import REPOSITORY, Run

pytestmark = [pytest.mark.container, pytest.mark.engine]

DEV_CONTAINER = ".devcontainer/devcontainer.json"
LOST = "ACR_CONTAINER_REGISTRY_PASSWORD"


def test_a_repository_is_healthy_then_unhealthy_then_healthy_and_so_are_report_and_issue(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    values = triple("ACR", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value)
    token = scene.token()
    own = scene.github.add_token(
        "workflow",
        permissions={"contents": "read", "issues": "write"},
        resource_owner=ORGANIZATION,
        repositories=[REPOSITORY],
    )
    stored = {**values, "CODESPACES_ADMIN_TOKEN": token, "GITHUB_TOKEN": register(own)}
    api = RawClient(scene.github.url, token)

    states: list[list[str]] = []

    def run(**inputs: object) -> Run:
        """The run; which issues there are after it is noted in `states`."""
        ended = scene.follow(
            called,
            "schedule",
            {DEV_CONTAINER: devcontainer(f"{registry.address}/{IMAGE}")},
            inputs={"sarif": True, "artifact": "weekly", **inputs},
            stored=stored,
        )
        assert_nothing_leaked(ended)
        states.append([issue["state"] for issue in api("GET", f"/repos/{REPOSITORY}/issues?state=all").body])
        return ended

    healthy = run()
    api("DELETE", f"/repos/{REPOSITORY}/codespaces/secrets/{LOST}")
    unhealthy = run()
    tolerated = run(**{"fail-on": "never"})
    scene.github.add_secret("repository", REPOSITORY, LOST, values[LOST])
    healed = run()

    runs = (healthy, unhealthy, tolerated, healed)
    assert [(one.passed, one.exit_code) for one in runs] == [(True, 0), (False, 1), (True, 0), (True, 0)]
    assert states == [[], ["open"], ["open"], ["closed"]]
    assert [one.artifact for one in runs] == ["weekly"] * 4
    assert [report_of(one)["findings"] for one in (healthy, healed)] == [[], []]
    assert [_scanned(one) for one in runs] == [[], ["missing-secret"], ["missing-secret"], []]
    assert [(one.title, one.file) for one in unhealthy.annotations] == [
        ("missing-secret: ACR", DEV_CONTAINER)
    ]
    assert dict(healthy.outputs) == dict(healed.outputs)
    assert dict(healed.outputs) == {"status": "healthy", "errors": "0", "warnings": "0", "missing": "[]"}
    assert dict(tolerated.outputs) == {
        "status": "unhealthy",
        "errors": "1",
        "warnings": "0",
        "missing": json.dumps([LOST]),
    }


def _scanned(run: Run) -> list[str]:
    """The rules of the results that code scanning was handed."""
    assert run.sarif is not None
    return [result["ruleId"] for result in json.loads(run.sarif)["runs"][0]["results"]]
