"""What one job of a plan found, as its state file keeps it until the merge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crreg.organization.job import Job
from crreg.organization.plain import from_plain, to_plain
from crreg.organization.report import Checked, OrganizationReport

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Part:
    """The part of one job."""

    job: Job
    now: datetime
    """When the facts were gathered, with time zone."""
    listed: int
    """How many repositories were looked at."""
    ids: frozenset[int]
    """Their numbers at GitHub."""
    checked: tuple[Checked, ...]
    """Those with a dev container, and those that could not be read."""
    unlisted: tuple[str, ...]
    """Why not every repository was listed, one clause each; empty if every one was."""
    notes: tuple[str, ...]
    """What a reader should know about the run, as sentences."""
    tried: bool
    """Whether the job had credentials to prove something with."""

    @classmethod
    def of(cls, job: Job, report: OrganizationReport, *, tried: bool) -> "Part":
        """Take what the merge needs from a report, which is redacted before."""
        return cls(
            job,
            report.now,
            report.listed,
            report.ids,
            report.repositories,
            report.unlisted,
            report.notes,
            tried,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the document that `part_from_json` reads."""
        return {"version": _VERSION, "part": to_plain(self)}


def part_from_json(document: Any) -> Part:
    """Return the part of a document; raises ValueError if it is damaged or from another version of crreg."""
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise ValueError("another version")
    return from_plain(Part, document.get("part"))
