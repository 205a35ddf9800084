"""A plan and its end in the format that was asked for."""

from crreg import exits
from crreg.ensure.change import Ensured, Plan
from crreg.exits import ExitCode, FailOn
from crreg.redaction.redact import Redactor
from crreg.report.plan_verdict import status_of, warnings_of
from crreg.report.render import Format
from crreg.report.rendering import rendered


def render_plan(plan: Plan, redactor: Redactor, *, color: bool = False, width: int = 100) -> str:
    """The plan as text, before it is carried out."""
    from crreg.report.text import render_plan_text

    return rendered(plan, redactor, lambda shown: render_plan_text(shown, color=color, width=width))


def render_end(
    ensured: Ensured,
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
    with_plan: bool = True,
) -> str:
    """What became of the plan; as text only with the plan itself if wanted, in the other formats always."""
    if form is Format.JSON:
        from crreg.report.json import plan_document

        return rendered(ensured, redactor, plan_document)
    if form is Format.MARKDOWN:
        from crreg.report.markdown import render_plan_markdown

        return rendered(ensured, redactor, render_plan_markdown)
    if form is Format.GITHUB:
        from crreg.report.annotations import render_plan_annotations

        return rendered(ensured, redactor, render_plan_annotations, commands=True)
    from crreg.report.text import render_end_text

    before = render_plan(ensured.plan, redactor, color=color, width=width) if with_plan else ""
    return before + rendered(
        ensured, redactor, lambda shown: render_end_text(shown, color=color, width=width)
    )


def exit_code(ensured: Ensured, fail_on: FailOn) -> ExitCode:
    """Return the exit code of a run. To plan only is a choice, and no failure."""
    return exits.exit_code(
        status_of(ensured),
        warnings=bool(warnings_of(ensured)),
        fail_on=fail_on,
        failed=bool(ensured.failures),
        tried=not ensured.dry_run,
    )
