"""What a plan and its application come to, in a status and a sentence."""

from collections.abc import Iterable

from crreg.ensure.change import Action, Change, Ensured, Outcome
from crreg.ensure.refusals import NOT_MADE
from crreg.findings import Finding, Severity
from crreg.report.report import FailOn, Status

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.ASSIGN: ">", Action.UNCHANGED: "="}
_TO_DO = {Action.CREATE: "to create", Action.UPDATE: "to update", Action.ASSIGN: "to assign"}
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.ASSIGN: "assigned"}


def status_of(ensured: Ensured) -> Status:
    """`healthy` if all is as it is to be, or in a dry run would be."""
    errors = errors_of(ensured)
    if ensured.failures or any(finding.rule != NOT_MADE for finding in errors):
        return Status.UNHEALTHY
    return Status.UNKNOWN if errors else Status.HEALTHY


def fails(ensured: Ensured, fail_on: FailOn) -> bool:
    """Whether a run with this `--fail-on` ends with exit code 1; a change that failed always does."""
    if ensured.failures:
        return True
    if fail_on is FailOn.NEVER:
        return False
    wrong = [finding for finding in ensured.plan.findings if finding.rule != NOT_MADE]
    return any(fail_on is FailOn.WARNING or finding.severity is Severity.ERROR for finding in wrong)


def errors_of(ensured: Ensured) -> tuple[Finding, ...]:
    """The findings that kept triples from being written."""
    return tuple(finding for finding in ensured.plan.findings if finding.severity is Severity.ERROR)


def warnings_of(ensured: Ensured) -> tuple[Finding, ...]:
    """The others."""
    return tuple(finding for finding in ensured.plan.findings if finding.severity is Severity.WARNING)


def missing_of(ensured: Ensured) -> tuple[str, ...]:
    """Names of the secrets that were to be created, and are not there."""
    results = zip(ensured.plan.changes, ensured.results, strict=True)
    return tuple(
        change.name
        for change, result in results
        if change.action is Action.CREATE and result.outcome is not Outcome.DONE
    )


def plan_verdict(ensured: Ensured) -> str:
    """The sentence that ends a report."""
    results = list(zip(ensured.plan.changes, ensured.results, strict=True))
    unchanged = [change for change, _ in results if not change.writes]
    findings = [_plural(len(errors_of(ensured)), "error")] if errors_of(ensured) else []
    findings += [_plural(len(warnings_of(ensured)), "warning")] if warnings_of(ensured) else []
    same = [f"{len(unchanged)} unchanged"] if unchanged else []
    if ensured.dry_run and ensured.plan.writes:
        counts = [*_counts(ensured.plan.writes, _TO_DO), *same, *findings]
        return f"Dry run: {', '.join(counts)}. Nothing was written."
    if not ensured.plan.writes:
        return f"Nothing to do: {', '.join([*same, *findings]) or 'nothing is there'}."
    done = [change for change, result in results if result.outcome is Outcome.DONE]
    counts = [*_counts(done, _DONE), *same, *findings]
    if ensured.failures:
        failed = f"{len(ensured.failures)} of {_plural(len(ensured.plan.writes), 'change')}"
        return f"Failed: {failed}; {', '.join(counts) or 'nothing was written'}."
    return f"Done: {', '.join(counts)}."


def _counts(changes: Iterable[Change], words: dict[Action, str]) -> list[str]:
    actions = [change.action for change in changes]
    return [f"{actions.count(action)} {word}" for action, word in words.items() if action in actions]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
