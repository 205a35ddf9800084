"""Text from files and servers as one printable line, so that it can't pose as anything else."""

LONGEST = 300
"""Characters of hostile text that a message quotes at most."""

OURS = "ours"
"""The key of a field's metadata that says which of its texts are words of our own, which are never redacted: True for
all of them, else a set of words."""


def plain(text: str, limit: int = LONGEST) -> str:
    """Make `text` one line of printable characters, at most `limit` of them.

    Control characters, line separators, terminal escapes, bidirectional controls and invisible characters are
    shown as Python escapes. `##[` is taken apart, since a runner obeys such a command anywhere in a line.
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in cut
    )
    return shown.replace("##[", "## [")


def quoted(text: str, limit: int = LONGEST) -> str:
    """Put `text` between backticks, which stand for "this is literal" in messages; it holds none itself."""
    return f"`{plain(text, limit).replace('`', chr(0x27))}`"


def sentence(text: str) -> str:
    """Put `text` at the end of a message: one line, ended by a full stop; room for what a server says and why."""
    shown = plain(text.strip(), 2 * LONGEST) or "no reason was given"
    return shown if shown.endswith((".", "!", "?", "…")) else f"{shown}."


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: `1 image`, `2 images`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
