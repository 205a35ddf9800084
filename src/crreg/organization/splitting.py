"""Makes a plan: asks GitHub how large the organizations are, and splits them into jobs."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crreg.github.access import GitHubAccess
from crreg.github.connection import open_client
from crreg.github.enterprise import count_repositories, list_organizations
from crreg.github.graphql import GraphQL
from crreg.net.deadline import Deadline
from crreg.organization.job import Job, PlanError
from crreg.organization.matrix import Wishes, plan_jobs


@dataclass(frozen=True)
class PlanRequest:
    """What to plan."""

    access: GitHubAccess
    organizations: Sequence[str]
    enterprise: str
    """The slug of an enterprise, all of whose organizations are added; empty for none."""
    wishes: Wishes
    budget: float
    """Seconds."""
    say: Callable[[str], None] = lambda _: None
    conceal: Callable[[Sequence[str]], None] = lambda _: None
    """Called with the texts of a token that was created in the run, before any other use."""


def make_plan(request: PlanRequest) -> tuple[Job, ...]:
    """Return the jobs.

    Raises:
        GitHubError: an organization or the enterprise can't be read.
        PlanError: there is nothing to plan, or too much.
    """
    deadline = Deadline.after(request.budget)
    found: dict[str, int] = {}
    if request.enterprise:
        found |= _asked(request, request.enterprise, deadline, _of_enterprise(request.enterprise))
    for name in request.organizations:
        if name.lower() not in {each.lower() for each in found}:
            found |= _asked(request, name, deadline, _of_organization(name))
    if not found:
        raise PlanError("There is no organization to plan for. Name one, or an enterprise that has some.")
    return plan_jobs(secrets.token_hex(8), found, request.wishes)


def _of_enterprise(slug: str) -> Callable[[GraphQL], Mapping[str, int]]:
    return lambda graphql: list_organizations(graphql, slug)


def _of_organization(name: str) -> Callable[[GraphQL], Mapping[str, int]]:
    return lambda graphql: dict([count_repositories(graphql, name)])


def _asked(
    request: PlanRequest, target: str, deadline: Deadline, ask: Callable[[GraphQL], Mapping[str, int]]
) -> Mapping[str, int]:
    """Ask with the token for the target: an App has another one for each organization."""
    github, _ = open_client(
        request.access, target, deadline=deadline, say=request.say, conceal=request.conceal
    )
    try:
        return ask(GraphQL(github))
    finally:
        github.close()
