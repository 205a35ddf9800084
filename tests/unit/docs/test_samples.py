"""What the pages show of crreg's output is what crreg prints: the plan, the lines of requests, documents, messages."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from docs.generate import ROOT, SCHEMAS
from jsonschema import Draft7Validator
from tests.unit.docs.pages import blocks_of, tables_of

from crreg.ensure.change import Action, Change, Plan
from crreg.github.levels import Level
from crreg.net.request_log import LogForm, Sent
from crreg.redaction.redact import Redactor
from crreg.report.render import render_plan
from crreg.report.request_line import request_line
from crreg.triple import Part

NOTHING = Redactor(())


def sample(page: str, beginning: str) -> str:
    """The page's block that begins so."""
    [found] = [each.text for each in blocks_of(ROOT / "docs" / page) if each.text.startswith(beginning)]
    return found


def change(action: Action, triple: str, part: Part, reason: str, *, shared: bool = False) -> Change:
    level, store, visibility = (
        (Level.ORGANIZATION, "acme", "selected") if shared else (Level.REPOSITORY, "acme/app", None)
    )
    name = f"{triple}_CONTAINER_REGISTRY_{part}"
    return Change(action, triple, part, name, level, store, visibility, (), reason)


def test_the_plan_of_ensure() -> None:
    newer = "the Actions secret of the same name is newer (2026-11-24 10:00 UTC)"
    changes = (
        change(Action.CREATE, "ACR", Part.SERVER, "it does not exist"),
        change(Action.UPDATE, "HUB", Part.PASSWORD, newer),
        change(Action.ASSIGN, "ORG", Part.SERVER, "acme/app has no access to it", shared=True),
        change(Action.UNCHANGED, "GCR", Part.SERVER, "it is already set"),
    )
    printed = render_plan(Plan("acme/app", changes, ()), NOTHING, width=150)
    assert sample("operations.md", "Change").splitlines() == printed.splitlines()[2:-1]


def test_the_lines_of_requests() -> None:
    lines = sample("command.md", "GET acme.azurecr.io").splitlines()
    for line in lines:
        method, host, path, ended, milliseconds, _, size, _ = line.split()
        status = int(ended) if ended.isdecimal() else None
        sent = Sent(method, host, path, status, int(milliseconds), int(size), "" if status else ended)
        assert request_line(sent, LogForm.TEXT, NOTHING) == line


def partly(schema: Any) -> Any:
    """The schema of a document that may lack keys, and has no others."""
    if isinstance(schema, list):
        return [partly(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: partly(value) for key, value in schema.items() if key != "required"}
    return {**kept, "additionalProperties": False} if "properties" in schema else kept


@pytest.mark.parametrize(
    ("page", "beginning", "schema"),
    [
        ("operations.md", '{\n  "schema_version"', "ensure.json"),
        ("organizations.md", '{\n  "schema_version"', "organization.json"),
    ],
)
def test_a_document(page: str, beginning: str, schema: str) -> None:
    validator = Draft7Validator(partly(json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))))
    document = json.loads(sample(page, beginning))
    assert [error.message for error in validator.iter_errors(document)] == []
    assert list(validator.iter_errors({**document, "more": 1})) != []


def texts() -> Iterator[str]:
    """Every text in crreg's source; what an f-string puts in is a null character."""
    for path in (ROOT / "src" / "crreg").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(each.value) if isinstance(each, ast.Constant) else "\0" for each in node.values
                )


def is_said(quote: str, source: str) -> bool:
    """Whether each part of a quote, between ellipses, is in the source; an f-string may put in any of its words."""
    parts = [part.split() for part in re.split('…|[():"]', quote)]
    return all(
        re.search(r"\s?".join(rf"(?:{re.escape(word)}|\0)" for word in words), source)
        for words in parts
        if len(words) > 1
    )


def test_the_messages_that_troubleshooting_quotes() -> None:
    path = ROOT / "docs" / "troubleshooting.md"
    page = path.read_text(encoding="utf-8")
    own = page[page.index("\n## The step") :]
    headings = re.findall(r"^### .*", own, re.MULTILINE)
    quotes = [quote for heading in headings for quote in re.findall(r'"([^"]+)"', heading)]
    cells = [row[0] for table in tables_of(path) for row in table[1:] if table[0][0] == "crreg says"]
    quotes += [quote for cell in cells for quote in cell.replace("`", "").split(";")]
    quotes += re.findall(r"^\| [^|]+ \| \*([^*]+)\*", own, re.MULTILINE)
    source = re.sub(r"\0(?:\s?\0)+", "\0", "\n".join(texts()).replace("`", ""))
    assert len(quotes) > 18
    assert [quote for quote in quotes if not is_said(quote, source)] == []
    assert not is_said("GITHUB_API_URL is plain http", source)
