"""A finding's identity from one check to the next, while its line, days left and wording may change."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from crreg.findings.finding import Finding, Severity
from crreg.rules import registry_unreachable, unreadable_secrets

_IDENTIFIER = re.compile(r"[A-Za-z0-9_]{1,100}")
_KEY = 16
_REGISTRY = 8
_OF_THE_CHECK = frozenset({registry_unreachable.RULE.id, unreadable_secrets.RULE.id})
"""Rules whose findings report what could not be checked."""


@dataclass(frozen=True, slots=True)
class TrackedProblem:
    """A finding, as the issue remembers it."""

    key: str
    """Its identifier: the first 16 hexadecimal digits of the finding's key. Empty for version 1 of the state, whose
    keys were made of messages: `kind` is used instead."""
    rule: str
    triple: str
    """Empty if it concerns none."""
    registry: str
    """8 hexadecimal digits of the registry's hash, since the name comes from files; empty if it concerns none."""
    severity: Severity
    since: datetime
    """When a check first found it, in UTC."""

    @property
    def is_news(self) -> bool:
        """Whether it says something about the repository, and not only about the check."""
        return self.rule not in _OF_THE_CHECK

    @property
    def kind(self) -> tuple[str, str, str]:
        """Rule, triple and registry, which several problems may share."""
        return self.rule, self.triple, self.registry


def problem(finding: Finding, now: datetime) -> TrackedProblem:
    """Return what to remember about a finding that was made at `now`."""
    triple = finding.triple if finding.triple and _IDENTIFIER.fullmatch(finding.triple) else ""
    return TrackedProblem(
        finding.key[:_KEY], finding.rule, triple, registry_hash(finding.registry), finding.severity, now
    )


def registry_hash(registry: str | None) -> str:
    """Return the hash for a registry in the issue's state; empty for none."""
    if not registry:
        return ""
    return hashlib.sha256(registry.encode(errors="surrogatepass")).hexdigest()[:_REGISTRY]
