"""Makes docs/schemas: a JSON Schema for the configuration, and one for each JSON document that crreg writes.

They are in draft 7, which editors and https://www.schemastore.org support best.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from enum import EnumMeta
from typing import Any, get_args, get_origin, get_type_hints

from docs.type_schema import Schema, documented, values_of, with_definitions

from crreg.configuration import parse, publications
from crreg.configuration.settings import Allowed, Build, ConfiguredImage, Publication, RegistrySettings
from crreg.findings.documentation import SITE
from crreg.github.access import REPOSITORY
from crreg.report.documents import (
    CheckDocument,
    ImagesDocument,
    LoginsDocument,
    MatrixDocument,
    OrganizationDocument,
    OrganizationsDocument,
    RulesDocument,
)
from crreg.report.job_documents import DoctorDocument, EnsureDocument, PublishDocument, RepairDocument
from crreg.rules.catalog import RULES

DOCUMENTS: Mapping[str, type] = {
    "check": CheckDocument,
    "organization": OrganizationDocument,
    "organizations": OrganizationsDocument,
    "plan": MatrixDocument,
    "images": ImagesDocument,
    "login": LoginsDocument,
    "ensure": EnsureDocument,
    "ensure-organization": RepairDocument,
    "publish": PublishDocument,
    "doctor": DoctorDocument,
    "rules": RulesDocument,
}
"""What each file below docs/schemas describes."""
CONFIGURATION = "configuration"
_DRAFT = "http://json-schema.org/draft-07/schema#"
_SCALAR = {"type": ["string", "number", "boolean"]}
"""What YAML makes of a word that crreg reads as text, such as the tag `1.4`."""
_SIMPLE: Mapping[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    timedelta: {"type": "string", "pattern": f"^{parse.AGE.pattern}$"},
    ConfiguredImage: {"type": "string"},
    Allowed: {"type": "string"},
}
_SPECIAL: Mapping[str, Schema] = {
    "ignore": {"items": {"enum": [rule.id for rule in RULES]}},
    "repositories": {"items": {"type": "string", "pattern": f"^{REPOSITORY.pattern}$"}},
    "tags": {
        "items": {**_SCALAR, "pattern": f"^{publications.TAG.pattern}$"},
        "minItems": 1,
        "maxItems": publications.MOST_TAGS,
    },
    "platforms": {"items": {"type": "string", "pattern": f"^{publications.PLATFORM.pattern}$"}},
    "target": _SCALAR,
}
"""What the parser holds a key's value to, besides its type."""


def schemas() -> Iterator[tuple[str, str]]:
    """Yield the name of each file and its text."""
    yield f"{CONFIGURATION}.json", _text(CONFIGURATION, configuration())
    for name, document in DOCUMENTS.items():
        yield f"{name}.json", _text(name, with_definitions(document))


def configuration() -> Schema:
    """The schema of `.github/crreg.yml`, from the keys that its parser knows and the settings that it makes of them.

    It accepts every valid configuration. What only the parser can tell, such as whether an image's name is valid, it
    accepts too.
    """
    identifier = parse.IDENTIFIER.pattern.replace("A-Z", "A-Za-z")
    registry = {"anyOf": [_mapping(RegistrySettings, parse.READERS), {"type": "null"}]}
    top: Mapping[str, Schema] = {
        "registries": {
            "description": "The registries to check, by identifier: what the names of their secrets start with.",
            "type": ["object", "null"],
            "patternProperties": {f"^(?![Gg][Ii][Tt][Hh][Uu][Bb]_){identifier}$": registry},
            "additionalProperties": False,
            "maxProperties": parse.MOST_REGISTRIES,
        },
        "ignore": {
            "description": "Names of rules to leave out.",
            "type": "array",
            **_SPECIAL["ignore"],
        },
        "publish": {
            "description": "Images to publish.",
            "type": "array",
            "items": _publication(),
            "maxItems": publications.MOST_PUBLICATIONS,
        },
    }
    return {
        "description": "The configuration of crreg.",
        "type": ["object", "null"],
        "properties": {key: top[key] for key in parse.KEYS},
        "additionalProperties": False,
    }


def _publication() -> Schema:
    sources = [{"required": [source]} for source in publications.SOURCES]
    return {
        **_mapping(Publication, publications.READERS),
        "required": ["image"],
        "oneOf": sources,
        "dependencies": {key: ["copy"] for key in publications.OF_COPY},
    }


def _mapping(settings: type, readers: Mapping[str, object]) -> Schema:
    """A mapping of the keys that have readers to values of the settings' types."""
    hints = get_type_hints(settings)
    texts = documented(settings)
    names = {field.name for field in fields(settings)}
    properties = {}
    for key in readers:
        name = key.replace("-", "_")
        if name not in names:
            raise TypeError(f"{settings.__name__} has no field for the key {key}")
        properties[key] = {"description": texts[name], **_value(hints[name]), **_SPECIAL.get(key, {})}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(hint: Any) -> Schema:
    """The schema of a value in the configuration. Raises TypeError for a type that none has yet."""
    hint = next((argument for argument in get_args(hint) if type(None) in get_args(hint)), hint)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint is Build:
        return {"anyOf": [{"type": "string"}, _mapping(Build, publications.BUILD_READERS)]}
    if isinstance(hint, EnumMeta):
        return {"enum": values_of(hint)}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _value(get_args(hint)[0])}
    if get_origin(hint) is Mapping:
        return {"type": "object", "additionalProperties": {"type": [*_SCALAR["type"], "null"]}}
    raise TypeError(f"there is no schema for {hint}")


def _text(name: str, schema: Schema) -> str:
    whole = {"$schema": _DRAFT, "$id": f"{SITE}/schemas/{name}.json", "title": f"crreg: {name}", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
