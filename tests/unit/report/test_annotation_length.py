"""The runner cuts a long annotation without a sign, so that none may be long."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import Prose, Snippet, Step
from crreg.report.annotations import annotation, bounded

CUT = 4096
"""Source: `_maxIssueMessageLength` in https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs"""
END = "… see the job summary"


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def message(remedy: str, text: str = "It is missing.") -> str:
    """What the runner reads of an annotation."""
    steps = tuple(map(step, remedy.split("\n")))
    line = annotation(Finding("missing-secret", Severity.ERROR, text, steps, triple="ACR"))
    shown, _, about = unquote(line.partition("::")[2].partition("::")[2]).rpartition("\n")
    assert about.startswith("About this rule: https://")
    return shown


def step(line: str) -> Step:
    return Snippet(line.removeprefix("  ")) if line.startswith("  ") else Prose(line)


def secrets(count: int, first: int = 0) -> list[str]:
    return [
        f"  gh secret set NAME_{number} --app codespaces --repo o/r" for number in range(first, first + count)
    ]


def test_a_short_annotation_is_whole() -> None:
    remedy = "\n".join(["Paste this:", *secrets(3), "or click there"])

    assert message(remedy) == f"It is missing.\n\n{remedy}"


def test_commands_that_belong_together_are_there_whole_or_not_at_all() -> None:
    remedy = "\n".join(["Paste this:", *secrets(10), "Then paste this:", *secrets(90, 10), "or click there"])

    assert message(remedy) == "\n".join(["It is missing.", "", "Paste this:", *secrets(10), END])


def test_a_command_that_no_annotation_holds_is_left_out_with_the_line_that_announces_it() -> None:
    assert message("Paste this:\n  " + "x" * 3990) == f"It is missing.\n\n{END}"


def test_a_long_command_that_fits_is_whole() -> None:
    command = "  " + "x" * 3000

    assert message(f"Paste this:\n{command}").splitlines()[-1] == command


def test_a_long_message_leaves_its_beginning() -> None:
    shown = message("Paste this:\n" + "\n".join(secrets(60)), "word " * 1000)

    assert shown.startswith("word word")
    assert shown.endswith(END)


@pytest.mark.parametrize("letter", ["x", "é", "🙂", "\x1b", "\u202e", "\ud800", "`"])
def test_length_is_counted_as_the_runner_counts(letter: str) -> None:
    shown = message("Do this:\n" + "\n".join([f"  {letter * 90}"] * 200), letter * 5000)

    assert units(f"missing-secret: ACR{shown}") <= CUT - 90


LINES = st.lists(
    st.tuples(st.sampled_from(["", "  "]), st.text(max_size=60), st.integers(1, 80)).map(
        lambda line: line[0] + line[1].replace("\n", "") * line[2]
    ),
    max_size=30,
)


@given(title=st.text(max_size=300), lines=LINES)
def test_whatever_the_lines_are_the_message_is_short_and_no_command_is_cut(
    title: str, lines: list[str]
) -> None:
    whole = bounded(title, map(step, lines))
    shown = whole.split("\n")

    assert units(title + whole) <= CUT - 90
    commands = [line for line in shown if line.startswith("  ")]
    every = [line for line in bounded_without_limit(lines) if line.startswith("  ")]
    assert commands == every[: len(commands)]


def bounded_without_limit(lines: list[str]) -> list[str]:
    """Each line alone, which is short enough or left out."""
    from crreg.printable import plain

    return [plain(line, len(line) if line.startswith("  ") else 2000) for line in lines]
