"""One run about an organization: list, read, check, and remember."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crreg.exits.status import Status
from crreg.facts.gather import given_triples
from crreg.github.access import GitHubAccess
from crreg.github.connection import open_client
from crreg.github.errors import GitHubError
from crreg.github.graphql import GraphQL
from crreg.github.pacing import Api, Pacing
from crreg.net.deadline import ORGANIZATION_BUDGET, Deadline
from crreg.organization.check import Asking, Checking, Count
from crreg.organization.job import Job, RegistriesOfJob
from crreg.organization.reading import read_repositories
from crreg.organization.report import OrganizationReport
from crreg.organization.selection import Selection
from crreg.organization.state import State

_NOT_LISTED = (
    "A repository's own secrets were listed only where an image is not public, or this run has a login for its "
    "registry. Elsewhere, a wrong secret of the repository's own may still keep a codespace from starting. To find it, "
    "check that repository with its values."
)


@dataclass(frozen=True)
class OrganizationRequest:
    """The organization, and the given values."""

    organization: str
    access: GitHubAccess
    values: Mapping[str, str] = field(repr=False)
    """The organization's values of triples under their own names; other names are ignored."""
    state: State
    selection: Selection
    allow_insecure: frozenset[str] = frozenset()
    budget: float = ORGANIZATION_BUDGET
    """Seconds."""
    job: Job | None = None
    """Which job of a plan this is; None for a check of the whole organization in one run."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did."""
    say: Callable[[str], None] = lambda _: None
    conceal: Callable[[Sequence[str]], None] = lambda _: None
    """Called with the texts of a token that was created in the run, before any other use; in any thread."""

    @property
    def tries(self) -> bool:
        """Whether there are credentials to prove something with."""
        return bool(given_triples(self.values, self.withheld))


@dataclass(frozen=True)
class Session:
    """The connections of one run."""

    asking: Asking
    graphql: GraphQL
    pacing: Pacing
    deadline: Deadline
    """When every request must have ended."""


@contextlib.contextmanager
def opened(request: OrganizationRequest) -> Iterator[Session]:
    """Connect to GitHub and the registries for one run; both share the run's budget of time.

    Raises:
        GitHubError: the token is malformed, or an App gets none.
    """
    deadline = Deadline.after(request.budget)
    asking = deadline.for_requests(request.budget)
    job = request.job
    pacing = Pacing(say=request.say, share=job.share if job is not None else 1.0)
    github, _ = open_client(
        request.access,
        request.organization,
        deadline=asking,
        say=request.say,
        conceal=request.conceal,
        answers=request.state,
        pacing=pacing,
    )
    try:
        with RegistriesOfJob(
            job.elsewhere if job is not None else (),
            allow_insecure=request.allow_insecure,
            budget=asking.remaining,
            conceal=request.conceal,
        ) as registries:
            yield Session(
                Asking(
                    request.organization,
                    github,
                    registries,
                    deadline,
                    datetime.now(UTC),
                    request.values,
                    web_url=request.access.web_url,
                    token_source=request.access.token_source,
                    withheld=request.withheld,
                    say=request.say,
                ),
                GraphQL(github),
                pacing,
                asking,
            )
    finally:
        github.close()


def run(request: OrganizationRequest) -> OrganizationReport:
    """Check the organization. What an answer of GitHub leaves open is in the report; nothing is raised for it."""
    organization, state, job = request.organization, request.state, request.job
    selection = replace(request.selection, part=job.part) if job is not None else request.selection
    count = Count()
    try:
        with opened(request) as session:
            reads = read_repositories(
                session.graphql,
                organization,
                selection,
                state,
                request.say,
                counted=count,
                last_checked=state.last_checked(organization),
            )
            report = Checking(session.asking).run(reads, count)
    except GitHubError as error:
        now = datetime.now(UTC)
        return OrganizationReport.of(organization, now, 0, (), unlisted=[error.detail.rstrip(".")])
    # The state may also be about other organizations.
    if selection.is_everything and report.is_whole and set(state.organizations()) <= {organization}:
        state.forget(state.remembered() - report.ids)
    was_cut_short = session.pacing.gave_up or not session.deadline.remaining or not report.is_whole
    unknown = {each.listed.id for each in report.having(Status.UNKNOWN)} if was_cut_short else set()
    state.note_checked(organization, report.now, report.ids - unknown, is_everything=not was_cut_short)
    filtered = "This run had filters, so it is not added to the history."
    history = () if request.selection.is_everything else (filtered,)
    looked = (*scope(request.selection, "crreg check --org"), _NOT_LISTED) if report.listed else ()
    return replace(report, notes=(*looked, *history, *_left(session.pacing)))


def scope(selection: Selection, command: str) -> Iterator[str]:
    """Say what was not looked at, and which options of a command do.

    The action and the jobs of a plan have no such options, so the sentences name the command.
    """
    if not selection.branches:
        yield (
            "Only the default branch of each repository was read, although a codespace can open any branch. "
            f"{command} --branch NAME reads more."
        )
    yield (
        f"Archived repositories are left out. {command} --repositories NAME includes one, if NAME has no wildcard."
    )


def _left(pacing: Pacing) -> Iterator[str]:
    """Say what is left of GitHub's limits for an hour."""
    for api in Api:
        left = pacing.allowance(api)
        if left is not None:
            rest = f"{left.remaining:,} of {left.limit:,} {api.unit}"
            yield f"{rest} are left until GitHub's limit resets at {left.resets_at:%H:%M} UTC."
