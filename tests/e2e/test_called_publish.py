"""examples/mirror-to-ghcr.yml and the workflow that it calls: a private image is mirrored."""

import json

import pytest
from sandbox.codespace import Codespaces, Start
from sandbox.credentials import register
from sandbox.engine import Engine
from sandbox.ghcr import Ghcr
from sandbox.world import World
from tests.e2e.called import Called
from tests.e2e.scene import (
    IMAGE,
    ORGANIZATION,
    OWNER,
    Scene,
    assert_nothing_leaked,
    report_of,
    triple,
)
from tests.e2e.workflow import REPOSITORY

pytestmark = [pytest.mark.container, pytest.mark.engine]

MIRROR = f"ghcr.io/{ORGANIZATION}/dev"
AUTHORITY = "authority.pem"


def test_a_private_image_is_mirrored_with_the_callers_own_token_and_a_codespace_starts_without_a_triple(
    scene: Scene, called: Called, ghcr: Ghcr, world: World, world_engine: Engine
) -> None:
    place = world.places["basic"]
    pushed = place.push("dev/base", "1", index=True)
    values = triple("ACR", place.registry.address, place.owner)
    token = scene.github.add_token(
        "workflow",
        permissions={"contents": "read", "packages": "write"},
        resource_owner=ORGANIZATION,
        repositories=[REPOSITORY],
    )
    # As on a runner that knows a company's authority: a job that calls a workflow has no environment of its own.
    trusted = str(scene.folder / "repository" / AUTHORITY)
    codespaces = Codespaces(scene.github, world_engine, world.aws.url, ghcr=True)

    before = codespaces.start(f"{MIRROR}:1.4", repository=REPOSITORY, person=OWNER)
    run = scene.follow(
        called,
        "mirror-to-ghcr",
        {AUTHORITY: world.authority.certificate.read_text()},
        inputs={
            "github-api-url": world.api_of(scene.github.url),
            "publish": (
                f"- image: {MIRROR}\n  tags: [latest, '1.4']\n  copy: {place.registry.address}/{IMAGE}\n"
            ),
        },
        stored={**values, "GITHUB_TOKEN": register(token)},
        surroundings={**world.environment(), **dict.fromkeys(world.authority.environment(), trusted)},
    )
    after = codespaces.start(f"{MIRROR}:1.4", repository=REPOSITORY, person=OWNER)

    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code, run.annotations) == (True, 0, ())
    assert (before.started, after) == (False, Start(started=True))
    published = json.loads(run.outputs["images"])
    assert [(one["reference"], one["digest"]) for one in published] == [(f"{MIRROR}:latest", pushed.digest)]
    assert {name: run.outputs[name] for name in ("status", "image-digest")} == {
        "status": "healthy",
        "image-digest": pushed.digest,
    }
    assert (run.artifact, report_of(run)["images"][0]["digest"]) == ("publish-ghcr", pushed.digest)
    assert ghcr.violations == []
