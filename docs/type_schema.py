"""Read types: the docstrings below their fields, and the JSON Schema of a TypedDict."""

import ast
import functools
import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from enum import EnumMeta
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]
_SCALARS: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def documented(described: type) -> dict[str, str]:
    """The docstring below each field of a class or of the types that it extends, as one line, by the field's name."""
    module = sys.modules[described.__module__]
    node = _classes(described.__module__).get(described.__name__)
    if node is None:
        return {}
    # A TypedDict of Python 3.11 does not know what it extends, but its source does.
    bases = (getattr(module, base.id) for base in node.bases if isinstance(base, ast.Name))
    found: dict[str, str] = {}
    for base in bases:
        if isinstance(base, type):
            found |= documented(base)
    return found | dict(_of_fields(node))


def with_definitions(document: type) -> Schema:
    """The schema of a TypedDict; that of each TypedDict in it is a definition of its own.

    Objects may have more keys than the schema names, since a later release may add some.
    """
    definitions: dict[str, Schema] = {}
    return {**_object(document, definitions), "definitions": dict(sorted(definitions.items()))}


def _object(document: type, definitions: dict[str, Schema]) -> Schema:
    hints = get_type_hints(document)
    texts = documented(document)
    return {
        "description": _line(document.__doc__),
        "type": "object",
        "properties": {
            name: _described(_schema(hint, definitions), texts.get(name)) for name, hint in hints.items()
        },
        "required": [name for name in hints if name in document.__required_keys__],  # type: ignore[attr-defined] # is_typeddict
    }


def _schema(hint: Any, definitions: dict[str, Schema]) -> Schema:
    """The schema of a type. Raises TypeError for one that no document has yet."""
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if isinstance(hint, EnumMeta):
        return {"enum": values_of(hint)}
    if is_typeddict(hint):
        name = hint.__name__.removesuffix("Document").lower()
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _object(hint, definitions)
        return {"$ref": f"#/definitions/{name}"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _either(arguments, definitions)
    return {"enum": list(arguments)} if origin is Literal else _container(hint, definitions)


def values_of(enumeration: Any) -> list[Any]:
    """The values of an enumeration's members."""
    return [member.value for member in enumeration]


def _container(hint: Any, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Sequence:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is Mapping:
        value = _schema(arguments[1], definitions)
        if isinstance(arguments[0], EnumMeta):
            keys = values_of(arguments[0])
            return {"type": "object", "properties": dict.fromkeys(keys, value), "required": keys}
        return {"type": "object", "additionalProperties": value}
    raise TypeError(f"there is no schema for {hint}")


def _either(arguments: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    """The schema of a type or null."""
    [other] = [argument for argument in arguments if argument is not types.NoneType]
    schema = _schema(other, definitions)
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _described(schema: Schema, text: str | None) -> Schema:
    if text is None:
        return schema
    # Draft 7 ignores everything beside a reference.
    return {"description": text, **({"allOf": [schema]} if "$ref" in schema else schema)}


@functools.cache
def _classes(module: str) -> Mapping[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, following in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            yield field.target.id, _line(str(following.value.value))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
