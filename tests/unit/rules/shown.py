"""A finding as its reader sees it, with the remedy as text, for comparison as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass

from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    rule: str
    severity: Severity
    message: str
    remedy: str
    triple: str | None = None
    registry: str | None = None
    location: Location | None = None
    effect: Effect = Effect.STOPS


def shown(findings: Iterable[Finding]) -> tuple[Shown, ...]:
    return tuple(
        Shown(
            rule=finding.rule,
            severity=finding.severity,
            message=finding.message,
            remedy=finding.remedy,
            triple=finding.triple,
            registry=finding.registry,
            location=finding.location,
            effect=finding.effect,
        )
        for finding in findings
    )
