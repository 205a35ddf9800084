"""The action that repairs: what `mode: ensure` plans, what it writes, and that a codespace then starts."""

import pytest
from tests.e2e.scene import (
    IMAGE,
    OWNER,
    TOKEN,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    devcontainer,
    references,
    triple,
)
from tests.e2e.workflow import REPOSITORY, Run
from tests.sandbox.codespace import Codespaces, Start
from tests.sandbox.credentials import credential

pytestmark = [pytest.mark.container, pytest.mark.engine]

DEV_CONTAINER = ".devcontainer/devcontainer.json"


def test_a_dry_run_writes_nothing_and_a_codespace_starts_after_the_real_one(
    scene: Scene, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    image = f"{registry.address}/{IMAGE}"
    values = triple("ACR", registry.address, user)
    stored = {**values, "ADMIN_TOKEN": scene.token()}
    codespaces = Codespaces(scene.github, scene.engine)

    def run(**inputs: str) -> Run:
        ended = scene.run(
            {DEV_CONTAINER: devcontainer(image)},
            inputs={**TOKEN, "mode": "ensure", **inputs},
            env=references(values),
            stored=stored,
        )
        assert_nothing_leaked(ended)
        return ended

    def outcome() -> tuple[Start, dict[str, str]]:
        """How a codespace starts now, and what is stored."""
        secrets = scene.github.secrets("repository", REPOSITORY)
        opened = {name: secret.value.decode() for name, secret in secrets.items()}
        return codespaces.start(image, repository=REPOSITORY, person=OWNER), opened

    planned = run(**{"dry-run": "true"})
    not_yet = outcome()
    done = run()
    at_last = outcome()

    assert (planned.passed, done.passed) == (True, True)
    assert (not_yet[0].started, not_yet[1]) == (False, {})
    assert at_last == (Start(started=True), values)
