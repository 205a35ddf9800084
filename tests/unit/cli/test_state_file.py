"""The file that `--state` names, in a checkout that strangers wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crreg.cli.context import Refusal
from crreg.cli.organization import opened_state


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


def test_a_link_of_the_callers_own_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere, here = tmp_path / "elsewhere", tmp_path / "here"
    elsewhere.mkdir()
    here.mkdir()
    a_link(tmp_path, elsewhere)
    monkeypatch.chdir(here)

    with opened_state(tmp_path / "state.db") as state:
        assert state.rebuilt == ""
    assert (elsewhere / "state.db").is_file()
