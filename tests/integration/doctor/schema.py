"""What a tool may count on in the document of `crreg doctor --format json`."""

from typing import Any

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_LEVEL = {"enum": ["user", "repository", "organization", None]}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


DOCUMENT = _object(
    schema_version={"const": 1},
    repository=_TEXT_OR_NULL,
    triples=_list({"type": "object", "required": ["identifier", "server", "parts", "login"]}),
    images=_list({"type": "object", "required": ["reference", "registry", "path", "line", "pull"]}),
    findings=_list({"type": "object", "required": ["rule", "severity", "message", "remedy", "location"]}),
    status={"enum": ["healthy", "unhealthy", "unknown"]},
    codespace={
        "anyOf": [
            {"type": "null"},
            _object(
                name=_TEXT_OR_NULL,
                user=_TEXT_OR_NULL,
                started_at=_TEXT_OR_NULL,
                own_token={"type": "boolean"},
                recovery={"type": "boolean"},
                recovery_reason=_TEXT_OR_NULL,
                creation_error=_TEXT_OR_NULL,
                from_files=_list(_TEXT),
            ),
        ]
    },
    diagnosis=_list(
        _object(
            severity={"enum": ["error", "warning"]},
            action={
                "enum": [
                    "get-write-access",
                    "rebuild-container",
                    "stop-and-start",
                    "set-secret",
                    "update-secret",
                    "delete-secret",
                    "assign-secret",
                    "grant-access",
                    "correct-file",
                    "change-registry",
                    "try-again",
                ]
            },
            cause=_TEXT,
            remedy=_TEXT,
            steps=_list(
                {
                    "type": "object",
                    "properties": {"kind": {"enum": ["text", "command", "snippet", "link"]}, "value": _TEXT},
                    "required": ["kind", "value"],
                }
            ),
            secrets=_list(_TEXT),
            level=_LEVEL,
            rule=_TEXT_OR_NULL,
            triple=_TEXT_OR_NULL,
            registry=_TEXT_OR_NULL,
            location={"type": ["object", "null"], "required": ["path", "line", "column"]},
        )
    ),
    unasked=_list(_object(what=_TEXT, how=_TEXT)),
)
