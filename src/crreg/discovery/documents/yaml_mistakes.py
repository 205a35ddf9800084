"""The place of a mistake in YAML, which is often before the place where the parser notices it."""

import re

import yaml

from crreg.discovery.documents.tree import DocumentError, TextFile

_IN_QUOTES = "while scanning a quoted scalar"  # the parser's words
_BRACKET = re.compile(r"[\[{]")
_LINE_END = re.compile(r"[\r\n]")


def located(
    error: yaml.MarkedYAMLError, file: TextFile, quoted: tuple[int, int], bracketed: int | None
) -> DocumentError:
    """Return the parser's error, at the quotation mark or bracket that opens something if that is not closed.

    Args:
        error: the parser's error.
        file: what was parsed.
        quoted: where the last quoted string of several lines starts and ends; zeros if there is none.
        bracketed: where the innermost list or mapping in brackets starts that is not closed, before its tag and anchor.
    """
    mark = error.problem_mark or error.context_mark
    position = min(mark.index, len(file.text)) if mark else 0
    start, end = quoted
    quote = None
    if error.context == _IN_QUOTES and error.context_mark is not None:
        quote = error.context_mark.index
    elif end and not file.text[end:position].strip():
        # The string's closing mark, just before the error, probably opens another string.
        quote = start
    if quote is not None:
        message = "invalid YAML: the quotation mark that opens here is not closed on its line"
        return DocumentError(message, file.location(quote, quote + 1))
    bracket = _open_bracket(file.text, bracketed, position) if bracketed is not None else None
    if bracket is not None:
        message = f"invalid YAML: the {file.text[bracket]} that opens here is not closed"
        return DocumentError(message, file.location(bracket, bracket + 1))
    message = " ".join(filter(None, ("invalid YAML:", error.problem, error.context)))
    return DocumentError(message, file.location(position, position))


def _open_bracket(text: str, start: int, position: int) -> int | None:
    """Return the bracket if the parser stopped at a later line that is not indented more, so is not in the brackets."""
    match = _BRACKET.search(text, start, position)
    if match is None or _LINE_END.search(text, match.start(), position) is None:
        return None
    return match.start() if _indent(text, position) <= _indent(text, match.start()) else None


def _indent(text: str, position: int) -> int:
    """Return how many spaces the line of a position starts with."""
    start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    line = text[start:position]
    return len(line) - len(line.lstrip(" "))
