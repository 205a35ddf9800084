"""Renders reports as JSON, by version 1 of the public schema."""

import json as json_format
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from crreg.check.report import Report
from crreg.discovery.found import Problem
from crreg.ensure.change import Change, Ensured, Result
from crreg.facts.model import Facts, ImageFact, PartFact, TripleFact
from crreg.facts.proof import Proof, State
from crreg.findings.finding import Finding
from crreg.findings.location import Location
from crreg.findings.remedy import Command, Link, Prose, Remedy, Shell, Snippet, Step
from crreg.net.docker_hub import DOCKER_HUB, INDEX_HOST
from crreg.publish.published import Published, Publishing, source_of
from crreg.redaction.redact import FixedWord
from crreg.registry.reference import ImageReference
from crreg.rules import Rule
from crreg.rules.invalid_reference import problems_of_files
from crreg.triple import Part

SCHEMA_VERSION = 1
_NO_VALUE = "This run has no value to compare the stored one with."
_SOURCE_UNKNOWN = "This run's values may not be the repository's Actions secrets and variables."


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
    """The keys that begin every document about a repository; `verdict` follows the repository's name."""
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": facts.repository,
        **(verdict or {}),
        "triples": [triple_json(triple) for triple in facts.triples],
        "images": [image_json(image) for image in facts.images],
        "findings": [finding_json(finding) for finding in findings],
    }


def images_document(facts: Facts) -> dict[str, Any]:
    """The output of `crreg images`."""
    return {
        "images": [image_json(image) for image in facts.images],
        "problems": [_problem(problem) for problem in problems_of_files(facts)],
    }


def triples_document(facts: Facts) -> dict[str, Any]:
    """The output of `crreg login`."""
    return {"triples": [triple_json(triple) for triple in facts.triples]}


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
    """Dump ASCII JSON without workflow commands (`##[` can only occur inside a string)."""
    return _inert(json_format.dumps(document, indent=2))


def dumped_lines(documents: Iterable[dict[str, Any]]) -> str:
    """Dump each document on a line of its own, in the same way."""
    return "".join(_inert(json_format.dumps(document)) for document in documents)


def _inert(text: str) -> str:
    return text.replace("##[", "#\\u0023[") + "\n"


def triple_json(triple: TripleFact) -> dict[str, Any]:
    """A triple in the form of all documents."""
    login = triple.login
    return {
        "identifier": triple.identifier,
        "server": triple.server,
        "parts": {part.value: _part(triple.parts[part]) for part in Part},
        "login": login
        and {
            "outcome": login.outcome,
            "detail": login.detail,
            "requests": login.requests,
            "expires_at": login.expires_at and moment_json(login.expires_at),
        },
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


def image_json(image: ImageFact) -> dict[str, Any]:
    """An image in the form of all documents."""
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


def moment_json(moment: datetime) -> FixedWord:
    """A timestamp in the form of all documents."""
    return FixedWord(moment.isoformat().replace("+00:00", "Z"))


def finding_json(finding: Finding) -> dict[str, Any]:
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
        "location": finding.location and location_json(finding.location),
    }


def steps_json(remedy: Remedy) -> list[dict[str, Any]]:
    """The steps of a remedy in the form of all documents; a `command` runs unchanged in a POSIX shell."""
    return [_step(step) for step in remedy]


def _step(step: Step) -> dict[str, Any]:
    match step:
        case Prose(text):
            return {"kind": FixedWord("text"), "value": text}
        case Link(text, url):
            return {"kind": FixedWord("link"), "value": url, "text": text}
        case Snippet(line):
            return {"kind": FixedWord("snippet"), "value": line}
        case Command() | Shell():
            return {"kind": FixedWord("command"), "value": step.line}


def location_json(location: Location) -> dict[str, Any]:
    """A location in a file in the form of all documents."""
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def plan_document(ensured: Ensured) -> dict[str, Any]:
    """The whole plan, each change with its outcome."""
    plan = ensured.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": plan.repository,
        "dry_run": ensured.dry_run,
        "status": ensured.status,
        "changes": [
            _change(change, result) for change, result in zip(plan.changes, ensured.results, strict=True)
        ],
        "findings": [finding_json(finding) for finding in plan.findings],
        "notes": list(ensured.notes),
    }


def _change(change: Change, result: Result) -> dict[str, Any]:
    return {
        "action": change.action,
        "triple": change.triple,
        "part": change.part,
        "name": change.name,
        "level": change.level,
        "store": change.store,
        "visibility": change.visibility and FixedWord(change.visibility),
        "repositories": list(change.repositories),
        "reason": change.reason,
        "outcome": result.outcome,
        "detail": result.detail,
    }


def publish_document(publishing: Publishing) -> dict[str, Any]:
    """The results of publishing, with everything known about each image."""
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": publishing.repository,
        "dry_run": publishing.dry_run,
        "status": publishing.status,
        "images": [_published_image(result) for result in publishing.results],
        "findings": [finding_json(finding) for finding in publishing.findings],
        "notes": list(publishing.notes),
    }


def images_output(publishing: Publishing) -> list[dict[str, Any]]:
    """The images that are now in the registry, for an output of the step.

    `subject-name` and `subject-digest` are inputs of actions/attest-build-provenance, which accepts no tag.
    Source: https://github.com/actions/attest-build-provenance
    """
    return [
        {
            "reference": result.reference,
            "digest": result.digest,
            "subject-name": _subject(result.publication.image),
            "subject-digest": result.digest,
        }
        for result in publishing.results
        if result.is_there
    ]


def _subject(image: str) -> str:
    """The image's full name, with the host that attestations are pushed to."""
    reference = ImageReference.parse(image)
    registry = INDEX_HOST if reference.registry == DOCKER_HUB else reference.registry
    return f"{registry}/{reference.repository}"


def _published_image(result: Published) -> dict[str, Any]:
    publication = result.publication
    return {
        "image": publication.image,
        "tags": list(publication.tags),
        "reference": result.reference,
        "digest": result.digest,
        "source": {"kind": result.kind, "name": source_of(publication)},
        "outcome": result.outcome,
        "previous": dict(result.previous),
        "linked": result.linked,
        "visibility": result.visibility and FixedWord(result.visibility),
        "sent": asdict(result.sent) if result.sent is not None else None,
        "notes": list(result.notes),
    }
