"""Every test of an engine runs on the one that is installed and on a newer one with containerd's image store."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sandbox.engine import Engine
from sandbox.registry import Registry, running_registry
from tests.integration.engine.workshop import Docker, loses_contexts


@pytest.fixture(scope="session", params=["installed", "newer"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine of the world, started from what is installed, and the newer one."""
    name = "newer_engine" if request.param == "newer" else "world_engine"
    engine = request.getfixturevalue(name)
    assert isinstance(engine, Engine)
    return engine


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "registry") as registry:
        yield registry


@pytest.fixture
def by_itself(engine: Engine) -> dict[str, str]:
    """Variables with which the engine builds by its own API, as there is no `docker` command."""
    return {**engine.environment(), "PATH": ""}


@pytest.fixture
def with_buildx(engine: Engine, release: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables with which buildx is at hand."""
    own = replace(engine, home=tmp_path_factory.mktemp("docker"))
    own.use_buildx(release)
    return {**own.environment(), "PATH": os.environ["PATH"]}


@pytest.fixture(params=["by itself", "with buildx"])
def environment(
    request: pytest.FixtureRequest, by_itself: dict[str, str], with_buildx: dict[str, str]
) -> dict[str, str]:
    """Both ways to build."""
    return with_buildx if request.param == "with buildx" else by_itself


@pytest.fixture
def buildkit(engine: Engine, environment: dict[str, str]) -> dict[str, str]:
    """Both ways to build, as far as they lead to BuildKit."""
    if loses_contexts(engine) and not environment["PATH"]:
        pytest.skip("this engine's BuildKit loses a context that is sent without a session")
    return environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A context with a Dockerfile that needs no base and no container."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    return folder


@pytest.fixture
def docker(with_buildx: dict[str, str]) -> Docker:
    """The `docker` command of a person who has buildx."""
    return Docker(with_buildx)
