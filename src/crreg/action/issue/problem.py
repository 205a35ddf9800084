"""What a finding is from one check to the next, when its line, its days left and its wording may have changed."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from crreg.findings.finding import Finding, Severity

_IDENTIFIER = re.compile(r"[A-Za-z0-9_]{1,100}")
_KEY = 16
_REGISTRY = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding, as the issue remembers it."""

    key: str
    """Tells it from others; 16 hexadecimal digits, the first of the finding's key. Empty in what version 1 of the state
    told, whose keys were made of messages: there `kind` has to do."""
    rule: str
    triple: str
    """Empty if it concerns none."""
    registry: str
    """8 hexadecimal digits of the registry's hash, empty if it concerns none: a registry's name comes from files."""
    severity: Severity
    since: datetime
    """When a check first found it, in UTC."""

    @property
    def kind(self) -> tuple[str, str, str]:
        """What problems of one rule have in common that concern the same triple and registry."""
        return self.rule, self.triple, self.registry


def problem(finding: Finding, now: datetime) -> Problem:
    """What to remember of a finding that was made `now`."""
    triple = finding.triple if finding.triple and _IDENTIFIER.fullmatch(finding.triple) else ""
    return Problem(
        finding.key[:_KEY], finding.rule, triple, registry_hash(finding.registry), finding.severity, now
    )


def registry_hash(registry: str | None) -> str:
    """What stands for a registry in the issue's state; empty for none."""
    if not registry:
        return ""
    return hashlib.sha256(registry.encode(errors="surrogatepass")).hexdigest()[:_REGISTRY]
