"""Splits organizations into the jobs of a matrix; pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass

from crreg.organization.job import MOST_JOBS, Job, PlanError, is_label


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to split."""

    runners: Mapping[str, tuple[str, ...]]
    """The labels of further runners, with globs for the registries that only they can reach."""
    runner: str = "ubuntu-latest"
    """The label of the runner that asks all other registries."""
    size: int = 50_000
    """The most repositories of one job, as long as there are not too many jobs."""
    at_once: int = 20
    """The most jobs that run at the same time."""
    own_tokens: bool = False
    """Whether each organization has a token of its own, and so limits of its own, as with a GitHub App."""


def plan_jobs(plan: str, organizations: Mapping[str, int], wishes: Wishes) -> tuple[Job, ...]:
    """Return the jobs that check the organizations.

    Each runner checks all repositories, since only their files say which registries they need. A further runner leaves
    out the registries of the other further runners, and the first one leaves out those of all.

    Args:
        plan: an identifier for the jobs.
        organizations: the number of repositories of each.
        wishes: how to split.

    Raises:
        PlanError: there would be too many jobs, or the runner has no usable label.
    """
    if not is_label(wishes.runner):
        raise PlanError(
            f"The default runner is {wishes.runner!r}, but must be the label of a runner, such as ubuntu-latest."
        )
    runners = _runners(wishes)
    least = len(organizations) * len(runners)
    if least > MOST_JOBS:
        raise PlanError(
            f"{len(organizations)} organizations on {len(runners)} runners need {least} jobs, and a matrix has at most "
            f"{MOST_JOBS}. Make several plans, each with a part of the organizations (--org), and run each by itself."
        )
    parts = _parts(organizations, len(runners), wishes.size)
    of_a_token = {
        name: (parts[name] if wishes.own_tokens else sum(parts.values())) * len(runners)
        for name in organizations
    }
    return tuple(
        Job(
            plan,
            name,
            (number, parts[name]),
            # Rounded down, so that all shares together are at most the whole.
            int(10_000 / min(of_a_token[name], wishes.at_once)) / 10_000,
            label,
            elsewhere,
        )
        for name in organizations
        for number in range(1, parts[name] + 1)
        for label, elsewhere in runners.items()
    )


def _runners(wishes: Wishes) -> dict[str, tuple[str, ...]]:
    """Return each runner with what it leaves to others."""
    runners = {wishes.runner: wishes.runners.get(wishes.runner, ()), **wishes.runners}
    return {
        label: tuple(
            glob for other, globs in runners.items() if other != label for glob in globs if glob not in own
        )
        for label, own in runners.items()
    }


def _parts(organizations: Mapping[str, int], runners: int, size: int) -> dict[str, int]:
    """Return how many parts each organization has: with larger parts if there would be too many jobs."""
    while True:
        parts = {name: max(1, -(-count // size)) for name, count in organizations.items()}
        if sum(parts.values()) * runners <= MOST_JOBS:
            return parts
        size += max(1, size // 4)
