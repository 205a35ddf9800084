"""The action that publishes: a private image mirrored to GHCR, which a codespace then pulls without any secret."""

import json

import pytest
from sandbox import credentials
from sandbox.codespace import Codespaces, Start
from sandbox.engine import Engine
from sandbox.ghcr import Ghcr
from sandbox.world import World
from tests.e2e.scene import IMAGE, ORGANIZATION, OWNER, Scene, assert_nothing_leaked, references, triple
from tests.e2e.workflow import REPOSITORY, Run

pytestmark = [pytest.mark.container, pytest.mark.engine]

MIRROR = f"ghcr.io/{ORGANIZATION}/dev"


@pytest.fixture
def workflow_token(scene: Scene) -> str:
    """What `github.token` would be in a job with `packages: write`."""
    return credentials.register(
        scene.github.add_token(
            "workflow",
            permissions={"packages": "write"},
            resource_owner=ORGANIZATION,
            repositories=[REPOSITORY],
        )
    )


def test_a_private_image_is_mirrored_and_a_codespace_starts_without_a_triple(
    scene: Scene, ghcr: Ghcr, world: World, world_engine: Engine, workflow_token: str
) -> None:
    place = world.places["basic"]
    pushed = place.push("dev/base", "1", index=True)
    values = triple("ACME", place.registry.address, place.owner)
    trust = dict.fromkeys(world.authority.environment(), "${{ github.workspace }}/authority.pem")
    codespaces = Codespaces(scene.github, world_engine, world.aws.url, ghcr=True)

    def publish(event: str = "push") -> Run:
        run = scene.run(
            {
                ".github/crreg.yml": (
                    f"publish:\n  - image: {MIRROR}\n    tags: [latest, '1.4']\n"
                    f"    copy: {place.registry.address}/{IMAGE}\n"
                ),
                "authority.pem": world.authority.certificate.read_text(),
            },
            event=event,
            inputs={
                "github-api-url": world.api_of(scene.github.url),
                "token": "${{ secrets.WORKFLOW_TOKEN }}",
                "publish": "true",
                "report-file": "out/report.json",
            },
            env={**world.environment(), **trust, **references(values)},
            stored={**values, "WORKFLOW_TOKEN": workflow_token},
        )
        assert_nothing_leaked(run)
        return run

    def start() -> Start:
        return codespaces.start(f"{MIRROR}:1.4", repository=REPOSITORY, person=OWNER)

    asked = publish("pull_request")
    before = start()
    done = publish()
    after = start()

    assert (asked.passed, before.started) == (True, False)
    assert (done.passed, after) == (True, Start(started=True))
    assert json.loads(done.outputs["images"]) == [
        {
            "reference": f"{MIRROR}:latest",
            "digest": pushed.digest,
            "subject-name": MIRROR,
            "subject-digest": pushed.digest,
        }
    ]
    assert (done.outputs["image-digest"], done.outputs["status"]) == (pushed.digest, "healthy")
    assert json.loads(done.report or "")["images"][0]["visibility"] == "private"
    assert MIRROR in done.summary
    assert ghcr.violations == []


def test_a_job_that_may_not_write_packages_is_told_what_to_add(
    scene: Scene, ghcr: Ghcr, world: World
) -> None:
    place = world.places["basic"]
    place.push("dev/base", "1")
    token = credentials.register(
        scene.github.add_token(
            "workflow",
            permissions={"packages": "read"},
            resource_owner=ORGANIZATION,
            repositories=[REPOSITORY],
        )
    )
    values = triple("ACME", place.registry.address, place.owner)
    trust = dict.fromkeys(world.authority.environment(), "${{ github.workspace }}/authority.pem")
    run = scene.run(
        {"authority.pem": world.authority.certificate.read_text()},
        inputs={
            "github-api-url": world.api_of(scene.github.url),
            "token": "${{ secrets.WORKFLOW_TOKEN }}",
            "publish": f"[{{image: {MIRROR}, copy: '{place.registry.address}/{IMAGE}'}}]",
        },
        env={**world.environment(), **trust, **references(values)},
        stored={**values, "WORKFLOW_TOKEN": token},
    )
    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code, run.outputs["images"]) == (False, 1, "[]")
    [annotation] = run.annotations
    assert (annotation.severity, annotation.title) == ("error", "push-refused")
    assert "permissions: {contents: read, packages: write}" in annotation.message
    assert not any(request.method in {"PUT", "PATCH"} for request in ghcr.requests)
