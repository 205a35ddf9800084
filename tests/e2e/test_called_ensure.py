"""examples/ensure.yml and the workflow that it calls: planned, written, then current."""

import pytest
from sandbox.codespace import Codespaces, Start
from sandbox.credentials import credential
from tests.e2e.called import Called
from tests.e2e.scene import (
    IMAGE,
    OWNER,
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


def test_secrets_are_planned_in_a_dry_run_then_written_and_a_codespace_starts(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    image = f"{registry.address}/{IMAGE}"
    values = triple("ACR", registry.address, user)
    stored = {**values, "CODESPACES_ADMIN_TOKEN": scene.token()}
    codespaces = Codespaces(scene.github, scene.engine)

    def run(**inputs: object) -> tuple[Run, list[str], Start]:
        """The run, what came of each secret, and how a codespace starts after it."""
        ended = scene.follow(
            called,
            "ensure",
            {DEV_CONTAINER: devcontainer(image)},
            inputs=inputs,
            stored=stored,
        )
        assert_nothing_leaked(ended)
        outcomes = [change["outcome"] for change in report_of(ended)["changes"]]
        return ended, outcomes, codespaces.start(image, repository=REPOSITORY, person=OWNER)

    planned, to_do, not_yet = run(**{"dry-run": True})
    written, done, at_last = run()
    repeated, nothing, still = run()

    assert [one.passed for one in (planned, written, repeated)] == [True, True, True]
    assert (to_do, done, nothing) == (["planned"] * 3, ["done"] * 3, ["unchanged"] * 3)
    assert (not_yet.started, at_last, still) == (False, Start(started=True), Start(started=True))
    assert [one.artifact for one in (planned, written, repeated)] == ["registry-ensure"] * 3
    assert dict(written.outputs) == {"status": "healthy", "errors": "0", "warnings": "0", "missing": "[]"}
