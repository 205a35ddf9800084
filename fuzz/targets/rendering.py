"""Text for a runner, a terminal, GitHub's Markdown or a shell."""

import re
import shlex

from fuzz.target import ensure, target
from markdown_it import MarkdownIt

from crreg.findings.remedy import command
from crreg.printable import plain, quoted, sentence
from crreg.report import escaping
from crreg.report.escaping import escape_data, escape_property, inert
from crreg.report.page import Page

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
FORGED = re.compile(r"@\w|#\w|://|www\.|GH-\d|(?<!\w)[0-9a-f]{7,40}(?![\w-]|\.\w)", re.IGNORECASE)
"""Text that GitHub turns into a mention, a reference, a link or a commit."""
_LINES = re.compile(r"\r\n|\n|\r")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST_LINE = 1000
"""More characters than an input of 512 bytes becomes."""


def commands(output: str) -> list[str]:
    """The lines that a runner recognizes as commands, in its two syntaxes."""
    bare = _COLOR.sub("", output)
    return [line for line in _LINES.split(bare) if line.lstrip().startswith("::") or "##[" in line]


@target("plain", longest=1024)
def plain_(text: str) -> None:
    """A line stays one line, and can't close the quotation around it."""
    for shown in (plain(text), quoted(text), sentence(text)):
        ensure(shown.isprintable(), "a character is not printable")
        ensure("##[" not in shown, "a command is in the line")
    ensure(quoted(text).count("`") == len("``"), "the quotation ends early")


@target("workflow", longest=1024)
def workflow(text: str) -> None:
    """A message and a property are one line and decode to the same text; output contains no command."""
    for escaped in (escape_data(text), escape_property(text)):
        ensure(not re.search("[\r\n]", escaped), "a line ends in the middle")
        decoded = escaped
        for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            decoded = decoded.replace(code, character)
        ensure("%" in text or decoded == text, "a runner reads another text")
    ensure(not re.search("[:,]", escape_property(text)), "a property ends early")
    ensure(commands(inert(text)) == [], "output forges a command")


@target("markdown", longest=512, weight=2)
def markdown_(text: str) -> None:
    """Escaped text is rendered as text and code as code, and GitHub links nothing in the text."""
    _only(f"x {escaping.escape(text)}", {"text"}, forged=True)
    _only(f"x {escaping.prose(text)}", {"text", "code_inline"}, forged=True)
    _only(f"x {escaping.code(text)}", {"text", "code_inline"}, forged=True)
    row = f"| a | b |\n|---|---|\n| {escaping.cell_code(text)} | end |"
    cells = [token.type for token in MARKDOWN.parse(row)].count("td_open")
    ensure(cells == len(("a", "b")), "a row has another number of cells")
    blocks = [token.type for token in MARKDOWN.parse(f"{escaping.fenced([text, text])}\n\nend")]
    ensure(blocks[:2] == ["fence", "paragraph_open"], "the block ends early")


def _only(written: str, kinds: set[str], *, forged: bool) -> None:
    tokens = MARKDOWN.parse(written)
    ensure(
        [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"],
        "it is no paragraph",
    )
    for token in tokens[1].children or []:
        ensure(token.type in kinds, f"it holds a {token.type}")
        if forged and token.type == "text":
            ensure(not FORGED.search(token.content), "GitHub links a part of the text")


@target("shell", longest=512)
def shell(first: str, second: str) -> None:
    """A shell splits a command to paste into exactly its words, on one line."""
    line = command("gh", first, second).line
    ensure(line.isprintable(), "the command is more than a line")
    words = shlex.split(line)
    ensure(words[:1] == ["gh"] and len(words) == len(("gh", first, second)), "a word became several")
    # plain() hides logins, splits the runner's commands and escapes what nobody can see; a shell adds nothing to that.
    ensure(words[1] == plain(first, _LONGEST_LINE), "a word became another")
    if first.isascii() and first.isprintable() and "##[" not in first and "://" not in first:
        ensure(words[1] == first, "a plain word became another")


@target("page", longest=512)
def page(text: str) -> None:
    """A terminal gets no escape sequence except colors, and a runner no command."""
    for color in (False, True):
        for width in (40, 100):
            shown = Page(color=color, width=width)
            shown.title(text)
            shown.heading("error", "red", text)
            shown.paragraph(text)
            shown.command(text)
            shown.table(["a", "b"], [[shown.cell(text, text), shown.cell(text)]])
            output = shown.text()
            bare = _COLOR.sub("", output) if color else output
            ensure(all(each == "\n" or each.isprintable() for each in bare), "a terminal gets an escape")
            ensure(commands(output) == [], "a runner gets a command")
