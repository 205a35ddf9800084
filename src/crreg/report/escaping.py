"""Escapes text for GitHub's Markdown, and for output in which a runner looks for workflow commands."""

import re

from crreg.printable import plain

_SYNTAX = re.compile(r"([\\`*_{}\[\]()#+\-.!~|>])")
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_BREAK = "&#8203;"
"""A zero-width space, which stops GitHub from recognizing mentions, references and addresses."""
_TICKS = re.compile(r"`+")
_AUTOLINKS = (
    (re.compile(r"@"), f"@{_BREAK}"),
    (re.compile(r"#(?=\w)"), f"#{_BREAK}"),
    (re.compile(r"://"), f":{_BREAK}//"),
    (re.compile(r"(?i)www\."), rf"www{_BREAK}."),
    (re.compile(r"(?i)GH-(?=\d)"), f"GH{_BREAK}-"),
    (re.compile(r"(?i)(mailto|xmpp):"), rf"\1{_BREAK}:"),
)
_HASH = re.compile(r"(?<!\w)[0-9a-f]{7,40}(?![\w-]|\.\w)", re.IGNORECASE)
"""A word that GitHub may take for a commit's hash; the beginning of a host name is excluded."""
_HASH_PIECE = re.compile(r"\w{6}(?=\w)")
_ADDRESS = re.compile(r"https?://[\w.-]+(:[0-9]+)?/[\w/.%?=&:+#-]*", re.ASCII)
"""An address that is safe as an autolink: it has no character that ends one, and no user name before the host."""
LONGEST_TEXT = 2000
"""Characters of a text that a report shows in one piece."""


def prose(message: str) -> str:
    """Render a plain-text message: text between backticks as code, the rest escaped."""
    pieces = plain(message, LONGEST_TEXT).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    return "".join(
        (code(piece) if piece else _BREAK) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    )


def link(text: str, url: str) -> str:
    """Render what is at an address, and the address: as a link if that is safe, else as text."""
    return f"{prose(f'{text}:')} <{url}>" if _ADDRESS.fullmatch(url) else prose(f"{text}: {url}")


def escape(text: str) -> str:
    """Escape text so that Markdown and GitHub treat it as plain text."""
    # NUL marks the breaks until punctuation is escaped, since a break is an entity.
    broken = plain(text, LONGEST_TEXT)
    for pattern, replacement in _AUTOLINKS:
        broken = pattern.sub(replacement.replace(_BREAK, "\0"), broken)
    broken = _HASH.sub(lambda found: _HASH_PIECE.sub("\\g<0>\0", found[0]), broken)
    for character, entity in _ENTITIES:
        broken = broken.replace(character, entity)
    escaped = _SYNTAX.sub(r"\\\1", broken)
    return escaped.replace("\0", _BREAK)


def code(text: str) -> str:
    """Render text as a code span, in which GitHub links nothing."""
    shown = plain(text, LONGEST_TEXT)
    fence = "`" * (_longest_run(shown) + 1)
    edge = " " if not shown or shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def cell_code(text: str) -> str:
    """Render text as code in a table cell.

    A pipe ends the cell even inside a code span, and parsers differ in how many backslashes prevent that. So text
    with a pipe is rendered as escaped prose instead.
    """
    return escape(text) if "|" in text else code(text)


def fenced(lines: list[str]) -> str:
    """Render lines as a block to paste."""
    shown = [plain(line, LONGEST_TEXT) for line in lines]
    fence = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return "\n".join([fence, *shown, fence])


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)


_STYLE = r"\x1b\[[0-?]*[ -/]*[@-~]"
"""A sequence that a terminal does not show. The runner reads it as text, but may come to drop it earlier."""
_COMMAND = re.compile(rf"((?:[\s\ufeff\u200b]|{_STYLE})*:)((?:{_STYLE})*:)")
_OLD_COMMAND = re.compile(rf"(#(?:{_STYLE})*#)((?:{_STYLE})*\[)")


def escape_data(text: str) -> str:
    """Escape a workflow command's message as actions/toolkit's `escapeData` does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a workflow command's property as actions/toolkit's `escapeProperty` does."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def inert(output: str) -> str:
    """Defuse workflow commands in output: `::` at the start of a line, and `##[` anywhere.

    The runner splits lines as .NET does, also at a carriage return, and skips white space before a command. We also
    split at every other character that Python takes for a line end. The time is linear in the length.
    Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    lines = _OLD_COMMAND.sub(r"\1 \2", output).splitlines(keepends=True)
    return "".join(_COMMAND.sub(r"\1 \2", line, count=1) if _COMMAND.match(line) else line for line in lines)
