"""What a finding is from one check to the next, when its line, its days left and its wording may have changed."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from crreg.findings.finding import Finding, Severity

_SECRET = re.compile(r"\w+_CONTAINER_REGISTRY_(?:SERVER|USER|PASSWORD)\b")
_LITERAL = re.compile(r"`([^`]*)`")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_]{1,100}")
_KEY = 16
_REGISTRY = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding, as the issue remembers it."""

    key: str
    """Tells it from others; 16 hexadecimal digits."""
    rule: str
    triple: str
    """Empty if it concerns none."""
    registry: str
    """8 hexadecimal digits of the registry's hash, empty if it concerns none: a registry's name comes from files."""
    severity: Severity
    since: datetime
    """When a check first found it, in UTC."""


def problem(finding: Finding, now: datetime) -> Problem:
    """What to remember of a finding that was made `now`.

    Two findings are the same if rule, triple, registry and file are, and what they are about: the secrets that the
    message names, and where there is no triple, or where the rule is about one image of several, that image.
    """
    triple = finding.triple if finding.triple and _IDENTIFIER.fullmatch(finding.triple) else ""
    path = finding.location.path if finding.location else ""
    parts = (finding.rule, finding.triple or "", finding.registry or "", path, *_subject(finding))
    return Problem(
        _digest("\0".join(parts), _KEY),
        finding.rule,
        triple,
        registry_hash(finding.registry),
        finding.severity,
        now,
    )


def registry_hash(registry: str | None) -> str:
    """What stands for a registry in the issue's state; empty for none."""
    return _digest(registry, _REGISTRY) if registry else ""


def _subject(finding: Finding) -> tuple[str, ...]:
    if finding.triple is None or finding.rule.startswith("image-"):
        return tuple(_LITERAL.findall(finding.message)[:2])
    return tuple(sorted(set(_SECRET.findall(finding.message))))


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:length]
