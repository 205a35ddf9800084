"""What the pages show of crreg's output is what crreg prints: the plan, the lines of requests, and documents."""

import json
from typing import Any

import pytest
from docs.generate import ROOT, SCHEMAS
from jsonschema import Draft7Validator
from tests.unit.docs.pages import blocks_of

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
