"""`crreg doctor` in a codespace of the sandbox: what keeps it from its images, and who can change that where."""

import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sandbox import credentials
from sandbox.command import Ended
from sandbox.world import PUBLIC_REPOSITORY
from tests.integration.doctor.scene import (
    AZURE,
    NAME,
    PERSON,
    REPOSITORY,
    Scene,
    administrators_token,
)

IMAGE = f"{AZURE}/dev/base:1"
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
SERVER = "ACR_CONTAINER_REGISTRY_SERVER"
PAGES = {
    "user": "https://github.com/settings/codespaces",
    "repository": f"https://github.com/{REPOSITORY}/settings/secrets/codespaces",
    "organization": "https://github.com/organizations/acme/settings/secrets/codespaces",
}
STOP_AND_START = "top this codespace and start it again"


@pytest.fixture
def azure(scene: Scene) -> Scene:
    """A dev container whose image is in Azure, and the whole triple for it, of the repository."""
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(IMAGE)
    scene.store(place.triple("ACR"))
    scene.start()
    return scene


def diagnosis(ended: Ended) -> list[tuple[str, str, list[str], str | None]]:
    """Severity, action, secrets and level of each, in order."""
    return [
        (each["severity"], each["action"], each["secrets"], each["level"])
        for each in ended.document["diagnosis"]
    ]


def test_all_is_well(azure: Scene) -> None:
    ended = azure.doctor()
    assert (ended.code, ended.document["status"], diagnosis(ended)) == (0, "healthy", [])
    assert ended.document["triples"][0]["login"]["outcome"] == "succeeded"
    assert ended.document["images"][0]["pull"]["outcome"] == "available"
    codespace = ended.document["codespace"]
    assert {**codespace, "started_at": None} == {
        "name": NAME,
        "user": PERSON,
        "started_at": None,
        "own_token": True,
        "recovery": False,
        "recovery_reason": None,
        "creation_error": None,
        "from_files": [],
    }
    assert datetime.fromisoformat(codespace["started_at"]) < datetime.now(UTC)
    assert ended.errors == ""


def test_a_note_that_is_read_by_no_terminal_has_one_order_and_no_colour(azure: Scene) -> None:
    ended = azure.doctor(form="text")
    first, *lines = ended.output.splitlines()
    assert first.startswith(f"✓ Codespace  {NAME}: started ")
    assert lines == [
        f"✓ Repository {REPOSITORY}: as GITHUB_REPOSITORY says",
        "✓ Files      dev container configurations: 1, which need 1 image",
        (
            "? Secrets    Codespaces secrets: GitHub does not list the secrets of the user, the repository and the "
            "organization for this token"
        ),
        "✓ Login      ACR: succeeded",
        f"✓ Image      {IMAGE}: can be pulled",
        "",
        "Diagnosis: healthy. This codespace can pull what it needs.",
    ]
    assert ended.errors == ""


def test_a_part_that_is_missing_is_added_by_the_user_or_by_an_administrator(azure: Scene) -> None:
    del azure.values[PASSWORD]
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (1, [("error", "set-secret", [PASSWORD], None)])
    [found] = ended.document["diagnosis"]
    assert f"This codespace has no {PASSWORD}" in found["cause"]
    assert f"Needed by `{IMAGE}`" in found["cause"]
    assert f": {PAGES['user']}\n" in found["remedy"]
    assert f"ask an administrator of `{REPOSITORY}`" in found["remedy"]
    assert f": {PAGES['repository']}\n" in found["remedy"]
    assert STOP_AND_START in found["remedy"]


def test_a_triple_without_its_server_is_one_cause_and_not_two(azure: Scene) -> None:
    del azure.values[SERVER]
    assert diagnosis(azure.doctor()) == [("error", "set-secret", [SERVER], None)]


def test_a_part_under_another_name_is_told_by_both(azure: Scene) -> None:
    azure.values["ACR_CONTAINER_REGISTRY_TOKEN"] = azure.values.pop(PASSWORD)
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (1, [("error", "set-secret", [PASSWORD], None)])
    [found] = ended.document["diagnosis"]
    assert found["cause"].startswith("Codespaces ignores `ACR_CONTAINER_REGISTRY_TOKEN`")
    assert found["location"]["path"] == ".devcontainer/devcontainer.json"


def test_a_wrong_password_leads_to_each_place_that_may_hold_it_in_the_order_that_counts(azure: Scene) -> None:
    azure.values[PASSWORD] = credentials.password()
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (1, [("error", "update-secret", [PASSWORD], None)])
    [found] = ended.document["diagnosis"]
    assert found["rule"] == "login-failed"
    assert f"{AZURE} does not accept this user and password" in found["cause"]
    places = [found["remedy"].index(PAGES[level]) for level in ("user", "repository", "organization")]
    assert places == sorted(places)
    [unasked] = ended.document["unasked"]
    assert "gh auth login --scopes codespace:secrets" in unasked["how"]


@pytest.mark.parametrize(
    ("level", "whom"),
    [("user", "In your own settings, update"), ("repository", f"Ask an administrator of `{REPOSITORY}`")],
)
def test_a_token_that_lists_the_secrets_tells_whom_to_ask(scene: Scene, level: str, whom: str) -> None:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(IMAGE)
    scene.token = administrators_token(scene.github)
    triple = place.triple("ACR") | {PASSWORD: credentials.password()}
    if level == "user":
        for name, value in triple.items():
            scene.github.add_secret("user", "mona", name, value, repositories=[REPOSITORY])
    else:
        scene.store(triple)
    scene.values = triple
    ended = scene.doctor()
    assert diagnosis(ended) == [("error", "update-secret", [PASSWORD], level)]
    [found] = ended.document["diagnosis"]
    assert f"{whom}" in found["remedy"]
    assert PAGES[level] in found["remedy"]
    assert [page for page in PAGES.values() if page in found["remedy"]] == [PAGES[level]]


def test_a_token_that_has_expired_says_so(azure: Scene) -> None:
    azure.values[PASSWORD] = credentials.register(_jwt(datetime.now(UTC) - timedelta(hours=2)))
    ended = azure.doctor()
    assert diagnosis(ended) == [("error", "update-secret", [PASSWORD], None)]
    assert "expired" in ended.document["diagnosis"][0]["cause"]


def test_a_secret_newer_than_the_codespace_needs_a_stop_and_a_start_alone(azure: Scene) -> None:
    new = azure.values[PASSWORD]
    azure.values[PASSWORD] = credentials.password()
    azure.github.add_secret("repository", REPOSITORY, PASSWORD, new, updated_at=datetime.now(UTC))
    azure.token = administrators_token(azure.github)
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (
        1,
        [("error", "stop-and-start", [PASSWORD], "repository")],
    )
    [found] = ended.document["diagnosis"]
    assert "after this codespace started" in found["cause"]
    assert found["remedy"].startswith("Stop this codespace and start it again")


def test_a_triple_stored_since_the_codespace_started_needs_a_stop_and_a_start(azure: Scene) -> None:
    names = sorted(azure.values)
    for name, value in azure.values.items():
        azure.github.add_secret("repository", REPOSITORY, name, value, updated_at=datetime.now(UTC))
    azure.values = {}
    azure.token = administrators_token(azure.github)
    ended = azure.doctor()
    [(severity, action, secrets, level)] = diagnosis(ended)
    assert (severity, action, sorted(secrets), level) == ("error", "stop-and-start", names, "repository")


def test_a_new_value_that_works_already_is_no_illness(azure: Scene) -> None:
    azure.github.add_secret(
        "repository", REPOSITORY, PASSWORD, azure.values[PASSWORD], updated_at=datetime.now(UTC)
    )
    azure.token = administrators_token(azure.github)
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (0, [])


def test_a_private_image_without_any_triple_names_the_secrets_to_store(azure: Scene) -> None:
    azure.values = {}
    ended = azure.doctor()
    names = [f"ACR_CONTAINER_REGISTRY_{part}" for part in ("SERVER", "USER", "PASSWORD")]
    assert (ended.code, diagnosis(ended)) == (1, [("error", "set-secret", names, None)])
    assert ended.document["diagnosis"][0]["registry"] == AZURE


def test_an_image_that_is_not_there_is_a_matter_of_the_file(azure: Scene) -> None:
    azure.need(f"{AZURE}/dev/base:2")
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (1, [("error", "correct-file", [], None)])
    assert ended.document["diagnosis"][0]["rule"] == "image-not-found"


def test_an_account_that_may_log_in_and_not_pull_is_a_matter_of_the_registry(azure: Scene) -> None:
    place = azure.world.places[AZURE]
    azure.values = place.triple("ACR", place.stranger)
    ended = azure.doctor()
    assert (ended.code, diagnosis(ended)) == (1, [("error", "grant-access", [], None)])
    assert "Ask an administrator of the registry" in ended.document["diagnosis"][0]["remedy"]


def test_a_public_image_needs_nothing(scene: Scene) -> None:
    scene.world.places["docker.io"].push(PUBLIC_REPOSITORY, "1")
    scene.need(f"{PUBLIC_REPOSITORY}:1")
    ended = scene.doctor()
    assert (ended.code, diagnosis(ended), ended.document["unasked"]) == (0, [], [])


def test_files_that_name_no_image_leave_github_s_default(scene: Scene) -> None:
    elsewhere = scene.doctor(form="text")
    (scene.folder / ".git").mkdir()
    ended = scene.doctor(form="text")
    assert (elsewhere.code, ended.code) == (3, 0)
    assert "none, so codespaces use GitHub's default image" in ended.output
    assert "cd /workspaces/app" in elsewhere.output


def test_a_process_without_the_codespace_s_environment_proves_nothing(azure: Scene) -> None:
    azure.values = {}
    ended = azure.doctor(GITHUB_TOKEN="")
    assert (ended.code, ended.document["status"]) == (3, "unknown")
    assert [each[0] for each in diagnosis(ended)] == ["warning"]
    assert (
        "neither this process nor Codespaces' files have a GITHUB_TOKEN"
        in ended.document["unasked"][0]["what"]
    )


def test_outside_of_a_codespace_it_says_so_and_goes_on(azure: Scene) -> None:
    healthy = azure.doctor(form="text", CODESPACES="")
    first, *_ = healthy.output.splitlines()
    assert (healthy.code, first) == (
        0,
        "? Codespace  outside: this is not a codespace, so the values here may differ from those in one",
    )
    azure.values = {}
    ended = azure.doctor(CODESPACES="")
    assert (ended.code, ended.document["codespace"]) == (3, None)
    assert [each[0] for each in diagnosis(ended)] == ["warning"]


def test_without_a_repository_it_checks_what_is_at_hand(azure: Scene) -> None:
    ended = azure.doctor(GITHUB_REPOSITORY="")
    assert (ended.code, ended.document["repository"]) == (0, None)
    assert "? Repository unknown" in azure.doctor(form="text", GITHUB_REPOSITORY="").output
    azure.values[PASSWORD] = credentials.password()
    assert azure.doctor(GITHUB_REPOSITORY="").code == 1


def test_the_checkout_tells_the_repository_from_any_folder_in_it(azure: Scene) -> None:
    azure.write(".git/config", f'[remote "origin"]\n\turl = https://github.com/{REPOSITORY}.git\n')
    azure.write("src/deep/file.txt", "")
    azure.folder = azure.folder / "src" / "deep"
    text = azure.doctor(form="text", GITHUB_REPOSITORY="").output
    assert f"✓ Repository {REPOSITORY}: as the checkout's origin says\n" in text
    ended = azure.doctor(GITHUB_REPOSITORY="", CODESPACES="")
    assert ended.document["repository"] == REPOSITORY
    assert [image["reference"] for image in ended.document["images"]] == [IMAGE]


def test_without_a_network_nothing_is_known_and_nothing_is_blamed(azure: Scene) -> None:
    nowhere = "http://127.0.0.1:1"
    proxies = {name: nowhere for name in azure.world.environment() if name.lower().endswith("s_proxy")}
    ended = azure.doctor(GITHUB_API_URL=nowhere, CRREG_TIMEOUT="6", **proxies)
    assert (ended.code, ended.document["status"]) == (3, "unknown")
    assert diagnosis(ended) == [("warning", "try-again", [], None)]


def test_wrong_usage_and_a_broken_configuration_are_said(azure: Scene) -> None:
    assert azure.doctor("--repository", "no repository").code == 2
    azure.write(".github/crreg.yml", "registries: 1\n")
    broken = azure.doctor()
    assert (broken.code, broken.output) == (2, "")
    assert ".github/crreg.yml" in broken.errors


def test_hostile_files_forge_no_line_and_break_nothing(azure: Scene) -> None:
    azure.write(
        ".devcontainer/devcontainer.json",
        json.dumps({"image": "evil.example/\u001b[31m\n::error::x\n##[add-mask]y\u202eimage"}),
    )
    azure.write(".devcontainer/a/devcontainer.json", "[" * 100_000)
    for form in ("text", "json"):
        ended = azure.doctor(form=form)
        assert ended.code == 1
        assert "\x1b" not in ended.output
        assert "\u202e" not in ended.output
        assert "##[" not in ended.output
        assert not any(line.lstrip().startswith("::") for line in ended.output.splitlines())


def test_the_document_keeps_its_schema_in_every_state(azure: Scene) -> None:
    documents = [azure.doctor(CODESPACES="").document, azure.doctor().document]
    azure.values[PASSWORD] = credentials.password()
    documents.append(azure.doctor().document)
    azure.values = {}
    documents.append(azure.doctor(GITHUB_REPOSITORY="", GITHUB_TOKEN="").document)
    assert [document["status"] for document in documents] == ["healthy", "healthy", "unhealthy", "unknown"]


def _jwt(expires_at: datetime) -> str:
    return jwt.encode({"exp": int(expires_at.timestamp())}, "k" * 32, algorithm="HS256")
