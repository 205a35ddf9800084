"""Renders reports as JSON, by version 1 of the public schema."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from crreg.discovery.found import Problem
from crreg.facts.image import ImageFact
from crreg.facts.model import Facts, PartFact, TripleFact
from crreg.facts.named_images import NamedImages
from crreg.facts.proof import Proof, State
from crreg.facts.tried_logins import TriedLogins
from crreg.findings.finding import Finding
from crreg.findings.location import Location
from crreg.findings.remedy import Command, Link, Prose, Remedy, Shell, Snippet, Step
from crreg.redaction.redact import FixedWord
from crreg.registry.outcome import LoginResult
from crreg.report.documents import (
    CheckDocument,
    FindingDocument,
    ImageDocument,
    ImagesDocument,
    LocationDocument,
    LoginDocument,
    LoginsDocument,
    ObservedDocument,
    PartDocument,
    ProblemDocument,
    RulesDocument,
    StepDocument,
    StepKind,
    TripleDocument,
    VerdictDocument,
)
from crreg.triple import Part

if TYPE_CHECKING:
    # They load all rules, which `crreg login` does not need.
    from crreg.check.report import Report
    from crreg.rules.rule import Rule

SCHEMA_VERSION: Literal[1] = 1
_NO_VALUE = "This run has no value to compare the stored one with."
_SOURCE_UNKNOWN = "This run's values may not be the repository's Actions secrets and variables."


def report_document(report: "Report") -> CheckDocument:
    """The whole report."""
    verdict: VerdictDocument = {
        "status": report.status,
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "unchecked": list(report.unchecked),
    }
    observed = observed_document(report.facts, report.findings)
    # The verdict follows the repository's name, for those who read the document themselves.
    return {
        "schema_version": observed["schema_version"],
        "repository": observed["repository"],
        **verdict,
        **observed,
    }


def observed_document(facts: Facts, findings: Iterable[Finding]) -> ObservedDocument:
    """The keys that every document about a repository has."""
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": facts.repository,
        "triples": [triple_json(triple) for triple in facts.triples],
        "images": [image_json(image) for image in facts.images],
        "findings": [finding_json(finding) for finding in findings],
    }


def images_document(named: NamedImages) -> ImagesDocument:
    """The output of `crreg images`."""
    return {
        "images": [image_json(image) for image in named.images],
        "problems": [_problem(problem) for problem in named.problems],
    }


def logins_document(tried: TriedLogins) -> LoginsDocument:
    """The output of `crreg login`, which sees no stored secrets."""
    return {
        "triples": [
            {
                "identifier": triple.identifier,
                "server": triple.server,
                "parts": dict.fromkeys(Part),
                "login": _login(triple.login),
            }
            for triple in tried.triples
        ]
    }


def rules_document(rules: Iterable["Rule"]) -> RulesDocument:
    """The output of `crreg rules`."""
    return {
        "rules": [
            {
                "id": rule.id,
                "severity": rule.severity,
                "effect": rule.effect,
                "summary": rule.summary,
                "remedy": rule.remedy,
            }
            for rule in rules
        ]
    }


def triple_json(triple: TripleFact) -> TripleDocument:
    """A triple in the form of all documents."""
    login = triple.login
    return {
        "identifier": triple.identifier,
        "server": triple.server,
        "parts": {part: _part(triple.parts[part]) for part in Part},
        "login": _login(login) if login is not None else None,
    }


def _login(login: LoginResult) -> LoginDocument:
    return {
        "outcome": login.outcome,
        "detail": login.detail,
        "requests": login.requests,
        "expires_at": moment_json(login.expires_at) if login.expires_at is not None else None,
    }


def _part(part: PartFact) -> PartDocument | None:
    holding = part.effective
    if holding is None:
        return None
    why = _SOURCE_UNKNOWN if part.at_hand else _NO_VALUE
    proof = part.proof or Proof(State.NOT_PROVEN, why)
    return {
        "level": holding.level,
        "assigned": holding.assigned if holding.readers_known else None,
        "updated_at": moment_json(holding.updated_at),
        "proof": proof.state,
        "proof_detail": proof.detail,
        "changed_at": moment_json(proof.since) if proof.since is not None else None,
    }


def image_json(image: ImageFact) -> ImageDocument:
    """An image in the form of all documents."""
    reference = image.reference
    return {
        "reference": str(reference) if reference else image.text,
        "registry": reference.registry if reference is not None else None,
        "repository": reference.repository if reference is not None else None,
        "tag": reference.tag if reference is not None else None,
        "digest": reference.digest if reference is not None else None,
        "platform": str(image.platform),
        "source": image.source,
        **location_json(image.location),
        "pull": {"outcome": image.pull.outcome, "detail": image.pull.detail}
        if image.pull is not None
        else None,
    }


def _problem(problem: Problem) -> ProblemDocument:
    return {
        "severity": problem.severity,
        "message": problem.message,
        **location_json(problem.location),
    }


def moment_json(moment: datetime) -> FixedWord:
    """A timestamp in the form of all documents."""
    return FixedWord(moment.isoformat().replace("+00:00", "Z"))


def finding_json(finding: Finding) -> FindingDocument:
    """A finding in the form of all documents."""
    return {
        "rule": FixedWord(finding.rule),
        "severity": finding.severity,
        "message": finding.message,
        "remedy": finding.remedy,
        "steps": steps_json(finding.steps),
        "documentation": FixedWord(finding.documentation),
        "triple": finding.triple,
        "registry": finding.registry,
        "location": location_json(finding.location) if finding.location is not None else None,
    }


def steps_json(remedy: Remedy) -> list[StepDocument]:
    """The steps of a remedy in the form of all documents; a `command` runs unchanged in a POSIX shell."""
    return [_step(step) for step in remedy]


def _step(step: Step) -> StepDocument:
    match step:
        case Prose(text):
            return {"kind": StepKind.TEXT, "value": text}
        case Link(text, url):
            return {"kind": StepKind.LINK, "value": url, "text": text}
        case Snippet(line):
            return {"kind": StepKind.SNIPPET, "value": line}
        case Command() | Shell():
            return {"kind": StepKind.COMMAND, "value": step.line}


def location_json(location: Location) -> LocationDocument:
    """A location in a file in the form of all documents."""
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }
