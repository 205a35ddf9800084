"""Carrying out a plan: as many changes at the same time as leave nothing that the next run would not repair."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from crreg.ensure.change import Action, Change, ChangeOutcome, Plan, Result
from crreg.exits.unexpected import isolated
from crreg.facts.model import by_key
from crreg.github.errors import GitHubError
from crreg.github.levels import Level
from crreg.github.writer import SecretWriter
from crreg.net.concurrency import Pool
from crreg.triple import Part

_AT_ONCE = 32
"""Writes under way: more than most people have secrets, and far from the 100 requests that GitHub allows.

Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

Values = Mapping[str, Mapping[Part, str]]
"""The values of each triple, by identifier."""
_OF_A_REPOSITORY = frozenset({404, 409, 422})
"""What GitHub answers to giving access to a repository that was deleted, or that the secret can't be for.

Source: https://docs.github.com/en/rest/codespaces/organization-secrets#add-selected-repository-to-an-organization-secret
"""


def apply(plan: Plan, values: Values, writer: SecretWriter, say: Callable[[str], None]) -> tuple[Result, ...]:
    """Make every change of the plan; one result each, in the plan's order. Raises nothing for GitHub's answers.

    The client of `writer` keeps to GitHub's limits. If a change fails, the later steps of its triple are skipped, and
    if GitHub's limits or the run's time end it, they are left. The next run completes it: see `steps_of`. Only a
    repository that can't be given access, because it was deleted for example, keeps nothing from the others.
    """
    pool, writes = Pool(_AT_ONCE), Pool(_AT_ONCE)
    say(f"Writing {len(plan.writes)} changes")

    def write(change: Change) -> Future[Result]:
        apply_one = partial(_apply, change, values[change.triple], writer)
        return writes.submit(partial(isolated, apply_one, partial(Result, ChangeOutcome.FAILED)))

    running = {
        identifier: pool.submit(partial(_apply_triple, changes, steps_of(changes), write))
        for identifier, changes in by_key((change.triple, change) for change in plan.changes).items()
    }
    ended = {identifier: iter(future.result()) for identifier, future in running.items()}
    results = [(change, next(ended[change.triple])) for change in plan.changes]
    lost = _lost(results, writer, writes)
    confirmed = [
        writes.submit(
            partial(isolated, partial(_confirmed, *pair, lost, writer), partial(Result, ChangeOutcome.FAILED))
        )
        for pair in results
    ]
    return tuple(future.result() for future in confirmed)


def steps_of(changes: Iterable[Change]) -> list[list[Change]]:
    """Return the changes of one triple in steps: those of a step are made at the same time.

    A run may be killed after any of them, and the next run must see it. If all values are created, those that are
    missing are due by themselves, whichever they are. If values are updated, each is a step, in the order of the plan:
    then SERVER or USER is newer than PASSWORD (see `due`) until all of them arrived. The repository is given access to
    values last; what it still lacks is due by itself. Many assignments are several steps, so that a token that may not
    make them is noticed early.
    """
    writes = [change for change in changes if change.writes]
    values = [change for change in writes if change.action is not Action.ASSIGN]
    assignments = [change for change in writes if change.action is Action.ASSIGN]
    batches = [assignments[start : start + _AT_ONCE] for start in range(0, len(assignments), _AT_ONCE)]
    if all(change.action is Action.CREATE for change in values):
        steps = [values, *batches]
    else:
        steps = [*([change] for change in values), *batches]
    return [step for step in steps if step]


def not_applied(plan: Plan) -> tuple[Result, ...]:
    """Return the results of a plan that was not carried out."""
    return tuple(
        Result(ChangeOutcome.PLANNED if change.writes else ChangeOutcome.UNCHANGED) for change in plan.changes
    )


def _apply_triple(
    changes: Sequence[Change], steps: Iterable[Sequence[Change]], write: Callable[[Change], Future[Result]]
) -> list[Result]:
    results: dict[Change, Result] = {}
    failed: Change | None = None
    for step in steps:
        if failed is not None:
            results |= dict.fromkeys(step, _untried(failed, results[failed]))
            continue
        results |= {change: future.result() for change, future in [(one, write(one)) for one in step]}
        failed = next((one for one in step if _stops(results[one])), None)
    return [results.get(change, Result(ChangeOutcome.UNCHANGED)) for change in changes]


def _stops(result: Result) -> bool:
    return result.outcome in {ChangeOutcome.FAILED, ChangeOutcome.LEFT} and not result.is_about_repository


def _untried(change: Change, result: Result) -> Result:
    """Return the result of the changes after one that was not made."""
    if result.outcome is ChangeOutcome.LEFT:
        return result
    return Result(ChangeOutcome.SKIPPED, f"It was not tried, because {change.name} failed.")


_Secret = tuple[Level, str]


def _lost(
    results: Iterable[tuple[Change, Result]], writer: SecretWriter, pool: Pool
) -> Mapping[_Secret, frozenset[str]]:
    """Return the repositories that were given access and have none, by secret.

    A run for another repository may have created the secret at the same time, since both saw that it did not exist, or
    set a new value. Each replaces the readers with those that it knew. This is looked up after everything is written,
    so that one of two runs finds out.
    """
    given: dict[_Secret, list[str]] = {}
    for change, result in results:
        if change.repositories and result.outcome is ChangeOutcome.DONE:
            given.setdefault((change.level, change.name), []).extend(change.repositories)

    def lacking(secret: _Secret) -> frozenset[str]:
        try:
            return frozenset(writer.lacking(*secret, given[secret]))
        except GitHubError:
            # GitHub has accepted the readers, and that it does not list them says nothing against it.
            return frozenset()

    asked = {
        secret: pool.submit(partial(isolated, partial(lacking, secret), lambda _: frozenset[str]()))
        for secret in given
    }
    return {secret: future.result() for secret, future in asked.items()}


def _confirmed(
    change: Change, result: Result, lost: Mapping[_Secret, frozenset[str]], writer: SecretWriter
) -> Result:
    """Give access again to those who lost it."""
    without = lost.get((change.level, change.name), frozenset()).intersection(change.repositories)
    if result.outcome is not ChangeOutcome.DONE or not without:
        return result
    again = replace(change, action=Action.ASSIGN, repositories=tuple(sorted(without)))
    given = _apply(again, {}, writer)
    return result if given.outcome is ChangeOutcome.DONE else given


def _apply(change: Change, values: Mapping[Part, str], writer: SecretWriter) -> Result:
    answered_at = None
    try:
        if change.action is Action.ASSIGN:
            for repository in change.repositories:
                writer.assign(change.level, change.name, repository)
        else:
            # What the environment holds are bytes, which Python shows as text.
            value = values[change.part].encode("utf-8", "surrogateescape")
            if change.action is Action.CREATE:
                answered_at = writer.create(
                    change.level, change.name, value, change.visibility, change.repositories
                )
            else:
                answered_at = writer.update(change.level, change.name, value, change.visibility)
    except GitHubError as error:
        if error.is_for_later:
            return Result(ChangeOutcome.LEFT, error.detail)
        needs = f" The token needs the {writer.permission(change.level)}." if error.lacks_permission else ""
        return Result(
            ChangeOutcome.FAILED,
            f"{error.detail}{needs}",
            is_about_repository=change.action is Action.ASSIGN and error.status in _OF_A_REPOSITORY,
        )
    return Result(ChangeOutcome.DONE, answered_at=answered_at)
