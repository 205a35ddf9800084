"""`crreg doctor` in the recovery container: its log, its files, and what a person without write access gets."""

import json
import os
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.recovery_container import Machine
from tests.integration.doctor.recovery import Recovery
from tests.integration.doctor.scene import AZURE, NAME, PERSON, REPOSITORY, Scene, codespace_token

PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root gives a program a /workspaces of its own"
)


@pytest.fixture
def recovery(scene: Scene, tmp_path: Path) -> Recovery:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.store(place.triple("ACR"))
    return Recovery(scene, tmp_path, Machine.like_this_one(tmp_path / "machine"))


def test_a_terminal_without_variables_is_examined_by_codespaces_files(recovery: Recovery) -> None:
    recovery.scene.store({PASSWORD: credentials.password()})
    recovery.fail('Error response from daemon: Head "https://acme.azurecr.io": unauthorized')
    ended = recovery.doctor()
    codespace = ended.document["codespace"]
    assert {**codespace, "started_at": None} == {
        "name": NAME,
        "user": PERSON,
        "started_at": None,
        "own_token": True,
        "recovery": True,
        "recovery_reason": "Error code: 1302 (UnifiedContainersErrorFatalCreatingContainer)",
        "creation_error": 'Error response from daemon: Head "https://acme.azurecr.io": unauthorized',
        "from_files": [
            "ACR_CONTAINER_REGISTRY_PASSWORD",
            "ACR_CONTAINER_REGISTRY_SERVER",
            "ACR_CONTAINER_REGISTRY_USER",
            "CODESPACES",
            "CODESPACE_NAME",
            "GITHUB_REPOSITORY",
            "GITHUB_TOKEN",
            "GITHUB_USER",
        ],
    }
    [found] = ended.document["diagnosis"]
    assert (ended.code, found["action"], found["secrets"]) == (1, "update-secret", [PASSWORD])


def test_the_log_s_first_error_is_quoted_without_secrets_and_on_one_line(recovery: Recovery) -> None:
    secret = credentials.password()
    recovery.scene.github.add_secret("repository", REPOSITORY, "DATABASE_URL", secret)
    password = recovery.scene.world.places[AZURE].owner.password
    recovery.fail(
        f"Error: denied {secret} {password} {recovery.scene.token} \x1b[31m##[add-mask]x {'y' * 5000}"
    )
    lines = recovery.doctor(form="text").output.splitlines()
    assert lines[0].startswith(f"✗ Codespace  {NAME}: started ")
    assert lines[0].endswith("; this is the recovery container")
    assert lines[1] == f"✓ Repository {REPOSITORY}: as Codespaces' files say"
    assert lines[2] == (
        "✗ Reason     RECOVERY-REASON-FILE: Error code: 1302 (UnifiedContainersErrorFatalCreatingContainer)"
    )
    assert lines[3].startswith(
        "✗ Log        creation.log: Error: denied *** *** *** \\x1b[31m## [add-mask]x yyy"
    )
    assert lines[3].endswith("…")
    assert len(lines[3]) < 400
    assert lines[4] == "✓ Kept files /workspaces/.codespaces/shared: 8 variables that this terminal lacks"


def test_what_the_environment_has_counts_before_the_files(recovery: Recovery) -> None:
    recovery.fail("Error: denied")
    ended = recovery.doctor(**{PASSWORD: credentials.password()})
    assert [each["action"] for each in ended.document["diagnosis"]] == ["update-secret"]
    assert PASSWORD not in ended.document["codespace"]["from_files"]


def test_where_all_can_be_pulled_the_container_is_to_be_rebuilt(recovery: Recovery) -> None:
    recovery.fail("Error: denied")
    ended = recovery.doctor()
    assert (ended.code, [each["action"] for each in ended.document["diagnosis"]]) == (
        0,
        ["rebuild-container"],
    )
    text = recovery.doctor(form="text").output
    assert 'Rebuild it with the editor command "Codespaces: Rebuild Container"' in text


def test_files_that_are_strange_leave_what_the_environment_tells(recovery: Recovery) -> None:
    recovery.files.shared.mkdir(parents=True)
    recovery.files.persisted.mkdir()
    (recovery.files.shared / "user-secrets-envs.json").write_text("[" * 100_000)
    (recovery.files.persisted / "creation.log").write_bytes(b"\xff\x00" * 1000)
    ended = recovery.doctor(CODESPACES_RECOVERY_CONTAINER="true")
    assert (ended.code, ended.document["codespace"]["recovery"]) == (3, True)
    assert ended.document["codespace"]["creation_error"] is None
    assert (
        "? Log        creation.log: no error was found in it"
        in recovery.doctor(form="text", CODESPACES_RECOVERY_CONTAINER="true").output
    )


def test_who_may_only_read_the_repository_gets_no_secret_and_is_told_so(recovery: Recovery) -> None:
    scene = recovery.scene
    scene.github.add_user("reader")
    scene.github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    scene.github.add_repository(REPOSITORY, collaborators={PERSON: "read"})
    scene.token = codespace_token(scene.github)
    scene.store(scene.world.places[AZURE].triple("ACR"))
    recovery.fail("Error: denied")
    kept = json.loads((recovery.files.shared / "user-secrets-envs.json").read_text())
    assert "ACR_CONTAINER_REGISTRY_SERVER" not in kept
    ended = recovery.doctor()
    [found] = ended.document["diagnosis"]
    assert (ended.code, found["severity"], found["action"]) == (1, "error", "get-write-access")
    assert found["cause"].startswith(
        f"`{PERSON}` can't write to `{REPOSITORY}`, and GitHub copies no secrets into"
    )
    assert f"Ask an administrator of `{REPOSITORY}` for write access" in found["remedy"]
