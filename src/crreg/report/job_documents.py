"""The JSON documents of `ensure`, `publish` and `doctor`, as types."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from crreg.doctor.diagnosis import Fix
from crreg.ensure.change import Action, ChangeOutcome
from crreg.exits.status import Status
from crreg.findings.finding import Severity
from crreg.github.levels import Level
from crreg.publish.published import Kind, Linked, Outcome
from crreg.report.documents import FindingDocument, LocationDocument, ObservedDocument, StepDocument
from crreg.triple import Part


class ChangeDocument(TypedDict):
    """What the plan has for one secret, and how it ended."""

    action: Action
    triple: str
    part: Part
    name: str
    """The secret's name."""
    level: Level
    store: str
    """`owner/name` of the repository, the organization's login, or `your account`."""
    visibility: str | None
    """`all`, `private` or `selected`; null at repository level."""
    repositories: Sequence[str]
    """Those that may read a created secret, or that an assignment adds."""
    reason: str
    outcome: ChangeOutcome
    detail: str
    """Why it failed, was skipped or is left for another run."""


class DoneDocument(TypedDict):
    """What begins and ends a document about changes."""

    schema_version: Literal[1]
    repository: str | None
    """`owner/name`; null if it is not known."""
    dry_run: bool
    status: Status
    findings: Sequence[FindingDocument]
    notes: Sequence[str]
    """What a reader should know about this run, as sentences."""


class EnsureDocument(DoneDocument):
    """The output of `crreg ensure`."""

    changes: Sequence[ChangeDocument]


class GrantDocument(TypedDict):
    """New access of a repository to the secrets of a triple."""

    repository: str
    """`owner/name`."""
    repository_id: int
    visibility: str
    """`public`, `private` or `internal`."""
    fork: bool
    triple: str
    registry: str | None
    secrets: Sequence[str]
    allowed_by: str
    """The entry of `allow` in the organization's configuration."""


class RepairChangeDocument(ChangeDocument):
    """A change of an organization's secret."""

    registry: str | None
    """The registry that the secret logs in to."""


class WithheldDocument(TypedDict):
    """Access that a repository needs and does not get."""

    repository: str
    triple: str
    why: str


class RepairDocument(TypedDict):
    """The output of `crreg ensure --org`."""

    schema_version: Literal[1]
    organization: str
    dry_run: bool
    status: Status
    digest: str
    """The digest of the plan, for `--plan`."""
    left: int
    """How many changes are still to be made."""
    grants: Sequence[GrantDocument]
    changes: Sequence[RepairChangeDocument]
    withheld: Sequence[WithheldDocument]
    findings: Sequence[FindingDocument]
    unread: Sequence[str]
    """Why some repositories were not looked at."""
    refusal: str
    """Why the plan was not carried out; empty if it was, or if that was not asked for."""
    notes: Sequence[str]


class SourceDocument(TypedDict):
    """Where a published image comes from."""

    kind: Kind
    name: str
    """An image, or the folder that is built."""


class SentDocument(TypedDict):
    """What was sent; what the target already had is not sent again."""

    blobs: int
    bytes: int
    mounted: int
    """Blobs that the registry took from another of its repositories."""
    there: int
    """Blobs that the target already had."""
    manifests: int


class PublishedDocument(TypedDict):
    """One target of `crreg publish`, and how it ended."""

    image: str
    tags: Sequence[str]
    reference: str
    """The image under its first tag."""
    digest: str | None
    source: SourceDocument
    outcome: Outcome
    previous: Mapping[str, str | None]
    """Tag to the digest that it pointed at before; null if the tag did not exist."""
    linked: Linked
    """Whether the image's package is linked to this repository."""
    visibility: str | None
    """The package's visibility: `public`, `private` or `internal`."""
    sent: SentDocument | None
    notes: Sequence[str]


class PublishDocument(DoneDocument):
    """The output of `crreg publish`."""

    images: Sequence[PublishedDocument]


class CodespaceDocument(TypedDict):
    """The codespace that the command ran in."""

    name: str | None
    user: str | None
    """The login of the user who started it."""
    started_at: str | None
    """When its container was started, in UTC."""
    own_token: bool
    """Whether its token is the one that Codespaces made."""
    recovery: bool
    """Whether this is the recovery container."""
    recovery_reason: str | None
    creation_error: str | None
    """The first error in its creation log."""
    from_files: Sequence[str]
    """Names of variables that the terminal lacks, read from the files of Codespaces."""


class DiagnosisDocument(TypedDict):
    """One cause, and what to do about it."""

    severity: Severity
    action: Fix
    """The kind of thing that helps."""
    cause: str
    remedy: str
    """What to do, in plain text; the same as `steps`."""
    steps: Sequence[StepDocument]
    secrets: Sequence[str]
    """Names of the secrets to change."""
    level: Level | None
    rule: str | None
    triple: str | None
    registry: str | None
    location: LocationDocument | None


class UnaskedDocument(TypedDict):
    """Something that could not be queried, and how a person can find it out."""

    what: str
    how: str


class DoctorDocument(ObservedDocument):
    """The output of `crreg doctor`."""

    status: Status
    codespace: CodespaceDocument | None
    """Null outside of a codespace."""
    diagnosis: Sequence[DiagnosisDocument]
    """The most important first."""
    unasked: Sequence[UnaskedDocument]
