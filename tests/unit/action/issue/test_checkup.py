"""What an issue says about one repository of an organization."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crreg.action.issue.body import WorkflowRepository
from crreg.action.issue.checkup import OneOfMany, checkup_of
from crreg.action.issue.open_or_close import Change, Decision, Tracking, decide
from crreg.exits.exit_code import FailOn
from crreg.exits.status import Status
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.issues import Issue
from crreg.organization.listed import Listed
from crreg.organization.report import Checked
from crreg.redaction.redact import Redactor

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
APP = Listed(7, "acme/app", "private", "main", "c1")
TRACKING = Tracking(
    "acme/app",
    WorkflowRepository("acme/health", "https://github.com"),
    "17",
    FailOn.ERROR,
    Redactor(()),
)


def finding(rule: str, severity: Severity = Severity.ERROR, effect: Effect = Effect.STOPS) -> Finding:
    return Finding(
        rule, severity, "It is wrong.", steps("Repair it."), "ACR", "acme.azurecr.io", effect=effect
    )


BROKEN = OneOfMany(Checked(APP, Status.UNHEALTHY, (finding("missing-secret"),)), NOW)
PACKAGE = OneOfMany(
    Checked(
        APP, Status.UNHEALTHY, (replace(finding("package-not-accessible"), triple=None, registry="ghcr.io"),)
    ),
    NOW,
)


def decided(report: OneOfMany, before: OneOfMany | None = None) -> Decision:
    """What happens to the issue, if there is one of an earlier report."""
    issue = Issue(1, decided(before).text, "mona") if before is not None else None
    return decide(report, TRACKING, lambda: issue, lambda: None)


def test_it_says_what_a_check_of_the_repository_says() -> None:
    text = decided(BROKEN).text
    assert text.startswith("<!-- crreg:registry-health acme/app {")
    assert (
        "❌ **Unhealthy \\(1 error\\): codespaces of this repository would not start as configured\\.**"
        in text
    )
    assert "acme/health/actions/runs/17" in text


def test_health_closes_it() -> None:
    healthy = OneOfMany(Checked(APP, Status.HEALTHY), NOW)
    decision = decided(healthy, BROKEN)
    assert decision.change is Change.CLOSE
    assert "✅ **Healthy: no image has to be pulled\\.**" in decision.text


@pytest.mark.parametrize(
    ("checked", "decidable"),
    [
        (Checked.not_judged(APP, "it was not read"), False),
        (
            Checked(
                APP,
                Status.UNKNOWN,
                (finding("unreadable-secrets", Severity.WARNING, Effect.UNPROVEN),),
                ("its secrets were not listed",),
            ),
            False,
        ),
        (
            Checked(APP, Status.HEALTHY, (finding("unreadable-secrets", Severity.WARNING, Effect.HYGIENE),)),
            True,
        ),
    ],
)
def test_too_little_decides_nothing(checked: Checked, *, decidable: bool) -> None:
    change = Change.UNNEEDED if decidable else Change.LEFT
    assert decided(OneOfMany(checked, NOW)).change is change


def test_a_package_that_github_does_not_answer_for_is_still_wrong() -> None:
    silent = OneOfMany(Checked(APP, Status.UNKNOWN, silent_packages=frozenset({"ghcr.io"})), NOW)
    decision = decided(silent, PACKAGE)
    assert decision.change is Change.UPDATE
    assert "1 earlier finding could not be checked this time" in decision.text
    assert not checkup_of(silent).has_errors
