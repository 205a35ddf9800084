"""What was to be published and what became of it, as values."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.configuration.settings import Publication
from crreg.exits import ExitCode, FailOn, Status, exit_code
from crreg.findings.finding import Finding, Severity
from crreg.text import OURS


class Kind(enum.StrEnum):
    """Where an image comes from."""

    COPY = "copy"
    BUILD = "build"
    LOCAL = "local"


class Outcome(enum.StrEnum):
    """How a target ended."""

    UNCHANGED = "unchanged"
    """Every tag pointed at the image already."""
    PLANNED = "planned"
    """It may be published; this is a dry run."""
    PUBLISHED = "published"
    """Every tag was read back, and points at the image."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not begun, since something stands against another target."""


class Linked(enum.StrEnum):
    """What an image says of the repository it belongs to, in `org.opencontainers.image.source`."""

    YES = "yes"
    """It names this repository, or GitHub has the package linked to it."""
    NO = "no"
    UNKNOWN = "unknown"
    """Nobody was asked: the registry is not GitHub's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What went over the wire; what the target had before is not sent again."""

    blobs: int = 0
    bytes: int = 0
    mounted: int = 0
    """Blobs that the registry took over from another repository of its own."""
    there: int = 0
    """Blobs that the target had."""
    manifests: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """One target and its end."""

    publication: Publication
    outcome: Outcome
    digest: str | None = None
    """The image's, `sha256:...`; None where there is none yet."""
    previous: Mapping[str, str | None] = field(default_factory=dict)
    """Tag to the digest that it pointed at before, None where there was no such tag."""
    sent: Sent | None = None
    linked: Linked = Linked.UNKNOWN
    visibility: str | None = field(
        default=None, metadata={OURS: frozenset({"public", "private", "internal"})}
    )
    """The package's, `public`, `private` or `internal`; None where GitHub was not asked or did not tell."""
    notes: tuple[str, ...] = ()
    """Sentences on what someone may want to know; may quote servers: escape them."""

    @property
    def kind(self) -> Kind:
        """Where it comes from."""
        return kind_of(self.publication)

    @property
    def reference(self) -> str:
        """The image under its first tag."""
        return f"{self.publication.image}:{self.publication.tags[0]}"

    @property
    def is_there(self) -> bool:
        """Whether the image is there, under every tag."""
        return self.outcome in {Outcome.PUBLISHED, Outcome.UNCHANGED}


@dataclass(frozen=True, slots=True)
class Publishing:
    """A whole run."""

    repository: str | None
    """`owner/name`; None where none was to be had, and none was needed."""
    results: tuple[Published, ...]
    """One for each publication, in their order."""
    findings: tuple[Finding, ...]
    dry_run: bool
    notes: tuple[str, ...] = ()
    """Sentences on what GitHub made the run wait for, and on what is left out of `findings`."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What kept an image from being published, or keeps codespaces from pulling it."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are warnings."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)

    @property
    def status(self) -> Status:
        """`healthy` if every image is published, `unknown` if some were only planned."""
        outcomes = {result.outcome for result in self.results}
        if self.errors or outcomes & {Outcome.FAILED, Outcome.SKIPPED}:
            return Status.UNHEALTHY
        return Status.UNKNOWN if Outcome.PLANNED in outcomes else Status.HEALTHY

    def exit_code(self, fail_on: FailOn) -> ExitCode:
        """Return the exit code of the run. An image that was to be published and was not always fails it."""
        return exit_code(
            self.status,
            warnings=bool(self.warnings),
            fail_on=fail_on,
            failed=any(result.outcome in {Outcome.FAILED, Outcome.SKIPPED} for result in self.results),
            tried=not self.dry_run,
        )


def kind_of(publication: Publication) -> Kind:
    """Which of the three sources a publication has."""
    if publication.copy is not None:
        return Kind.COPY
    return Kind.BUILD if publication.build is not None else Kind.LOCAL


def source_of(publication: Publication) -> str:
    """The source as a person names it: the image that is copied, the folder that is built."""
    if publication.build is not None:
        return publication.build.context
    return publication.copy or publication.local or ""
