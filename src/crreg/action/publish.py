"""The action's step with the input publish: publish and report."""

import time
from collections.abc import Callable, Mapping

from crreg.action.inputs import Inputs
from crreg.action.reporting import WIDTH, claim_report, is_withheld, write_reports
from crreg.action.runner import Runner
from crreg.configuration.publications import parse_publications
from crreg.facts.request import Request
from crreg.facts.withheld_secrets import ENDED, PUBLISH
from crreg.facts.workflow_event import read_event
from crreg.publish.run import Publish, run
from crreg.report.change_json import images_output
from crreg.report.render import render_publishing
from crreg.rules.catalog import RULE_NAMES

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
    if is_withheld(request, PUBLISH, runner):
        return ENDED

    event = read_event(environment)
    if not event.may_write and not inputs.dry_run:
        runner.notice(
            "Only checked, nothing published",
            f"{event.held_back} This run checks whether everything can be published, as with dry-run.",
        )
    claim_report(inputs)
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
    first = next((result for result in publishing.results if result.is_there), None)
    write_reports(
        lambda form: render_publishing(publishing, form, runner.redactor, color=True, width=WIDTH),
        inputs,
        runner,
        {
            "status": publishing.status,
            "errors": len(publishing.errors),
            "warnings": len(publishing.warnings),
            "missing": [],
            "images": images_output(publishing),
            "image-digest": (first.digest if first else None) or "",
        },
    )
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
