"""The journal knows what may exist, however the run that wrote it ended."""

from pathlib import Path

import pytest
from live.journal import Journal, JournalError, Target, Thing

TARGET = Target("https://api.github.com", "acme", "0123456789abcdef")
REPOSITORY = Thing("repository", "acme", "crreg-live-0123456789abcdef")
BEGUN = '{"target": {"api": "a", "owner": "b", "run": "c"}}\n'
PACKAGE = Thing("package", "acme", "crreg-live-0123456789abcdef-image")


def test_what_was_intended_is_left_until_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal.begin(path, TARGET)
    journal.intend(REPOSITORY)
    journal.intend(PACKAGE)
    journal.created(REPOSITORY, 7)
    resumed = Journal.resume(path)
    assert resumed.target == TARGET
    assert resumed.left == (PACKAGE, Thing("repository", "acme", REPOSITORY.name, 7))
    resumed.gone(PACKAGE)
    resumed.end()
    assert path.exists()
    assert [each.id for each in Journal.resume(path).left] == [7]
    resumed.gone(REPOSITORY)
    resumed.end()
    assert not path.exists()


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_that_was_cut_off_announced_nothing(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal.begin(path, TARGET)
    journal.intend(REPOSITORY)
    whole = path.read_bytes()
    journal.intend(PACKAGE)
    path.write_bytes(path.read_bytes()[: len(whole) + kept])
    resumed = Journal.resume(path)
    assert resumed.left == (REPOSITORY,)
    resumed.gone(REPOSITORY)
    assert Journal.resume(path).left == ()


def test_a_run_does_not_begin_over_another_and_leaves_no_second_file(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal.begin(path, TARGET).intend(REPOSITORY)
    with pytest.raises(JournalError, match="is the journal of an earlier run"):
        Journal.begin(path, TARGET)
    assert [each.name for each in tmp_path.iterdir()] == ["journal"]
    assert Journal.resume(path).left == (REPOSITORY,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n",
        "[]\n",
        "x\n",
        '{"target": {"api": "a", "owner": "b"}}\n',
        f'{BEGUN}{{"state": "made", "thing": {{"kind": "package", "owner": "a", "name": "b", "id": 1}}}}\n',
        f'{BEGUN}{{"state": "intended", "thing": {{"kind": "organization", "owner": "a", "name": "b", "id": 1}}}}\n',
    ],
)
def test_another_file_is_no_journal(text: str, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text(text)
    with pytest.raises(JournalError, match="is not a journal of this suite"):
        Journal.resume(path)
