"""What a rule found wrong, how bad it is, and where."""

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from crreg.findings.documentation import rule_page
from crreg.findings.location import Location
from crreg.findings.remedy import Remedy, text_of
from crreg.printable import OURS


class Severity(enum.StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """A codespace does not start, a triple is not written, or an image is not published."""
    WARNING = "warning"
    """A codespace may fail, or will later."""


class Effect(enum.StrEnum):
    """What a finding means for the status of the whole report."""

    STOPS = "stops"
    """It keeps a codespace from starting, a triple from being written or an image from being published; the status is
    unhealthy."""
    UNPROVEN = "unproven"
    """Whether a codespace starts is not proven; the status is unknown."""
    HYGIENE = "hygiene"
    """Codespaces start anyway; the status is not affected."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken in one place."""

    rule: str = field(metadata={OURS: True})
    """The rule's identifier in kebab case."""
    severity: Severity
    message: str
    """What is wrong and the usual reason, one or two sentences of plain text."""
    steps: Remedy
    """What to do now, in this order."""
    triple: str | None = None
    """Identifier of the triple it concerns."""
    registry: str | None = None
    """Host (and port) of the registry it concerns."""
    location: Location | None = None
    """Its place in the repository; None if no file names it."""
    effect: Effect = Effect.STOPS
    """What it means for the report's status."""
    subject: tuple[str, ...] = ()
    """The names of secrets, an image, a registry or a file. May quote files and servers: escape it."""

    @property
    def key(self) -> str:
        """Identifier that stays the same in every run, 32 hexadecimal digits.

        It is a hash of the rule and the subject. The message, the line and the severity may change between runs.
        """
        text = "\0".join((self.rule, *self.subject))
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]

    @property
    def remedy(self) -> str:
        """What to do now as plain text, one line a step."""
        return text_of(self.steps)

    @property
    def documentation(self) -> str:
        """The address of the page that explains the rule."""
        return rule_page(self.rule)


def errors_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are errors."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def warnings_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are warnings."""
    return tuple(finding for finding in findings if finding.severity is Severity.WARNING)
