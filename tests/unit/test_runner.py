import io
import json
import os
from pathlib import Path

import pytest

from crreg.report.report import Status
from crreg.runner import LARGEST_SUMMARY, Runner, withheld_secrets, write_inside


def runner(tmp_path: Path, *, in_actions: bool = True) -> tuple[Runner, io.StringIO]:
    stream = io.StringIO()
    return Runner(stream, tmp_path / "summary", tmp_path / "output", in_actions), stream


def test_a_mask_is_a_command_of_one_line_however_many_the_value_has(tmp_path: Path) -> None:
    told, stream = runner(tmp_path)
    told.mask(["first\nsecond", "100%"])
    assert stream.getvalue() == "::add-mask::first%0Asecond\n::add-mask::100%25\n"


def test_outside_actions_a_mask_prints_nothing_and_hides_all_the_same(tmp_path: Path) -> None:
    told, stream = runner(tmp_path, in_actions=False)
    told.mask(["hunter2"])
    told.text("the password is hunter2\n")
    assert stream.getvalue() == "the password is ***\n"


def test_a_line_of_the_log_is_no_command(tmp_path: Path) -> None:
    told, stream = runner(tmp_path)
    told.text("::error::forged\n")
    stop, forged, resume = stream.getvalue().splitlines()
    word = stop.removeprefix("::stop-commands::")
    assert (stop, forged, resume) == (f"::stop-commands::{word}", "::error::forged", f"::{word}::")
    assert len(word) == 32


def test_a_message_stays_in_its_command(tmp_path: Path) -> None:
    told, stream = runner(tmp_path)
    told.error("a: b, c", "one\n::error::two")
    assert stream.getvalue() == "::error title=a%3A b%2C c::one%0A::error::two\n"


@pytest.mark.parametrize(
    "text", ["\n::error::x", "\r::error::x", "\x1b[2J", "\u202e", "\u2028::x", "##[add-mask]x"]
)
def test_nothing_in_a_line_is_obeyed(tmp_path: Path, text: str) -> None:
    told, stream = runner(tmp_path)
    told.line(f"pulling {text}")
    told.line(text)
    first, second = stream.getvalue().split("\n")[:-1]
    assert (first + second).isprintable()
    assert "##[" not in first + second
    assert not second.lstrip().startswith("::")


def test_nothing_in_an_annotation_reaches_a_terminal(tmp_path: Path) -> None:
    told, stream = runner(tmp_path)
    told.warning("a", "b\x1b[2J\u202e\r::error::c\nd")
    assert stream.getvalue() == "::warning title=a::b\\x1b[2J\\u202e\\r::error::c%0Ad\n"


def test_a_word_of_ours_stays_in_an_output_whatever_the_password(tmp_path: Path) -> None:
    told, _ = runner(tmp_path)
    told.mask(["unknown", "digest", "1234567"])
    told.output("status", Status.UNKNOWN)
    told.output("errors", 1234567)
    told.output("images", [{"digest": "of unknown"}])
    told.output("report", "unknown.json")
    assert (tmp_path / "output").read_text().splitlines()[1::3] == [
        "unknown",
        "1234567",
        '[{"digest": "of ***"}]',
        "***.json",
    ]


def test_an_output_can_not_forge_another(tmp_path: Path) -> None:
    told, _ = runner(tmp_path)
    told.output("status", "healthy\nEOF\nerrors=9")
    first, *value, last = (tmp_path / "output").read_text().splitlines()
    assert first == f"status<<{last}"
    assert value == ["healthy", "EOF", "errors=9"]


def test_masks_are_taken_out_of_outputs_and_summary(tmp_path: Path) -> None:
    told, _ = runner(tmp_path)
    told.mask(["hunter2"])
    told.output("report", "hunter2")
    told.summarize("hunter2\n")
    assert "hunter2" not in (tmp_path / "output").read_text() + (tmp_path / "summary").read_text()


def test_a_summary_is_cut_to_what_github_takes(tmp_path: Path) -> None:
    told, _ = runner(tmp_path)
    told.summarize("ä line\n" * 200_000)
    written = (tmp_path / "summary").read_bytes()
    assert LARGEST_SUMMARY - 100 < len(written) <= LARGEST_SUMMARY + 100
    assert written.decode().splitlines()[-1] == "The rest is too long for a job summary; see the log."


def event(tmp_path: Path, head: object) -> dict[str, str]:
    path = tmp_path / "event.json"
    base = {"repo": {"full_name": "octo/app"}}
    path.write_text(json.dumps({"pull_request": {"head": {"repo": head}, "base": base}}))
    return {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}


@pytest.mark.parametrize("head", [{"full_name": "someone/app"}, None], ids=["fork", "fork that is gone"])
def test_a_pull_request_from_a_fork_has_no_secrets(tmp_path: Path, head: object) -> None:
    assert withheld_secrets(event(tmp_path, head)) == (
        "GitHub hands the workflows of a fork's pull request no secrets."
    )


def test_a_pull_request_from_the_repository_itself_has_them(tmp_path: Path) -> None:
    assert withheld_secrets(event(tmp_path, {"full_name": "Octo/App"})) == ""


def test_dependabots_pull_request_has_only_its_own(tmp_path: Path) -> None:
    environment = {**event(tmp_path, {"full_name": "octo/app"}), "GITHUB_ACTOR": "dependabot[bot]"}
    assert "Dependabot" in withheld_secrets(environment)


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"pull_request": 1}'])
def test_an_event_that_can_not_be_read_is_none_of_a_fork(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "event.json"
    if content is not None:
        path.write_text(content)
    environment = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}
    assert withheld_secrets(environment) == ""


def test_a_report_is_written_into_new_folders_of_the_workspace(tmp_path: Path) -> None:
    write_inside(tmp_path, "reports/today/crreg.json", "{}")
    assert (tmp_path / "reports" / "today" / "crreg.json").read_text() == "{}"


@pytest.mark.parametrize("path", ["../outside", "/etc/crreg-test", "link/file", "link", ".", "pipe"])
def test_a_report_is_never_written_outside_the_workspace(tmp_path: Path, path: str) -> None:
    workspace, outside = tmp_path / "workspace", tmp_path / "elsewhere"
    workspace.mkdir()
    outside.mkdir()
    (workspace / "link").symlink_to(outside)
    os.mkfifo(workspace / "pipe")
    with pytest.raises(OSError, match=r"outside|Too many levels|directory|No such device"):
        write_inside(workspace, path, "x")
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("path", [".git/config", "link/config", "direct"])
def test_a_report_never_becomes_a_part_of_git_itself(tmp_path: Path, path: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("kept")
    (tmp_path / "link").symlink_to(".git")
    (tmp_path / "direct").symlink_to(".git/config")
    with pytest.raises(OSError, match=r"in \.git|Too many levels"):
        write_inside(tmp_path, path, "x")
    assert (tmp_path / ".git" / "config").read_text() == "kept"
