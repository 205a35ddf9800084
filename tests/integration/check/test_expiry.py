"""What `crreg check` sees coming: ends that GitHub tells, and ages that come due."""

from datetime import UTC, datetime, timedelta

import pytest
from sandbox import credentials
from sandbox.aws import ECR_HOST
from tests.integration.check.conftest import SCOPES
from tests.integration.check.scene import REPOSITORY, Scene

AZURE = "acme.azurecr.io"


@pytest.fixture
def healthy(scene: Scene) -> Scene:
    """A repository whose triple works."""
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(scene.world.places[AZURE].triple("ACR"))
    return scene


@pytest.mark.parametrize(("days", "expected"), [(5, ["expiring-credential"]), (30, [])])
def test_the_end_of_the_token_is_seen_with_no_request_more(
    healthy: Scene, days: int, expected: list[str]
) -> None:
    healthy.github.forget()
    assert healthy.check().rules == []
    usual = sorted(seen.path for seen in healthy.github.requests())
    ends = datetime.now(UTC) + timedelta(days=days, hours=1)
    token = healthy.github.add_token("classic", owner="mona", scopes=SCOPES, expires_at=ends)
    healthy.token = credentials.register(token)
    healthy.github.forget()
    ended = healthy.check()
    assert (ended.code, ended.rules) == (0, expected)
    assert [finding["message"].partition(".")[0] for finding in ended.document["findings"]] == [
        f"crreg's GitHub token stops working in {days} days" for _ in expected
    ]
    assert sorted(seen.path for seen in healthy.github.requests()) == usual


def test_an_apps_token_lasts_an_hour_by_its_nature(healthy: Scene) -> None:
    healthy.token = credentials.register(
        healthy.github.add_token(
            "installation",
            permissions={"codespaces_secrets": "read", "organization_codespaces_secrets": "read"},
            resource_owner="acme",
            repositories=[REPOSITORY],
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
    )
    assert "expiring-credential" not in healthy.check().rules


def test_an_age_that_comes_due_is_told_at_the_image_that_needs_it(healthy: Scene) -> None:
    written = datetime.now(UTC) - timedelta(days=80, hours=1)
    for name, value in healthy.world.places[AZURE].triple("ACR").items():
        healthy.github.add_secret("repository", REPOSITORY, name, value, updated_at=written)
    healthy.write(".github/crreg.yml", "registries: {ACR: {max-age: 90d}}")
    ended = healthy.check("--fail-on", "warning")
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"], finding["location"]["path"]) == (
        1,
        "expiring-credential",
        ".devcontainer/c.yml",
    )
    assert finding["message"].startswith("ACR_CONTAINER_REGISTRY_PASSWORD will be 90 days old in 9 days, ")


def test_a_rotation_that_has_stopped_is_seen_without_a_value_at_hand(scene: Scene) -> None:
    written = datetime.now(UTC) - timedelta(hours=13)
    for name in scene.world.places[ECR_HOST].triple("ECR"):
        scene.github.add_secret("repository", REPOSITORY, name, updated_at=written)
    scene.need(f"{ECR_HOST}/dev/base:1")
    scene.write(".github/crreg.yml", f"registries: {{ECR: {{server: {ECR_HOST}, rotate: ecr-token}}}}")
    ended = scene.check()
    [message] = [
        each["message"] for each in ended.document["findings"] if each["rule"] == "expiring-credential"
    ]
    assert "nothing has renewed it. An ECR token expires after 12 hours: this one has expired." in message
