"""A comparison of a report with what the issue said last."""

from dataclasses import dataclass, replace
from itertools import islice

from crreg.action.issue.checkup import AnyReport, checkup_of
from crreg.action.issue.problem import TrackedProblem, problem
from crreg.action.issue.state import MOST_PROBLEMS, IssueState
from crreg.findings.finding import Finding

_Known = dict[str | tuple[str, str, str], TrackedProblem]
"""The problems that the issue named before, by key, or by kind if they have no key."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of the comparison."""

    present: tuple[tuple[Finding, TrackedProblem], ...]
    """What this check found, each with its first date; in the report's order."""
    held: tuple[TrackedProblem, ...]
    """What was found before and could not be checked this time."""
    appeared: tuple[tuple[Finding, TrackedProblem], ...]
    """Those of `present` that are new to the issue, without those about the check itself."""
    gone: tuple[TrackedProblem, ...]
    """What the issue named and no longer exists."""

    @property
    def remaining(self) -> tuple[TrackedProblem, ...]:
        """What exists, or may still exist."""
        return (*(found for _, found in self.present), *self.held)

    @property
    def problems(self) -> tuple[TrackedProblem, ...]:
        """What to remember: each problem once."""
        return tuple({each.key or each.kind: each for each in self.remaining}.values())

    @property
    def changed(self) -> bool:
        """Whether there is something to comment on."""
        return bool(self.appeared or self.gone)


def compare(report: AnyReport, previous: IssueState) -> Comparison:
    """Compare the report with what the issue said before.

    Problems in version 1 of the state have no keys. A finding of the same rule, triple and registry then counts as the
    same problem, so that the first check with this version does not call known problems new or gone.
    """
    known: _Known = {each.key or each.kind: each for each in previous.problems}
    # Dates are kept to the second.
    checkup = checkup_of(report)
    now = checkup.now.replace(microsecond=0)
    made = tuple((finding, problem(finding, now)) for finding in checkup.findings)
    present = tuple((finding, _remembered(found, known)) for finding, found in made)
    keys = dict.fromkeys(found.key for _, found in made)
    # Problems beyond what is remembered would be new every time.
    rememberable = set(islice(keys, MOST_PROBLEMS))
    seen = {*keys, *(found.kind for _, found in made)}
    unseen = [each for each in previous.problems if (each.key or each.kind) not in seen]
    held = tuple(filter(checkup.silence.hides, unseen))
    return Comparison(
        present=present,
        held=held,
        appeared=tuple(
            pair
            for pair in present
            if _before(pair[1], known) is None and pair[1].key in rememberable and pair[1].is_news
        ),
        gone=tuple(each for each in unseen if each not in held and each.is_news),
    )


def _before(found: TrackedProblem, known: _Known) -> TrackedProblem | None:
    return known.get(found.key) or known.get(found.kind)


def _remembered(found: TrackedProblem, known: _Known) -> TrackedProblem:
    before = _before(found, known)
    return replace(found, since=before.since) if before is not None else found
