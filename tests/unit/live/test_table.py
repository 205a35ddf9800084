"""The table of assumptions has every behavior of the sandbox, and the sandbox has every assumption of the table."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.generate import ROOT
from live.assumptions import TABLE, Result, Verdict, markers, places, results, sandbox_modules
from live.page import PAGE, page, summary
from live.profiles import PROFILES
from live.steps import all_steps

from crreg.doctor.probe_answers import CLAIMS, PROVABLE

TOOLS = {
    "__main__.py": "prints addresses",
    "checkout.py": "makes git repositories",
    "command.py": "runs crreg",
    "documents.py": "validates what crreg writes",
    "credentials.py": "makes up passwords and finds leaks",
    "demo.py": "shows crreg",
    "faults.py": "breaks servers on purpose",
    "forkserver.py": "runs crreg",
    "ghcr.py": "starts GHCR's parts",
    "images.py": "pushes images",
    "latency.py": "adds distance",
    "measuring.py": "measures",
    "organization_registries.py": "makes up images",
    "process.py": "starts programs",
    "qcow2.py": "unpacks a disk",
    "relay.py": "passes requests on",
    "serving.py": "serves HTTP",
    "warm.py": "runs crreg",
    "github/__main__.py": "starts the server",
    "github/channel.py": "carries what tests ask for",
    "github/control.py": "lets tests seed",
    "github/fixtures.py": "gives tests a server",
    "github/gate.py": "holds requests back",
    "github/limit_control.py": "lets tests limit",
    "github/limit_steering.py": "lets tests limit",
    "github/organization.py": "makes up organizations",
    "github/repository_control.py": "lets tests seed",
    "github/repository_steering.py": "lets tests seed",
    "github/journal.py": "records requests",
    "github/operations.py": "lists the modules",
    "github/package_control.py": "lets tests seed",
    "github/raw.py": "asks the server",
    "github/routes.py": "finds handlers",
    "github/seen.py": "has values for tests",
    "github/steering.py": "lets tests seed",
    "github/variable_control.py": "lets tests seed",
    "github/variable_steering.py": "lets tests seed",
}
"""Modules that behave like no party, and what they do."""
REFUSALS = frozenset(
    {"RefusalError", "_Refusal", "_refuse", "_wrong_credentials", "exceeded", "not_found", "_error"}
)
"""Calls that refuse something."""
ANSWERS = REFUSALS | {"Answer", "respond", "send_response_only"}
"""Calls that answer something."""
MODULES = {str(path.relative_to(ROOT / "sandbox")): path for path in sandbox_modules()}
PARTIES = {name: path for name, path in MODULES.items() if name not in TOOLS and path.name != "__init__.py"}


def calls(
    node: ast.AST, inside: ast.FunctionDef | None = None
) -> Iterator[tuple[ast.FunctionDef | None, str]]:
    """The innermost function and the name of each call."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield inside, str(getattr(child.func, "id", None) or getattr(child.func, "attr", ""))
        yield from calls(child, child if isinstance(child, ast.FunctionDef) else inside)


def span(function: ast.FunctionDef) -> range:
    return range(function.lineno, (function.end_lineno or function.lineno) + 1)


def without_an_id(path: Path, source: str) -> list[str]:
    """The functions of a module that behave somehow and refer to no assumption."""
    tree = ast.parse(source)
    lines = {line for line, _ in markers(path)}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    of_module = lines - {line for function in functions for line in span(function)}
    missing = []
    for function, name in calls(tree):
        if function is None or name not in ANSWERS or function.name in REFUSALS:
            continue
        marked = lines & set(span(function)) or (of_module if name not in REFUSALS else set())
        if not marked:
            missing.append(function.name)
    answering = any(name in ANSWERS for _, name in calls(tree))
    return missing if answering or lines else ["the whole module"]


@pytest.mark.parametrize("name", sorted(PARTIES))
def test_every_behavior_of_the_sandbox_has_an_id(name: str) -> None:
    path = PARTIES[name]
    assert sorted(set(without_an_id(path, path.read_text(encoding="utf-8")))) == []


def test_a_refusal_and_a_module_without_an_id_are_found(tmp_path: Path) -> None:
    source = (
        '"""A module."""\n\n# Assumes U1.\n\n'
        "def fine() -> Answer:\n    return Answer(200)\n\n"
        "def bad() -> Answer:\n    raise not_found()\n\n"
        "def good() -> Answer:\n    # Assumes U2.\n    raise not_found()\n"
    )
    path = tmp_path / "module.py"
    path.write_text(source)
    assert without_an_id(path, source) == ["bad"]
    path.write_text("def role() -> str:\n    return 'read'\n")
    assert without_an_id(path, path.read_text()) == ["the whole module"]


def test_a_tool_refers_to_no_assumption_and_exists() -> None:
    assert set(TOOLS) <= set(MODULES)
    assert {name: list(markers(MODULES[name])) for name in TOOLS} == {name: [] for name in TOOLS}


def test_the_sandbox_refers_to_assumptions_of_the_table_alone() -> None:
    assert {name: found for name, found in places().items() if name not in TABLE} == {}


def test_every_assumption_is_in_the_sandbox_or_says_why_it_is_not() -> None:
    for name, each in TABLE.items():
        assert bool(places().get(name)) != bool(each.unmodeled), name


def test_every_assumption_says_how_it_is_proven_or_why_it_is_not() -> None:
    proven = PROVABLE | {name for _, names in all_steps(PROFILES) for name in names}
    assert proven <= set(TABLE)
    for name, each in TABLE.items():
        assert (name in proven) != bool(each.otherwise), name


def test_every_claim_of_the_probe_is_a_row() -> None:
    assert {name: TABLE[name].claim for name in CLAIMS} == CLAIMS
    assert {name for name in TABLE if name.startswith("U") and name[1:].isdecimal()} == set(CLAIMS)


def test_every_file_of_the_product_exists() -> None:
    assert [file for each in TABLE.values() for file in each.product if not (ROOT / file).is_file()] == []


def test_an_id_is_used_once_and_results_are_of_rows() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "live" / "claims").glob("*.py"))
    rows = [
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Assumption"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert sorted(map(str, rows)) == sorted(TABLE)
    assert set(results()) <= set(TABLE)


def test_a_release_can_say_what_was_last_proven_without_any_package() -> None:
    command = [sys.executable, "-S", "-m", "live.page"]
    said = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": "src"}, capture_output=True, text=True, check=False
    )
    assert said.stderr == ""
    assert said.stdout == "".join(f"{line}\n" for line in summary())
    assert said.stdout.startswith(
        f"{len(TABLE)} assumptions about GitHub and registries, {len(results())} of them tried"
    )


def test_the_summary_names_each_result_with_its_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = {
        "U1": Result("2026-01-02", Verdict.HOLDS, "probe"),
        "U2": Result("2026-01-02", Verdict.DIFFERS, "probe"),
        "U6": Result("2026-03-04", Verdict.HOLDS, "suite"),
    }
    monkeypatch.setattr("live.page.results", lambda: last)
    lines = list(summary())
    assert lines[1:-1] == [
        "- 2026-03-04: held: U6",
        "- 2026-01-02: **differed**: U2",
        "- 2026-01-02: held: U1",
    ]


def test_the_page_is_what_make_docs_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/assumptions.md is stale: run `make docs`"
