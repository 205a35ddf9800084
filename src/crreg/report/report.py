"""The report: facts, what the rules found in them, and what that comes to."""

import enum
from dataclasses import dataclass
from typing import Self

from crreg.facts import Facts
from crreg.findings import Finding, Severity
from crreg.rules import judge, misnamed_secret
from crreg.rules.standing import (
    absence_known,
    absent_parts,
    kept_by_repository,
    needed,
    secret_name,
    unassigned_parts,
)
from crreg.rules.unreadable_secrets import needs_secrets


class Status(enum.StrEnum):
    """What a report comes to."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    """At least one error: a codespace would not start."""
    UNKNOWN = "unknown"
    """Codespaces secrets are needed that the repository itself does not keep, and could not be listed."""


class FailOn(enum.StrEnum):
    """From which severity on findings make a run fail."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Report:
    """What every output renders."""

    facts: Facts
    findings: tuple[Finding, ...]
    """Errors first, then in the order of the files."""
    status: Status

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """Judge the facts by all rules."""
        findings = judge(facts)
        if any(finding.severity is Severity.ERROR for finding in findings):
            status = Status.UNHEALTHY
        elif not (absence_known(facts) or kept_by_repository(facts)) and needs_secrets(facts):
            status = Status.UNKNOWN
        else:
            status = Status.HEALTHY
        return cls(facts, findings, status)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep a codespace from starting."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that will or may."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the secrets that a codespace needs and does not get: absent, misnamed or not assigned."""
        facts = self.facts
        names = [
            secret_name(triple, part)
            for triple in facts.triples
            if needed(facts, triple)
            for part in (
                *absent_parts(facts, triple),
                *(stored.part for stored in unassigned_parts(facts, triple)),
            )
        ]
        # A triple of which no secret has the right name is none of the facts'.
        if any(finding.rule == misnamed_secret.RULE.id for finding in self.errors):
            names += [secret.meant for secret in misnamed_secret.stored_misnamed(facts)]
        return tuple(dict.fromkeys(names))

    def fails(self, fail_on: FailOn) -> bool:
        """Whether a run with this `--fail-on` ends with exit code 1."""
        if fail_on is FailOn.NEVER:
            return False
        return bool(self.errors) or (fail_on is FailOn.WARNING and bool(self.findings))
