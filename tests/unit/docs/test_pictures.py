"""The pictures' script reads annotations as the runner does, and shows them as text."""

from docs.images.make import Annotation, annotation_body, annotations, page, summary_body
from sandbox.runner_masking import seen

from crreg.findings.finding import Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import command, steps
from crreg.report.annotations import annotation

FINDING = Finding(
    "missing-secret",
    Severity.ERROR,
    "100% of <b>it</b>: missing, and `a,b` too.",
    steps("Paste this:", command("gh", "secret", "set", "X")),
    triple="HUB",
    registry="docker.io",
    location=Location(".devcontainer/a,b:c.yml", 6, 12, 6, 34),
)


def test_an_annotation_is_read_as_it_was_written_and_nothing_else_is() -> None:
    log = f"::add-mask::x\nerror: nothing\n::notice title=crreg::3 more\n{annotation(FINDING)}\n"

    assert annotations(seen(log, "", "", [])) == [
        Annotation(
            ".devcontainer/a,b:c.yml",
            6,
            "missing-secret: HUB",
            "100% of <b>it</b>: missing, and `a,b` too.\n\nPaste this:\n  gh secret set X\n"
            "About this rule: https://org.github.io/crreg-action/v0/rules/#missing-secret",
        )
    ]


def test_what_a_file_or_an_annotation_holds_is_shown_as_text() -> None:
    shown = annotation_body(Annotation("a.yml", 2, "rule: <i>", "<b>"), "one: <s>\ntwo: 2\nthree: 3\n")

    assert "one: &lt;s&gt;" in shown
    assert "<pre>&lt;b&gt;</pre>" in shown
    assert "<h4>rule: &lt;i&gt;</h4>" in shown
    assert "two: 2" in shown
    assert "three" not in shown


def test_a_summary_is_rendered_with_its_tables() -> None:
    shown = page(summary_body("## Title\n\n| a | b |\n| --- | --- |\n| `x` | ✅ y |\n"), "p {}")

    assert "<h2>Title</h2>" in shown
    assert "<td><code>x</code></td>" in shown
    assert "<style>p {}</style>" in shown
