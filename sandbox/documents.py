"""Holds every JSON document that crreg writes in a test to the schema that docs/schemas publishes for it."""

import functools
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
_KINDS = {
    "include": "plan",
    "organizations": "organizations",
    "grants": "ensure-organization",
    "organization": "organization",
    "diagnosis": "doctor",
    "changes": "ensure",
    "dry_run": "publish",
    "rules": "rules",
    "problems": "images",
    "status": "check",
    "triples": "login",
}
"""A key that only one kind of document has, apart from those of the kinds above it; and the kind."""


def read_document(text: str) -> Any:
    """Parse a document. Fails unless it is as its schema says, and has no key that the schema does not name."""
    document = json.loads(text)
    assert complaints_about(document) == []
    return document


def check_printed(output: str) -> None:
    """Do the same to each document that was printed; any other output, and SARIF, is fine."""
    if not output.startswith("{"):
        return
    for text in [output] if output.startswith("{\n") else output.splitlines():
        if "$schema" not in json.loads(text):
            read_document(text)


def complaints_about(document: Any) -> list[str]:
    """What the schema of its kind has against a document."""
    if document.keys() == {"secrets"}:
        # `doctor --write-recommended` prints it for devcontainer.json, which has a schema of its own.
        return []
    kind = next((_KINDS[key] for key in _KINDS if key in document), None)
    if kind is None:
        return [f"no document has the keys {sorted(document)}"]
    errors = _validator(kind).iter_errors(document)
    return [f"{kind}: {error.json_path}: {error.message}" for error in errors]


@functools.cache
def _validator(kind: str) -> Any:
    from jsonschema import Draft7Validator

    schema = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    """The schema without room for keys that it does not name, which readers must tolerate and tests must not."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    # A property that happens to be named `properties` would be a schema of its own, and no document has one.
    return {"additionalProperties": False, **closed} if isinstance(closed.get("properties"), dict) else closed
