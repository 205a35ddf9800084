"""The result of an examination, as values."""

import enum
from dataclasses import dataclass, field

from crreg.discovery.found import Source
from crreg.doctor.codespace import Codespace
from crreg.exits.status import Status
from crreg.facts.image import ImageFact
from crreg.facts.model import Facts
from crreg.facts.package_access import can_be_pulled
from crreg.findings.finding import Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import Remedy, text_of
from crreg.github.levels import Level
from crreg.printable import OURS


class Fix(enum.StrEnum):
    """The kind of thing that helps, for a tool to choose by."""

    WRITE = "get-write-access"
    """The person has no write access to the repository, so GitHub gives the codespace no secret."""
    RESTART = "stop-and-start"
    """Stop the codespace and start it again."""
    SET = "set-secret"
    """A secret does not exist."""
    UPDATE = "update-secret"
    """A secret has a value that does not work."""
    DELETE = "delete-secret"
    """A secret only does harm: the image can be pulled without it."""
    ASSIGN = "assign-secret"
    """A secret is not assigned to this repository."""
    GRANT = "grant-access"
    """An account or a package's settings do not allow pulling the image."""
    CORRECT = "correct-file"
    """A file of the repository names something that does not exist."""
    REGISTRY = "change-registry"
    """The registry itself is set up so that no codespace logs in."""
    RETRY = "try-again"
    """Something did not answer."""
    REBUILD = "rebuild-container"
    """Everything can be pulled now, and this is still the recovery container."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause, and what to do about it."""

    severity: Severity
    """An error keeps this codespace from pulling an image; a warning may, or soon will."""
    action: Fix
    cause: str
    """One or two sentences of plain text."""
    steps: Remedy
    """What to do, in this order."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets to change."""
    level: Level | None = None
    """Where these are stored, or belong; None if that is not known or no secret needs a change."""
    rule: str | None = field(default=None, metadata={OURS: True})
    """The rule whose finding this is; None if the codespace itself shows it."""
    triple: str | None = None
    registry: str | None = None
    location: Location | None = None
    """Its place in the repository; None if no file names it."""

    @property
    def remedy(self) -> str:
        """What to do as plain text, one line a step."""
        return text_of(self.steps)


@dataclass(frozen=True, slots=True)
class Unasked:
    """Something that could not be queried, and how a person can find it out."""

    what: str
    how: Remedy
    of_stores: bool = False
    """Whether it is about where secrets are stored, which matters only to a person who has to change one."""


def lacks_files(facts: Facts, codespace: Codespace | None) -> bool:
    """Whether the dev container that failed to start is in no file here, so that its images are not known."""
    found = facts.discovery.configurations or facts.images
    return codespace is not None and codespace.recovery and not found


@dataclass(frozen=True, slots=True)
class Examination:
    """What was seen, and what it means."""

    facts: Facts
    findings: tuple[Finding, ...]
    """What the rules find, for the administrators of the repository."""
    codespace: Codespace | None
    """None outside of a codespace."""
    diagnoses: tuple[Diagnosis, ...]
    """The most important first."""
    unasked: tuple[Unasked, ...] = field(default=())

    @property
    def status(self) -> Status:
        """Unhealthy with an error, and healthy if every image can be pulled. A warning changes nothing."""
        if any(diagnosis.severity is Severity.ERROR for diagnosis in self.diagnoses):
            return Status.UNHEALTHY
        facts = self.facts
        if lacks_files(facts, self.codespace) or (
            facts.repository is None and not (facts.images or facts.triples)
        ):
            # The folder is not a repository: there was nothing to examine.
            return Status.UNKNOWN
        needed = (image for image in self.facts.images if image.source is not Source.CACHE)
        return Status.HEALTHY if all(self.can_be_pulled(image) for image in needed) else Status.UNKNOWN

    def can_be_pulled(self, image: ImageFact) -> bool:
        """Whether a codespace certainly gets the image."""
        return can_be_pulled(self.facts, image)
