"""The action that repairs: what `mode: ensure` plans, what it writes, and that a codespace then starts."""

import pytest
from sandbox.aws import ECR_HOST
from sandbox.codespace import Codespaces, Start
from sandbox.credentials import credential
from sandbox.engine import Engine
from sandbox.world import World
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


def test_a_token_is_minted_from_the_jobs_aws_credentials_and_a_codespace_starts(
    scene: Scene, world: World, world_engine: Engine
) -> None:
    place = world.places[ECR_HOST]
    place.push("dev/base", "1")
    image = f"{ECR_HOST}/{IMAGE}"
    codespaces = Codespaces(scene.github, world_engine, world.aws.url)
    keys = world.aws.environment(world.aws.puller)
    hidden = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    trust = dict.fromkeys(world.authority.environment(), "${{ github.workspace }}/authority.pem")

    before = codespaces.start(image, repository=REPOSITORY, person=OWNER)
    run = scene.run(
        {
            DEV_CONTAINER: devcontainer(image),
            ".github/crreg.yml": (
                f"registries:\n  ECR:\n    server: {ECR_HOST}\n    rotate: ecr-token\n"
                "    level: organization\n    visibility: selected\n"
            ),
            "authority.pem": world.authority.certificate.read_text(),
        },
        inputs={**TOKEN, "mode": "ensure"},
        env={**world.environment(), **trust, **keys, **references(hidden)},
        stored={**{name: keys[name] for name in hidden}, "ADMIN_TOKEN": scene.token()},
    )
    after = codespaces.start(image, repository=REPOSITORY, person=OWNER)

    assert (before.started, run.passed, after) == (False, True, Start(started=True))
    assert world.aws.token.password in run.masked
    assert_nothing_leaked(run)
