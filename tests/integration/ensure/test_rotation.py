"""ECR tokens are minted from the AWS credentials at hand, tried, written, and renewed when they are due."""

import pytest
from sandbox.aws import ECR_HOST
from sandbox.github.control import Level
from tests.integration.ensure.scene import OWNERS, Scene, changes, names

OLD = dict(zip(names("ECR"), (ECR_HOST, "AWS", "an old token"), strict=True))


@pytest.fixture
def rotating(scene: Scene) -> Scene:
    """A configuration that rotates, and a role's keys in the environment."""
    scene.configure(f"registries: {{ECR: {{server: {ECR_HOST}, rotate: ecr-token}}}}")
    scene.variables = scene.world.aws.environment(scene.world.aws.puller)
    return scene


def minted(scene: Scene) -> dict[str, str]:
    """What the registry takes."""
    return scene.world.places[ECR_HOST].triple("ECR")


def asked_aws(scene: Scene) -> int:
    """How many requests AWS got since the last time."""
    count = len(scene.world.aws.requests)
    scene.world.aws.clear()
    return count


@pytest.mark.parametrize("level", list(OWNERS))
def test_a_token_is_minted_and_not_minted_again_right_after(rotating: Scene, level: Level) -> None:
    asked_aws(rotating)
    first = rotating.ensure("--level", level)
    assert (first.code, changes(first)) == (0, [("create", name, "done") for name in names("ECR")])
    assert rotating.stored(level, "ECR") == minted(rotating)
    assert asked_aws(rotating) == 1
    second = rotating.ensure("--level", level)
    assert changes(second) == [("unchanged", name, "unchanged") for name in names("ECR")]
    assert asked_aws(rotating) == 0


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (7.9, None),
        (8.1, "the token expires in 3 hours"),
        (11.5, "the token expires in less than an hour"),
        (12.5, "the token has expired"),
    ],
)
def test_a_token_is_renewed_when_less_than_a_third_of_its_time_is_left(
    rotating: Scene, age: float, reason: str | None
) -> None:
    rotating.store("repository", OLD, hours=age)
    ended = rotating.ensure()
    assert ended.code == 0
    user, password = ended.document["changes"][1:]
    if reason is None:
        assert (user["action"], password["action"]) == ("unchanged", "unchanged")
        assert rotating.stored("repository", "ECR") == OLD
        return
    assert (user["action"], password["action"], password["reason"]) == ("update", "update", reason)
    assert rotating.stored("repository", "ECR") == minted(rotating)


def test_max_age_renews_earlier(rotating: Scene) -> None:
    rotating.configure(f"registries: {{ECR: {{server: {ECR_HOST}, rotate: ecr-token, max-age: 5h}}}}")
    rotating.store("repository", OLD, hours=6)
    assert rotating.ensure().document["changes"][2]["reason"] == (
        "it is 6 hours old, but the configuration allows only 5 hours"
    )
    assert rotating.stored("repository", "ECR") == minted(rotating)


def test_a_dry_run_tries_the_role_and_writes_nothing(rotating: Scene) -> None:
    ended = rotating.ensure("--dry-run")
    assert (ended.code, changes(ended)) == (0, [("create", name, "planned") for name in names("ECR")])
    assert rotating.stored("repository", "ECR") == {}


def test_an_actions_secret_says_nothing_of_a_minted_token(rotating: Scene) -> None:
    rotating.store("repository", OLD, hours=2)
    for name in names("ECR"):
        rotating.github.add_secret("repository", "acme/app", name, application="actions")
    assert changes(rotating.ensure()) == [("unchanged", name, "unchanged") for name in names("ECR")]


def refused(scene: Scene, *arguments: str) -> str:
    """Why nothing was minted, or written."""
    scene.store("repository", OLD, hours=9)
    ended = scene.ensure(*arguments)
    assert (ended.code, changes(ended)) == (1, [])
    assert scene.stored("repository", "ECR") == OLD
    [finding] = ended.document["findings"]
    return f"{finding['rule']}: {finding['message']}"


def test_keys_that_may_not_mint_are_told(rotating: Scene) -> None:
    rotating.variables = rotating.world.aws.environment(rotating.world.aws.stranger)
    message = refused(rotating)
    assert message.startswith(
        "rotation-failed: No token was created for ECR: AWS did not issue a registry token"
    )
    assert message.endswith("the AWS credentials in the environment may not call ecr:GetAuthorizationToken.")
    assert rotating.world.aws.stranger.password not in message


def test_no_keys_are_told(rotating: Scene) -> None:
    # No profile of the machine's, no metadata service.
    rotating.variables = {
        **rotating.world.aws.environment(),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_CONFIG_FILE": "/dev/null",
    }
    assert refused(rotating) == (
        "rotation-failed: No token was created for ECR: No AWS credentials were found (NoCredentialsError)."
    )


def test_a_token_that_does_not_log_in_is_not_written(rotating: Scene) -> None:
    with rotating.world.aws.another_token():
        message = refused(rotating)
    assert message.startswith("login-failed: The login with ECR fails (denied): ")


def test_a_server_that_is_none_of_amazons_is_told(rotating: Scene) -> None:
    rotating.configure("registries: {ECR: {rotate: ecr-token}}")
    rotating.values["ECR_CONTAINER_REGISTRY_SERVER"] = "acme.azurecr.io"
    assert refused(rotating) == (
        "rotation-failed: The configuration rotates ECR as an ECR token, but its server is not at ECR."
    )


def test_a_rotation_without_a_server_is_told(rotating: Scene) -> None:
    rotating.configure("registries: {ECR: {rotate: ecr-token}}")
    ended = rotating.ensure()
    assert (ended.code, ended.rules, changes(ended)) == (1, ["missing-value"], [])
    assert "Set server for ECR in the configuration." in ended.document["findings"][0]["remedy"]


def test_the_image_is_pulled_with_the_minted_token(rotating: Scene) -> None:
    rotating.need(f"{ECR_HOST}/dev/rotated:1")
    message = refused(rotating)
    assert message.startswith("image-not-found: ECR logs in, but can't pull")
    rotating.world.places[ECR_HOST].push("dev/rotated", "1")
    assert rotating.ensure().code == 0
    assert rotating.stored("repository", "ECR") == minted(rotating)
