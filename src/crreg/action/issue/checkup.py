"""What a tracking issue needs to know of a report: of a repository, an organization, or one of its repositories."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crreg.action.issue.problem import TrackedProblem, registry_hash
from crreg.check.report import Report
from crreg.facts.image import ImageFact
from crreg.facts.model import TripleFact
from crreg.facts.questions import ANSWERS, secrets_unseen, silent_packages, untested
from crreg.findings.finding import Effect, Finding, Severity
from crreg.organization.report import Checked, OrganizationReport
from crreg.report.markdown import finding_block
from crreg.report.organization import cause_block, checked_verdict, organization_verdict
from crreg.report.verdict import counted, in_words, verdict
from crreg.rules import (
    image_not_found,
    image_not_pullable,
    invalid_server,
    login_failed,
    plaintext_registry,
    registry_unreachable,
    unreadable_secrets,
)


@dataclass(frozen=True, slots=True)
class OneOfMany:
    """What the check of an organization found in one of its repositories."""

    checked: Checked
    now: datetime
    """When the facts were gathered, with time zone."""
    is_gone: bool = False
    """Whether it is no longer listed, or no longer has a dev container."""


AnyReport = Report | OrganizationReport | OneOfMany

_OF_LOGINS = frozenset(
    {
        image_not_found.RULE.id,
        image_not_pullable.RULE.id,
        invalid_server.RULE.id,
        login_failed.RULE.id,
        plaintext_registry.RULE.id,
    }
)
"""Rules that can find nothing if no login was tried, or no registry answered for an image."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What did not answer, so that an earlier problem may still exist though nothing found it."""

    everything: bool
    registries: frozenset[str]
    """Hashes of the registries that did not answer at all."""
    triples: frozenset[str | None]
    """The triples of such registries."""
    unasked: frozenset[str]
    """Hashes of the registries that did not answer for some image."""
    untried: frozenset[str]
    """The triples whose login was not tried."""

    def hides(self, before: TrackedProblem) -> bool:
        """Whether the problem may still exist."""
        return (
            self.everything
            or (before.registry != "" and before.registry in self.registries)
            or before.triple in self.triples
            or (
                before.rule in _OF_LOGINS
                and (before.registry in self.unasked or before.triple in self.untried)
            )
        )


@dataclass(frozen=True, slots=True)
class Checkup:
    """A report, as far as the issue shows it."""

    name: str
    """`owner/name` of the repository, or the organization's name; empty if the report has none."""
    now: datetime
    findings: tuple[Finding, ...]
    blocks: tuple[str, ...]
    """The Markdown of each finding."""
    verdict: str
    counted: str
    has_errors: bool
    silence: Silence


def checkup_of(report: AnyReport) -> Checkup:
    """Return what the issue needs of a report."""
    if isinstance(report, OrganizationReport):
        return _of_organization(report)
    if isinstance(report, OneOfMany):
        return _of_one(report.checked, report.now)
    facts = report.facts
    unreachable = frozenset(map(registry_hash, silent_packages(facts)))
    return Checkup(
        facts.repository or "",
        facts.now,
        report.findings,
        tuple(map(finding_block, report.findings)),
        verdict(report),
        counted(report),
        bool(report.errors),
        _silence(report.findings, facts.images, facts.triples, unreachable, everything=secrets_unseen(facts)),
    )


def _of_organization(report: OrganizationReport) -> Checkup:
    # Causes in files of several repositories can share a path, so the whole key is the subject.
    findings = tuple(
        replace(cause.finding, subject=cause.key or cause.finding.subject) for cause in report.causes
    )
    images = (image for each in report.repositories for image in each.images)
    triples = (triple for each in report.repositories for triple in each.triples)
    return Checkup(
        report.organization,
        report.now,
        findings,
        tuple(map(cause_block, report.causes)),
        organization_verdict(report),
        in_words(len(report.errors), len(report.warnings)),
        bool(report.errors),
        _silence(
            findings,
            images,
            triples,
            frozenset().union(*(map(registry_hash, each.silent_packages) for each in report.repositories)),
            everything=not report.is_whole,
        ),
    )


def _of_one(checked: Checked, now: datetime) -> Checkup:
    severities = [finding.severity for finding in checked.findings]
    errors = severities.count(Severity.ERROR)
    # The rule knows whether it matters that a level could not be listed.
    unseen = any(
        finding.rule == unreadable_secrets.RULE.id and finding.effect is Effect.UNPROVEN
        for finding in checked.findings
    )
    return Checkup(
        checked.name,
        now,
        checked.findings,
        tuple(map(finding_block, checked.findings)),
        checked_verdict(checked),
        in_words(errors, len(severities) - errors),
        bool(errors),
        _silence(
            checked.findings,
            checked.images,
            checked.triples,
            frozenset(map(registry_hash, checked.silent_packages)),
            everything=unseen or not checked.is_judged,
        ),
    )


def _silence(
    findings: Iterable[Finding],
    images: Iterable[ImageFact],
    triples: Iterable[TripleFact],
    unreachable: frozenset[str],
    *,
    everything: bool,
) -> Silence:
    silent = [each for each in findings if each.rule == registry_unreachable.RULE.id]
    return Silence(
        everything,
        frozenset(registry_hash(each.registry) for each in silent) | unreachable,
        frozenset(each.triple for each in silent if each.triple),
        frozenset(
            registry_hash(image.reference.registry)
            for image in images
            if image.reference and image.outcome not in ANSWERS
        ),
        frozenset(triple.identifier for triple in triples if untested(triple)),
    )
