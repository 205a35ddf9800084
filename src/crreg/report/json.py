"""The report as JSON, by version 1 of its public schema."""

import json as json_format
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crreg.check.report import Report
from crreg.discovery.found import Problem
from crreg.facts.model import Facts, ImageFact, PartFact, TripleFact
from crreg.facts.proof import Proof, State
from crreg.findings.finding import Finding
from crreg.findings.location import Location
from crreg.findings.remedy import Command, Link, Prose, Remedy, Shell, Snippet, Step
from crreg.redaction.redact import Word
from crreg.rules import Rule
from crreg.rules.invalid_reference import problems_of_files
from crreg.triple import Part

SCHEMA_VERSION = 1
_NO_VALUE = "This run has no value to compare the stored one with."
_SOURCE_UNKNOWN = "This run's values are not known to be the repository's Actions secrets and variables."


def report_document(report: Report) -> dict[str, Any]:
    """The whole report."""
    verdict = {
        "status": report.status,
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "unchecked": list(report.unchecked),
    }
    return document(report.facts, report.findings, verdict)


def document(
    facts: Facts, findings: Iterable[Finding], verdict: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What every document on a repository begins with; `verdict` follows the repository's name."""
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": facts.repository,
        **(verdict or {}),
        "triples": [_triple(triple) for triple in facts.triples],
        "images": [_image(image) for image in facts.images],
        "findings": [finding_json(finding) for finding in findings],
    }


def images_document(facts: Facts) -> dict[str, Any]:
    """The output of `crreg images`."""
    return {
        "images": [_image(image) for image in facts.images],
        "problems": [_problem(problem) for problem in problems_of_files(facts)],
    }


def triples_document(facts: Facts) -> dict[str, Any]:
    """The output of `crreg login`."""
    return {"triples": [_triple(triple) for triple in facts.triples]}


def rules_json(rules: Iterable[Rule]) -> str:
    """The output of `crreg rules`."""
    return dumped(
        {
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
    )


def dumped(document: dict[str, Any]) -> str:
    """JSON in ASCII, in which a runner finds no command (`##[` can only stand inside a string)."""
    return json_format.dumps(document, indent=2).replace("##[", "#\\u0023[") + "\n"


def _triple(triple: TripleFact) -> dict[str, Any]:
    login = triple.login
    return {
        "identifier": triple.identifier,
        "server": triple.server,
        "parts": {part.value: _part(triple.parts[part]) for part in Part},
        "login": login and {"outcome": login.outcome, "detail": login.detail, "requests": login.requests},
    }


def _part(part: PartFact) -> dict[str, Any] | None:
    holding = part.effective
    if holding is None:
        return None
    why = _SOURCE_UNKNOWN if part.at_hand else _NO_VALUE
    proof = part.proof or Proof(State.NOT_PROVEN, why)
    return {
        "level": holding.level,
        "assigned": holding.assigned,
        "updated_at": moment_json(holding.updated_at),
        "proof": proof.state,
        "proof_detail": proof.detail,
        "changed_at": proof.since and moment_json(proof.since),
    }


def _image(image: ImageFact) -> dict[str, Any]:
    reference = image.reference
    return {
        "reference": str(reference) if reference else image.text,
        "registry": reference and reference.registry,
        "repository": reference and reference.repository,
        "tag": reference and reference.tag,
        "digest": reference and reference.digest,
        "platform": str(image.platform),
        "source": image.source,
        **location_json(image.location),
        "pull": image.pull and {"outcome": image.pull.outcome, "detail": image.pull.detail},
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "message": problem.message,
        **location_json(problem.location),
    }


def moment_json(moment: datetime) -> Word:
    """A moment, as every document has it."""
    return Word(moment.isoformat().replace("+00:00", "Z"))


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding, as every document has it."""
    return {
        "rule": Word(finding.rule),
        "severity": finding.severity,
        "message": finding.message,
        "remedy": finding.remedy,
        "steps": steps_json(finding.steps),
        "documentation": Word(finding.documentation),
        "triple": finding.triple,
        "registry": finding.registry,
        "location": finding.location and location_json(finding.location),
    }


def steps_json(remedy: Remedy) -> list[dict[str, Any]]:
    """The steps of a remedy, as every document has them: what is a `command` runs in a POSIX shell as it is."""
    return [_step(step) for step in remedy]


def _step(step: Step) -> dict[str, Any]:
    match step:
        case Prose(text):
            return {"kind": Word("text"), "value": text}
        case Link(text, url):
            return {"kind": Word("link"), "value": url, "text": text}
        case Snippet(line):
            return {"kind": Word("snippet"), "value": line}
        case Command() | Shell():
            return {"kind": Word("command"), "value": step.line}


def location_json(location: Location) -> dict[str, Any]:
    """A place in a file, as every document has it."""
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }
