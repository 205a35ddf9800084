"""Every finding that any command makes is one of a rule, and links to the section that explains it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.generate import anchor

import crreg.rules
from crreg.findings.documentation import SITE, rule_page
from crreg.rules.catalog import RULES
from crreg.rules.rule import Rule

SOURCE = Path("src/crreg")
IDS = frozenset(rule.id for rule in RULES)
MODULES = sorted(SOURCE.rglob("*.py"))


def declared() -> Iterator[Rule]:
    """Every rule that a module declares, listed or not."""
    for module in pkgutil.iter_modules(crreg.rules.__path__):
        found = vars(importlib.import_module(f"crreg.rules.{module.name}")).values()
        yield from (value for value in found if isinstance(value, Rule))


def called(node: ast.AST) -> str:
    """The name of what is called; empty if nothing is."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def literal_ids(tree: ast.AST) -> Iterator[str]:
    """The ids that stand as text anywhere but in the declaration of a rule, or as the value of an enum's member."""
    for node in ast.iter_child_nodes(tree):
        if called(node) == "Rule" or (isinstance(tree, ast.ClassDef) and isinstance(node, ast.Assign)):
            continue
        if isinstance(node, ast.Constant) and node.value in IDS:
            yield str(node.value)
        yield from literal_ids(node)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_names_a_rule_by_a_text(path: Path) -> None:
    assert list(literal_ids(ast.parse(path.read_text("utf-8")))) == []


def test_a_finding_is_made_by_its_rule_alone() -> None:
    makers = {
        path.relative_to(SOURCE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if called(node) == "Finding"
    }
    assert makers == {"rules/rule.py"}


def test_every_rule_is_declared_with_the_rules_and_listed() -> None:
    elsewhere = {
        path.parent.relative_to(SOURCE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if called(node) == "Rule"
    }
    assert elsewhere == {"rules"}
    assert {rule.id for rule in declared()} == IDS


@pytest.mark.parametrize("rule", sorted(IDS))
def test_a_finding_s_page_has_a_heading_for_its_rule(rule: str) -> None:
    address, _, fragment = rule_page(rule).partition("#")
    page = Path("docs", address.removeprefix(SITE).strip("/")).with_suffix(".md").read_text("utf-8")
    assert fragment == rule
    assert f"\n## {rule}\n" in page


def test_what_the_role_needs_has_its_heading() -> None:
    headings = [
        line.lstrip("# ")
        for line in Path("docs/operations.md").read_text("utf-8").splitlines()
        if line[:1] == "#"
    ]
    assert "ecr-without-a-long-lived-key" in map(anchor, headings)


def test_the_list_has_those_of_all_commands() -> None:
    assert {"login-failed", "rotation-failed", "immutable-tag", "engine-unavailable"} <= IDS
