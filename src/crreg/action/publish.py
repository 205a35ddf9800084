"""The action's step with the input publish: publish and report."""

import time
from collections.abc import Callable, Mapping

from crreg.action.inputs import Inputs
from crreg.action.runner import Runner
from crreg.configuration.publications import parse_publications
from crreg.exits import ExitCode
from crreg.facts.request import Request
from crreg.facts.workflow_event import read_event
from crreg.publish.published import Publishing
from crreg.publish.run import Publish, run
from crreg.report.change_json import images_output
from crreg.report.formats import Format
from crreg.report.render import render_publishing
from crreg.rules import RULE_NAMES
from crreg.workspace.writing import claim_inside, write_inside

_BETWEEN_LINES = 10.0
"""Seconds."""


def publish_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Run it and return the step's exit code.

    Raises:
        ConfigurationError: the configuration or the input can't be used.
        OSError: the report can't be written.
    """
    settings = request.settings(RULE_NAMES)
    publications = parse_publications(inputs.publish, settings.publications)
    if request.token_withheld:
        runner.notice(
            "Nothing was published",
            f"{request.token_withheld} Nothing can be published without them; a run on a branch has them.",
        )
        return ExitCode.HEALTHY

    event = read_event(environment)
    if not event.may_write and not inputs.dry_run:
        runner.notice(
            "Only checked, nothing published",
            f"{event.held_back} This run checks whether everything can be published, as with dry-run.",
        )
    if inputs.report_file is not None:
        # Report a path that can't be written before doing anything.
        claim_inside(inputs.workspace, inputs.report_file)
    publishing = run(
        Publish(
            publications,
            request.repository,
            request.workspace,
            request.access,
            request.values,
            allow_insecure=request.allow_insecure,
            ignore=settings.ignore,
            budget=request.budget,
            dry_run=inputs.dry_run or not event.may_write,
            say=runner.line,
            conceal=request.conceal,
            progress=_now_and_then(runner.line),
            log=runner.line,
        )
    )
    _write_reports(publishing, inputs, runner)
    return publishing.exit_code(inputs.fail_on)


def _now_and_then(say: Callable[[str], None]) -> Callable[[str], None]:
    """Limit frequent messages to one per interval, so that they don't fill the log."""
    last = time.monotonic()

    def limited(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _BETWEEN_LINES:
            last = time.monotonic()
            say(text)

    return limited


def _write_reports(publishing: Publishing, inputs: Inputs, runner: Runner) -> None:
    """Write the log, annotations, summary, file and outputs."""
    runner.text(render_publishing(publishing, Format.TEXT, runner.redactor, color=True, width=120))
    runner.commands(render_publishing(publishing, Format.GITHUB, runner.redactor))
    runner.summarize(render_publishing(publishing, Format.MARKDOWN, runner.redactor))
    if inputs.report_file is not None:
        text = render_publishing(publishing, Format.JSON, runner.redactor)
        write_inside(inputs.workspace, inputs.report_file, text)
    first = next((result for result in publishing.results if result.is_there), None)
    outputs: dict[str, object] = {
        "status": publishing.status,
        "errors": len(publishing.errors),
        "warnings": len(publishing.warnings),
        "missing": [],
        "report": inputs.report_file or "",
        "images": images_output(publishing),
        "image-digest": (first.digest if first else None) or "",
    }
    for name, value in outputs.items():
        runner.output(name, value)
