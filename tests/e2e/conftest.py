"""The action's image, built once for the whole run and for all of its workers."""

import fcntl

import pytest
from tests.e2e.image import build
from tests.sandbox.engine import Engine


@pytest.fixture(scope="session")
def action_image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tag of the built image."""
    # Workers that build at the same time would each do all of the work: one does it, the others find it in the cache.
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "action-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build(engine.host)
