"""Merges the state files of a plan's jobs into one state, and makes the reports."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crreg.exits.exit_code import ExitCode, FailOn, exit_code
from crreg.exits.status import worst_status
from crreg.organization.database import StateError, prepared_existing
from crreg.organization.job import Job
from crreg.organization.merging import merge
from crreg.organization.part import Part, part_from_json
from crreg.organization.report import OrganizationReport
from crreg.organization.state import State


@dataclass(frozen=True, slots=True)
class Merged:
    """The joined parts of a plan."""

    reports: tuple[OrganizationReport, ...]
    """One for each organization."""
    tried: bool
    """Whether the jobs had credentials to prove something with, or may have had some."""

    def exit_code(self, fail_on: FailOn) -> ExitCode:
        """Return the exit code of the merge: that of one check of everything."""
        return exit_code(
            worst_status(report.status for report in self.reports),
            errors=any(report.errors for report in self.reports),
            warnings=any(report.warnings for report in self.reports),
            fail_on=fail_on,
            tried=self.tried,
        )


def merge_files(
    plan: Sequence[Job],
    files: Sequence[Path],
    state: State,
    say: Callable[[str], None],
    checkouts: Sequence[Path],
) -> Merged:
    """Return the report about each organization, and take what the parts remember over into the state.

    A file that is missing, damaged or a link in one of the folders `checkouts` makes its organization's report unknown.
    `say` is called with its name.

    Raises:
        PlanError: the parts are not those of the plan.
    """
    found: list[tuple[Path, Part]] = []
    missing: dict[str, str] = {}
    for path in files:
        try:
            found.append((path, _read(path, checkouts)))
        except (StateError, sqlite3.Error, OSError, ValueError) as error:
            why = str(error) if isinstance(error, StateError | PermissionError) else "its file is damaged"
            say(f"The part {path} can't be used: {why.rstrip('.')}.")
            # The folder or the file has the name that the plan gives to the part.
            names = (path.stem, path.parent.name)
            missing |= {
                job.name: why.rstrip(".")
                for job in plan
                if any(f"-{name}".endswith(f"-{job.to_json()['file']}") for name in names)
            }
    reports = merge(plan, [part for _, part in found], missing, datetime.now(UTC))
    for path, part in found:
        with State(prepared_existing(path, checkouts)) as other:
            state.absorb(other, part.job.organization, part.ids)
    known = {report.organization for report in reports}
    if all(report.is_whole for report in reports) and set(state.organizations()) <= known:
        state.forget(state.remembered().difference(*(report.ids for report in reports)))
    return Merged(reports, tried=len(found) < len(plan) or any(part.tried for _, part in found))


def _read(path: Path, checkouts: Sequence[Path]) -> Part:
    """Read the part that a job left in its state file; raises StateError, sqlite3.Error, OSError and ValueError."""
    if not path.is_file():
        raise StateError("it does not exist")
    with State(prepared_existing(path, checkouts)) as state:
        document = state.part()
    if document is None:
        raise StateError("its job did not finish")
    return part_from_json(document)
