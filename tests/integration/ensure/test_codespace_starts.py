"""A codespace that would not start does so after `crreg ensure`: real logins and pulls, and again after a rotation."""

import pytest
from sandbox.aws import ECR_HOST
from sandbox.codespace import Codespaces, Start
from sandbox.engine import Engine
from sandbox.github.control import GitHubSandbox, Level
from sandbox.world import Place, World
from tests.integration.ensure.scene import OWNERS, REPOSITORY, Scene

pytestmark = pytest.mark.engine

STARTED = Start(started=True)


@pytest.fixture
def codespaces(world: World, world_engine: Engine, github: GitHubSandbox) -> Codespaces:
    return Codespaces(github, world_engine, world.aws.url)


def need_image_of(place: Place, scene: Scene) -> str:
    """Push a private image, and let the dev container be that one; its name."""
    place.push("dev/codespace", "1")
    image = f"{place.server}/dev/codespace:1"
    scene.need(image)
    return image


def configure(scene: Scene, identifier: str, level: Level, *further: str) -> None:
    """Say where the triple is to be kept, and that the repository alone may read it."""
    lines = [f"level: {level}", *further]
    if level == "organization":
        lines.append("visibility: selected")
    scene.configure(f"registries:\n  {identifier}:\n" + "".join(f"    {line}\n" for line in lines))


def ensure(scene: Scene) -> int:
    """Run `crreg ensure`; how many secrets it wrote."""
    before = len(scene.writes())
    ended = scene.ensure()
    assert ended.code == 0, ended.output + ended.errors
    return len(scene.writes()) - before


@pytest.mark.parametrize("level", OWNERS)
@pytest.mark.parametrize("host", ["basic", "acme.azurecr.io", ECR_HOST])
def test_a_codespace_starts_after_ensure_and_not_before(
    scene: Scene, codespaces: Codespaces, host: str, level: Level
) -> None:
    place = scene.world.places[host]
    image = need_image_of(place, scene)
    # At ECR people store an access key, which Codespaces exchanges for a token.
    scene.values = place.triple("TEAM", scene.world.aws.puller if host == ECR_HOST else None)
    configure(scene, "TEAM", level)

    before = codespaces.start(image, repository=REPOSITORY, person="mona")
    written = ensure(scene)
    after = codespaces.start(image, repository=REPOSITORY, person="mona")
    elsewhere = codespaces.start(image, repository="acme/api", person="mona")
    again = ensure(scene)

    assert (before.started, after, elsewhere.started) == (False, STARTED, False)
    assert (written, again) == (3, 0)


@pytest.mark.parametrize("level", OWNERS)
def test_a_codespace_starts_again_after_its_token_was_rotated(
    scene: Scene, codespaces: Codespaces, level: Level
) -> None:
    world, place = scene.world, scene.world.places[ECR_HOST]
    image = need_image_of(place, scene)
    scene.variables = world.aws.environment(world.aws.puller)
    configure(scene, "ECR", level, f"server: {ECR_HOST}", "rotate: ecr-token")

    first = ensure(scene)
    fresh = codespaces.start(image, repository=REPOSITORY, person="mona")
    with world.aws.another_token() as token, place.registry.admitting(token, otherwise=place.owner):
        # Twelve hours later: what is stored is that old, and no longer admitted.
        scene.store(level, scene.stored(level, "ECR"), hours=12)
        expired = codespaces.start(image, repository=REPOSITORY, person="mona")
        second = ensure(scene)
        renewed = codespaces.start(image, repository=REPOSITORY, person="mona")
        again = ensure(scene)

    assert (fresh, expired.started, renewed) == (STARTED, False, STARTED)
    assert (first, second, again) == (3, 2, 0)
