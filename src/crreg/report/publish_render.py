"""A publishing and its end in the format that was asked for."""

from crreg import exits
from crreg.exits import ExitCode, FailOn
from crreg.publish.published import Publishing
from crreg.report.annotations import findings_commands
from crreg.report.publish_verdict import publish_fails, publish_status, publish_verdict
from crreg.report.render import Format


def render_publishing(publishing: Publishing, form: Format, *, color: bool = False, width: int = 100) -> str:
    """Render it; colour and width count for text only."""
    if form is Format.JSON:
        from crreg.report.publish_json import render_publish_json

        return render_publish_json(publishing)
    if form is Format.MARKDOWN:
        from crreg.report.publish_markdown import render_publish_markdown

        return render_publish_markdown(publishing)
    if form is Format.GITHUB:
        return findings_commands(publishing.findings, publish_verdict(publishing))
    from crreg.report.publish_text import render_publish_text

    return render_publish_text(publishing, color=color, width=width)


def exit_code(publishing: Publishing, fail_on: FailOn) -> ExitCode:
    """The exit code of a run."""
    return exits.exit_code(
        publish_status(publishing),
        failed=publish_fails(publishing, fail_on),
        fail_on=fail_on,
        tried=not publishing.dry_run,
    )
