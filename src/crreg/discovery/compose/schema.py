"""What Compose's own schema refuses: keys that it does not know, and values of the wrong type.

Compose checks a file after it has expanded variables, removed what `!reset` marks, and merged what the file extends and
the files before it. So a key without a value is refused only if nothing that it is merged with has one.
Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/loader.go (loadYamlFile), schema/schema.go
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from crreg.discovery.collected import Collected
from crreg.discovery.compose.bounds import UNIQUE, dotted, fault_of_keys, fault_of_value
from crreg.discovery.compose.interpolation import without_value
from crreg.discovery.compose.nodes import value_of
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar, Sequence, describe, is_null
from crreg.discovery.documents.yaml_types import Date
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.printable import nearest

Expand = Callable[[str], tuple[str, tuple[str, ...]] | None]
"""Expands the variables of a string, those without a known value to nothing; returns the text, and their names.

None for a string whose variables are written wrongly.
"""
_Schema = Mapping[str, Any]
_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
_RANGE = r"[0-9]+(?:-[0-9]+)?"
_ADDRESS = r"(?:\[[0-9a-fA-F:.]+\]|[0-9]+(?:\.[0-9]+){3}|[0-9a-fA-F]*(?::[0-9a-fA-F.]*){2,})"
_FORMATS = {
    "boolean": (r"(?i:true|false|y|yes|on|n|no|off)", "true or false"),
    "integer": (r"[-+]?[0-9]+", "a whole number"),
    "whole": (r"[-+]?[0-9]+(?:\.0*)?", "a whole number"),
    "octal": (r"[-+]?[0-7]+", "a number such as 0440"),
    "float": (
        r"[-+]?(?=\.?[0-9])(?:0[xX][0-9a-fA-F_.]+(?:[pP][-+]?[0-9]+)?|[0-9_]*\.?[0-9_]*(?:[eE][-+]?[0-9]+)?)",
        "a number",
    ),
    "duration": (
        r"[-+]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|\xb5s|\u03bcs|ms|s|m|h|d|w))+)",
        "a duration such as 30s",
    ),
    "size": (
        r"(?=\.?[0-9])[0-9]*\.?[0-9]*(?:e[-+]?[0-9]+)? ?(?i:[kmgtp]i?b?|b)?",
        "a size such as 512m",
    ),
    "count": (r"all|[-+]?[0-9]+", "all or a number"),
    "port": (
        rf"(?:(?:{_ADDRESS}?:)?(?:{_RANGE})?:)?{_RANGE}(?:/(?i:tcp|udp|sctp)?)?",
        "a port, such as 8080:80",
    ),
    "host": (r"[^:=]+[:=].*", "a name with an address, such as db:10.0.0.2"),
}
"""The forms of strings that Compose converts to another type, each with its name in words. A form may accept too much.

Sources: https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/interpolate.go and, in types there, duration.go,
bytes.go, device.go and hostList.go; https://github.com/docker/go-connections/blob/v0.6.0/nat/nat.go
"""


@dataclass(frozen=True, slots=True)
class Presence:
    """Which keys have a value, with those of the objects in them: `build.context`."""

    given: frozenset[str]
    nulls: Mapping[str, Location]
    """The places of the keys that need a value and have none."""


@cache
def _schema() -> _Schema:
    schema: _Schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
    return schema


@cache
def service_keys() -> frozenset[str]:
    """Return the keys that a service and its build may have."""
    service = _schema()["$defs"]["service"]
    build = _fitting(service["properties"]["build"], "object") or {}
    return frozenset((*service["properties"], *build["properties"]))


def check_top(document: MappingNode, expand: Expand, collected: Collected) -> Presence:
    """Note what the schema refuses in a Compose file, except in its services."""
    checker = _Checker(expand, collected, frozenset({"services", "include"}))
    checker.check(document, _schema(), ())
    return Presence(frozenset(checker.given), checker.nulls)


def check_service(name: str, service: MappingNode, expand: Expand, collected: Collected) -> Presence:
    """Note what the schema refuses in a service; a value that is tagged (`!reset`) counts as neither there nor null."""
    # Compose refuses an `extends` without a value.
    apart = frozenset({"extends"}) if value_of(service, "extends") is not None else frozenset[str]()
    checker = _Checker(expand, collected, apart, f" of the service {name}")
    checker.check(service, _schema()["$defs"]["service"], ())
    return Presence(frozenset(checker.given), checker.nulls)


@dataclass(slots=True)
class _Checker:
    """Compares values with the schema. A file's values are bounded, with those that aliases repeat."""

    expand: Expand
    collected: Collected
    apart: frozenset[str]
    """The outermost keys that Compose takes apart before it looks at the schema."""
    owner: str = ""
    """The end of a message that says what has the keys, such as ` of the service web`."""
    given: set[str] = field(default_factory=set)
    nulls: dict[str, Location] = field(default_factory=dict)

    def check(self, node: Node, schema: _Schema, path: tuple[str, ...], key: Location | None = None) -> None:
        """Check a value; `path` leads to it, and `key` is the place of its name, if it has one."""
        name = ".".join(path)
        types = _types(schema)
        fitting = _fitting(schema, _type(node))
        if is_null(node) and fitting is None and key is not None:
            self.nulls[name] = key
        elif fitting is None:
            self._wrong(node.location, f"{name}{self.owner} must be {_either(types)}, not {describe(node)}")
        elif isinstance(node, MappingNode):
            self._check_keys(node, fitting, path)
        elif isinstance(node, Sequence):
            self._check_items(node, fitting, path)
        elif self.owner and (fault := fault_of_value(path, node)):
            self._wrong(node.location, f"{name}{self.owner} {fault}")
        elif isinstance(node.value, str):
            self._check_text(node, node.value, fitting, name)

    def _check_keys(self, node: MappingNode, schema: _Schema, path: tuple[str, ...]) -> None:
        known: _Schema = schema.get("properties", {})
        patterns: _Schema = schema.get("patternProperties", {})
        for key, entry in node.entries.items():
            if entry.value.tag == "!reset" or (not path and key in self.apart):
                continue
            below = known.get(key)
            if below is not None:
                self.check(entry.value, below, (*path, key), entry.key)
                self._note_given(entry.value, (*path, key))
                continue
            below = next((patterns[each] for each in patterns if re.search(each, key)), None)
            if below is not None:
                self.check(entry.value, below, (*path, key), entry.key)
            elif schema.get("additionalProperties") is False:
                self._unknown(key, path, known, entry.key)
        in_list = any(part.endswith("]") for part in path)
        # What a merge replaces as a whole must be complete in each file.
        is_whole = in_list or path[-2:-1] == ("ulimits",)
        for key in (key for key in schema.get("required", ()) if key not in node.entries):
            if is_whole:
                self._wrong(node.location, f"{'.'.join(path)}{self.owner} needs {key}")
            else:
                self.nulls[".".join((*path, key))] = node.location
        if self.owner and in_list and (fault := fault_of_keys(path, node)):
            self._wrong(node.location, f"{'.'.join(path)}{self.owner} {fault}")

    def _note_given(self, node: Node, path: tuple[str, ...]) -> None:
        name = ".".join(path)
        if node.tag:
            for null in [each for each in self.nulls if each == name or each.startswith(f"{name}.")]:
                del self.nulls[null]
        elif name not in self.nulls:
            self.given.add(name)

    def _unknown(self, key: str, path: tuple[str, ...], known: _Schema, place: Location) -> None:
        """Note a key that the schema does not have; a later version of Compose may know one that resembles none."""
        where = (
            f"{'.'.join(path)}{self.owner}" if path else self.owner.removeprefix(" of ") or "a Compose file"
        )
        meant = nearest(key.replace("_", "-"), [each.replace("_", "-") for each in known])
        if not known:
            allowed = "letters, digits, periods, underscores and hyphens"
            self._wrong(place, f"{key!r} is not a name that Compose accepts in {where}: use {allowed}")
        elif meant:
            hint = f"did you mean {meant.replace('-', '_')}?"
            self._wrong(place, f"{key!r} is not a key that Compose knows in {where} ({hint})")
        else:
            message = f"{key!r} is not a key that Compose 2 knows in {where}, and it refuses such keys"
            self.collected.invalid(message, place, Effect.UNPROVEN)

    def _check_items(self, node: Sequence, schema: _Schema, path: tuple[str, ...]) -> None:
        items = schema.get("items", {})
        *above, last = path or ("",)
        seen: set[object] = set()
        for number, item in enumerate(node.items):
            if item.tag == "!reset":
                continue
            self.check(item, items, (*above, f"{last}[{number}]"))
            value = item.value if isinstance(item, Scalar) else None
            if path == ("depends_on",):
                self.given.add(f"depends_on.{value}.condition")
            if value is not None and value in seen and dotted(path) in UNIQUE:
                self._wrong(item.location, f"{last}{self.owner} has {value!r} twice: remove one")
            seen.add(value)

    def _check_text(self, node: Scalar, text: str, schema: _Schema, name: str) -> None:
        if isinstance(text, Date):
            message = f"{name}{self.owner} looks like a date, and Compose before 5.0 refuses dates: put it in quotes"
            self.collected.invalid(message, node.location, Effect.UNPROVEN)
            return
        needed = self._needed(schema)
        expanded = self.expand(text) if needed else None
        if needed is None or expanded is None:
            return
        value, unknown = expanded
        fits, words = needed
        if fits(value):
            return
        message = f"{name}{self.owner} must be {words}, not {value!r}"
        if unknown:
            message = f"{message}, as it is {without_value(*unknown)}"
            self.collected.invalid(message, node.location, Effect.UNPROVEN)
        else:
            self._wrong(node.location, message)

    @staticmethod
    def _needed(schema: _Schema) -> tuple[Callable[[str], object], str] | None:
        """Return a test of whether the schema accepts a text, and what it accepts in words; None if it accepts any."""
        if "enum" in schema:
            return schema["enum"].__contains__, " or ".join(filter(None, schema["enum"]))
        if "pattern" in schema:
            return re.compile(schema["pattern"]).search, f"something that {schema['pattern']} matches"
        if "format" in schema:
            pattern, words = _FORMATS[schema["format"]]
            return re.compile(pattern).fullmatch, words
        return None

    def _wrong(self, location: Location, message: str) -> None:
        # What crreg reads itself was checked before, and its message says more.
        if all(problem.location != location for problem in self.collected.problems):
            self.collected.invalid(f"{message}. Compose refuses the project", location)


def _alternatives(schema: _Schema) -> Iterator[_Schema]:
    """Yield the alternatives of a schema, which differ in their types; one of them must fit."""
    if "$ref" in schema:
        yield from _alternatives(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    elif "oneOf" in schema:
        for each in schema["oneOf"]:
            yield from _alternatives(each)
    else:
        yield schema


def _types(schema: _Schema) -> list[str]:
    found = (each.get("type", []) for each in _alternatives(schema))
    names = (name for each in found for name in ([each] if isinstance(each, str) else each))
    return list(dict.fromkeys(names))


def _fitting(schema: _Schema, kind: str) -> _Schema | None:
    """Return the schema for values of that type; None if there is none."""
    kinds = {"integer", "number"} if kind == "integer" else {kind}
    for each in _alternatives(schema):
        types = each.get("type")
        if types is None or kinds & set([types] if isinstance(types, str) else types):
            return each
    return None


def _type(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    value = node.value
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == value // 1 else "number"
    return "null" if value is None else "string"


def _either(types: list[str]) -> str:
    words = [_TYPES[name] for name in types if name in _TYPES]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
