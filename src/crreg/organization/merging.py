"""Joins the parts of a plan's jobs into one report for each organization; pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from crreg.exits.status import Status, worst_status
from crreg.findings.finding import Finding
from crreg.organization.job import Job, PlanError
from crreg.organization.part import Part
from crreg.organization.report import Checked, OrganizationReport
from crreg.registry.outcome import UNANSWERED_PULLS
from crreg.rules import registry_unreachable

_UNANSWERED = frozenset(outcome.value for outcome in UNANSWERED_PULLS)
"""Outcomes of pulls and logins after which another runner may know better: see `UNANSWERED_PULLS`."""


def merge(
    plan: Sequence[Job], parts: Iterable[Part], missing: Mapping[str, str], now: datetime
) -> tuple[OrganizationReport, ...]:
    """Return the report about each organization of a plan, in the plan's order.

    Args:
        plan: all jobs.
        parts: what they found.
        missing: why a part of a job (by its name) can't be used, as a clause; a job without a part needs none.
        now: the moment of a report without any part.

    Raises:
        PlanError: a part is of another plan, or there are two of one job.
    """
    found: dict[str, Part] = {}
    known = set(plan)
    for part in parts:
        if part.job not in known:
            raise PlanError(
                f"The part of {part.job.name} belongs to another plan. Pass only the parts of one run."
            )
        if part.job.name in found:
            raise PlanError(f"There are two parts of {part.job.name}. Pass each part once.")
        found[part.job.name] = part
    return tuple(
        _report(name, [job for job in plan if job.organization == name], found, missing, now)
        for name in dict.fromkeys(job.organization for job in plan)
    )


def _report(
    organization: str,
    jobs: Sequence[Job],
    found: Mapping[str, Part],
    missing: Mapping[str, str],
    now: datetime,
) -> OrganizationReport:
    parts = [found[job.name] for job in jobs if job.name in found]
    unlisted = [
        f"the part {job.name} is missing: {missing.get(job.name, 'its job left none')}"
        for job in jobs
        if job.name not in found
    ]
    # Every runner lists the organization, so the same reason can occur several times.
    unlisted += dict.fromkeys(clause for part in parts for clause in part.unlisted)
    ids = frozenset[int]().union(*(part.ids for part in parts))
    return OrganizationReport.of(
        organization,
        max((part.now for part in parts), default=now),
        sum(_listed(parts).values()),
        _known_everywhere(_best(parts), parts),
        unlisted=unlisted,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        ids=ids,
    )


def _listed(parts: Iterable[Part]) -> dict[tuple[int, int], int]:
    """Return how many repositories each part of the organization has, on the runner that saw the most of them."""
    listed: dict[tuple[int, int], int] = {}
    for part in parts:
        listed[part.job.part] = max(part.listed, listed.get(part.job.part, 0))
    return listed


def _best(parts: Iterable[Part]) -> list[Checked]:
    """Return each branch of a repository once: as the runner found it that knows it best."""
    groups: dict[tuple[int, str, str, int], list[Checked]] = {}
    for part in parts:
        # GitHub may list several repositories without saying which; a runner sees each of them once.
        seen: dict[tuple[int, str, str], int] = {}
        for each in part.checked:
            key = (each.listed.id, each.name.lower() if not each.listed.id else "", each.listed.branch)
            seen[key] = seen.get(key, 0) + 1
            groups.setdefault((*key, seen[key]), []).append(each)
    return [_best_of(group) for group in groups.values()]


def _best_of(group: Sequence[Checked]) -> Checked:
    """Return what is proven of one repository.

    An error is proven by the runner that saw it. Otherwise a runner that got an answer from every registry knows more
    than one that did not; if several did and disagree, the worse result counts. Answers of different runners are never
    put together: a repository whose registries no single runner reaches stays unknown.
    """
    answered = [each for each in group if _is_answered(each)]
    failing = [each for each in group if each.status is Status.UNHEALTHY]
    best = failing or answered or group
    status = worst_status(each.status for each in best)
    return next(each for each in best if each.status is status)


def _is_answered(each: Checked) -> bool:
    """Whether every registry of the repository answered."""
    pulls = [image.pull.outcome.value for image in each.images if image.pull is not None]
    logins = [
        triple.login.outcome.value
        for triple in each.triples
        if triple.login is not None and triple.identifier in each.needed
    ]
    return _UNANSWERED.isdisjoint([*pulls, *logins])


def _known_everywhere(checked: Iterable[Checked], parts: Sequence[Part]) -> list[Checked]:
    """Leave out that an unneeded credential's registry could not be reached if another runner reached it."""
    runners: dict[str, set[str]] = {}
    for part in parts:
        silent = runners.setdefault(part.job.runner, set())
        silent.update(
            finding.key for each in part.checked for finding in each.unneeded if _is_unreachable(finding)
        )
    silent_everywhere = set.intersection(*runners.values()) if runners else set()
    return [
        replace(
            each,
            unneeded=tuple(
                finding
                for finding in each.unneeded
                if not _is_unreachable(finding) or finding.key in silent_everywhere
            ),
        )
        for each in checked
    ]


def _is_unreachable(finding: Finding) -> bool:
    return finding.rule == registry_unreachable.RULE.id
