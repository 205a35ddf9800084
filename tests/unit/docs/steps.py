"""The steps that README asks for, read from its lists and blocks."""

import re

TERMINAL = "In a terminal"
WORKFLOW = "In pull requests"
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^\d+\. ", re.MULTILINE)


def steps_of(page: str, heading: str) -> list[str]:
    """What to do under a heading, from an empty machine: each line to paste is a step, and so is an item without one.

    What is done in pull requests comes after the first lines of the terminal, without its check.
    """
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    if heading == TERMINAL:
        return _lines(section)
    before = [line for line in steps_of(page, TERMINAL) if not line.startswith("crreg ")]
    return before + [step for item in _ITEM.split(section)[1:] for step in _lines(item) or [_prose(item)]]


def _lines(text: str) -> list[str]:
    return [line.strip() for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def _prose(item: str) -> str:
    return " ".join(item.split())
