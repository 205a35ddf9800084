"""Choose what the next query fetches: as much as GitHub answers in time."""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crreg.github.query_size import QuerySize
from crreg.github.repositories import BranchListed
from crreg.net.retry import QUERY_ATTEMPTS
from crreg.organization.listed import Listed
from crreg.organization.repository_files import RepositoryFiles, forget_entries
from crreg.workspace.commit_objects import Wanted

_REPOSITORIES = 100
"""Repositories in one query, if GitHub answers such queries in time."""
_OBJECTS = 400
"""Folders and files in one query, if GitHub answers such queries in time."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one query fetches from one repository."""

    files: RepositoryFiles
    wanted: tuple[Wanted, ...]


Batch = list[Fetch]


class Batches:
    """The repositories that wait for a query."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.failures = 0
        """Queries that failed since the last that did not."""
        self.waits = 0
        """How many of them could not be any smaller, so that only time can help."""
        self._say = say
        self._ready: deque[RepositoryFiles] = deque()
        self._repositories, self._objects = QuerySize(_REPOSITORIES), QuerySize(_OBJECTS)

    def __bool__(self) -> bool:
        return bool(self._ready)

    @property
    def is_full(self) -> bool:
        """Whether the next query can't be filled any further."""
        waiting = sum(len(files.waiting) for files in self._ready)
        return len(self._ready) >= self._repositories.now or waiting >= self._objects.now

    def add(self, files: RepositoryFiles) -> None:
        """Add a repository that waits for something."""
        self._ready.append(files)

    def grow(self) -> None:
        """Note that a query was answered as a whole."""
        self.failures = self.waits = 0
        self._repositories.answered()
        self._objects.answered()

    def take(self, *, one: bool) -> Batch:
        """Take what the next query fetches; with `one`, of only one repository."""
        batch: Batch = []
        room = self._objects.now
        most = 1 if one else self._repositories.now
        while self._ready and room and len(batch) < most:
            files = self._ready.popleft()
            if files.trouble:
                continue
            wanted, files.waiting = tuple(files.waiting[:room]), files.waiting[room:]
            room -= len(wanted)
            files.pending += 1
            batch.append(Fetch(files, wanted))
            if files.waiting:
                self._ready.appendleft(files)
                break
        return batch

    def put_back_smaller(self, given_up: Batch, query: Batch) -> None:
        """Put back what GitHub gave up on, which is all or a part of one query, for smaller queries."""
        size = size_of(query)
        is_all = len(given_up) == len(query)
        self.failures = self.failures + 1 if is_all else 0
        if size == 1:
            self.waits += 1
            fetch = query[0]
            fetch.files.attempts += 1
            if fetch.files.attempts >= QUERY_ATTEMPTS:
                fetch.files.trouble = f"was not read: GitHub gives up on {fetch.wanted[0].path or 'its root'}"
        else:
            self._say(
                f"GitHub gave up on a query for {size:,} files and folders. Asking for fewer at a time."
            )
        self._objects.gave_up(size)
        self._repositories.gave_up(len(query))
        self.put_back(given_up)

    def put_back(self, batch: Batch) -> None:
        """Put back what was not answered, to be taken next."""
        for fetch in reversed(batch):
            if not fetch.files.waiting:
                self._ready.appendleft(fetch.files)
            fetch.files.waiting = [*fetch.wanted, *fetch.files.waiting]


class Later:
    """The repositories that are read after all others, those that were not checked for the longest time first."""

    def __init__(self, last_checked: Mapping[int, str]) -> None:
        """`last_checked` has a text for each repository's id that orders it."""
        self._last_checked = last_checked
        self._waiting: list[tuple[str, int, Listed, BranchListed | None]] = []
        """A heap; a number keeps the order of the list."""
        self._taken = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def takes(self, listed: Listed, branch: BranchListed | None) -> bool:
        """Let a repository wait if it was checked; returns whether it waits."""
        moment = self._last_checked.get(listed.id)
        if moment is None:
            return False
        self._taken += 1
        kept = forget_entries(branch) if branch is not None else None
        heapq.heappush(self._waiting, (moment, self._taken, listed, kept))
        return True

    def pop(self) -> tuple[Listed, BranchListed | None]:
        """Return the next one."""
        _, _, listed, branch = heapq.heappop(self._waiting)
        return listed, branch


def size_of(batch: Batch) -> int:
    """Return the number of files and folders that a batch fetches."""
    return sum(len(fetch.wanted) for fetch in batch)
