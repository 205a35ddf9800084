"""A plan and its end in the format that was asked for."""

from crreg import exits
from crreg.ensure.change import Ensured, Plan
from crreg.exits import ExitCode, FailOn
from crreg.report.plan_verdict import fails, status_of
from crreg.report.render import Format


def render_plan(plan: Plan, *, color: bool = False, width: int = 100) -> str:
    """The plan as text, before it is carried out."""
    from crreg.report.plan_text import render_plan_text

    return render_plan_text(plan, color=color, width=width)


def render_end(
    ensured: Ensured, form: Format, *, color: bool = False, width: int = 100, with_plan: bool = True
) -> str:
    """What became of the plan; as text only with the plan itself if wanted, in the other formats always."""
    if form is Format.JSON:
        from crreg.report.plan_json import render_plan_json

        return render_plan_json(ensured)
    if form is Format.MARKDOWN:
        from crreg.report.plan_markdown import render_plan_markdown

        return render_plan_markdown(ensured)
    if form is Format.GITHUB:
        from crreg.report.plan_annotations import render_plan_annotations

        return render_plan_annotations(ensured)
    from crreg.report.plan_text import render_end_text

    before = render_plan(ensured.plan, color=color, width=width) if with_plan else ""
    return before + render_end_text(ensured, color=color, width=width)


def exit_code(ensured: Ensured, fail_on: FailOn) -> ExitCode:
    """Return the exit code of a run. To plan only is a choice, and no failure."""
    return exits.exit_code(
        status_of(ensured), failed=fails(ensured, fail_on), fail_on=fail_on, tried=not ensured.dry_run
    )
