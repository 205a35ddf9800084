"""What a plan and its application come to, in a status and a sentence."""

from collections.abc import Iterable

from crreg.ensure.change import Action, Change, Ensured, Outcome
from crreg.exits import Status
from crreg.findings.finding import Effect, Finding, Severity

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.ASSIGN: ">", Action.UNCHANGED: "="}
_TO_DO = {Action.CREATE: "to create", Action.UPDATE: "to update", Action.ASSIGN: "to assign"}
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.ASSIGN: "assigned"}


def status_of(ensured: Ensured) -> Status:
    """Return `healthy` if every secret is set, and `unknown` if some could not be, or were only planned."""
    errors = (*errors_of(ensured), *ensured.plan.ignored)
    if ensured.failures or any(finding.effect is Effect.STOPS for finding in errors):
        return Status.UNHEALTHY
    planned = ensured.dry_run and bool(ensured.plan.writes)
    return Status.UNKNOWN if errors or planned else Status.HEALTHY


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
    """The sentence that ends a report; it starts with the status."""
    return f"{status_of(ensured).capitalize()}: {_told(ensured)}"


def _told(ensured: Ensured) -> str:
    results = list(zip(ensured.plan.changes, ensured.results, strict=True))
    unchanged = [change for change, _ in results if not change.writes]
    findings = [_plural(len(errors_of(ensured)), "error")] if errors_of(ensured) else []
    findings += [_plural(len(warnings_of(ensured)), "warning")] if warnings_of(ensured) else []
    findings += [f"{_plural(len(ensured.plan.ignored), 'error')} left out"] if ensured.plan.ignored else []
    same = [f"{len(unchanged)} already set"] if unchanged else []
    if ensured.dry_run and ensured.plan.writes:
        counts = [*_counts(ensured.plan.writes, _TO_DO), *same, *findings]
        return f"{', '.join(counts)}. This was a dry run, so nothing was written."
    if not ensured.plan.writes:
        return f"nothing was written; {', '.join([*same, *findings]) or 'no triple was found'}."
    done = [change for change, result in results if result.outcome is Outcome.DONE]
    counts = [*_counts(done, _DONE), *same, *findings]
    if ensured.failures:
        failed = f"{len(ensured.failures)} of {_plural(len(ensured.plan.writes), 'change')} failed"
        return f"{failed}; {', '.join(counts) or 'nothing was written'}."
    return f"{', '.join(counts)}."


def _counts(changes: Iterable[Change], words: dict[Action, str]) -> list[str]:
    actions = [change.action for change in changes]
    return [f"{actions.count(action)} {word}" for action, word in words.items() if action in actions]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
