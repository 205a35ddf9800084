"""Badges: a small picture of a verdict, and the JSON that shields.io draws one from."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from crreg.exits.status import Status
from crreg.printable import plain

LABEL = "codespaces"
_COLORS = {Status.HEALTHY: "1a7f37", Status.UNHEALTHY: "cf222e", Status.UNKNOWN: "6e7781"}
"""The text on them is white, and each has a contrast of at least 4.5 to 1 with it."""
_NARROW, _WIDE = frozenset("fijlrt.,:;'| "), frozenset("mwMW@%")
_PADDING = 6


def organization_message(document: Mapping[str, Any]) -> str:
    """The right side of an organization's badge, from its report as a JSON document."""
    statuses = [entry["status"] for entry in document["repositories"]]
    status = Status(document["status"])
    if status is Status.HEALTHY:
        return "healthy"
    count = statuses.count(status)
    word = "failing" if status is Status.UNHEALTHY else "unknown"
    return f"{count} of {len(statuses)} {word}" if count else word


def repository_message(status: Status) -> str:
    """The right side of a repository's badge."""
    return "failing" if status is Status.UNHEALTHY else status.value


def badge_json(status: Status, message: str) -> str:
    """Render what shields.io asks an endpoint for.

    `isError` says that a link to the badge can't give a failure another color.
    Source: https://shields.io/badges/endpoint-badge
    """
    document = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": _COLORS[status],
        "isError": status is Status.UNHEALTHY,
    }
    return json.dumps(document) + "\n"


def badge_svg(name: str, status: Status, message: str) -> str:
    """Render the badge of `name` (an organization, or `owner/name`) as a picture without scripts or fonts."""
    left, right = (_width(text) + 2 * _PADDING for text in (LABEL, message))
    title = plain(f"{LABEL} of {name}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f"aria-label={quoteattr(title)}><title>{escape(title)}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="#{_COLORS[status]}"/>'
        f'<path d="M3 0H{left}V20H3A3 3 0 0 1 0 17V3A3 3 0 0 1 3 0Z" fill="#424a53"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_word(LABEL, left / 2)}{_word(message, left + right / 2)}</g></svg>\n"
    )


def _word(text: str, middle: float) -> str:
    return f'<text x="{middle:g}" y="14" textLength="{_width(text)}">{escape(text)}</text>'


def _width(text: str) -> int:
    """The pixels that a text takes; `textLength` fits the letters to it where the font differs."""
    return round(sum(4.5 if letter in _NARROW else 10 if letter in _WIDE else 6.8 for letter in plain(text)))
