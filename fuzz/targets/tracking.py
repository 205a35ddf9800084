"""The tracking issue, which everyone who can edit issues can forge, and the event of a run."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from fuzz.target import ensure, target
from fuzz.targets.rendering import MARKDOWN
from tests.unit.report.hostile import hostile_facts

from crreg.action.issue.body import WorkflowRepository, body
from crreg.action.issue.compare import compare
from crreg.action.issue.state import marker, read_state, subject_of
from crreg.check.report import Report
from crreg.facts.workflow_event import read_event

_NOW = datetime(2026, 11, 2, tzinfo=UTC)
_REPORT = Report.of(hostile_facts("an image"))
_PLACE = WorkflowRepository("octo/app", "https://github.com")
_GITHUBS_LIMIT = 65_536
_EVENT = Path(tempfile.mkdtemp(prefix="crreg-fuzz-event-")) / "event.json"


@target("issue-state", longest=4096)
def issue_state(text: str) -> None:
    """The state parsed from an issue can be written into one again, and does not close its comment early."""
    about = (subject_of(text) or "").lower() == "octo/app"
    state = read_state(text, _NOW)
    if state is None:
        return
    ensure(all(problem.since <= _NOW for problem in state.problems), "a problem is of tomorrow")
    line = marker("octo/app", state)
    ensure(read_state(line, _NOW) == state, "the state changed on its way")
    ensure(line.count("-->") == 1 and "\n" not in line and line.isascii(), "the marker ends early")
    beginning = text.partition("\n")[0].partition("{")[0]
    ensure(about or "octo/app" not in beginning.lower().split(), "the issue is not known")
    written = body(_REPORT, compare(_REPORT, state), _PLACE, "17", needed=True)
    ensure(len(written) < _GITHUBS_LIMIT, "GitHub refuses the text")
    kinds = {token.type for token in MARKDOWN.parse(written)}
    ensure(
        not kinds & {"html_inline", "code_block", "blockquote_open"}, "the text holds a stranger's Markdown"
    )


@target("event", longest=2048)
def event(payload: bytes) -> None:
    """No payload raises an exception, and no payload of a pull request allows a run to write."""
    _EVENT.write_bytes(payload)
    for name in ("pull_request", "pull_request_target", "workflow_run", "issue_comment", "push", "schedule"):
        found = read_event(
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": name,
                "GITHUB_EVENT_PATH": str(_EVENT),
                "GITHUB_REPOSITORY": "octo/app",
            }
        )
        ensure(
            not (found.may_write and name.startswith(("pull_request", "issue"))), f"{name} lets a run write"
        )
        ensure(found.held_back.isprintable() and found.withheld_secrets.isprintable(), "a reason is no line")
