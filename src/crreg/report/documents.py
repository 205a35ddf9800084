"""The JSON documents, as types; the published JSON Schemas are made of them, with these descriptions.

A document of version 1 may get more keys, so its readers must ignore keys that they do not know.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from crreg.discovery.found import Source
from crreg.exits.status import Status
from crreg.facts.proof import State
from crreg.findings.finding import Effect, Severity
from crreg.github.levels import Level
from crreg.registry.outcome import LoginOutcome, PullOutcome
from crreg.triple import Part


class StepKind(enum.StrEnum):
    """What a step of a remedy is."""

    TEXT = "text"
    LINK = "link"
    SNIPPET = "snippet"
    """A line for a file."""
    COMMAND = "command"
    """A command that runs unchanged in a POSIX shell."""


class StepDocument(TypedDict):
    """One step of a remedy."""

    kind: StepKind
    value: str
    """The text, the address, the line or the command."""
    text: NotRequired[str]
    """What a link is about."""


class LocationDocument(TypedDict):
    """A place in a file. Lines and columns count from 1, columns count characters, and the end is exclusive."""

    path: str
    """Relative to the repository."""
    line: int
    column: int
    end_line: int
    end_column: int


class PartDocument(TypedDict):
    """The stored secret that holds one part of a triple."""

    level: Level
    """Where the secret is stored."""
    assigned: bool | None
    """Whether the repository may read it; null if GitHub did not show that."""
    updated_at: str
    """When its value was written, in UTC: `2026-01-02T03:04:05Z`."""
    proof: State
    """Whether the stored value is the one that this run was given."""
    proof_detail: str
    """Why that is proven or not."""
    changed_at: str | None
    """When the value or its source changed after it was copied, in UTC."""


class LoginDocument(TypedDict):
    """A test login."""

    outcome: LoginOutcome
    detail: str
    """What the registry said, in plain text."""
    requests: int
    """How many requests it took."""
    expires_at: str | None
    """When the password stops working, in UTC; null if the registry does not say."""


class TripleDocument(TypedDict):
    """Three Codespaces secrets of one identifier."""

    identifier: str
    """What their names start with, such as `ACR`."""
    server: str | None
    """The registry; null if SERVER is unknown or invalid."""
    parts: Mapping[Part, PartDocument | None]
    """The stored secrets; null for one that was not seen."""
    login: LoginDocument | None
    """The login with the values of this run; null if none was tried."""


class PullDocument(TypedDict):
    """The request for an image's manifest."""

    outcome: PullOutcome
    detail: str
    """What the registry said, in plain text."""


class ImageDocument(LocationDocument):
    """An image that a dev container needs, and where it is named."""

    reference: str
    """Its full name; as written if it is invalid."""
    registry: str | None
    repository: str | None
    tag: str | None
    digest: str | None
    platform: str
    source: Source
    """What kind of entry names it."""
    pull: PullDocument | None
    """Null if it was not requested."""


class FindingDocument(TypedDict):
    """One rule broken in one place."""

    rule: str
    """The rule's name, as `crreg rules` lists it."""
    severity: Severity
    message: str
    """What is wrong, in plain text."""
    remedy: str
    """What to do, in plain text; the same as `steps`."""
    steps: Sequence[StepDocument]
    documentation: str
    """The address of the page about the rule."""
    triple: str | None
    """The identifier of the triple that it concerns."""
    registry: str | None
    location: LocationDocument | None
    """Null if no file names its subject."""


class VerdictDocument(TypedDict):
    """The verdict."""

    status: Status
    errors: int
    warnings: int
    unchecked: Sequence[str]
    """What was not proven and why, one clause each."""


class ObservedDocument(TypedDict):
    """What was seen of a repository."""

    schema_version: Literal[1]
    repository: str | None
    """`owner/name`; null if it is not known."""
    triples: Sequence[TripleDocument]
    images: Sequence[ImageDocument]
    findings: Sequence[FindingDocument]


class CheckDocument(ObservedDocument, VerdictDocument):
    """The report of `crreg check` about one repository, as a document or as one line of `--format ndjson`."""


class ProblemDocument(LocationDocument):
    """A place that could not be read for images."""

    severity: Severity
    message: str


class ImagesDocument(TypedDict):
    """The output of `crreg images`."""

    images: Sequence[ImageDocument]
    problems: Sequence[ProblemDocument]


class LoginsDocument(TypedDict):
    """The output of `crreg login`."""

    triples: Sequence[TripleDocument]


class RuleDocument(TypedDict):
    """A rule."""

    id: str
    severity: Severity
    """The highest severity of its findings."""
    effect: Effect
    """What breaking it means for the report's status."""
    summary: str
    remedy: str
    """What to do in general."""


class RulesDocument(TypedDict):
    """The output of `crreg rules`."""

    rules: Sequence[RuleDocument]


class CauseDocument(FindingDocument):
    """A finding with every repository that it affects."""

    repositories: Sequence[str]


class CheckedRepositoryDocument(TypedDict):
    """One repository of an organization."""

    repository: str
    """`owner/name`."""
    status: Status
    unchecked: Sequence[str]
    """What was not proven and why, one clause each."""
    findings: Sequence[int]
    """Positions in the list of findings, from 0."""
    images: Sequence[ImageDocument]
    triples: Sequence[TripleDocument]


class OrganizationDocument(VerdictDocument):
    """The report of `crreg check --org`."""

    schema_version: Literal[1]
    organization: str
    verdict: str
    """The status with its reasons, as text."""
    notes: Sequence[str]
    """What a reader should know about this run, as sentences."""
    listed: int
    """How many repositories were looked at."""
    repositories: Sequence[CheckedRepositoryDocument]
    """Those with a dev container."""
    findings: Sequence[CauseDocument]


class OrganizationsDocument(TypedDict):
    """The report of `crreg org merge` about several organizations."""

    schema_version: Literal[1]
    status: Status
    errors: int
    """How many causes keep codespaces from starting."""
    warnings: int
    organizations: Sequence[OrganizationDocument]


class JobDocument(TypedDict):
    """One job of a matrix."""

    plan: str
    """The plan's identifier, the same in all of its jobs."""
    organization: str
    part: str
    """Which part of the organization, and of how many: `3/8`."""
    share: float
    """Which part of the token's limits the job may use, from 0 to 1."""
    runner: str
    """The label of the runner."""
    elsewhere: Sequence[str]
    """Globs for the hosts of registries that only other runners of the plan ask."""
    file: str
    """A name for the job's part."""


class MatrixDocument(TypedDict):
    """The output of `crreg org plan`, for `strategy.matrix`."""

    include: Sequence[JobDocument]
