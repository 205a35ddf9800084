import io
from pathlib import Path

import pytest

from crreg.action.runner import Runner
from crreg.exits.status import Status
from crreg.report.markdown import LONGEST_SUMMARY


def runner(tmp_path: Path, *, in_actions: bool = True) -> tuple[Runner, io.StringIO]:
    stream = io.StringIO()
    return Runner(stream, tmp_path / "summary", tmp_path / "output", in_actions), stream


def test_a_value_is_masked_line_by_line_without_its_shortest_lines(tmp_path: Path) -> None:
    told, stream = runner(tmp_path)
    told.mask(["{\nfirst\nsecond\n}", "100%"])
    assert stream.getvalue() == "::add-mask::first\n::add-mask::second\n::add-mask::100%25\n"


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
    assert LONGEST_SUMMARY - 100 < len(written) <= LONGEST_SUMMARY + 100
    assert written.decode().splitlines()[-1] == "The rest is too long for a job summary; see the log."
