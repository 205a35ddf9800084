"""The action, built once for the whole run."""

import pytest
from tests.e2e.image import Action
from tests.sandbox.engine import Engine


@pytest.fixture(scope="session")
def action(engine: Engine, base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Action:
    assert base_image
    return Action.build(engine.host, tmp_path_factory.mktemp("action"))


@pytest.fixture(scope="session")
def action_image(action: Action) -> str:
    """The tag of the built image."""
    return action.image
