"""A publishing and its end in every format: whole texts, and harmless whatever they quote."""

import pytest
from sandbox.documents import read_document

from crreg.configuration.settings import Build, Publication
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import steps
from crreg.publish.published import Linked, Outcome, Published, Publishing, Sent
from crreg.redaction.redact import Redactor
from crreg.report.change_json import images_output
from crreg.report.formats import Format
from crreg.report.render import render_publishing
from crreg.report.verdict import publish_verdict, size

NOTHING = Redactor(())
"""There is no secret to redact."""
HOSTILE = "::error::x\n##[command]y | <b> [z](http://e.example) @mona \x1b[31m"
DIGEST, BEFORE = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
COPIED = Publication("ghcr.io/o/app", None, ("1", "latest"), copy="acme.example/base:1")
BUILT = Publication("ghcr.io/o/tools", None, build=Build("tools"))
ERROR = Finding("push-refused", Severity.ERROR, "It may not.", steps("Do this."))
WARNING = Finding("invalid-target", Severity.WARNING, "It is another's.", steps("Do that."))

PUBLISHED = Published(
    COPIED,
    Outcome.PUBLISHED,
    DIGEST,
    {"1": BEFORE, "latest": None},
    Sent(blobs=3, bytes=1_234_567, mounted=1, there=2, manifests=1),
    Linked.YES,
    "private",
    ("The digest is the source's.",),
)
UNCHANGED = Published(BUILT, Outcome.UNCHANGED, DIGEST, {"latest": DIGEST})


def publishing(*results: Published, findings: tuple[Finding, ...] = (), dry_run: bool = False) -> Publishing:
    return Publishing("o/hello", results, findings, dry_run)


def of(outcome: Outcome) -> Published:
    return Published(BUILT, outcome)


def test_the_text_is_a_table_and_a_verdict() -> None:
    assert render_publishing(
        publishing(PUBLISHED, UNCHANGED), Format.TEXT, NOTHING, width=120
    ).splitlines() == [
        "Published images of o/hello",
        "",
        "Image                            Tags                                 Digest               Result",
        "ghcr.io/o/app                    1 (was sha256:bbbbbbbbbbbb), latest  sha256:aaaaaaaaaaaa  ✓ published",
        "  from copy acme.example/base:1                                         private, linked",
        "ghcr.io/o/tools                  latest                               sha256:aaaaaaaaaaaa  ✓ unchanged",
        "  from build tools",
        "",
        "Note: ghcr.io/o/app: The digest is the source's.",
        "",
        "Healthy: 2 images, 1 published, 1 unchanged. 3 blobs sent (1.23 MB), 2 there already, 1 mounted.",
    ]


@pytest.mark.parametrize(
    ("end", "verdict", "status", "code"),
    [
        (publishing(UNCHANGED), "Healthy: 1 image, 1 unchanged.", "healthy", 0),
        (
            publishing(of(Outcome.PLANNED), dry_run=True),
            "Unknown: 1 image, 1 to publish. This run only checked, so nothing was published.",
            "unknown",
            0,
        ),
        (
            publishing(of(Outcome.FAILED), of(Outcome.SKIPPED), findings=(ERROR,)),
            "Unhealthy: 2 images, 1 not begun, 1 failed, 1 error.",
            "unhealthy",
            1,
        ),
        (
            publishing(UNCHANGED, findings=(ERROR,)),
            "Unhealthy: 1 image, 1 unchanged, 1 error.",
            "unhealthy",
            1,
        ),
        (
            publishing(UNCHANGED, findings=(WARNING,)),
            "Healthy: 1 image, 1 unchanged, 1 warning.",
            "healthy",
            0,
        ),
    ],
)
def test_an_end_has_a_verdict_a_status_and_an_exit_code(
    end: Publishing, verdict: str, status: str, code: int
) -> None:
    assert (publish_verdict(end), end.status.value) == (verdict, status)
    assert end.exit_code(FailOn.ERROR) == code
    assert render_publishing(end, Format.TEXT, NOTHING).splitlines()[-1] == verdict


@pytest.mark.parametrize(
    ("end", "warning", "never"),
    [
        (publishing(of(Outcome.FAILED), findings=(ERROR,)), 1, 1),
        (publishing(UNCHANGED, findings=(ERROR,)), 1, 0),
        (publishing(UNCHANGED, findings=(WARNING,)), 1, 0),
        (publishing(UNCHANGED), 0, 0),
    ],
)
def test_fail_on_counts_for_findings_and_not_for_images_that_are_not_there(
    end: Publishing, warning: int, never: int
) -> None:
    codes = end.exit_code(FailOn.WARNING), end.exit_code(FailOn.NEVER)
    assert codes == (ExitCode(warning), ExitCode(never))


def test_the_output_has_what_attestations_want_and_only_what_stands() -> None:
    end = publishing(PUBLISHED, of(Outcome.FAILED), UNCHANGED)
    assert images_output(end) == [
        {
            "reference": "ghcr.io/o/app:1",
            "digest": DIGEST,
            "subject-name": "ghcr.io/o/app",
            "subject-digest": DIGEST,
        },
        {
            "reference": "ghcr.io/o/tools:latest",
            "digest": DIGEST,
            "subject-name": "ghcr.io/o/tools",
            "subject-digest": DIGEST,
        },
    ]


@pytest.mark.parametrize(
    ("image", "subject"),
    [
        ("octo/app", "index.docker.io/octo/app"),
        ("docker.io/octo/app", "index.docker.io/octo/app"),
        ("localhost:5000/app", "localhost:5000/app"),
    ],
)
def test_a_subject_is_named_in_full(image: str, subject: str) -> None:
    result = Published(Publication(image, None, local="app"), Outcome.PUBLISHED, DIGEST)
    [entry] = images_output(publishing(result))
    assert entry["subject-name"] == subject


def test_the_json_has_everything() -> None:
    document = read_document(
        render_publishing(publishing(PUBLISHED, findings=(ERROR,)), Format.JSON, NOTHING)
    )
    assert document == {
        "schema_version": 1,
        "repository": "o/hello",
        "dry_run": False,
        "status": "unhealthy",
        "images": [
            {
                "image": "ghcr.io/o/app",
                "tags": ["1", "latest"],
                "reference": "ghcr.io/o/app:1",
                "digest": DIGEST,
                "source": {"kind": "copy", "name": "acme.example/base:1"},
                "outcome": "published",
                "previous": {"1": BEFORE, "latest": None},
                "linked": "yes",
                "visibility": "private",
                "sent": {"blobs": 3, "bytes": 1_234_567, "mounted": 1, "there": 2, "manifests": 1},
                "notes": ["The digest is the source's."],
            }
        ],
        "findings": [
            {
                "rule": "push-refused",
                "severity": "error",
                "message": "It may not.",
                "remedy": "Do this.",
                "steps": [{"kind": "text", "value": "Do this."}],
                "documentation": "https://org.github.io/crreg-action/v0/rules/#push-refused",
                "triple": None,
                "registry": None,
                "location": None,
            }
        ],
        "notes": [],
    }


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN, Format.GITHUB, Format.JSON])
def test_nothing_that_is_quoted_can_pose_as_anything_else(form: Format) -> None:
    publication = Publication("ghcr.io/o/app", None, local=HOSTILE)
    result = Published(publication, Outcome.FAILED, notes=(HOSTILE,))
    finding = Finding("push-refused", Severity.ERROR, HOSTILE, steps(HOSTILE))
    text = render_publishing(
        Publishing("o/hello", (result,), (finding,), dry_run=False, notes=(HOSTILE,)), form, NOTHING
    )
    assert "\x1b" not in text
    assert "##[" not in text
    if form is Format.MARKDOWN:
        # A job summary is no log, in which a runner looks for commands.
        assert "<b>" not in text
        assert "](http" not in text
        return
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (1 if form is Format.GITHUB else 0)


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (600_000_000, "600 MB"), (2_345_678_901, "2.35 GB")],
)
def test_a_size_is_told_in_powers_of_a_thousand(count: int, told: str) -> None:
    assert size(count) == told
