"""The inputs in the repository: initial seeds and former findings."""

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "corpus"
"""A folder for each target with a file for each input; former findings are called `regression-...`."""
DICTIONARIES = FOLDER / "dictionaries"
"""The words of each target's language, in libFuzzer's format."""
_WORD = re.compile(rb'^(?:\w+=)?"(.*)"$', re.MULTILINE)
_ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\]))')


def seeds(name: str) -> Iterator[Path]:
    """The files of one target's inputs, sorted by name."""
    yield from sorted(path for path in (CORPUS / name).glob("*") if path.is_file())


def words(name: str) -> list[bytes]:
    """The words of a target's dictionary; empty if it has none."""
    path = DICTIONARIES / f"{name}.dict"
    written = path.read_bytes() if path.is_file() else b""
    return [
        _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else found[2], word)
        for word in _WORD.findall(written)
    ]
