"""What a codespace shows of itself from inside."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sandbox.recovery_container import RecoveryFiles

from crreg.doctor.codespace import Codespace, checkout_around, observe_codespace, started_at

NAME = "octocat-literate-space-parakeet-mld5"
INSIDE = {"CODESPACES": "true", "CODESPACE_NAME": NAME, "GITHUB_USER": "octocat", "GITHUB_TOKEN": "ghu_x"}


def machine(folder: Path, *, boot: str = "btime 1000000", stat: str | None = None) -> Path:
    """A /proc whose first process started 60 seconds after the machine."""
    (folder / "1").mkdir()
    (folder / "stat").write_text(f"cpu 1 2 3\n{boot}\nprocesses 1\n")
    ticks = 60 * os.sysconf("SC_CLK_TCK")
    (folder / "1" / "stat").write_text(stat or f"1 (sh) -c) S {' '.join('0' * 18)} {ticks} 1 2 3\n")
    return folder


def test_it_is_known_by_its_variables_and_its_first_process(tmp_path: Path) -> None:
    nothing = tmp_path / "none"
    assert observe_codespace(INSIDE, {}, folder=nothing, processes=machine(tmp_path)) == Codespace(
        NAME, "octocat", datetime.fromtimestamp(1_000_060, UTC), has_token=True, own_token=True
    )


@pytest.mark.parametrize("value", ["", "false", "TRUE", "1"])
def test_a_machine_without_the_variable_is_none(value: str) -> None:
    assert observe_codespace({**INSIDE, "CODESPACES": value}, {}) is None


@pytest.mark.parametrize(
    ("token", "has", "own"),
    [("", False, False), ("ghu_x", True, True), ("gho_x", True, False), ("ghp_x", True, False)],
)
def test_a_token_of_another_kind_is_not_the_codespace_s_own(
    tmp_path: Path,
    token: str,
    has: bool,  # noqa: FBT001 - what the table says
    own: bool,  # noqa: FBT001 - what the table says
) -> None:
    codespace = observe_codespace({**INSIDE, "GITHUB_TOKEN": token}, {}, processes=tmp_path)
    assert codespace is not None
    assert (codespace.has_token, codespace.own_token) == (has, own)


@pytest.mark.parametrize(("name", "known"), [(NAME, NAME), ("a\n::error::b", None), ("", None)])
def test_over_ssh_the_name_and_the_user_are_in_codespaces_files(
    tmp_path: Path, name: str, known: str | None
) -> None:
    kept = {"CODESPACES": "true", "CODESPACE_NAME": name, "GITHUB_USER": "octocat", "OTHER": "x"}
    assert observe_codespace({}, kept, folder=tmp_path, processes=tmp_path) == Codespace(
        known,
        "octocat",
        None,
        has_token=False,
        own_token=False,
        from_files=("CODESPACES", "CODESPACE_NAME", "GITHUB_USER"),
    )


def test_the_recovery_container_is_known_by_its_variable_or_by_its_file(tmp_path: Path) -> None:
    codespaces = [
        observe_codespace({"CODESPACES_RECOVERY_CONTAINER": "true"}, {}, folder=tmp_path, processes=tmp_path)
    ]
    assert observe_codespace({}, {}, folder=tmp_path, processes=tmp_path) is None
    files = RecoveryFiles(tmp_path / "kept")
    files.write({}, "acme.azurecr.io/dev/base:1", "Error response from daemon: unauthorized for swordfish")
    (files.persisted / "RECOVERY-REASON-FILE").write_text("Error code: 1302 (swordfish)\nand more\n")
    codespaces.append(
        observe_codespace(
            {},
            {},
            folder=files.folder,
            processes=tmp_path,
            redact=lambda text: text.replace("swordfish", "***"),
        )
    )
    assert [
        (each.recovery, each.recovery_reason, each.creation_error) for each in codespaces if each is not None
    ] == [
        (True, None, None),
        (True, r"Error code: 1302 (***)\nand more", "Error response from daemon: unauthorized for ***"),
    ]


@pytest.mark.parametrize(
    ("boot", "stat"),
    [
        ("nothing", None),
        ("btime 9999999999999999", None),
        ("btime 1000000", "1 (sh) S 0 0"),
        ("btime 1000000", "1 (sh) S " + "x " * 30),
    ],
)
def test_a_start_that_can_not_be_told_is_none(tmp_path: Path, boot: str, stat: str | None) -> None:
    assert started_at(machine(tmp_path, boot=boot, stat=stat)) is None


def test_a_system_without_such_files_tells_no_start(tmp_path: Path) -> None:
    assert started_at(tmp_path) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc, and a codespace runs Linux")
def test_this_machine_tells_a_start_in_the_past() -> None:
    start = started_at(Path("/proc"))
    assert start is not None
    assert start < datetime.now(UTC)


def test_the_checkout_is_the_nearest_one_around(tmp_path: Path) -> None:
    (tmp_path / "app" / ".git").mkdir(parents=True)
    deep = tmp_path / "app" / "src" / "deep"
    deep.mkdir(parents=True)
    assert checkout_around(deep, None) == tmp_path / "app"


def test_elsewhere_it_is_where_a_codespace_has_it(tmp_path: Path) -> None:
    (tmp_path / "workspaces" / "app" / ".git").mkdir(parents=True)
    home = tmp_path / "home"
    home.mkdir()
    workspaces = tmp_path / "workspaces"
    assert checkout_around(home, "acme/app", workspaces=workspaces) == workspaces / "app"
    assert checkout_around(home, "acme/other", workspaces=workspaces) == home
    assert checkout_around(home, None, workspaces=workspaces) == home
