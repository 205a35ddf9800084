"""The results of publishing, as values."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.configuration.settings import Publication
from crreg.exits.exit_code import ExitCode, FailOn, exit_code
from crreg.exits.status import Status
from crreg.findings.finding import Finding, errors_of, warnings_of
from crreg.printable import OURS


class Kind(enum.StrEnum):
    """Where an image comes from."""

    COPY = "copy"
    BUILD = "build"
    LOCAL = "local"


class Outcome(enum.StrEnum):
    """How a target ended."""

    UNCHANGED = "unchanged"
    """Every tag already pointed at the image."""
    PLANNED = "planned"
    """It may be published, but this is a dry run."""
    PUBLISHED = "published"
    """Every tag was read back and points at the image."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not started, because another target can't be published."""


class Linked(enum.StrEnum):
    """Whether the image's package is linked to this repository."""

    YES = "yes"
    """GitHub says that it is."""
    NO = "no"
    UNKNOWN = "unknown"
    """GitHub was not asked or did not say, or the registry is not GitHub's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent; what the target already had is not sent again."""

    blobs: int = 0
    bytes: int = 0
    mounted: int = 0
    """Blobs that the registry took from another of its repositories."""
    there: int = 0
    """Blobs that the target already had."""
    manifests: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """One target and how it ended."""

    publication: Publication
    outcome: Outcome
    digest: str | None = None
    """The image's digest, `sha256:...`; None if there is none yet."""
    previous: Mapping[str, str | None] = field(default_factory=dict)
    """Tag to the digest that it pointed at before; None if the tag did not exist."""
    sent: Sent | None = None
    linked: Linked = Linked.UNKNOWN
    visibility: str | None = field(
        default=None, metadata={OURS: frozenset({"public", "private", "internal"})}
    )
    """The package's visibility: `public`, `private` or `internal`; None if GitHub was not asked or did not say."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader may want to know. They may quote servers: escape them."""

    @property
    def kind(self) -> Kind:
        """Where the image comes from."""
        return kind_of(self.publication)

    @property
    def reference(self) -> str:
        """The image under its first tag."""
        return f"{self.publication.image}:{self.publication.tags[0]}"

    @property
    def is_there(self) -> bool:
        """Whether the image is in the registry under every tag."""
        return self.outcome in {Outcome.PUBLISHED, Outcome.UNCHANGED}


@dataclass(frozen=True, slots=True)
class Publishing:
    """A whole run."""

    repository: str | None
    """`owner/name`; None if it is not known and was not needed."""
    results: tuple[Published, ...]
    """One for each publication, in their order."""
    findings: tuple[Finding, ...]
    dry_run: bool
    notes: tuple[str, ...] = ()
    """Sentences on waiting for GitHub, and on what is left out of `findings`."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What kept an image from being published, or keeps codespaces from pulling it."""
        return errors_of(self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return warnings_of(self.findings)

    @property
    def status(self) -> Status:
        """`healthy` if every image is published, `unknown` if some were only planned."""
        outcomes = {result.outcome for result in self.results}
        if self.errors or outcomes & {Outcome.FAILED, Outcome.SKIPPED}:
            return Status.UNHEALTHY
        return Status.UNKNOWN if Outcome.PLANNED in outcomes else Status.HEALTHY

    def exit_code(self, fail_on: FailOn) -> ExitCode:
        """Return the exit code of the run, which always fails if an image should have been published and was not."""
        return exit_code(
            self.status,
            warnings=bool(self.warnings),
            fail_on=fail_on,
            failed=any(result.outcome in {Outcome.FAILED, Outcome.SKIPPED} for result in self.results),
            tried=not self.dry_run,
        )


def kind_of(publication: Publication) -> Kind:
    """Return which of the three sources a publication has."""
    if publication.copy is not None:
        return Kind.COPY
    return Kind.BUILD if publication.build is not None else Kind.LOCAL


def source_of(publication: Publication) -> str:
    """Return the source as a person names it: an image, or the folder that is built."""
    if publication.build is not None:
        return publication.build.context
    return publication.copy or publication.local or ""
