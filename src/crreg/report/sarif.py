"""The report as SARIF 2.1.0, for GitHub's code scanning and for editors."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from crreg import __version__
from crreg.findings import Finding
from crreg.plain import plain
from crreg.report.json_report import dumped
from crreg.report.report import Report
from crreg.rules import RULES, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/org/crreg-action"
_FINGERPRINT = "crregFinding/v1"
_DEFAULT_PLACE = ".devcontainer/devcontainer.json"
_LONGEST = 2000


def render_sarif(report: Report) -> str:
    """One run with every rule, and a result for each finding."""
    numbers = {rule.id: number for number, rule in enumerate(RULES)}
    run = {
        "tool": {
            "driver": {
                "name": "crreg",
                "version": __version__,
                "informationUri": HOME,
                "rules": [_rule(rule) for rule in RULES],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report, numbers)),
    }
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": _text(rule.summary)},
        "help": {"text": _text(rule.remedy)},
        "helpUri": f"{HOME}/blob/main/docs/rules.md#{rule.id}",
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _results(report: Report, numbers: dict[str, int]) -> Iterable[dict[str, Any]]:
    seen: dict[str, int] = {}
    for finding in report.findings:
        mark = _fingerprint(report, finding)
        seen[mark] = seen.get(mark, 0) + 1
        yield {
            "ruleId": finding.rule,
            "ruleIndex": numbers[finding.rule],
            "level": finding.severity.value,
            "message": {"text": _text(f"{finding.message}\n\n{finding.remedy}")},
            "locations": [{"physicalLocation": _place(report, finding)}],
            "partialFingerprints": {_FINGERPRINT: f"{mark}:{seen[mark]}"},
        }


def _place(report: Report, finding: Finding) -> dict[str, Any]:
    """Where it stands; code scanning refuses a result without a place, so that has the likeliest file."""
    where = finding.location
    if where is None:
        facts = report.facts
        path = next(iter(facts.discovery.configurations), facts.settings.path or _DEFAULT_PLACE)
        return {"artifactLocation": _artifact(path), "region": {"startLine": 1}}
    return {
        "artifactLocation": _artifact(where.path),
        "region": {
            "startLine": where.line,
            "startColumn": where.column,
            "endLine": where.end_line,
            "endColumn": where.end_column,
        },
    }


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path.encode("utf-8", "surrogatepass"))
    return {"uri": uri.removeprefix("/"), "uriBaseId": "%SRCROOT%"}


def _fingerprint(report: Report, finding: Finding) -> str:
    """What stays the same when lines move: rule, triple, registry, file and image."""
    where = finding.location
    image = next((image.text for image in report.facts.images if image.location == where), "")
    parts = (finding.rule, finding.triple or "", finding.registry or "", where.path if where else "", image)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _text(text: str) -> str:
    """Plain text in which a viewer finds no embedded link (SARIF 2.1.0, section 3.11.6)."""
    lines = (plain(line, _LONGEST) for line in text.splitlines())
    return re.sub(r"([\\\[\]])", r"\\\1", "\n".join(lines))
