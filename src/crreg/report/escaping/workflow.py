"""Escaping for what a GitHub Actions runner reads: workflow commands, and anything else on standard output."""

import re

_COMMAND = re.compile(r"((?:[\s\ufeff\u200b]|\x1b\[[0-?]*[ -/]*[@-~])*)::")


def escape_data(text: str) -> str:
    """Escape a workflow command's message as actions/toolkit's `escapeData` does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a workflow command's property as actions/toolkit's `escapeProperty` does."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def inert(output: str) -> str:
    """Take workflow commands out of output for people: `::` at a line's start, and `##[` anywhere.

    The runner ends lines as .NET does, at a carriage return too, and skips the white space before a command. Every
    other character that anybody takes for a line's end counts as well. Time is linear in the length.
    Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    lines = output.replace("##[", "## [").splitlines(keepends=True)
    return "".join(_COMMAND.sub(r"\1: :", line, count=1) if _COMMAND.match(line) else line for line in lines)
