"""Fixtures that start the sandbox's servers; those that cost much live as long as the test session."""

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from sandbox.authority import Authority
from sandbox.aws import Aws
from sandbox.base_image import IMAGE, ensure_base_image
from sandbox.docker_release import docker_release
from sandbox.engine import Engine, machines_own, running_engine
from sandbox.ghcr import Ghcr, reached_by_name, running_ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.github.fixtures import github, github_server  # noqa: F401 - fixtures by their names
from sandbox.internet import Internet
from sandbox.world import World, running_world
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

# nohup and the background jobs of scripts ignore these, and so would all that the tests start and interrupt.
for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, signal.default_int_handler if ignored == signal.SIGINT else signal.SIG_DFL)

# Without compiled files, each of some 2,000 starts of crreg would compile it: a third more CPU time. CI's shells often
# forbid to write them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from walking thousands of tests, which live to the end, again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


class _Groups(LoadScopeScheduling):  # type: ignore[misc] # its base has no types
    """Gives all of e2e to one process, where its tests share the action's image, and each other test to any."""

    def _split_scope(self, nodeid: str) -> str:
        folder = "tests/e2e"
        return folder if nodeid.startswith(f"{folder}/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling | None:
    """Distribute the tests of engines, for `--dist loadgroup`.

    The groups of xdist 3.8 have no effect with pytest 9.2, which keeps the name of a test elsewhere.
    """
    return _Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def internet(authority: Authority) -> Iterator[Internet]:
    with Internet(authority) as internet:
        yield internet


@pytest.fixture(scope="session")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for the whole run; its GitHub has fixtures of its own."""
    with running_world(tmp_path_factory.mktemp("world"), github=False) as world:
        yield world


@pytest.fixture
def world(whole_world: World) -> World:
    """The world with every count at nothing."""
    whole_world.clear()
    return whole_world


@pytest.fixture
def aws(world: World) -> Aws:
    return world.aws


@pytest.fixture
def ghcr(
    world: World,
    github: GitHubSandbox,  # noqa: F811 - the fixture by its name
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ghcr]:
    """An empty GHCR, which is the world's ghcr.io and has the packages of `github`."""
    folder = tmp_path_factory.mktemp("ghcr")
    with running_ghcr(folder, github) as ghcr, reached_by_name(ghcr, world.internet):
        yield ghcr
        violations = ghcr.violations
    # pytest explains only the assertions of test modules, so this one brings its own words.
    assert violations == [], "a credential left GHCR:\n" + "\n".join(violations)


@pytest.fixture(scope="session")
def world_engine(whole_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine of the sandbox's own, whose internet is the world."""
    outside = whole_world.internet.environment()
    with running_engine(tmp_path_factory.mktemp("engine"), environment=outside, own=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def release() -> Path:
    """A newer engine than Debian 12's, and buildx, as programs in a folder."""
    return docker_release()


@pytest.fixture(scope="session")
def newer_engine(
    whole_world: World, release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """As `world_engine`, but newer, with containerd's image store, and with buildx for the `docker` command."""
    outside = whole_world.internet.environment()
    folder = tmp_path_factory.mktemp("newer-engine")
    with running_engine(folder, environment=outside, own=True, release=release) as engine:
        engine.use_buildx(release)
        yield engine


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The machine's own engine where one runs, else that of the world."""
    if machines_own() is None:
        started = request.getfixturevalue("world_engine")
        assert isinstance(started, Engine)
        yield started
        return
    with running_engine(tmp_path_factory.mktemp("docker")) as engine:
        yield engine


@pytest.fixture(scope="session")
def base_image(engine: Engine) -> str:
    """The name of the action's base image, which the engine then has."""
    ensure_base_image(engine)
    return IMAGE
