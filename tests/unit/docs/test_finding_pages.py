"""Every finding that any command makes links to a place in the documentation that names it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.generate import anchor

from crreg.findings.documentation import rule_page
from crreg.rules import RULES

SOURCE = Path("src/crreg")
ID = re.compile(r"[a-z]+(?:-[a-z]+)+")
NOT_RULES = frozenset({"x-access-token", "ecr-without-a-long-lived-key"})
"""Constants of other kinds: a user's name, and a heading."""
MAKERS = frozenset({"refuse", "_finding", "finding", "Finding"})


def made(path: Path) -> Iterator[str]:
    """The names of rules that a module makes findings of: words in the calls that make them, and its constants."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = node.args if name in MAKERS else ()
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            words = [node.value] if node.targets[0].id.isupper() else ()
        else:
            continue
        for word in words:
            for each in ast.walk(word):
                if (
                    isinstance(each, ast.Constant)
                    and isinstance(each.value, str)
                    and ID.fullmatch(each.value)
                ):
                    yield each.value


def identifiers() -> list[str]:
    modules = [path for folder in ("ensure", "publish") for path in (SOURCE / folder).rglob("*.py")]
    return sorted({rule.id for rule in RULES} | {name for path in modules for name in made(path)} - NOT_RULES)


@pytest.mark.parametrize("rule", identifiers())
def test_a_finding_s_page_has_the_heading_and_names_the_rule(rule: str) -> None:
    address, _, fragment = rule_page(rule).partition("#")
    page = Path("docs", address.rpartition("/docs/")[2]).read_text("utf-8")
    headings = {anchor(line.lstrip("# ")): line for line in page.splitlines() if line.startswith("#")}
    assert fragment in headings
    section = page.partition(f"{headings[fragment]}\n")[2].partition("\n## ")[0]
    assert fragment == rule or f"`{rule}`" in section


def test_what_the_role_needs_has_its_heading() -> None:
    headings = [
        line.lstrip("# ")
        for line in Path("docs/operations.md").read_text("utf-8").splitlines()
        if line[:1] == "#"
    ]
    assert "ecr-without-a-long-lived-key" in map(anchor, headings)


def test_the_list_has_those_of_all_commands() -> None:
    assert {"login-failed", "rotation-failed", "immutable-tag", "engine-unavailable"} <= set(identifiers())
