"""Renders reports as workflow commands, which GitHub shows as annotations on the lines of a pull request."""

from collections.abc import Iterable, Iterator, Sequence

from crreg.check.report import Report
from crreg.ensure.change import Ensured
from crreg.findings.finding import Finding, Severity, errors_of, warnings_of
from crreg.findings.remedy import Command, Prose, Shell, Snippet, Step, text_of
from crreg.printable import plain
from crreg.publish.published import Publishing
from crreg.report.escaping import LONGEST_TEXT, escape_data, escape_property
from crreg.report.verdict import plan_verdict, publish_verdict, verdict, why_left
from crreg.report.wording import ABOUT

SHOWN = 10
"""GitHub shows ten errors and ten warnings per step and silently drops the rest."""
LONGEST = 4000
"""The most UTF-16 code units of a title and a message together. The runner silently cuts a message at 4,096, even in
the middle of a command. Masking can lengthen a message before that, as a mask can be longer than what it hides.
Source: `_maxIssueMessageLength` in https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs
"""
_ELSEWHERE = "… see the job summary"
_LONGEST_PATH = 1000


def render_annotations(report: Report) -> str:
    """Render one command per line: errors, warnings, and a notice if there are more than GitHub shows."""
    return _commands(report.findings, verdict(report))


def _commands(findings: Sequence[Finding], sentence: str, before: Sequence[str] = ()) -> str:
    """Render findings as commands, as many as GitHub shows, and `sentence` if there are more.

    The commands `before` are errors too, and come first.
    """
    errors = [*before, *map(annotation, errors_of(findings)[:SHOWN])]
    commands = [*errors[:SHOWN], *map(annotation, warnings_of(findings)[:SHOWN])]
    rest = len(before) + len(findings) - len(commands)
    if rest:
        more = f"{rest} more in the job summary. {sentence}"
        commands.append(f"::notice title=crreg::{escape_data(bounded('crreg', [Prose(more)]))}")
    return "".join(f"{command}\n" for command in commands)


def annotation(finding: Finding) -> str:
    """Render one finding as a command."""
    command = "error" if finding.severity is Severity.ERROR else "warning"
    properties: dict[str, str] = {}
    where = finding.location
    if where is not None:
        properties["file"] = plain(where.path, _LONGEST_PATH)
        properties["line"] = str(where.line)
        properties["endLine"] = str(where.end_line)
        if where.line == where.end_line:
            # GitHub accepts columns only within one line.
            properties["col"] = str(where.column)
            properties["endColumn"] = str(where.end_column)
    properties["title"] = finding.rule + (f": {plain(finding.triple)}" if finding.triple else "")
    pairs = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    body = (Prose(finding.message), Prose(""), *finding.steps)
    text = bounded(properties["title"], body, f"{ABOUT}: {finding.documentation}")
    return f"::{command} {pairs}::{escape_data(text)}"


def bounded(title: str, steps: Iterable[Step], about: str = "") -> str:
    """Build a message that a runner shows completely under this title: one line per step, each made plain.

    Consecutive steps to paste, with the prose that introduces them, are either complete or left out. From the first
    step that does not fit, everything is left out, and the message refers to the job summary. `about` is always the
    last line.
    """
    end = [about] if about else []
    room = LONGEST - sum(map(_length, (title, _ELSEWHERE, *end)))
    lines: list[str] = []
    for block in _blocks(steps):
        room -= sum(map(_length, block))
        if room < 0:
            end = [_ELSEWHERE, *end]
            break
        lines += block
    return "\n".join((*lines, *end))


def _blocks(steps: Iterable[Step]) -> Iterator[list[str]]:
    """Yield the steps as lines of plain text, in blocks that make sense only as a whole."""
    block: list[str] = []
    pasted = False
    for step in steps:
        is_pasted = isinstance(step, Command | Shell | Snippet)
        if block and not (is_pasted and (pasted or block[-1].endswith(":"))):
            yield block
            block = []
        line = text_of((step,))
        # A line to paste is never cut.
        block.append(plain(line, len(line) if is_pasted else LONGEST_TEXT))
        pasted = is_pasted
    if block:
        yield block


def _length(line: str) -> int:
    """The length of a line and its line end in UTF-16 code units, as .NET counts."""
    return len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1


def render_plan_annotations(ensured: Ensured) -> str:
    """Render one command per line: failures, errors, warnings, and a notice if there are more than GitHub shows."""
    failed = [
        f"::error title={escape_property(f'{change.action} {plain(change.name)}')}::"
        f"{escape_data(plain(result.detail, LONGEST_TEXT))}"
        for change, result in ensured.failures
    ]
    left = [f"::error title=Changes are left::{escape_data(why_left(ensured))}"] if ensured.left else []
    return _commands(ensured.plan.findings, plan_verdict(ensured), [*failed, *left])


def render_publish_annotations(publishing: Publishing) -> str:
    """Render one command per line, as for a check."""
    return _commands(publishing.findings, publish_verdict(publishing))
