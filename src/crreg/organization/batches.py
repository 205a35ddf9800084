"""What the next query fetches, of which repositories: as much as GitHub answers in time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from crreg.organization.repository_files import RepositoryFiles
from crreg.workspace.commit_objects import Wanted

_REPOSITORIES = 100
"""Repositories in one query, if GitHub answers such queries in time."""
_OBJECTS = 400
"""Folders and files in one query, likewise."""
ATTEMPTS = 3
"""Queries for the same thing before it counts as failed."""
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0


@dataclass(frozen=True, slots=True)
class Part:
    """What one query fetches of one repository."""

    files: RepositoryFiles
    wanted: tuple[Wanted, ...]


Batch = list[Part]


class Batches:
    """The repositories that wait for a query."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.failures = 0
        """Queries that failed since the last that did not."""
        self._say = say
        self._ready: deque[RepositoryFiles] = deque()
        self._most_repositories, self._most_objects = _REPOSITORIES, _OBJECTS

    def __bool__(self) -> bool:
        return bool(self._ready)

    @property
    def is_full(self) -> bool:
        """Whether the next query can't be filled any further."""
        waiting = sum(len(files.waiting) for files in self._ready)
        return len(self._ready) >= self._most_repositories or waiting >= self._most_objects

    def add(self, files: RepositoryFiles) -> None:
        """Add a repository that waits for something."""
        self._ready.append(files)

    def grow(self) -> None:
        """Note that a query was answered as a whole."""
        self.failures = 0
        self._most_objects = min(_OBJECTS, self._most_objects + 1 + self._most_objects // 10)
        self._most_repositories = min(
            _REPOSITORIES, self._most_repositories + 1 + self._most_repositories // 10
        )

    def take(self, *, one: bool) -> Batch:
        """Take what the next query fetches; with `one`, of only one repository."""
        batch: Batch = []
        room = self._most_objects
        most = 1 if one else self._most_repositories
        while self._ready and room and len(batch) < most:
            files = self._ready.popleft()
            if files.trouble:
                continue
            wanted, files.waiting = tuple(files.waiting[:room]), files.waiting[room:]
            room -= len(wanted)
            files.pending += 1
            batch.append(Part(files, wanted))
            if files.waiting:
                self._ready.appendleft(files)
                break
        return batch

    def pause(self) -> float:
        """Return the seconds before the next query; the first two failures only make it smaller."""
        tries = self.failures - 2
        return min(_FIRST_WAIT * 2**tries, _LONGEST_WAIT) if tries >= 0 else 0.0

    def put_back_smaller(self, batch: Batch, answered: int) -> None:
        """Put back what GitHub gave up on, after it `answered` so many other objects, for smaller queries."""
        self.failures = 0 if answered else self.failures + 1
        size = size_of(batch)
        if size == 1 and not answered:
            files = batch[0].files
            files.attempts += 1
            if files.attempts >= ATTEMPTS:
                files.trouble = f"was not read: GitHub gives up on {batch[0].wanted[0].path or 'its root'}"
        else:
            self._say(
                f"GitHub gave up on a query for {size:,} files and folders. Asking for fewer at a time."
            )
        self._most_objects = max(1, min(self._most_objects, answered or size // 2))
        self._most_repositories = max(1, min(self._most_repositories, len(batch) // 2))
        self.put_back(batch)

    def put_back(self, batch: Batch) -> None:
        """Put back what was not answered, to be taken next."""
        for part in reversed(batch):
            if not part.files.waiting:
                self._ready.appendleft(part.files)
            part.files.waiting = [*part.wanted, *part.files.waiting]


def size_of(batch: Batch) -> int:
    """Return the number of files and folders that a batch fetches."""
    return sum(len(part.wanted) for part in batch)
