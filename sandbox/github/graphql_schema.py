"""GitHub's published GraphQL schema, which every query and every answer is held to."""

import functools
import gc
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError, GraphQLSchema

FILE = Path(__file__).parents[2] / "tests/node_modules/@octokit/graphql-schema/schema.graphql"

_FORMS = {
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "GitObjectID": r"[0-9a-f]{40}",
    "URI": r"https?://\S+|/\S*",
}
"""What the values of GitHub's own scalars look like, as the schema describes them."""


@functools.cache
def published() -> "GraphQLSchema":
    """The schema; reading it takes a second, so it is read when the first query comes."""
    # Assumes GH-GRAPHQL-SCHEMA.
    from graphql import GraphQLScalarType, build_schema

    if not FILE.is_file():
        raise FileNotFoundError(f"GitHub's GraphQL schema is not at {FILE}: npm ci in tests/ installs it")
    # Collecting garbage would take as long as reading, and nothing of the schema is garbage.
    gc.disable()
    try:
        schema = build_schema(FILE.read_text(), assume_valid=True, no_location=True)
        gc.freeze()
    finally:
        gc.enable()
    for name, form in _FORMS.items():
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        # A scalar from a text can't be given a function, and checks nothing.
        scalar.serialize = _checked(name, form)  # type: ignore[assignment,method-assign]
    return schema


def is_default(parent: Any, field: str, argument: str, value: Any) -> bool:
    """Whether a value is the schema's default for an argument of a field of an object type."""
    from graphql import value_from_ast

    definition = parent.fields[field].args[argument]
    default = definition.default
    return default is not None and value_from_ast(default.literal, definition.type) == value


@functools.lru_cache(maxsize=64)
def read_query(text: str) -> "tuple[DocumentNode | None, list[GraphQLError]]":
    """The parsed query, or None if it can't be parsed, and everything that the schema does not allow in it."""
    # Assumes GH-GRAPHQL-SCHEMA.
    from graphql import GraphQLSyntaxError, parse, validate

    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return None, [error]
    return document, validate(published(), document)


def _checked(name: str, form: str) -> Callable[[Any], str]:
    pattern = re.compile(form)

    def serialize(value: Any) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise TypeError(f"{name} cannot represent {value!r}")
        return value

    return serialize
