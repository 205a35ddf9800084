"""The report: the facts, the rules' findings, and the status."""

from dataclasses import dataclass
from typing import Self

from crreg.check.unchecked import unchecked
from crreg.exits.exit_code import ExitCode, FailOn, exit_code
from crreg.exits.status import Status
from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, needed, secret_name, unassigned_parts
from crreg.findings.finding import Effect, Finding, errors_of, warnings_of
from crreg.github.errors import Reason
from crreg.rules import misnamed_secret
from crreg.rules.catalog import judge

_REFUSED_TOKENS = frozenset({Reason.BAD_TOKEN, Reason.MALFORMED_TOKEN})
"""Why a token that was given could be used for nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What every output renders."""

    facts: Facts
    findings: tuple[Finding, ...]
    """Errors first, then in the order of the files."""
    status: Status
    unchecked: tuple[str, ...] = ()
    """What was not proven and why, one clause each; empty if the status is healthy."""

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """Judge the facts by all rules of a check."""
        return cls.with_findings(facts, judge(facts))

    @classmethod
    def with_findings(cls, facts: Facts, findings: tuple[Finding, ...]) -> Self:
        """Make the report about what the rules found."""
        unproven = unchecked(facts, findings)
        stopped = any(finding.effect is Effect.STOPS for finding in errors_of(findings))
        status = Status.UNHEALTHY if stopped else Status.UNKNOWN if unproven else Status.HEALTHY
        return cls(facts, findings, status, unproven)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep a codespace from starting."""
        return errors_of(self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that don't, or not yet or not certainly."""
        return warnings_of(self.findings)

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
        # The facts do not include a triple whose secrets all have wrong names.
        if any(finding.rule == misnamed_secret.RULE.id for finding in self.errors):
            names += [secret.meant for secret in misnamed_secret.stored_misnamed(facts)]
        return tuple(dict.fromkeys(names))

    def exit_code(self, fail_on: FailOn) -> ExitCode:
        """Return the exit code of the check. Passing no credentials is a choice, but a token that fails is none."""
        facts = self.facts
        reason = facts.inventory.reason if facts.inventory is not None else None
        return exit_code(
            self.status,
            errors=bool(self.errors),
            warnings=bool(self.warnings),
            fail_on=fail_on,
            tried=reason in _REFUSED_TOKENS
            or (facts.credentials_given and not (facts.withheld and facts.inventory is None)),
            withheld=bool(facts.withheld),
        )
