"""A state file in which every text that a stranger chooses tries to become code, a link or an address."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crreg.organization.state import State

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"\u2028\u202e&amp;`javascript:alert(3)`"
)
_NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def remember_hostile(path: Path) -> None:
    """Write it."""
    with State.open(path) as state:
        state.record("acme", _NOW, _document())


def _document() -> dict[str, Any]:
    part = {"level": HOSTILE, "updated_at": HOSTILE}
    image = {"reference": HOSTILE, "registry": HOSTILE, "source": HOSTILE, "path": HOSTILE, "line": 1}
    triple = {
        "identifier": HOSTILE,
        "server": HOSTILE,
        "parts": {"SERVER": part, "USER": None, "PASSWORD": part},
        "login": {"outcome": HOSTILE, "detail": HOSTILE, "expires_at": HOSTILE},
    }
    steps = [
        {"kind": "link", "value": "javascript:alert(4)", "text": HOSTILE},
        {"kind": "link", "value": HOSTILE, "text": HOSTILE},
        {"kind": "command", "value": HOSTILE},
        {"kind": "text", "value": HOSTILE},
    ]
    return {
        "organization": HOSTILE,
        "status": "unhealthy",
        "verdict": HOSTILE,
        "listed": 1,
        "unchecked": [HOSTILE],
        "notes": [HOSTILE],
        "repositories": [
            {
                "repository": f"{HOSTILE}/x",
                "status": "unhealthy",
                "unchecked": [HOSTILE],
                "findings": [0],
                "images": [{**image, "pull": {"outcome": HOSTILE, "detail": HOSTILE}}],
                "triples": [triple],
            }
        ],
        "findings": [
            {
                "rule": HOSTILE,
                "severity": "error",
                "message": HOSTILE,
                "steps": steps,
                "documentation": "data:text/html,<script>alert(5)</script>",
                "triple": HOSTILE,
                "registry": HOSTILE,
                "location": {"path": HOSTILE, "line": 1},
            }
        ],
    }
