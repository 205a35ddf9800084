"""README, the other pages at the top and the documentation, read as GitHub reads them."""

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.generate import ROOT, anchor
from markdown_it import MarkdownIt
from markdown_it.token import Token

PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(ROOT / name / "README.md" for name in ("benchmarks", "fuzz", "sandbox")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_SOURCE = re.compile(r'\b(?:src|srcset)="([^"]+)"')
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    language: str
    text: str
    line: int
    """Of the fence, from 1."""


@functools.cache
def tokens_of(path: Path) -> list[Token]:
    """The page's tokens; those within lines are their `children`."""
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def links_of(path: Path) -> Iterator[str]:
    """Where its links lead and its pictures come from, as written."""
    for token in tokens_of(path):
        if token.type == "html_block":
            yield from _SOURCE.findall(token.content)
        for child in token.children or ():
            target = child.attrs.get("href") if child.type == "link_open" else child.attrs.get("src")
            if target is not None:
                yield str(target)


@functools.cache
def anchors_of(path: Path) -> frozenset[str]:
    """The fragments that its headings can be linked to by; a heading that comes again gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    tokens = tokens_of(path)
    for before, token in itertools.pairwise(tokens):
        if before.type != "heading_open":
            continue
        text = "".join(
            child.content for child in token.children or () if child.type in ("text", "code_inline")
        )
        name = anchor(text)
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return frozenset(found)


def blocks_of(path: Path) -> Iterator[Block]:
    """Every fenced block."""
    for token in tokens_of(path):
        if token.type == "fence":
            assert token.map is not None
            yield Block(token.info.strip(), token.content, token.map[0] + 1)


def tables_of(path: Path) -> Iterator[list[list[str]]]:
    """Every table, as rows of cells as written; the first row is the header."""
    rows: list[list[str]] = []
    tokens = tokens_of(path)
    for before, token in itertools.pairwise(tokens):
        if before.type == "tr_open":
            rows.append([])
        elif before.type in ("td_open", "th_open"):
            rows[-1].append(token.content)
        elif token.type == "table_close":
            yield rows
            rows = []
