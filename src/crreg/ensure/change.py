"""The plan as values: what to change and why, and why other things stay unchanged."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

from crreg.exits.exit_code import ExitCode, FailOn, exit_code
from crreg.exits.status import Status
from crreg.findings.finding import Effect, Finding, errors_of, warnings_of
from crreg.github.levels import Level
from crreg.printable import OURS
from crreg.triple import Part


class Action(enum.StrEnum):
    """What is done to a secret."""

    CREATE = "create"
    UPDATE = "update"
    ASSIGN = "assign"
    """One repository is added to those that may read it."""
    UNCHANGED = "unchanged"


WRITES_OF_VALUES = frozenset({Action.CREATE, Action.UPDATE})
"""The actions that send a value."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the plan has for one secret; an update and each assignment are changes of their own."""

    action: Action
    triple: str
    """Identifier of the triple."""
    part: Part
    name: str
    """The secret's name."""
    level: Level
    store: str
    """Whose secret it is: `owner/name` of the repository, the organization's login, or `your account`."""
    visibility: str | None = field(metadata={OURS: frozenset({"all", "private", "selected"})})
    """`all`, `private` or `selected`, as it is afterwards; None at repository level."""
    repositories: tuple[str, ...]
    """Full names of those that may read a created secret, or that an assignment adds; else empty."""
    reason: str
    """Why, as a clause."""

    @property
    def writes(self) -> bool:
        """Whether anything is sent."""
        return self.action is not Action.UNCHANGED


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would be written, in the order in which it would be."""

    repository: str
    """`owner/name`."""
    changes: tuple[Change, ...]
    """Grouped by triple; what must be written first comes first."""
    findings: tuple[Finding, ...]
    """Errors say why nothing of a triple is written; warnings don't stop it."""
    notes: tuple[str, ...] = ()
    """Sentences on how the values were tidied, and on what is left out of `findings`."""
    ignored: tuple[Finding, ...] = ()
    """Errors that the configuration leaves out of every report; they still keep their triples from being written."""

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that send anything."""
        return tuple(change for change in self.changes if change.writes)


class ChangeOutcome(enum.StrEnum):
    """How a change ended."""

    UNCHANGED = "unchanged"
    """There was nothing to do."""
    PLANNED = "planned"
    """It was not started: the run only plans."""
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not started, because an earlier one that it depends on failed."""
    LEFT = "left"
    """It was not made, because GitHub's limits or the run's time ended the run; the next run makes it."""


@dataclass(frozen=True, slots=True)
class Result:
    """The end of one change."""

    outcome: ChangeOutcome
    detail: str = ""
    """Why it failed, was skipped or is left, in plain words; may quote GitHub: escape it."""
    answered_at: datetime | None = None
    """The `Date` of GitHub's answer to the write of a value; None if there was none."""
    is_about_repository: bool = False
    """Whether only the repository that should get access made it fail, so that others may still get access."""

    @property
    def begun(self) -> bool:
        """Whether anything was sent."""
        return self.outcome in {ChangeOutcome.DONE, ChangeOutcome.FAILED}


@dataclass(frozen=True, slots=True)
class Ensured:
    """A plan and what became of it."""

    plan: Plan
    results: tuple[Result, ...]
    """One for each change of the plan, in its order."""
    dry_run: bool
    waits: tuple[str, ...] = ()
    """Sentences on what GitHub made the run wait for."""
    unrecorded: tuple[str, ...] = ()
    """Sentences on receipts that could not be recorded."""

    @property
    def end_notes(self) -> tuple[str, ...]:
        """Sentences on what happened after the plan was announced."""
        return (*self.waits, *self.unrecorded)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was done to the values, on what was waited for, and on receipts."""
        return (*self.plan.notes, *self.end_notes)

    @property
    def failures(self) -> tuple[tuple[Change, Result], ...]:
        """The planned changes that were not made."""
        return tuple(
            (change, result)
            for change, result in zip(self.plan.changes, self.results, strict=True)
            if result.outcome in {ChangeOutcome.FAILED, ChangeOutcome.SKIPPED}
        )

    @property
    def left(self) -> tuple[tuple[Change, Result], ...]:
        """The planned changes that another run has to make, because this one had to end."""
        return tuple(
            (change, result)
            for change, result in zip(self.plan.changes, self.results, strict=True)
            if result.outcome is ChangeOutcome.LEFT
        )

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that kept triples from being written."""
        return errors_of(self.plan.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return warnings_of(self.plan.findings)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the secrets that should have been created and do not exist."""
        results = zip(self.plan.changes, self.results, strict=True)
        return tuple(
            change.name
            for change, result in results
            if change.action is Action.CREATE and result.outcome is not ChangeOutcome.DONE
        )

    @property
    def status(self) -> Status:
        """`healthy` if every secret is set, `unknown` if some could not be, were only planned, or are left."""
        errors = (*self.errors, *self.plan.ignored)
        if self.failures or any(finding.effect is Effect.STOPS for finding in errors):
            return Status.UNHEALTHY
        planned = self.dry_run and bool(self.plan.writes)
        return Status.UNKNOWN if errors or planned or self.left else Status.HEALTHY

    @property
    def is_only_planned(self) -> bool:
        """Whether the choice to plan is the only reason why nothing was written."""
        return self.dry_run and not (self.errors or self.plan.ignored)

    def exit_code(self, fail_on: FailOn) -> ExitCode:
        """Return the exit code of the run. Only to plan is a choice, not a failure."""
        return exit_code(
            self.status,
            warnings=bool(self.warnings),
            fail_on=fail_on,
            failed=bool(self.failures),
            left=bool(self.left),
            tried=not self.is_only_planned,
        )
