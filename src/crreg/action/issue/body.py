"""What the tracking issue and the comments on it say, in GitHub's Markdown."""

from dataclasses import dataclass
from datetime import datetime

from crreg.action.issue.checkup import AnyReport, Checkup, checkup_of
from crreg.action.issue.compare import Comparison
from crreg.action.issue.problem import TrackedProblem
from crreg.findings.finding import Finding, Severity
from crreg.printable import plural
from crreg.report.escaping import code, escape, prose

LONGEST = 40_000
"""The most bytes of a text. GitHub accepts 65,536 characters, and the marker uses up to a third of them."""
_MOST_LINES = 20
"""Findings that a comment names one by one."""
_LONGEST_LIST = 15_000
"""The most bytes of each of a comment's two lists."""
_FOOTER = (
    "---\n\ncrreg keeps this text current and overwrites manual edits; comments stay. It closes the issue when a "
    "check finds nothing wrong, and reopens it when something is."
)


@dataclass(frozen=True, slots=True)
class WorkflowRepository:
    """Where the workflow runs."""

    repository: str
    """`owner/name`; the one whose codespaces are checked may be another."""
    web_url: str
    """GitHub's own address, without a slash at the end."""

    def run(self, identifier: str) -> str:
        """Return a link to a workflow run; empty if there is none."""
        if not identifier:
            return ""
        return f"[run {identifier}]({self.web_url}/{self.repository}/actions/runs/{identifier})"


def title(repository: str) -> str:
    """Return the title of a new issue; people may change it."""
    return f"Codespaces registry health: {repository}"


def body(
    report: AnyReport, comparison: Comparison, place: WorkflowRepository, run: str, *, needed: bool
) -> str:
    """Return the issue's text below its marker.

    Args:
        report: what the check found.
        comparison: how that compares with what the issue said before.
        place: where the workflow runs.
        run: the run of the last change; empty if there is none.
        needed: whether there must be an open issue.
    """
    checkup = checkup_of(report)
    head = [
        f"## Codespaces of {code(checkup.name or place.repository)}",
        _verdict(checkup, comparison, needed=needed),
        *([f"As of {place.run(run)}; nothing has changed since."] if run else []),
        *_held(comparison),
    ]
    dated = zip(checkup.blocks, comparison.present, strict=True)
    blocks = [_dated(block, found) for block, (_, found) in dated]
    return _joined(head, blocks, [_FOOTER])


def comment(words: str, comparison: Comparison, place: WorkflowRepository, run: str) -> str:
    """Return a comment on what appeared and what is gone; `words` say what happened to the issue."""
    opening = f"**{words}**{f', by {place.run(run)}' if run else ''}."
    lines = [
        *_bounded([_appeared(*pair) for pair in comparison.appeared]),
        *_bounded([_gone(each) for each in comparison.gone]),
    ]
    return f"{opening}\n\n" + "\n".join(lines) if lines else opening


def duplicate(number: int) -> str:
    """Return the text of a duplicate issue; without a marker, so that it is never used again."""
    return f"Opened twice by checks that ran at the same time: see #{number}."


def _verdict(checkup: Checkup, comparison: Comparison, *, needed: bool) -> str:
    if checkup.has_errors:
        return f"❌ **{escape(checkup.verdict)}**"
    if comparison.held:
        # What was checked may be healthy, but that is not a verdict on the rest.
        return f"❔ **{escape(f'Unknown: {checkup.counted} in what could be checked.')}**"
    return f"{'⚠️' if needed else '✅'} **{escape(checkup.verdict)}**"


def _dated(block: str, found: TrackedProblem) -> str:
    heading, _, rest = block.partition("\n\n")
    return f"{heading}\n\nSince {_moment(found.since)}.\n\n{rest}"


def _appeared(finding: Finding, found: TrackedProblem) -> str:
    sign = "❌" if finding.severity is Severity.ERROR else "⚠️"
    return f"- {sign} New: {_name(found)}: {prose(finding.message)}"


def _gone(found: TrackedProblem) -> str:
    return f"- ✅ Gone: {_name(found)}, present since {_moment(found.since)}"


def _name(found: TrackedProblem) -> str:
    return f"{escape(found.rule)} of {code(found.triple)}" if found.triple else escape(found.rule)


def _bounded(lines: list[str]) -> list[str]:
    kept = _fitting(lines[:_MOST_LINES], _LONGEST_LIST)
    more = [f"- and {len(lines) - len(kept)} more"] if len(lines) > len(kept) else []
    return [*kept, *more]


def _held(comparison: Comparison) -> list[str]:
    count = len(comparison.held)
    if not count:
        return []
    names = ", ".join(_name(each) for each in comparison.held[:_MOST_LINES])
    more = ", and more" if count > _MOST_LINES else ""
    reason = "because GitHub or a registry did not answer"
    return [f"❔ {plural(count, 'earlier finding')} could not be checked this time, {reason}: {names}{more}."]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _joined(head: list[str], blocks: list[str], foot: list[str]) -> str:
    """Join everything, with as many of the blocks as fit."""
    kept = _fitting(blocks, LONGEST - len("\n\n".join([*head, *foot]).encode()))
    rest = len(blocks) - len(kept)
    cut = [f"{rest} more, which do not fit here: see the run."] if rest else []
    return "\n\n".join([*head, *kept, *cut, *foot])


def _fitting(pieces: list[str], size: int) -> list[str]:
    """Return the first pieces that together have at most `size` bytes."""
    total = 0
    for count, piece in enumerate(pieces):
        total += len(piece.encode()) + 2
        if total > size:
            return pieces[:count]
    return pieces
