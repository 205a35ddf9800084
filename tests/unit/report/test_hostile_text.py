"""No file name, image name or server message forges anything in any format."""

import io
import json
import re
import shlex

import pytest
import yaml
from hypothesis import example, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.unit.report.hostile import FRAGMENTS, TEXTS, hostile_facts

from crreg.check.report import Report
from crreg.cli.progress import Progress
from crreg.printable import plain
from crreg.redaction.redact import Redactor
from crreg.report.annotations import SHOWN
from crreg.report.escaping import cell_code, escape, escape_data, escape_property, inert
from crreg.report.formats import Format
from crreg.report.render import render

NOTHING = Redactor(())
"""There is no secret to redact."""
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
COLOR = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(
    r"https://github\.com/[A-Za-z0-9/._?=&:#%+-]*|https://app\.docker\.com/[a-z/-]*|https://org\.github\.io/[a-z0-9/#-]*"
)
ALL = "".join(FRAGMENTS)


def runner_commands(output: str) -> list[str]:
    """The lines that a GitHub Actions runner takes for commands, by its two syntaxes."""
    lines = re.split(r"\r\n|\n|\r", output)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_a_runner_finds_no_command_but_the_annotations(text: str) -> None:
    report = Report.of(hostile_facts(text))
    for form in (Format.TEXT, Format.MARKDOWN, Format.JSON, Format.SARIF):
        assert runner_commands(render(report, form, NOTHING, width=40)) == []
    shown = min(len(report.errors), SHOWN) + min(len(report.warnings), SHOWN)
    lines = render(report, Format.GITHUB, NOTHING).splitlines()
    assert len(lines) == shown + (shown < len(report.findings))
    assert all(re.match(r"::(?:error|warning|notice) [^:]*::[^:]?", line) for line in lines)
    assert all("\x1b" not in line and "\r" not in line for line in lines)


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_a_terminal_gets_no_escape_that_is_not_ours(text: str) -> None:
    report = Report.of(hostile_facts(text))
    for color in (False, True):
        output = render(report, Format.TEXT, NOTHING, color=color, width=60)
        bare = COLOR.sub("", output) if color else output
        assert all(character == "\n" or character.isprintable() for character in bare)


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_markdown_holds_no_link_image_html_or_mention_of_another(text: str) -> None:
    report = Report.of(hostile_facts(text))
    tokens = MARKDOWN.parse(render(report, Format.MARKDOWN, NOTHING))
    kinds = {token.type for token in tokens} | {token.type for token in inline(tokens)}
    assert kinds.isdisjoint({"html_block", "html_inline", "image", "code_block", "blockquote_open", "hr"})
    assert kinds.isdisjoint({"bullet_list_open", "ordered_list_open", "s_open", "em_open", "softbreak"})
    for token in inline(tokens):
        if token.type == "link_open":
            assert ADDRESS.fullmatch(str(token.attrs["href"]))
    linked = False
    for token in inline(tokens):
        linked = token.type == "link_open" or (linked and token.type != "link_close")
        if token.type == "text" and not linked:
            assert not re.search(r"@\w|#\w|://|www\.|GH-\d|\b[0-9a-f]{7,40}(?![\w-]|\.\w)", token.content)
    headings = sum(token.type == "heading_open" for token in tokens)
    assert headings == 1 + len(report.findings) + 2


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_each_row_of_a_table_keeps_its_cells(text: str) -> None:
    found = hostile_facts(text)
    tokens = MARKDOWN.parse(render(Report.of(found), Format.MARKDOWN, NOTHING))
    cells = sum(token.type == "td_open" for token in tokens)
    assert cells == 6 * len(found.triples) + 3 * len(found.images)
    codes = [token.content.strip() for token in inline(tokens) if token.type == "code_inline"]
    assert "|" in text or codes.count(plain(text, 2000).strip()) >= len(found.images)


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_json_keeps_the_text_as_it_is(text: str) -> None:
    document = json.loads(render(Report.of(hostile_facts(text)), Format.JSON, NOTHING))
    assert document["repository"] == text
    assert document["images"][0]["path"] == text
    assert document["triples"][0]["login"]["detail"] == text


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_sarif_messages_hold_no_link(text: str) -> None:
    document = json.loads(render(Report.of(hostile_facts(text)), Format.SARIF, NOTHING))
    for result in document["runs"][0]["results"]:
        unescaped = re.sub(r"\\[\\\[\]]", "", result["message"]["text"])
        assert "[" not in unescaped
        assert "]" not in unescaped


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_what_is_to_be_pasted_means_exactly_what_was_meant(text: str) -> None:
    pasted = [
        line
        for finding in Report.of(hostile_facts(text)).findings
        for line in finding.remedy.split("\n")
        if line.startswith("  ")
    ]
    configured = [yaml.safe_load(line) for line in pasted if line.startswith("  registries:")]
    assert configured == [{"registries": {"EMPTY": {"server": plain(text + "1")}}}]
    commands = [shlex.split(line) for line in pasted if not line.startswith(("  registries:", "  EMPTY_"))]
    assert {words[0] for words in commands} <= {"gh", "docker", "curl", "az", "aws", "read"}
    pushed = [words for words in commands if words[0] == "docker"]
    assert pushed == [["docker", "push", plain(f"{text}3/{text}", 1000)]]


@pytest.mark.parametrize(
    ("text", "data", "prop"),
    [
        ("100%", "100%25", "100%25"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
        ("%0A", "%250A", "%250A"),
    ],
)
def test_workflow_commands_are_escaped_as_the_toolkit_does(text: str, data: str, prop: str) -> None:
    assert (escape_data(text), escape_property(text)) == (data, prop)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("acme.azurecr.io/a:1", "`acme.azurecr.io/a:1`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", "`  `"),
        (r"a\\|b", r"a\\\\\|b"),
    ],
)
def test_code_in_a_cell_ends_neither_the_code_nor_the_cell(text: str, markdown: str) -> None:
    assert cell_code(text) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a5c3785", "a5c378&#8203;5"),
        ("(A5C3785ED8D6A3)", r"\(A5C378&#8203;5ED8D6&#8203;A3\)"),
        ("a5c378", "a5c378"),
        ("123456789012.dkr.ecr", r"123456789012\.dkr\.ecr"),
        ("a" * 64, "a" * 64),
        ("octo/app#1", r"octo/app\#&#8203;1"),
        ("@octo/team", "@&#8203;octo/team"),
    ],
)
def test_prose_refers_to_nobody_and_to_no_commit_issue_or_team(text: str, markdown: str) -> None:
    assert escape(text) == markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("##[x]", "## [x]"),
        ("é✓ 日本", "é✓ 日本"),
        ("a\u3164\ufe0f", "a\\u3164\\ufe0f"),
        ("https://me:pass@x.example/a@b", "https://***@x.example/a@b"),
        ("https://me:p@s#@x.example", "https://***@x.example"),
        ("tcp://token@x.example", "tcp://***@x.example"),
        ("docker://alpine@sha256:1", "docker://alpine@sha256:1"),
        ("x/a:1@sha256:1", "x/a:1@sha256:1"),
    ],
)
def test_plain_text_shows_what_can_not_be_seen(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_plain_text_is_bounded() -> None:
    assert plain("a" * 1000) == "a" * 299 + "…"


def test_the_end_of_plain_text_is_no_part_of_a_password() -> None:
    assert "p" not in plain("x://" + "p" * 1000 + "@host")


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
@pytest.mark.parametrize("space", ["", " \t", "\xa0\u3000", "\x1b[1;31m", "\x1b[2K ", "\ufeff", "\x1f"])
def test_no_line_begins_with_a_command_whoever_ends_lines(end: str, space: str) -> None:
    told = inert(f"first{end}{space}::error::forged{end}a::b ##[error]")
    assert told == f"first{end}{space}: :error::forged{end}a::b ## [error]"
    assert inert(told) == told
    assert inert(f"{space}::error::x") == f"{space}: :error::x"


@pytest.mark.parametrize("style", ["\x1b[m", "\x1b[1;31m", "\x1b[0m\x1b[2K"])
def test_a_style_inside_of_a_command_hides_it_from_nobody(style: str) -> None:
    assert inert(f"##{style}[error]x") == f"## {style}[error]x"
    assert inert(f"#{style}#[error]x") == f"#{style}# [error]x"
    assert inert(f" :{style}:error::x") == f" : {style}:error::x"


@pytest.mark.parametrize(
    "piece",
    [
        *("\n", " ", "\r", "\x1b[", "\x1b[0", "\x1b[0m", ":", "::", " \n", "#", "##["),
        *("#\x1b[0m", "##\x1b[0m", "#\x1b[", ":\x1b[0m", " \x1b[0m:"),
    ],
)
def test_taking_commands_out_of_a_long_text_ends(piece: str) -> None:
    # 50,000 line feeds took half a minute; a quadratic step in these would take hours.
    assert len(inert(piece * 1_000_000)) >= 1_000_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@settings(max_examples=50, deadline=None)
@given(TEXTS)
@example(ALL)
def test_a_progress_line_is_one_line_without_escapes(text: str) -> None:
    stream = Terminal()
    Progress(stream).say(f"pulling {text}")
    assert stream.getvalue().removeprefix("\r\x1b[2K").isprintable()
