"""No text that anyone reads has a word that docs/wording.md asks to avoid."""

import re
from collections.abc import Iterator
from pathlib import Path

from docs.generate import ROOT
from tests.unit.docs.pages import tables_of

PAGE = ROOT / "docs" / "wording.md"
READ = (
    *("*.md", "*.py", "*.toml", "*.yml", ".editorconfig", ".github", "Dockerfile", "Makefile"),
    *("benchmarks", "docs", "examples", "fuzz", "sandbox", "src"),
)
SUFFIXES = frozenset({".css", ".html", ".js", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ""})
DATA = ROOT / "fuzz" / "corpus"


def avoided() -> list[str]:
    (words,) = [rows for rows in tables_of(PAGE) if rows[0] == ["word", "write"]]
    return [word for word, _ in words[1:]]


def files() -> Iterator[Path]:
    for pattern in READ:
        for top in ROOT.glob(pattern):
            for path in [top] if top.is_file() else sorted(top.rglob("*")):
                if path.is_file() and path.suffix in SUFFIXES and path != PAGE:
                    yield path


def found(text: str, words: list[str]) -> list[tuple[int, str]]:
    """Line and word of each; the words of a phrase may be on two lines, and letters may be of either case."""
    spelled = "|".join(r"[\s#]+".join(map(re.escape, word.split())) for word in words)
    matches = re.finditer(rf"\b(?:{spelled})\b", text, re.IGNORECASE)
    return [(text.count("\n", 0, match.start()) + 1, match[0]) for match in matches]


def test_no_word_to_avoid_is_written() -> None:
    words = avoided()
    assert {
        str(path.relative_to(ROOT)): places
        for path in files()
        if not path.is_relative_to(DATA) and (places := found(path.read_text("utf-8"), words))
    } == {}


def test_the_page_has_words_and_every_kind_of_text_is_read() -> None:
    assert {"lest", "whoever", "is no such", "organisation"} <= set(avoided())
    read = {str(path.relative_to(ROOT)) for path in files()}
    assert {"README.md", "action.yml", "examples/ensure.yml", ".github/workflows/ci.yml"} <= read
    assert {"docs/rules.md", "docs/registries/azure.md", "src/crreg/cli/main.py", "sandbox/world.py"} <= read


def test_a_word_is_found_whole_in_either_case_and_over_the_end_of_a_line() -> None:
    text = "Molests nobody.\nLest it fail, there is\n    # no such thing.\n"
    assert found(text, ["lest", "is no such"]) == [(2, "Lest"), (2, "is\n    # no such")]
