"""A plan and its end in the format that was asked for."""

from crreg.ensure.change import Ensured, Plan
from crreg.exit_code import ExitCode
from crreg.report.plan_verdict import fails, status_of
from crreg.report.render import Format
from crreg.report.report import FailOn, Status


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
    """The exit code of a run: what is wrong or failed goes before what could not be made."""
    if fails(ensured, fail_on):
        return ExitCode.FINDINGS
    unknown = status_of(ensured) is Status.UNKNOWN and fail_on is not FailOn.NEVER
    return ExitCode.NOT_CHECKED if unknown else ExitCode.HEALTHY
