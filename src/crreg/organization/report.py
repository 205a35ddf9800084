"""The report about an organization: causes first, then the repositories that each of them breaks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crreg.exits.exit_code import ExitCode, FailOn, exit_code
from crreg.exits.status import Status, worst_status
from crreg.facts.image import ImageFact
from crreg.facts.model import TripleFact
from crreg.facts.questions import stored_parts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.github.levels import Level
from crreg.organization.causes import Cause, cause_key, causes_of
from crreg.organization.listed import Listed
from crreg.printable import plural
from crreg.rules import expiring_credential

_MOST_CLAUSES = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """One repository with a dev container, and what was found."""

    listed: Listed
    status: Status
    findings: tuple[Finding, ...] = ()
    """Errors first; without those about credentials that no image of this repository needs."""
    unchecked: tuple[str, ...] = ()
    """What was not proven and why, one clause each; empty if the status is healthy."""
    images: tuple[ImageFact, ...] = ()
    triples: tuple[TripleFact, ...] = ()
    unneeded: tuple[Finding, ...] = field(default=(), repr=False)
    """The findings about the organization's credentials that no image of this repository needs."""
    needed: frozenset[str] = field(default=frozenset(), repr=False)
    """The identifiers of the triples that it needs."""
    is_judged: bool = True
    """Whether it was read, so that what it needs is known."""
    lists_own: bool = field(default=True, repr=False)
    """Whether the secrets that it stores itself were listed."""
    silent_packages: frozenset[str] = field(default=frozenset(), repr=False)
    """The registries of packages that GitHub did not answer for."""

    @classmethod
    def not_judged(cls, listed: Listed, why: str) -> "Checked":
        """Return the result of a repository that was not read; `why` is a clause."""
        return cls(listed, Status.UNKNOWN, unchecked=(why,), is_judged=False)

    @property
    def name(self) -> str:
        """`owner/name`."""
        return self.listed.full_name


@dataclass(frozen=True, slots=True)
class OrganizationReport:
    """What every output renders."""

    organization: str
    now: datetime
    """When the facts were gathered, with time zone."""
    listed: int
    """How many repositories were looked at, with and without a dev container."""
    repositories: tuple[Checked, ...]
    """Every repository with a dev container, and every one that could not be read; sorted by name."""
    causes: tuple[Cause, ...]
    """Errors first; those that break the most repositories first."""
    references: tuple[tuple[int, ...], ...]
    """For each of `repositories`, the positions of its causes in `causes`."""
    status: Status
    unchecked: tuple[str, ...] = ()
    """What was not proven and why, one clause each; empty if the status is healthy."""
    notes: tuple[str, ...] = ()
    """What a reader should know about this run, as sentences."""
    unlisted: tuple[str, ...] = ()
    """Why not every repository was listed, one clause each; empty if every one was. They are among `unchecked`."""
    ids: frozenset[int] = field(default=frozenset(), repr=False)
    """GitHub's numbers of all repositories that were looked at."""

    @classmethod
    def of(
        cls,
        organization: str,
        now: datetime,
        listed: int,
        checked: Iterable[Checked],
        *,
        unlisted: Sequence[str] = (),
        notes: Sequence[str] = (),
        ids: Iterable[int] = (),
    ) -> "OrganizationReport":
        """Join the repositories' results.

        Args:
            organization: the organization's name.
            now: when the facts were gathered.
            listed: how many repositories were looked at.
            checked: the results.
            unlisted: why the list of repositories is not complete, one clause each; empty if it is.
            notes: what a reader should know about this run, as sentences.
            ids: GitHub's numbers of all repositories that were looked at.
        """
        repositories = tuple(sorted(checked, key=lambda each: each.name.lower()))
        unchecked = (*unlisted, *_clauses(repositories))
        status = worst_status(
            (
                Status.UNKNOWN if unlisted else Status.HEALTHY,
                *(each.status for each in repositories),
            )
        )
        causes = causes_of(
            {each.name: each.findings for each in repositories},
            _unneeded_anywhere(repositories),
            _grantable(repositories),
        )
        positions = {cause.key: position for position, cause in enumerate(causes) if cause.repositories}
        references = tuple(
            tuple(dict.fromkeys(positions[cause_key(finding, each.name)] for finding in each.findings))
            for each in repositories
        )
        return cls(
            organization,
            now,
            listed,
            repositories,
            causes,
            references,
            status,
            unchecked,
            tuple(notes),
            tuple(unlisted),
            frozenset(ids),
        )

    @property
    def is_whole(self) -> bool:
        """Whether every repository was listed."""
        return not self.unlisted

    @property
    def errors(self) -> tuple[Cause, ...]:
        """The causes that keep a codespace from starting."""
        return tuple(cause for cause in self.causes if cause.finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Cause, ...]:
        """The other causes."""
        return tuple(cause for cause in self.causes if cause.finding.severity is Severity.WARNING)

    def exit_code(
        self, fail_on: FailOn, *, tried: bool, withheld: bool = False, judged_later: bool = False
    ) -> ExitCode:
        """Return the exit code of the check. Passing no credentials is a choice, not a failure.

        Args:
            fail_on: what the caller wants to fail on.
            tried: whether there were credentials to prove something with.
            withheld: whether GitHub gave the run no secrets.
            judged_later: whether this is a job of a plan; the merge then judges what it found.
        """
        return exit_code(
            self.status,
            errors=bool(self.errors),
            warnings=bool(self.warnings),
            fail_on=fail_on,
            tried=tried,
            withheld=withheld,
            judged_later=judged_later,
        )

    def having(self, status: Status) -> tuple[Checked, ...]:
        """Return the repositories with that status."""
        return tuple(each for each in self.repositories if each.status is status)


def _clauses(repositories: Sequence[Checked]) -> tuple[str, ...]:
    """Say what was not proven, each reason once with the number of repositories that it affects."""
    counts: dict[str, int] = {}
    for each in repositories:
        for clause in each.unchecked:
            counts[clause] = counts.get(clause, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    said = [f"{repositories_counted(count)}: {clause}" for clause, count in ordered[:_MOST_CLAUSES]]
    rest = len(ordered) - _MOST_CLAUSES
    return (*said, f"{plural(rest, 'more reason')} in the list of repositories") if rest > 0 else tuple(said)


def repositories_counted(count: int) -> str:
    """Return the count with its noun: `1 repository`, `2,000 repositories`."""
    return "1 repository" if count == 1 else f"{count:,} repositories"


def _grantable(repositories: Iterable[Checked]) -> frozenset[tuple[str, str]]:
    """Return the repositories, each with the identifier of a triple of the organization that it has no access to.

    Giving access does not help a public one that lacks a secret of all private repositories.
    """
    return frozenset(
        (each.name, triple.identifier)
        for each in repositories
        for triple in each.triples
        for stored in stored_parts(triple)
        if stored.holding.level is Level.ORGANIZATION
        and stored.holding.visibility == "selected"
        and not stored.holding.assigned
    )


def _unneeded_anywhere(repositories: Sequence[Checked]) -> tuple[Finding, ...]:
    """Return what is wrong with credentials that no repository needs, each once."""
    needed = frozenset[str]().union(*(each.needed for each in repositories))
    found: dict[str, Finding] = {}
    for each in repositories:
        for finding in each.unneeded:
            if finding.triple not in needed:
                found.setdefault(finding.key, finding)
    return tuple(found.values())


def split(
    findings: Iterable[Finding], own: Mapping[str, bool], needed: frozenset[str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Separate the findings about credentials of the organization, or of crreg, that no image of a repository needs.

    Args:
        findings: all findings about the repository.
        own: for each triple, whether a part of it belongs to the repository or the user.
        needed: the triples that the repository needs.

    Returns:
        the findings about the repository, and the others. An error is always about the repository.
    """
    kept: list[Finding] = []
    others: list[Finding] = []
    for finding in findings:
        triple = finding.triple or ""
        is_about_token = finding.rule == expiring_credential.RULE.id and not triple
        shared = is_about_token or (triple in own and not own[triple] and triple not in needed)
        harmless = finding.severity is Severity.WARNING and finding.effect is not Effect.STOPS
        (others if shared and harmless else kept).append(finding)
    return tuple(kept), tuple(others)
