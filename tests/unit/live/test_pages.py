"""No page of the documentation states an assumption that is not proven without a link to it."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.generate import ROOT
from live.assumptions import unproven
from live.page import PAGE
from live.profiles import PROFILES
from markdown_it import MarkdownIt
from tests.unit.docs.pages import PAGES, tables_of, tokens_of

READ = [page for page in PAGES if page not in (PAGE, ROOT / "CHANGELOG.md")]
UNDOCUMENTED = re.compile(r"(?<!Files that )(?:GitHub does not document|not documented)(?! by GitHub \|$)")


def blocks(text_tokens: list[object]) -> Iterator[tuple[str, list[str]]]:
    """The text of each paragraph, list item's paragraph or row of a table, and where its links lead."""
    cells: list[tuple[str, list[str]]] | None = None
    for before, token in itertools.pairwise(text_tokens):
        kind = getattr(token, "type", "")
        if kind == "tr_open":
            cells = []
        elif kind == "tr_close" and cells is not None:
            yield " | ".join(text for text, _ in cells), [link for _, links in cells for link in links]
            cells = None
        elif kind == "inline" and getattr(before, "type", "") != "heading_open":
            children = getattr(token, "children", None) or ()
            text = "".join(
                "`" + child.content + "`" if child.type == "code_inline" else child.content or " "
                for child in children
            )
            links = [str(child.attrs["href"]) for child in children if child.type == "link_open"]
            if cells is None:
                yield " ".join(text.split()), links
            else:
                cells.append((" ".join(text.split()), links))


def unlinked(tokens: list[object]) -> list[str]:
    """What is stated without a link to its assumption."""
    missing = []
    for text, links in blocks(tokens):
        ids = {link.partition("#")[2] for link in links if "assumptions.md#" in link}
        for name, each in unproven().items():
            if name.lower() not in ids and any(re.search(phrase, text) for phrase in each.phrases):
                missing.append(f"{name}: {text}")
        if not ids and UNDOCUMENTED.search(text):
            missing.append(text)
    return missing


@pytest.mark.parametrize("page", READ, ids=lambda page: str(page.relative_to(ROOT)))
def test_an_unproven_assumption_is_linked_where_a_page_states_it(page: Path) -> None:
    assert unlinked(list(tokens_of(page))) == []


def test_every_phrase_is_on_a_page() -> None:
    texts = [text for page in READ for text, _ in blocks(list(tokens_of(page)))]
    stale = [
        phrase
        for each in unproven().values()
        for phrase in each.phrases
        if not any(re.search(phrase, text) for text in texts)
    ]
    assert stale == []


def test_a_statement_without_its_link_is_found() -> None:
    parse = MarkdownIt("commonmark").enable("table").parse
    stated = "GitHub does not document\nwhether your own overrides both."
    linked = stated.replace("does not document", "[does not document](assumptions.md#u1)")
    other = stated.replace("does not document", "[does not document](assumptions.md#u2)")
    assert [len(unlinked(list(parse(text)))) for text in (stated, linked, other)] == [2, 0, 1]


def test_the_page_and_the_workflow_have_a_variable_for_each_kind_of_token() -> None:
    (rows,) = [rows for rows in tables_of(ROOT / "docs" / "live.md") if rows[0] == ["variable", "token"]]
    shown = {row[0].partition("`;")[0].strip("`"): row[1] for row in rows[1:]}
    assert shown == {each.variable(name): each.how for name, each in PROFILES.items()}
    workflow = (ROOT / ".github" / "workflows" / "live.yml").read_text(encoding="utf-8")
    passed = set(re.findall(r"^ +(CRREG_LIVE_\w+): \$\{\{", workflow, re.MULTILINE))
    app = {"CRREG_LIVE_APP_ID", "CRREG_LIVE_APP_KEY"}
    assert passed == {*shown, "CRREG_LIVE_TOKEN"} - {"CRREG_LIVE_APP"} | app


def test_the_page_plants_what_the_probe_looks_for() -> None:
    text = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    script = (ROOT / "live" / "codespace" / "probe.sh").read_text(encoding="utf-8")
    for level in ("user", "repository", "organization"):
        assert f"crreg-live-level-{level}" in text
        assert f'"crreg-live-level-{level}": "{level}"' in script
    assert re.findall(r"set_triple (\w+) \S+ (crreg-live-\w+) ", text) == [
        *((f"S{number}", f"crreg-live-s{number}") for number in range(1, 7)),
        ("BAD", "crreg-live-bad"),
    ]
