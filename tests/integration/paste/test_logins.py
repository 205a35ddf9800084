"""What is said of logins is pasted, with new credentials from the provider, and the next check is green."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sandbox import credentials
from sandbox.aws import ECR_HOST
from sandbox.credentials import Credential
from sandbox.token_server import Account
from sandbox.world import triple
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import Desk, ecr_token, one, prose
from tests.integration.paste.stand_ins import EVERYTHING
from tests.integration.paste.terminal import SHELLS

AZURE, GOOGLE = "acme.azurecr.io", "europe-docker.pkg.dev"
PAGES = "https://org.github.io/crreg-action/v0/registries"
ENV = """
ACR_CONTAINER_REGISTRY_SERVER: ${{ vars.ACR_CONTAINER_REGISTRY_SERVER }}
ACR_CONTAINER_REGISTRY_USER: ${{ vars.ACR_CONTAINER_REGISTRY_USER }}
ACR_CONTAINER_REGISTRY_PASSWORD: ${{ secrets.ACR_CONTAINER_REGISTRY_PASSWORD }}
"""
SitDown = Callable[..., Desk]


def long_ago(days: float) -> datetime:
    """A moment that many days ago."""
    return datetime.now(UTC) - timedelta(days=days)


def needs(scene: Scene, registry: str, identifier: str, credential: Credential) -> None:
    """An image of the registry is needed, and this is the login that is stored and in the environment."""
    place = scene.world.places[registry]
    place.push("dev/base", "1")
    scene.need(f"{registry}/dev/base:1")
    scene.store(triple(identifier, place.server, credential))


@pytest.mark.parametrize("user", ["puller", "acme", "0a1b2c3d-0000-4000-8000-00000000000f", "a$HOME`b` 'c'"])
@pytest.mark.remedy("login-failed")
def test_an_azure_login_gets_a_new_password(scene: Scene, sit_down: SitDown, user: str) -> None:
    place = scene.world.places[AZURE]
    assert place.token_server is not None
    place.token_server.accounts[user] = Account(Credential(user, credentials.password()), EVERYTHING)
    needs(scene, AZURE, "ACR", Credential(user, credentials.password()))
    desk = sit_down()
    finding = one(desk.check(), "login-failed")
    desk.paste(finding)
    assert (desk.programs.seen[0][0], len(desk.programs.seen)) == ("az", 1)
    assert finding["steps"][-1]["value"] == f"{PAGES}/azure/"
    desk.healed()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.remedy("login-failed")
def test_an_azure_login_without_an_account_gets_a_token(scene: Scene, sit_down: SitDown, shell: str) -> None:
    needs(scene, AZURE, "ACR", Credential("00000000-0000-0000-0000-000000000000", credentials.password()))
    desk = sit_down(shell)
    desk.paste(one(desk.check(), "login-failed"))
    desk.healed()
    stored = desk.github.secret_value("repository", REPOSITORY, "ACR_CONTAINER_REGISTRY_USER")
    assert stored == b"codespaces-pull"


@pytest.mark.remedy("login-failed")
def test_a_google_login_gets_a_new_key_file(scene: Scene, sit_down: SitDown) -> None:
    owner = scene.world.places[GOOGLE].owner
    wrong = credentials.register(owner.password.replace("acme", "acme-old"), user="_json_key")
    needs(scene, GOOGLE, "GAR", Credential("_json_key", wrong))
    desk = sit_down()
    commands = desk.paste(one(desk.check(), "login-failed"))
    assert commands[0].startswith("gcloud iam service-accounts keys create key.json --iam-account ")
    desk.healed()
    assert not (scene.folder / "key.json").exists()
    assert not (scene.folder / "key.base64").exists()


@pytest.mark.remedy("expiring-credential")
def test_aws_keys_that_grow_old_are_replaced_with_both_halves(scene: Scene, sit_down: SitDown) -> None:
    place, keys = scene.world.places[ECR_HOST], scene.world.aws.puller
    place.push("dev/base", "1")
    scene.need(f"{ECR_HOST}/dev/base:1")
    scene.values = triple("ECR", ECR_HOST, keys)
    for name, value in scene.values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value, updated_at=long_ago(25))
    scene.write(".github/crreg.yml", "registries: {ECR: {max-age: 30d}}")
    desk = sit_down()
    commands = desk.paste(one(desk.check(), "expiring-credential"))
    assert commands[0] == "aws iam create-access-key --user-name codespaces-puller"
    desk.healed()
    stored = desk.github.secret_value("repository", REPOSITORY, "ECR_CONTAINER_REGISTRY_USER")
    assert stored == desk.programs.shown["USER"].encode()


@pytest.mark.parametrize(
    ("registry", "identifier", "words"),
    [
        ("docker.io", "DOCKERHUB", "create an access token with the permission Repo Read-only"),
        ("ghcr.io", "GHCR", "Create a classic personal access token with the scope read:packages"),
        ("identity.example", "ID", "Get a user and password, or an access token, with permission to pull"),
    ],
)
@pytest.mark.remedy("login-failed")
def test_a_login_whose_provider_has_no_command_gets_a_page_and_then_commands(
    scene: Scene, sit_down: SitDown, registry: str, identifier: str, words: str
) -> None:
    owner = scene.world.places[registry].owner
    needs(scene, registry, identifier, Credential(owner.user, credentials.password()))
    desk = sit_down()
    desk.knows |= scene.world.places[registry].triple(identifier)
    finding = one(desk.check(), "login-failed")
    assert words in prose(finding)
    desk.paste(finding)
    desk.healed()


@pytest.mark.remedy("login-failed")
def test_in_a_workflow_the_copies_of_actions_and_of_codespaces_are_renewed(
    scene: Scene, sit_down: SitDown
) -> None:
    needs(scene, AZURE, "ACR", Credential("00000000-0000-0000-0000-000000000000", credentials.password()))
    for name, value in scene.values.items():
        if name.endswith("PASSWORD"):
            scene.github.add_secret("repository", REPOSITORY, name, value, application="actions")
        else:
            scene.github.workflows.add_variable("repository", REPOSITORY, name, value)
    scene.values = {}
    desk = sit_down()
    desk.paste(one(desk.step(ENV), "login-failed"))
    after = desk.step(ENV)
    assert (after["status"], after["findings"]) == ("healthy", [])


@pytest.mark.remedy("empty-value")
def test_in_a_workflow_what_is_empty_is_set_in_actions(scene: Scene, sit_down: SitDown) -> None:
    place = scene.world.places[AZURE]
    needs(scene, AZURE, "ACR", place.owner)
    scene.github.workflows.add_variable(
        "repository", REPOSITORY, "ACR_CONTAINER_REGISTRY_SERVER", place.server
    )
    scene.values = {}
    desk = sit_down()
    desk.knows |= place.triple("ACR")
    finding = one(desk.step(ENV), "empty-value")
    assert desk.paste(finding) == [
        f"gh variable set ACR_CONTAINER_REGISTRY_USER --repo {REPOSITORY}",
        f"gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app actions --repo {REPOSITORY}",
    ]
    after = desk.step(ENV)
    assert (after["status"], after["findings"]) == ("healthy", [])


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.remedy("no-credentials")
@pytest.mark.remedy("empty-value")
def test_in_a_shell_what_is_empty_or_not_given_is_typed(scene: Scene, sit_down: SitDown, shell: str) -> None:
    needs(scene, AZURE, "ACR", scene.world.places[AZURE].owner)
    values, scene.values = scene.values, {}
    desk = sit_down(shell)
    desk.knows |= values
    desk.paste(one(desk.check(), "no-credentials", beside=["uncovered-registry"]))
    desk.healed()
    desk.terminal.paste("export ACR_CONTAINER_REGISTRY_PASSWORD=", desk.answer)
    desk.paste(one(desk.check(), "empty-value"))
    desk.healed()


@pytest.mark.remedy("invalid-server")
def test_an_invalid_server_is_set_in_codespaces_and_here(scene: Scene, sit_down: SitDown) -> None:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(triple("ACR", "https://", place.owner))
    desk = sit_down()
    desk.knows |= place.triple("ACR")
    document = desk.check()
    [finding] = [each for each in document["findings"] if each["rule"] == "invalid-server"]
    desk.paste(finding)
    desk.healed()


@pytest.mark.remedy("server-mismatch")
def test_a_server_that_is_not_the_configured_one_is_set_to_that(scene: Scene, sit_down: SitDown) -> None:
    needs(scene, AZURE, "ACR", scene.world.places[AZURE].owner)
    right = scene.world.places["identity.example"]
    scene.write(".github/crreg.yml", "registries: {ACR: {server: identity.example}}")
    right.push("dev/base", "1")
    scene.need("identity.example/dev/base:1")
    desk = sit_down()
    desk.knows |= right.triple("ACR")
    document = desk.check()
    [finding] = [each for each in document["findings"] if each["rule"] == "server-mismatch"]
    desk.paste(finding)
    assert "server-mismatch" not in desk.rules()


@pytest.mark.remedy("image-not-pullable")
def test_an_account_that_may_not_pull_is_told_what_to_ask_for(scene: Scene, sit_down: SitDown) -> None:
    place = scene.world.places[AZURE]
    assert place.token_server is not None
    assert place.stranger is not None
    needs(scene, AZURE, "ACR", place.stranger)
    desk = sit_down()
    finding = one(desk.check(), "image-not-pullable")
    assert "content/read" in desk.follow(finding)
    assert finding["steps"][-1]["value"] == f"{PAGES}/azure/"
    place.token_server.accounts[place.stranger.user] = Account(place.stranger, EVERYTHING)
    desk.healed()


@pytest.mark.remedy("short-lived-password")
def test_a_token_of_hours_is_replaced_by_keys_that_last(scene: Scene, sit_down: SitDown) -> None:
    scene.world.places[ECR_HOST].push("dev/base", "1")
    scene.need(f"{ECR_HOST}/dev/base:1")
    with ecr_token(scene.world) as token:
        scene.store(triple("ECR", ECR_HOST, token))
        desk = sit_down()
        desk.knows |= triple("ECR", ECR_HOST, scene.world.aws.puller)
        finding = one(desk.check(), "short-lived-password")
        assert "Create an access key for an IAM user that may pull" in prose(finding)
        desk.paste(finding)
    desk.healed()
