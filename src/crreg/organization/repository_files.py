"""One repository of an organization while its files are being read, round by round."""

import posixpath
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from crreg.configuration.load import DEFAULT_CONFIGURATIONS, read_configuration
from crreg.discovery.devcontainer.places import may_begin
from crreg.discovery.discover import discover_in
from crreg.discovery.found import Discovery, Problem, ProblemKind
from crreg.findings.location import Location
from crreg.github.commit_files import Objects
from crreg.github.repositories import BranchListed
from crreg.organization.listed import Files, Listed, Read
from crreg.workspace.budget import SECONDS, Limit, ReadingBudget
from crreg.workspace.commit_objects import CommitObjects, TreeEntry, Wanted
from crreg.workspace.fetched import FetchedFiles

MOST_ROUNDS = 12
"""Rounds of reading. Nearly all repositories need two to four."""
_LAST_SECONDS = 1.0
"""Processor seconds that the last round has, however much was used before."""
_EMPTY = Files(Discovery((), (), ()))
_UNRELIABLE = "was not read: GitHub lists files that it does not return"


class RepositoryFiles:
    """The files of one commit, as far as they were fetched."""

    def __init__(self, listed: Listed, branch: BranchListed) -> None:
        self.listed = listed
        self.waiting: list[Wanted] = []
        """What to fetch before the next round."""
        self.pending = 0
        """Queries that fetch something of it now."""
        self.attempts = 0
        """Queries for one object of it that GitHub gave up on."""
        self.trouble = ""
        """Why it can't be read, as a clause to follow its name; empty if it can."""
        self._objects = CommitObjects()
        self._files = FetchedFiles(self._objects)
        self._rounds = 0
        self._seconds = SECONDS
        for path, entries in (branch.folders or {}).items():
            self._objects.add_folder(path, entries)

    @property
    def weight(self) -> int:
        """About how many bytes are kept."""
        return self._objects.weight

    def add(self, objects: Objects) -> None:
        """Add what was fetched."""
        for path, entries in objects.folders.items():
            self._objects.add_folder(path, entries)
        for oid, content in objects.blobs.items():
            self._objects.add_blob(oid, content)

    def read(self) -> tuple[Read, bool] | None:
        """Read a round; None if more must be fetched first, which is then `waiting`.

        The second value is whether the result depends on the files alone, so that it can be remembered.
        """
        if self.trouble:
            return Read(self.listed, None, self.trouble), False
        self._rounds += 1
        files, in_time = self._round(self._seconds, last=False)
        if not self._objects.is_wanting:
            return Read(self.listed, files), in_time
        if self._objects.is_stuck:
            return Read(self.listed, None, _UNRELIABLE), False
        if in_time and self._rounds < MOST_ROUNDS:
            self.waiting = list(self._objects.ask())
            if self.waiting:
                return None
        files, _ = self._round(max(self._seconds, _LAST_SECONDS), last=True)
        return Read(self.listed, _cut_short(files)), False

    def _round(self, seconds: float, *, last: bool) -> tuple[Files, bool]:
        """Read what there is; return it, and whether the time was enough.

        Processor time is counted, because the other threads of the process must not use up a repository's time.
        """
        self._files.begin(ReadingBudget(), last=last)
        text, path, trouble = read_configuration(self._files)
        budget = ReadingBudget(seconds=max(seconds, 0.0), clock=time.thread_time)
        self._files.budget = budget
        discovery = discover_in(self._files)
        used = budget.spent(Limit.SECONDS)
        self._seconds -= used
        return Files(discovery, text, path, trouble), used < seconds


def without_files(listed: Listed, branch: BranchListed | None) -> Read | None:
    """Return the result for a repository without anything to check; None if its files must be read."""
    if branch is not None and (branch.folders is None or _may_begin(branch.folders)):
        return None
    return Read(listed, _EMPTY)


def forget_entries(branch: BranchListed) -> BranchListed:
    """Leave out the entries of a branch's first folders, except whether its files must be read."""
    return replace(branch, folders=None if branch.folders is None or _may_begin(branch.folders) else {})


def _may_begin(folders: Mapping[str, Sequence[tuple[str, TreeEntry]]]) -> bool:
    """Whether the entries of a branch's first folders lead to anything that a check of the repository reads."""
    names = {folder: {name for name, _ in entries} for folder, entries in folders.items()}
    root = names.get("", ())
    if any(map(may_begin, root)):
        return True
    for folder, name in map(posixpath.split, DEFAULT_CONFIGURATIONS):
        # Something that is no folder may be a link to one, or a submodule.
        if name in names.get(folder, ()) or (folder in root and folder not in folders):
            return True
    return False


def _cut_short(files: Files) -> Files:
    """Add that the repository was not read to its end."""
    discovery = files.discovery
    path = discovery.configurations[0] if discovery.configurations else ".devcontainer"
    message = "this was not read to the end: there is more to read than crreg allows for one repository"
    problem = Problem(ProblemKind.UNRESOLVED, message, Location.start_of(path))
    return replace(files, discovery=replace(discovery, problems=(*discovery.problems, problem)))
