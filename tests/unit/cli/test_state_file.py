"""The file that `--state` names, in a checkout that strangers wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crreg.cli.context import Refusal
from crreg.cli.dashboard import dashboard
from crreg.cli.org import merge
from crreg.cli.organization import opened_state
from crreg.organization.database import StateError
from crreg.organization.job import Job, matrix_of
from crreg.organization.state import State


def a_link(checkout: Path, elsewhere: Path) -> None:
    (checkout / "state.db").symlink_to(elsewhere / "state.db")


def a_folder_that_is_a_link(checkout: Path, elsewhere: Path) -> None:
    (checkout / "states").symlink_to(elsewhere)


@pytest.mark.parametrize(
    ("name", "make"), [("state.db", a_link), ("states/state.db", a_folder_that_is_a_link)]
)
def test_no_link_of_a_checkout_leads_the_state_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, make: Callable[[Path, Path], None]
) -> None:
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    (checkout / ".git").mkdir(parents=True)
    elsewhere.mkdir()
    make(checkout, elsewhere)
    monkeypatch.chdir(checkout)

    with pytest.raises(Refusal, match=f"The state file {name} can't be used"), opened_state(Path(name)):
        pass
    assert list(elsewhere.iterdir()) == []


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a link to a state file elsewhere, which is the current folder."""
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    (checkout / ".git").mkdir(parents=True)
    elsewhere.mkdir()
    with State.open(elsewhere / "state.db"):
        pass
    a_link(checkout, elsewhere)
    monkeypatch.chdir(checkout)
    return checkout


def test_the_page_is_not_made_of_a_state_that_a_link_of_a_checkout_names(checkout: Path) -> None:
    with pytest.raises(Refusal, match="contains the symbolic link `state"):
        dashboard.main(["--state", "state.db", "--output", "page"], standalone_mode=False)
    assert sorted(entry.name for entry in checkout.iterdir()) == [".git", "state.db"]


def test_no_part_is_a_link_of_a_checkout(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "plan.json").write_text(matrix_of([Job("1", "acme", (1, 1), 1.0, "ubuntu-latest", ())]))
    merge.main(["state.db", "--plan", "plan.json"], standalone_mode=False)
    assert "The part state.db can't be used: the path contains the symbolic link" in capsys.readouterr().err


def test_an_empty_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    with pytest.raises(StateError, match="is empty"):
        State.existing(path)
    assert path.stat().st_size == 0


def test_a_link_of_the_callers_own_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere, here = tmp_path / "elsewhere", tmp_path / "here"
    elsewhere.mkdir()
    here.mkdir()
    a_link(tmp_path, elsewhere)
    monkeypatch.chdir(here)

    with opened_state(tmp_path / "state.db") as state:
        assert state.rebuilt == ""
    assert (elsewhere / "state.db").is_file()
