"""GitHub's own machine-readable description, which every request and every answer is validated against."""

# Assumes GH-DESCRIPTION, GH-UNDESCRIBED.

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from sandbox.github.exchange import Answer, Request
from sandbox.github.routes import template_pattern

FILE = Path(__file__).parents[2] / "tests/node_modules/@octokit/openapi/generated/api.github.com.json"

UNDOCUMENTED = {
    301: "the repository has another name now",
    304: "any GET answers a conditional request so",
    307: "the same as 301, for a write",
    400: "a body that is no JSON, or an API version that is not known",
    401: "a token that is not good, or none where one is needed",
    403: "a token that may not, or a rate limit",
    404: "what a token may not know of looks as if it were not there",
    409: "the state of the thing does not allow the change",
    422: "a value that breaks a rule which the schema can't say, such as a secret's name",
    429: "a rate limit",
}
"""Statuses that GitHub returns on any path, although it describes them for few, and why."""

CORRECTIONS: dict[tuple[str, str], dict[str, Any]] = {
    # The list's own schema requires the account to be a user and an enterprise at once.
    ("get", "/app/installations"): {
        "type": "array",
        "items": {"$ref": "#/components/schemas/installation"},
    }
}
"""Answers whose description in GitHub's file no answer can satisfy, with the schema to use instead."""

_MISSING: dict[str, Any] = {}


class _Found(NamedTuple):
    """The operation of a request."""

    template: str
    path: dict[str, str]
    """The parameters in the path, still encoded."""
    parameters: list[dict[str, Any]]
    operation: dict[str, Any]


class Unchecked:
    """No description: every request and answer is accepted. Keeps the demo small."""

    versions = frozenset({"2022-11-28"})

    def read(self) -> None:
        """Read nothing."""

    def check(self, _request: Request, _answer: Answer, *, injected: bool) -> list[str]:  # noqa: ARG002 - as Description has it
        """Find nothing wrong."""
        return []

    def refused_body(self, _request: Request) -> str | None:
        """Refuse no body."""
        return None


class Description:
    """The operations of the API, each validated against its own schemas, which are compiled when first needed."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file

    @functools.cached_property
    def _document(self) -> dict[str, Any]:
        with self._file.open("rb") as stream:
            document: dict[str, Any] = json.load(stream)
        return document

    @functools.cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
        paths = self._document["paths"]
        ordered = sorted(paths, key=lambda template: template.replace("{", "\x7f"))
        return [(template_pattern(template), template, paths[template]) for template in ordered]

    @functools.cached_property
    def versions(self) -> frozenset[str]:
        """The API versions that a client may name."""
        return frozenset(self._document["info"].get("x-github-api-versions", ())) | {"2022-11-28"}

    def read(self) -> None:
        """Read the description now, rather than at the first request."""
        _ = self._paths

    def knows(self, method: str, template: str) -> bool:
        """Whether GitHub has that operation."""
        return method.lower() in self._document["paths"].get(template, _MISSING)

    def check(self, request: Request, answer: Answer, *, injected: bool) -> list[str]:
        """The violations in the request and the answer; empty if there are none."""
        found = self._operation(request)
        if found is None:
            return ["GitHub has no such operation"]
        violations = list(self._parameters(request, found))
        violations += self._body(request, found.operation)
        violations += _client(request)
        if not injected:
            stand_in = CORRECTIONS.get((request.method.lower(), found.template))
            violations += self._answer(found.operation, answer, stand_in)
        return violations

    def refused_body(self, request: Request) -> str | None:
        """GitHub's error message for this body, as GitHub validates bodies itself; None if it is valid."""
        found = self._operation(request)
        violations = list(self._body(request, found.operation)) if found else []
        return f"Invalid request.\n\n{violations[0]}" if violations else None

    def _operation(self, request: Request) -> _Found | None:
        for pattern, template, item in self._paths:
            match = pattern.fullmatch(request.path)
            operation = item.get(request.method.lower())
            if match is not None and operation is not None:
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                return _Found(template, match.groupdict(), parameters, operation)
        return None

    def _parameters(self, request: Request, found: _Found) -> Iterator[str]:
        known = [self._resolved(parameter) for parameter in found.parameters]
        for parameter in known:
            name = parameter["name"]
            values = {"path": found.path, "query": request.query}.get(parameter["in"])
            if values is None:
                continue
            if name not in values:
                if parameter.get("required"):
                    yield f"parameter {name} is missing"
                continue
            value = _parsed(values[name], self._resolved(parameter["schema"]))
            for message in self._invalid(parameter["schema"], value):
                yield f"parameter {name}: {message}"
        names = {parameter["name"] for parameter in known if parameter["in"] == "query"}
        yield from (f"parameter {name} is not described" for name in request.query if name not in names)

    def _body(self, request: Request, operation: dict[str, Any]) -> Iterator[str]:
        described = self._resolved(operation.get("requestBody", _MISSING))
        if not request.body:
            if described.get("required"):
                yield "the request has no body"
            return
        if not described:
            yield "the request has a body, and none is described"
            return
        media = described["content"].get("application/json")
        try:
            document = json.loads(request.body)
        except ValueError:
            yield "the request's body is no JSON"
            return
        yield from (f"request body: {message}" for message in self._invalid(media["schema"], document))

    def _answer(
        self, operation: dict[str, Any], answer: Answer, stand_in: dict[str, Any] | None
    ) -> Iterator[str]:
        described = self._resolved(operation["responses"].get(str(answer.status), _MISSING))
        if not described and answer.status not in UNDOCUMENTED:
            yield f"status {answer.status} is not described"
            return
        content = described.get("content", _MISSING)
        schema: dict[str, Any] | None = None
        if "application/json" in content:
            schema = stand_in or content["application/json"]["schema"]
        elif answer.status in (301, 307) or answer.status >= 400:
            schema = {"$ref": "#/components/schemas/basic-error"}
        if schema is None:
            if answer.body is not None:
                yield f"status {answer.status} has a body, and none is described"
            return
        yield from (f"answer {answer.status}: {message}" for message in self._invalid(schema, answer.body))

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _invalid(self, schema: dict[str, Any], value: Any) -> list[str]:
        validator = self._validator(json.dumps(schema))
        error = best_match(validator.iter_errors(value))
        if error is None:
            return []
        # An error's message quotes the value; an encrypted value is harmless, but long.
        return [f"{error.json_path}: {error.message[:300]}"]

    @functools.cache  # noqa: B019 - there is one description a process, and it lives as long
    def _validator(self, schema: str) -> Draft202012Validator:
        """Compile a schema with everything that it refers to."""
        root = _modern(json.loads(schema))
        definitions: dict[str, Any] = {}
        waiting = list(_references(root))
        while waiting:
            name = waiting.pop()
            if name not in definitions:
                definitions[name] = _corrected(name, _modern(self._document["components"]["schemas"][name]))
                waiting.extend(_references(definitions[name]))
        document = {"allOf": [root], "components": {"schemas": definitions}}
        return Draft202012Validator(document, format_checker=FormatChecker(["date-time"]))


def _client(request: Request) -> Iterator[str]:
    """The requirements of GitHub for every client, and of this project for its own."""
    if "user-agent" not in request.headers:
        yield "the request has no User-Agent, which GitHub refuses"
    if "crreg" not in request.headers.get("user-agent", ""):
        return
    if "x-github-api-version" not in request.headers:
        yield "the request names no X-GitHub-Api-Version"
    if request.body and not request.headers.get("content-type", "").startswith("application/json"):
        yield "the request's Content-Type is not application/json"
    if "application/vnd.github+json" not in request.headers.get("accept", ""):
        yield "the request's Accept is not application/vnd.github+json"


def _parsed(text: str, schema: dict[str, Any]) -> Any:
    """Convert a parameter to the type of its schema; the text itself if that fails."""
    kind = schema.get("type")
    if kind == "integer":
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _modern(node: Any) -> Any:
    """Convert a schema of OpenAPI 3.0 to JSON Schema: `nullable` adds null."""
    if isinstance(node, list):
        return [_modern(each) for each in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _modern(value) for key, value in node.items() if key not in ("example", "examples")}
    if converted.get("nullable") is True:
        del converted["nullable"]
        return {"anyOf": [converted, {"type": "null"}]}
    return converted


def _corrected(name: str, schema: Any) -> Any:
    """A component schema, corrected where GitHub's answers differ from its description."""
    if name == "package":
        # Packages of an enterprise's organizations are `internal` by default, and lists can be filtered by that.
        schema["properties"]["visibility"]["enum"].append("internal")
    return schema


def _references(node: Any) -> Iterator[str]:
    """Names of the component schemas that a schema refers to."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix("#/components/schemas/")
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
