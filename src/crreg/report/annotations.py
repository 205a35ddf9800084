"""The report as workflow commands, which GitHub shows as annotations on the lines of a pull request."""

from collections.abc import Sequence

from crreg.findings import Finding, Severity
from crreg.plain import plain
from crreg.remedy import text_of
from crreg.report.escaping.workflow import escape_data, escape_property
from crreg.report.report import Report
from crreg.report.verdict import verdict
from crreg.report.wording import ABOUT

SHOWN = 10
"""GitHub shows ten errors and ten warnings of a step, and drops the rest without a word."""
_LONGEST_PATH = 1000
_LONGEST_LINE = 2000
_LONGEST = 4096
"""The runner cuts a message after this many UTF-16 units.

Source: https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs (_maxIssueMessageLength)
"""
_CUT = "The rest of the remedy is in the job summary."


def render_annotations(report: Report) -> str:
    """One command a line: errors, warnings, and one notice if there are more than GitHub shows."""
    return findings_commands(report.findings, verdict(report))


def findings_commands(findings: Sequence[Finding], sentence: str) -> str:
    """The same for findings of any kind; `sentence` is what they come to."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    warnings = [finding for finding in findings if finding.severity is Severity.WARNING]
    shown = (*errors[:SHOWN], *warnings[:SHOWN])
    commands = [annotation(finding) for finding in shown]
    rest = len(findings) - len(shown)
    if rest:
        more = f"{rest} more in the job summary. {sentence}"
        commands.append(f"::notice title=crreg::{escape_data(more)}")
    return "".join(f"{command}\n" for command in commands)


def annotation(finding: Finding) -> str:
    """One finding as a command."""
    command = "error" if finding.severity is Severity.ERROR else "warning"
    properties: dict[str, str] = {}
    where = finding.location
    if where is not None:
        properties["file"] = plain(where.path, _LONGEST_PATH)
        properties["line"] = str(where.line)
        properties["endLine"] = str(where.end_line)
        if where.line == where.end_line:
            # GitHub takes columns only within one line.
            properties["col"] = str(where.column)
            properties["endColumn"] = str(where.end_column)
    properties["title"] = finding.rule + (f": {plain(finding.triple)}" if finding.triple else "")
    told = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    return f"::{command} {told}::{escape_data(_body(finding))}"


def _body(finding: Finding) -> str:
    """Message, remedy and page, as many steps as the runner shows: half a command would be a wrong one."""
    about = f"{ABOUT}: {finding.documentation}"
    lines = [plain(finding.message, _LONGEST_LINE), ""]
    room = _LONGEST - sum(map(_length, (*lines, _CUT, about)))
    for step in finding.steps:
        line = text_of((step,))
        room -= _length(line)
        if room < 0:
            lines.append(_CUT)
            break
        lines.append(plain(line, _LONGEST))
    return "\n".join((*lines, about))


def _length(line: str) -> int:
    """How much of an annotation a line takes with its end, in the UTF-16 units that the runner counts."""
    return len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1
