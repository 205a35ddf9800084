"""The inputs that the repository keeps: seeds to begin with, and those that once were findings."""

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "corpus"
"""A folder for each target, a file for each input; those that once were findings are called `regression-...`."""
DICTIONARIES = FOLDER / "dictionaries"
"""Words of a target's language, in libFuzzer's form."""
_WORD = re.compile(rb'^(?:\w+=)?"(.*)"$', re.MULTILINE)
_ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\]))')


def seeds(name: str) -> Iterator[Path]:
    """The files of one target's inputs, in the order of their names."""
    yield from sorted(path for path in (CORPUS / name).glob("*") if path.is_file())


def words(name: str) -> list[bytes]:
    """The words of a target's dictionary; none where it has none."""
    path = DICTIONARIES / f"{name}.dict"
    written = path.read_bytes() if path.is_file() else b""
    return [
        _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else found[2], word)
        for word in _WORD.findall(written)
    ]
