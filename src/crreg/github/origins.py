"""The Actions secrets and variables that a workflow step's values may come from, and the receipts of ensure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class Store(enum.StrEnum):
    """Where GitHub Actions stores a secret or variable."""

    REPOSITORY_SECRET = "repository-secret"  # noqa: S105 - a place, no secret
    ORGANIZATION_SECRET = "organization-secret"  # noqa: S105 - a place, no secret
    REPOSITORY_VARIABLE = "repository-variable"
    ORGANIZATION_VARIABLE = "organization-variable"
    ENVIRONMENT = "environment"
    """A secret or variable of a deployment environment, which only jobs that name the environment can read."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An Actions secret or variable."""

    store: Store
    updated_at: datetime
    matches: bool | None = None
    """Whether a variable has the value that this run was given; None for a secret, whose value can't be read."""


@dataclass(frozen=True, slots=True)
class OriginsWanted:
    """What to look up for the workflow step that crreg runs in."""

    run: str
    """The id of the workflow run."""
    variable: str
    """The name of the variable that holds receipts."""
    values: Mapping[str, str] = field(repr=False)
    """The values that the step was given, by name."""
    always: bool = False
    """Whether origins are wanted even if there are no receipts."""


@dataclass(frozen=True, slots=True)
class Origins:
    """The possible origins of the step's values, and the receipts that ensure wrote."""

    repository_receipts: str | None = None
    """The value of the repository's variable; None if there is none."""
    organization_receipts: str | None = None
    """The value of the organization's variable; None if the repository sees none."""
    found: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    """Origins by name in upper case; empty if they were not read because there are no receipts."""
    began_at: datetime | None = None
    """When the run was first queued; None if unknown."""
    attempted_at: datetime | None = None
    """When the run's latest attempt started; None if unknown."""
    gap: str = ""
    """Why the origins are incomplete, as a sentence; empty if they are complete."""
    unreadable: bool = False
    """Whether variables could not be read, so that receipts may exist or not."""

    def is_outdated(self, name: str) -> bool:
        """Return whether the run has an old value of that name, because its source was changed after it was queued.

        A further attempt counts from its own start. An environment's secret is read later, when a job starts.
        Source: https://docs.github.com/en/actions/reference/security/secrets#when-github-actions-reads-secrets
        """
        attempted_at = self.attempted_at
        return attempted_at is not None and any(
            origin.updated_at > attempted_at and not origin.matches
            for origin in self.found.get(name, ())
            if origin.store is not Store.ENVIRONMENT
        )
