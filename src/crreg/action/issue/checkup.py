"""What the tracking issue needs to know of a report, be it about a repository or about an organization."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crreg.action.issue.problem import TrackedProblem, registry_hash
from crreg.check.report import Report
from crreg.facts.model import ImageFact, TripleFact
from crreg.facts.questions import ANSWERS, secrets_unseen, untested
from crreg.findings.finding import Finding
from crreg.github.package import PackageStatus
from crreg.organization.report import OrganizationReport
from crreg.report.markdown import finding_block
from crreg.report.organization import cause_block, organization_verdict
from crreg.report.verdict import counted, in_words, verdict
from crreg.rules import (
    image_not_found,
    image_not_pullable,
    invalid_server,
    login_failed,
    plaintext_registry,
    registry_unreachable,
)

AnyReport = Report | OrganizationReport

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
    facts = report.facts
    unreachable = frozenset(
        registry_hash(name.partition("/")[0])
        for name, package in facts.packages.items()
        if package.status is PackageStatus.UNREACHABLE
    )
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
        _silence(findings, images, triples, frozenset(), everything=not report.is_whole),
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
            if image.reference and (image.pull is None or image.pull.outcome not in ANSWERS)
        ),
        frozenset(triple.identifier for triple in triples if untested(triple)),
    )
