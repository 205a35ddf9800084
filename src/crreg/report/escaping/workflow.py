"""Escaping for what a GitHub Actions runner reads: workflow commands, and anything else on standard output."""

import re

_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*)::", re.MULTILINE)


def escape_data(text: str) -> str:
    """Escape a workflow command's message as actions/toolkit's `escapeData` does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a workflow command's property as actions/toolkit's `escapeProperty` does."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def inert(output: str) -> str:
    """Take workflow commands out of output for people: `::` at a line's start, and `##[` anywhere."""
    return _COMMAND.sub(r"\1: :", output.replace("##[", "## ["))
