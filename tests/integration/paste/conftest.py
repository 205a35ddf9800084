"""A shell, real gh and crreg, stand-ins for the rest, and the scene of a check."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.token_server import Account
from sandbox.world import World
from tests.integration.check.conftest import SCOPES
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import Desk, shell_environment
from tests.integration.paste.stand_ins import StandIns
from tests.integration.paste.terminal import open_terminal

_UNDESCRIBED = re.compile(
    r"GET /user/codespaces/secrets/\w+/repositories: parameter (?:per_)?page is not described"
)


@pytest.fixture
def scene(world: World, github: GitHubSandbox, tmp_path: Path) -> Scene:
    """A private repository of an organization, and an owner's token that may do everything."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    folder = tmp_path / "app"
    folder.mkdir()
    return Scene(world, github, folder, token=token, variables={"GITHUB_API_URL": world.api_of(github.url)})


@pytest.fixture
def restored(world: World) -> Iterator[None]:
    """Put the accounts of the world's registries back, since other tests use them."""
    before: dict[str, dict[str, Account]] = {
        name: dict(place.token_server.accounts) for name, place in world.places.items() if place.token_server
    }
    yield
    for name, accounts in before.items():
        server = world.places[name].token_server
        assert server is not None
        server.accounts.clear()
        server.accounts.update(accounts)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "remedy(rule): follows the remedy of this rule, and the check after it does not find the rule",
    )


@pytest.fixture
def sit_down(
    request: pytest.FixtureRequest, scene: Scene, restored: None, tmp_path: Path
) -> Iterator[Callable[..., Desk]]:
    """Open a shell with the scene's environment, once the scene is as broken as it should be.

    A test with the mark `remedy` fails unless it did at a desk what the mark says.
    """
    del restored
    desks: list[Desk] = []
    with contextlib.ExitStack() as stack:

        def open_desk(shell: str = "bash", **environment: str) -> Desk:
            programs = stack.enter_context(StandIns(scene.world))
            folder = tmp_path / "programs"
            folder.mkdir()
            programs.install(folder)
            variables = {**shell_environment(scene, folder, tmp_path / "home"), **environment}
            terminal = stack.enter_context(open_terminal(shell, scene.folder, variables))
            desks.append(Desk(scene, programs, terminal))
            return desks[-1]

        yield open_desk
    # GitHub describes no pages of this list. gh asks for them anyway, and crreg where an answer names a next one.
    broken = [each for each in scene.github.violations() if _UNDESCRIBED.fullmatch(each) is None]
    scene.github.forget()
    assert broken == []
    marked = {mark.args[0] for mark in request.node.iter_markers("remedy")}
    healed = {rule for desk in desks for rule in desk.healed_rules}
    assert marked <= healed, f"not followed to the end: {sorted(marked - healed)}"
