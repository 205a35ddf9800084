"""The registries of a planned organization have its images, and count what they are asked."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from sandbox.github.organization import Image, Plan
from sandbox.organization_registries import Asked, Registries, running_registries

PLAN = Plan(1, repositories=10, with_dev_container=4, needing_login=2, registries=3, images=5)


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registries]:
    with running_registries(tmp_path_factory.mktemp("registries"), PLAN, round_trip=0) as registries:
        yield registries


def pull(registries: Registries, image: Image, *, as_owner: bool) -> dict[str, object] | None:
    """The manifest that skopeo finds; None if it is refused."""
    plan = registries.plan
    login = ["--creds", f"{plan.user}:{plan.password}"] if as_owner else ["--no-creds"]
    command = ["skopeo", "inspect", "--raw", "--tls-verify=false", *login, f"docker://{image.name}"]
    done = subprocess.run(command, capture_output=True, check=False)
    found: dict[str, object] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found


def test_the_owner_pulls_every_image(registries: Registries) -> None:
    for image in registries.plan.pictures:
        manifest = pull(registries, image, as_owner=True)
        assert manifest is not None
        assert ("manifests" in manifest) is image.is_index


def test_strangers_pull_public_images_only(registries: Registries) -> None:
    allowed = [pull(registries, each, as_owner=False) is not None for each in registries.plan.pictures]
    assert allowed == [each.is_public for each in registries.plan.pictures]
    assert 0 < sum(allowed) < len(allowed)


def test_requests_are_counted_by_kind(registries: Registries) -> None:
    by_token, basic = registries.plan.pictures[2], registries.plan.pictures[1]
    registries.clear()
    assert registries.asked() == Asked()
    pull(registries, by_token, as_owner=True)
    pull(registries, basic, as_owner=True)
    assert registries.asked() == Asked(logins=2, tokens=1, manifests=2)
