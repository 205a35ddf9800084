"""A repository that calls registry-health.yml, by the name that its users write: healthy, unhealthy, healthy."""

import json

import pytest
from tests.e2e.called import Called
from tests.e2e.scene import (
    IMAGE,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    credentials,
    devcontainer,
    report_of,
    triple,
)
from tests.e2e.workflow import REPOSITORY, Run
from tests.sandbox.credentials import credential
from tests.sandbox.github.raw import RawClient

pytestmark = [pytest.mark.container, pytest.mark.engine]

DEV_CONTAINER = ".devcontainer/devcontainer.json"
LOST = "ACR_CONTAINER_REGISTRY_PASSWORD"


def test_a_repository_is_healthy_then_unhealthy_then_healthy_and_each_run_keeps_its_report(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    values = triple("ACR", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value)
    token = scene.token()
    stored = {**values, "ADMIN_TOKEN": token}
    api = RawClient(scene.github.url, token)

    def run(**inputs: object) -> Run:
        ended = scene.call(
            called,
            "registry-health",
            {DEV_CONTAINER: devcontainer(f"{registry.address}/{IMAGE}")},
            inputs={"sarif": True, "artifact": "weekly", **inputs},
            secrets={"token": "${{ secrets.ADMIN_TOKEN }}", "credentials": credentials(values)},
            stored=stored,
        )
        assert_nothing_leaked(ended)
        return ended

    healthy = run()
    api("DELETE", f"/repos/{REPOSITORY}/codespaces/secrets/{LOST}")
    unhealthy = run()
    tolerated = run(**{"fail-on": "never"})
    scene.github.add_secret("repository", REPOSITORY, LOST, values[LOST])
    healed = run()

    runs = (healthy, unhealthy, tolerated, healed)
    assert [(one.passed, one.exit_code) for one in runs] == [(True, 0), (False, 1), (True, 0), (True, 0)]
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
