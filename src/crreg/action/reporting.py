"""Writes a job's report wherever a step shows one: the log, annotations, the summary, files and outputs."""

from collections.abc import Callable, Mapping

from crreg.action.inputs import Inputs
from crreg.action.runner import Runner
from crreg.facts.request import Request
from crreg.facts.withheld_secrets import WithoutSecrets
from crreg.facts.workflow_event import Event
from crreg.report.formats import Format
from crreg.workspace.writing import claim_inside, write_inside

WIDTH = 120
"""Columns of a text in the log."""


def claim_report(inputs: Inputs) -> None:
    """Refuse a report file that can't be written, before anything is done; raises OSError."""
    if inputs.report_file is not None:
        claim_inside(inputs.workspace, inputs.report_file)


def only_plans(inputs: Inputs, event: Event, runner: Runner) -> bool:
    """Return whether the step must write no secret; say why if its event is the reason."""
    if inputs.dry_run or event.may_write:
        return inputs.dry_run
    runner.notice(
        "Only planned, nothing written",
        f"{event.held_back} This run shows what it would write, as with dry-run.",
    )
    return True


def is_withheld(request: Request, job: WithoutSecrets, runner: Runner) -> bool:
    """Return whether GitHub gave the run no secrets; if so, say what the job does without them."""
    if not request.token_withheld:
        return False
    runner.notice(job.title, job.text(request.token_withheld))
    return True


def write_reports(
    draw: Callable[[Format], str],
    inputs: Inputs,
    runner: Runner,
    outputs: Mapping[str, object],
    *,
    annotate: Callable[[], None] | None = None,
    has_sarif: bool = False,
) -> None:
    """Write a report in every format that its readers want.

    Args:
        draw: renders the report in a format.
        inputs: which files to write.
        runner: where everything else is written.
        outputs: the step's outputs, apart from the report's path.
        annotate: writes the annotations of a report that has no such format.
        has_sarif: whether the report has that format.

    Raises:
        OSError: a file can't be written.
    """
    runner.text(draw(Format.TEXT))
    if annotate is None:
        runner.commands(draw(Format.GITHUB))
    else:
        annotate()
    runner.summarize(draw(Format.MARKDOWN))
    sarif_file = inputs.sarif_file if has_sarif else None
    for path, form in ((inputs.report_file, Format.JSON), (sarif_file, Format.SARIF)):
        if path is not None:
            write_inside(inputs.workspace, path, draw(form))
    for name, value in {**outputs, "report": inputs.report_file or ""}.items():
        runner.output(name, value)
