"""The report as SARIF 2.1.0, for GitHub's code scanning and for editors."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from crreg import __version__
from crreg.check.report import Report
from crreg.findings.documentation import HOME, rule_page
from crreg.findings.finding import Effect, Finding
from crreg.printable import plain
from crreg.redaction.redact import FixedWord
from crreg.report.escaping import LONGEST_TEXT
from crreg.report.wording import ABOUT
from crreg.rules.catalog import RULES
from crreg.rules.ensure_rules import ENSURE_RULES
from crreg.rules.publish_rules import PUBLISH_RULES
from crreg.rules.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FINGERPRINT = "crregFinding/v2"
_DEFAULT_PLACE = ".devcontainer/devcontainer.json"
_MEANINGS = {
    Effect.STOPS: "It keeps a codespace from starting.",
    Effect.UNPROVEN: "Whether a codespace starts is not proven.",
    Effect.HYGIENE: "Codespaces start anyway.",
}
"""What a broken rule of a check means, as a sentence."""
_MEANINGS_ELSEWHERE = {
    **dict.fromkeys((rule.id for rule in ENSURE_RULES), "It keeps a triple from being written."),
    **dict.fromkeys((rule.id for rule in PUBLISH_RULES), "It keeps an image from being published."),
}
"""What a broken rule means if only `ensure` or `publish` reports it."""
MOST_RESULTS = 5000


def sarif_document(report: Report) -> dict[str, Any]:
    """One run with every rule, and a result for each finding, as many as code scanning keeps.

    Source: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit:
    of 25,000 results in a run, "only the top 5,000 results will be included, prioritized by severity".
    """
    numbers = {rule.id: number for number, rule in enumerate(RULES)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": FixedWord("crreg"),
                "version": FixedWord(__version__),
                "informationUri": FixedWord(HOME),
                "rules": [_rule(rule) for rule in RULES],
            }
        },
        "columnKind": FixedWord("unicodeCodePoints"),
        "results": list(_results(report, numbers)),
    }
    rest = len(report.findings) - MOST_RESULTS
    if rest > 0:
        more = f"{rest} more findings, which code scanning would not show, are in the JSON report."
        note = {"level": FixedWord("note"), "message": {"text": more}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
    return {"$schema": FixedWord(SCHEMA), "version": FixedWord("2.1.0"), "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    """A rule with the texts that code scanning shows; it shows `markdown` instead of `text` where there is one.

    Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    """
    meaning = _MEANINGS_ELSEWHERE.get(rule.id, _MEANINGS[rule.effect])
    return {
        "id": FixedWord(rule.id),
        "shortDescription": {"text": FixedWord(_text(rule.summary))},
        "fullDescription": {"text": FixedWord(_text(f"{rule.summary} {meaning}"))},
        "help": {
            "text": FixedWord(_text(f"{meaning}\n\nTo fix: {rule.remedy}\n\n{ABOUT}: {rule_page(rule.id)}")),
            "markdown": FixedWord(
                f"{rule.summary} {meaning}\n\n**To fix:** {rule.remedy}\n\n[{ABOUT}]({rule_page(rule.id)})"
            ),
        },
        "helpUri": FixedWord(rule_page(rule.id)),
        "defaultConfiguration": {"level": rule.severity},
    }


def _results(report: Report, numbers: dict[str, int]) -> Iterable[dict[str, Any]]:
    seen: dict[str, int] = {}
    for finding in report.findings[:MOST_RESULTS]:
        seen[finding.key] = seen.get(finding.key, 0) + 1
        yield {
            "ruleId": FixedWord(finding.rule),
            "ruleIndex": numbers[finding.rule],
            "level": finding.severity,
            "message": {"text": _text(f"{finding.message}\n\n{finding.remedy}")},
            "locations": [{"physicalLocation": _place(report, finding)}],
            "partialFingerprints": {_FINGERPRINT: FixedWord(f"{finding.key}:{seen[finding.key]}")},
        }


def _place(report: Report, finding: Finding) -> dict[str, Any]:
    """Where the finding is. Code scanning refuses a result without a place, so it then names the likeliest file."""
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


def _artifact(path: str) -> dict[str, Any]:
    uri = quote(path.encode("utf-8", "surrogatepass"))
    return {"uri": uri.removeprefix("/"), "uriBaseId": FixedWord("%SRCROOT%")}


def _text(text: str) -> str:
    """Plain text in which a viewer finds no embedded link (SARIF 2.1.0, section 3.11.6)."""
    lines = (plain(line, LONGEST_TEXT) for line in text.splitlines())
    return re.sub(r"([\\\[\]])", r"\\\1", "\n".join(lines))
