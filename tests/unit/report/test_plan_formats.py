"""A plan and its end in every format: whole texts, and harmless whatever they quote."""

import pytest
from sandbox.documents import read_document

from crreg.ensure.change import Action, Change, ChangeOutcome, Ensured, Plan, Result
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level
from crreg.redaction.redact import Redactor
from crreg.report.formats import Format
from crreg.report.render import render_end, render_plan
from crreg.report.verdict import plan_verdict
from crreg.triple import Part

NOTHING = Redactor(())
"""There is no secret to redact."""
HOSTILE = "::error::x\n##[command]y | <b> [z](http://e.example) @mona \x1b[31m"


def change(action: Action, part: Part = Part.USER, reason: str = "there is none") -> Change:
    repositories = ("org/app",) if action is Action.ASSIGN else ()
    return Change(
        action,
        "ACR",
        part,
        f"ACR_CONTAINER_REGISTRY_{part}",
        Level.ORGANIZATION,
        "org",
        "selected",
        repositories,
        reason,
    )


CHANGES = (
    change(Action.UNCHANGED, Part.SERVER, "it is already set"),
    change(Action.CREATE),
    change(Action.UPDATE, Part.PASSWORD, "force is set"),
    change(Action.ASSIGN, Part.SERVER, "org/app has no access to it"),
)
SAME = Result(ChangeOutcome.UNCHANGED)
DONE, PLANNED = Result(ChangeOutcome.DONE), Result(ChangeOutcome.PLANNED)
ERROR = Finding("login-failed", Severity.ERROR, "It fails.", steps("Do this."), "BCR")
WARNING = Finding("shadowed-secret", Severity.WARNING, "It is hidden.", steps("Do that."), "CCR")
NOT_MADE = Finding(
    "unreadable-secrets",
    Severity.ERROR,
    "It is not known.",
    steps("Do those."),
    "DCR",
    effect=Effect.UNPROVEN,
)


def ensured(
    *results: Result,
    findings: tuple[Finding, ...] = (),
    dry_run: bool = False,
    notes: tuple[str, ...] = (),
    ignored: tuple[Finding, ...] = (),
) -> Ensured:
    changes = CHANGES if results else ()
    return Ensured(Plan("org/app", changes, findings, notes, ignored), results, dry_run)


ALL_DONE = ensured(SAME, DONE, DONE, DONE)
DRY = ensured(SAME, PLANNED, PLANNED, PLANNED, dry_run=True)
FAILED = ensured(
    SAME,
    Result(ChangeOutcome.FAILED, "GitHub said no."),
    Result(ChangeOutcome.SKIPPED, "Not tried."),
    DONE,
)


def test_the_plan_reads_like_a_plan() -> None:
    assert render_plan(ALL_DONE.plan, NOTHING).splitlines() == [
        "Codespaces registry secrets of org/app",
        "",
        "Change        Secret                           Kept in         Why",
        "= unchanged   ACR_CONTAINER_REGISTRY_SERVER    org (selected)  it is already set",
        "+ create      ACR_CONTAINER_REGISTRY_USER      org (selected)  there is none",
        "~ update      ACR_CONTAINER_REGISTRY_PASSWORD  org (selected)  force is set",
        "> assign      ACR_CONTAINER_REGISTRY_SERVER    org (selected)  org/app has no access to it",
        "",
    ]


ONLY_PLANNED = (
    "Unknown: 1 to create, 1 to update, 1 to assign, 1 already set. "
    "This run only planned, so nothing was written."
)


@pytest.mark.parametrize(
    ("end", "verdict", "status", "code"),
    [
        (ALL_DONE, "Healthy: 1 created, 1 updated, 1 assigned, 1 already set.", "healthy", 0),
        (
            DRY,
            ONLY_PLANNED,
            "unknown",
            0,
        ),
        (
            ensured(findings=(NOT_MADE,), dry_run=True),
            "Unknown: nothing was written; 1 error.",
            "unknown",
            3,
        ),
        (FAILED, "Unhealthy: 2 of 3 changes failed; 1 assigned, 1 already set.", "unhealthy", 1),
        (ensured(findings=(ERROR,)), "Unhealthy: nothing was written; 1 error.", "unhealthy", 1),
        (ensured(findings=(WARNING,)), "Healthy: nothing was written; 1 warning.", "healthy", 0),
        (ensured(findings=(NOT_MADE,)), "Unknown: nothing was written; 1 error.", "unknown", 3),
        (ensured(findings=(NOT_MADE, ERROR)), "Unhealthy: nothing was written; 2 errors.", "unhealthy", 1),
        (ensured(ignored=(ERROR,)), "Unhealthy: nothing was written; 1 error left out.", "unhealthy", 1),
        (ensured(ignored=(NOT_MADE,)), "Unknown: nothing was written; 1 error left out.", "unknown", 3),
        (
            ensured(SAME, DONE, DONE, DONE, findings=(ERROR, WARNING)),
            "Unhealthy: 1 created, 1 updated, 1 assigned, 1 already set, 1 error, 1 warning.",
            "unhealthy",
            1,
        ),
    ],
)
def test_an_end_has_a_verdict_a_status_and_an_exit_code(
    end: Ensured, verdict: str, status: str, code: int
) -> None:
    assert (plan_verdict(end), end.status.value) == (verdict, status)
    assert end.exit_code(FailOn.ERROR) == code
    assert render_end(end, Format.TEXT, NOTHING, width=200).splitlines()[-1] == verdict


@pytest.mark.parametrize(
    ("end", "warning", "never"),
    [(FAILED, 1, 1), (ensured(findings=(WARNING,)), 1, 0), (ensured(findings=(NOT_MADE,)), 3, 0)],
)
def test_fail_on_counts_for_findings_and_not_for_changes_that_failed(
    end: Ensured, warning: int, never: int
) -> None:
    assert (end.exit_code(FailOn.WARNING), end.exit_code(FailOn.NEVER)) == (
        ExitCode(warning),
        ExitCode(never),
    )


def test_what_was_to_be_created_and_is_not_is_missing() -> None:
    assert [end.missing for end in (ALL_DONE, DRY, FAILED)] == [
        (),
        ("ACR_CONTAINER_REGISTRY_USER",),
        ("ACR_CONTAINER_REGISTRY_USER",),
    ]


def test_json_holds_every_change_with_its_end() -> None:
    document = read_document(
        render_end(ensured(SAME, DONE, DONE, DONE, notes=("A note.",)), Format.JSON, NOTHING)
    )
    assert {key: document[key] for key in ("schema_version", "repository", "dry_run", "status", "notes")} == {
        "schema_version": 1,
        "repository": "org/app",
        "dry_run": False,
        "status": "healthy",
        "notes": ["A note."],
    }
    assert document["changes"][3] == {
        "action": "assign",
        "triple": "ACR",
        "part": "SERVER",
        "name": "ACR_CONTAINER_REGISTRY_SERVER",
        "level": "organization",
        "store": "org",
        "visibility": "selected",
        "repositories": ["org/app"],
        "reason": "org/app has no access to it",
        "outcome": "done",
        "detail": "",
    }


def test_markdown_shows_the_end_of_each_change() -> None:
    lines = render_end(FAILED, Format.MARKDOWN, NOTHING).splitlines()
    assert lines[:3] == [
        "## Codespaces registry secrets of `org/app`",
        "",
        "❌ **Unhealthy: 2 of 3 changes failed; 1 assigned, 1 already set\\.**",
    ]
    ends = [line.split(" | ")[-1] for line in lines if line.startswith("| `")]
    assert ends == [
        " |",
        "❌ failed: GitHub said no\\. |",
        "❌ skipped: Not tried\\. |",
        "✅ done |",
    ]


def test_annotations_are_of_what_failed_and_what_was_refused() -> None:
    end = Ensured(Plan("org/app", CHANGES, (ERROR, WARNING)), FAILED.results, dry_run=False)
    assert render_end(end, Format.GITHUB, NOTHING).splitlines() == [
        "::error title=create ACR_CONTAINER_REGISTRY_USER::GitHub said no.",
        "::error title=update ACR_CONTAINER_REGISTRY_PASSWORD::Not tried.",
        (
            "::error title=login-failed%3A BCR::It fails.%0A%0ADo this.%0A"
            "About this rule: https://org.github.io/crreg-action/v0/rules/#login-failed"
        ),
        (
            "::warning title=shadowed-secret%3A CCR::It is hidden.%0A%0ADo that.%0A"
            "About this rule: https://org.github.io/crreg-action/v0/rules/#shadowed-secret"
        ),
    ]


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN, Format.JSON, Format.GITHUB])
def test_what_github_says_and_what_files_hold_is_harmless_everywhere(form: Format) -> None:
    hostile = change(Action.CREATE, reason=HOSTILE)
    finding = Finding("login-failed", Severity.ERROR, HOSTILE, steps(HOSTILE), "ACR")
    end = Ensured(
        Plan("org/app", (hostile,), (finding,), (HOSTILE,)),
        (Result(ChangeOutcome.FAILED, HOSTILE),),
        dry_run=False,
        waits=(HOSTILE,),
    )
    text = render_end(end, form, NOTHING)
    assert "##[" not in text
    assert "\x1b" not in text
    if form is Format.MARKDOWN:
        # A job summary is no log, in which a runner looks for commands.
        assert "<b>" not in text
        assert "](http" not in text
        return
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (2 if form is Format.GITHUB else 0)
