"""Which Actions secrets and variables the values of a workflow's step may come from, and the receipts of ensure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class Store(enum.StrEnum):
    """Where GitHub Actions keeps a secret or variable."""

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
    """Whether a variable's value is the one that this run was given; None for a secret, whose value nobody can read."""


@dataclass(frozen=True, slots=True)
class OriginsWanted:
    """What to look up about the step that crreg runs in."""

    run: str
    """The id of the workflow's run."""
    variable: str
    """Name of the variable that holds receipts."""
    values: Mapping[str, str] = field(repr=False)
    """The values that the step was given, by name."""
    always: bool = False
    """Whether origins are wanted even where there are no receipts."""


@dataclass(frozen=True, slots=True)
class Origins:
    """What GitHub tells about the step's values and about what ensure wrote."""

    repository_receipts: str | None = None
    """The value of the repository's variable; None if there is none."""
    organization_receipts: str | None = None
    """The value of the organization's variable; None if there is none that the repository sees."""
    found: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    """By name in upper case; empty if they were not asked for, since there are no receipts."""
    began_at: datetime | None = None
    """When the run was queued for the first time; None if GitHub does not tell."""
    gap: str = ""
    """Why what is here is not everything, as a sentence; empty if it is."""
    unreadable: bool = False
    """Whether the token may not read variables, so that it is not known whether there are receipts."""
