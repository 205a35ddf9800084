"""The files that Codespaces keeps: read where they are as known, and otherwise taken for missing."""

import base64
import json
import os
from pathlib import Path

import pytest
from sandbox.recovery_container import RecoveryFiles

from crreg.doctor.kept_files import (
    completed,
    creation_error,
    is_recovery_container,
    kept_variables,
    recovery_reason,
)

KEY = '{\n  "private_key": "-----BEGIN\\n"\n}\n'
"""A password of several lines, as Google's are."""
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"


def shared(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / "shared" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_what_a_failed_start_leaves_is_read_whole(tmp_path: Path) -> None:
    files = RecoveryFiles(tmp_path)
    files.write({PASSWORD: KEY}, "a/b:1", "denied", variables={"CODESPACE_NAME": "parakeet"})
    assert kept_variables(tmp_path) == {PASSWORD: KEY, "CODESPACE_NAME": "parakeet"}
    assert is_recovery_container({}, tmp_path)
    assert creation_error(tmp_path) == "denied"
    assert recovery_reason(tmp_path) == "Error code: 1302 (UnifiedContainersErrorFatalCreatingContainer)"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("user-secrets-envs.json", json.dumps({PASSWORD: KEY, "NUMBER": 1})),
        (".user-secrets.json", json.dumps([{"name": PASSWORD, "value": KEY}, 1, {"name": [], "value": ""}])),
        (".env-secrets", f"junk\n{PASSWORD}={base64.b64encode(KEY.encode()).decode()}\r\nX=no base64!\n"),
        ("environment-variables.json", json.dumps({PASSWORD: KEY})),
    ],
)
def test_each_file_alone_is_enough(tmp_path: Path, name: str, content: str) -> None:
    assert kept_variables(shared(tmp_path, name, content)) == {PASSWORD: KEY}


def test_the_plain_file_has_single_lines(tmp_path: Path) -> None:
    assert kept_variables(shared(tmp_path, ".env", 'A=b=c\nexport D="e"\n#F=g\n')) == {"A": "b=c", "D": '"e"'}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '"text"',
        "null",
        b"\xff\xfe\x00",
        '{"A": null, "B": ["x"]}',
        r'{"A": "\ud800", "B": "\u0000"}',
    ],
    ids=["empty", "list", "broken", "deep", "string", "null", "bytes", "values", "halves"],
)
def test_whatever_else_a_file_holds_counts_as_nothing(tmp_path: Path, content: str | bytes) -> None:
    for name in ("user-secrets-envs.json", ".user-secrets.json", ".env-secrets", ".env"):
        shared(tmp_path, name, content)
    assert kept_variables(tmp_path) == {}


def test_a_file_that_is_none_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / ".persistedshare").mkdir()
    os.mkfifo(tmp_path / "shared" / "user-secrets-envs.json")
    (tmp_path / "shared" / ".env").mkdir()
    for name in ("creation.log", "RECOVERY-REASON-FILE"):
        (tmp_path / ".persistedshare" / name).symlink_to("/proc/self/environ")
    assert kept_variables(tmp_path) == {}
    assert (creation_error(tmp_path), recovery_reason(tmp_path)) == (None, None)
    assert kept_variables(tmp_path / "none") == {}


def test_only_what_the_environment_lacks_and_the_doctor_goes_by_is_taken() -> None:
    kept = {
        PASSWORD: "old",
        "ACR_CONTAINER_REGISTRY_USER": "u",
        "ACR_REGISTRY_TOKEN": "t",
        "GITHUB_TOKEN": "ghu_x",
        "GITHUB_API_URL": "https://evil.example",
        "HTTPS_PROXY": "http://evil.example",
        "PATH": "/evil",
    }
    assert completed({PASSWORD: "new"}, kept) == {
        PASSWORD: "new",
        "ACR_CONTAINER_REGISTRY_USER": "u",
        "GITHUB_TOKEN": "ghu_x",
    }


@pytest.mark.parametrize(
    ("repository", "taken"), [("acme/app", True), ("acme", False), ("a/b\n::error::", False)]
)
def test_a_repository_that_is_none_is_not_taken(
    repository: str,
    taken: bool,  # noqa: FBT001 - what the table says
) -> None:
    assert ("GITHUB_REPOSITORY" in completed({}, {"GITHUB_REPOSITORY": repository})) is taken
