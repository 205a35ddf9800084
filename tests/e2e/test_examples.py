"""The examples that use the action itself, run as they are: a pull request's check, and a token minted by a role."""

import pytest
from sandbox.aws import ECR_HOST
from sandbox.codespace import Codespaces, Start
from sandbox.credentials import credential, register
from sandbox.engine import Engine
from sandbox.world import World
from tests.e2e.called import Called
from tests.e2e.scene import (
    IMAGE,
    ORGANIZATION,
    OWNER,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    devcontainer,
    pull_request,
    span,
    triple,
)
from tests.e2e.workflow import REPOSITORY

pytestmark = [pytest.mark.container, pytest.mark.engine]

DEV_CONTAINER = ".devcontainer/devcontainer.json"


def test_a_pull_request_is_told_on_the_line_of_the_image_which_secret_codespaces_lack(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    image = f"{registry.address}/{IMAGE}"
    values = triple("ACR", registry.address, user)
    for name in list(values)[:2]:
        scene.github.add_secret("repository", REPOSITORY, name, values[name])

    run = scene.follow(
        called,
        "pull-request",
        {DEV_CONTAINER: devcontainer(image)},
        event="pull_request",
        payload=pull_request(REPOSITORY),
        inputs={},
        stored={**values, "CODESPACES_ADMIN_TOKEN": scene.token()},
    )

    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code) == (False, 1)
    assert [
        (one.severity, one.title, one.file, (one.line, one.column, one.end_column)) for one in run.annotations
    ] == [("error", "missing-secret: ACR", DEV_CONTAINER, span(image))]


def test_a_token_is_minted_with_the_roles_credentials_and_written_by_the_app(
    scene: Scene, called: Called, world: World, world_engine: Engine
) -> None:
    world.places[ECR_HOST].push("dev/base", "1")
    image = f"{ECR_HOST}/{IMAGE}"
    app = scene.github.add_app("rotator", owner=ORGANIZATION, permissions={"codespaces_secrets": "write"})
    scene.github.add_installation(app, ORGANIZATION, repositories=[REPOSITORY])
    role = world.aws.environment(world.aws.puller)
    trusted = str(scene.folder / "repository" / "authority.pem")
    codespaces = Codespaces(scene.github, world_engine, world.aws.url)

    before = codespaces.start(image, repository=REPOSITORY, person=OWNER)
    run = scene.follow(
        called,
        "ecr-rotation",
        {
            DEV_CONTAINER: devcontainer(image),
            ".github/crreg.yml": (
                f"registries:\n  ECR:\n    server: {ECR_HOST}\n    rotate: ecr-token\n    max-age: 5h\n"
            ),
            "authority.pem": world.authority.certificate.read_text(),
        },
        inputs={},
        stored={"CODESPACES_APP_KEY": register(app.private_key)},
        surroundings={
            **world.environment(),
            **role,
            **dict.fromkeys(world.authority.environment(), trusted),
        },
        variables={"CODESPACES_APP_ID": str(app.id)},
    )
    after = codespaces.start(image, repository=REPOSITORY, person=OWNER)

    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code, run.annotations) == (True, 0, ())
    assert (before.started, after) == (False, Start(started=True))
    assert world.aws.token.password in run.masked
    assert sorted(scene.github.secrets("repository", REPOSITORY)) == [
        f"ECR_CONTAINER_REGISTRY_{part}" for part in ("PASSWORD", "SERVER", "USER")
    ]
