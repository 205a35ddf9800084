"""A publishing and its end in the format that was asked for."""

from crreg import exits
from crreg.exits import ExitCode, FailOn
from crreg.publish.published import Outcome, Publishing
from crreg.redaction.redact import Redactor
from crreg.report.annotations import findings_commands
from crreg.report.publish_verdict import publish_status, publish_verdict
from crreg.report.render import Format
from crreg.report.rendering import rendered


def render_publishing(
    publishing: Publishing, form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render it; color and width count for text only."""
    if form is Format.JSON:
        from crreg.report.json import publish_document

        return rendered(publishing, redactor, publish_document)
    if form is Format.MARKDOWN:
        from crreg.report.markdown import render_publish_markdown

        return rendered(publishing, redactor, render_publish_markdown)
    if form is Format.GITHUB:
        return rendered(
            publishing,
            redactor,
            lambda shown: findings_commands(shown.findings, publish_verdict(shown)),
            commands=True,
        )
    from crreg.report.text import render_publish_text

    return rendered(publishing, redactor, lambda shown: render_publish_text(shown, color=color, width=width))


def exit_code(publishing: Publishing, fail_on: FailOn) -> ExitCode:
    """Return the exit code of a run. An image that was to be published and is not always fails it."""
    return exits.exit_code(
        publish_status(publishing),
        warnings=bool(publishing.warnings),
        fail_on=fail_on,
        failed=any(result.outcome in {Outcome.FAILED, Outcome.SKIPPED} for result in publishing.results),
        tried=not publishing.dry_run,
    )
