"""The action's step with the input publish: publish, and tell it to every reader."""

import time
from collections.abc import Callable, Mapping

from crreg.exits import ExitCode
from crreg.inputs import Inputs
from crreg.plain import plain
from crreg.publications import parse_publications
from crreg.publish.published import Publishing
from crreg.publish.run import Publish, run
from crreg.report.publish_json import images_output
from crreg.report.publish_render import exit_code, render_publishing
from crreg.report.publish_verdict import publish_status
from crreg.report.render import Format
from crreg.request import Request
from crreg.runner import Runner, withheld_secrets, write_inside

_LONGEST_LINE = 4000
_BETWEEN_LINES = 10.0
"""Seconds."""


def publish_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Run it; the return value is the step's exit code. Raises ConfigurationError and OSError."""
    settings = request.settings()
    publications = parse_publications(inputs.publish, settings.publications)
    withheld = withheld_secrets(environment)
    if not request.access.given and withheld:
        runner.notice(
            "Nothing was published", f"{withheld} So there is nothing to publish with; a run on a branch has."
        )
        return ExitCode.HEALTHY

    dry_run = inputs.dry_run
    if environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request") and not inputs.dry_run:
        # What is published where is the pull request's to say, whose author may not be one who decides that.
        dry_run = True
        runner.notice(
            "Asked, and nothing published",
            "In a pull request crreg asks whether everything may be published, as with dry-run; a run on a branch "
            "publishes it.",
        )
    if inputs.report_file is not None:
        # A path that can't be written is said before anything is done.
        write_inside(inputs.workspace, inputs.report_file, "")
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
            dry_run=dry_run,
            say=runner.line,
            progress=_now_and_then(runner.line),
            log=lambda line: runner.line(plain(line, _LONGEST_LINE)),
        )
    )
    _tell(publishing, inputs, runner)
    return exit_code(publishing, inputs.fail_on)


def _now_and_then(say: Callable[[str], None]) -> Callable[[str], None]:
    """What is said as often as there is news, cut down to what a log should hold."""
    last = time.monotonic()

    def told(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _BETWEEN_LINES:
            last = time.monotonic()
            say(text)

    return told


def _tell(publishing: Publishing, inputs: Inputs, runner: Runner) -> None:
    """Every reader's view of it: log, annotations, summary, file, outputs."""
    runner.text(render_publishing(publishing, Format.TEXT, color=True, width=120))
    runner.commands(render_publishing(publishing, Format.GITHUB))
    runner.summarize(render_publishing(publishing, Format.MARKDOWN))
    if inputs.report_file is not None:
        text = runner.redactor.redact(render_publishing(publishing, Format.JSON))
        write_inside(inputs.workspace, inputs.report_file, text)
    first = next((result for result in publishing.results if result.stands), None)
    outputs = {
        "status": publish_status(publishing).value,
        "errors": str(len(publishing.errors)),
        "warnings": str(len(publishing.warnings)),
        "missing": "[]",
        "report": inputs.report_file or "",
        "images": images_output(publishing),
        "image-digest": (first.digest if first else None) or "",
    }
    for name, value in outputs.items():
        runner.output(name, value)
