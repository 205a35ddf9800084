"""A commit of a real git repository, as FetchedFiles may get it from anywhere."""

import os
import posixpath
from collections.abc import Iterable
from pathlib import Path

from sandbox.checkout import git

from crreg.discovery.discover import discover_in
from crreg.discovery.found import Discovery
from crreg.workspace.budget import ReadingBudget
from crreg.workspace.commit_objects import CommitObjects, TreeEntry, Wanted
from crreg.workspace.fetched import FetchedFiles
from crreg.workspace.opening import too_large
from crreg.workspace.readable import MAX_FILE_BYTES

MOST_ROUNDS = 12


class GitSource:
    """The objects of a repository's HEAD, read with git's plumbing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: dict[str, TreeEntry] = {}
        self._inside: dict[str, list[tuple[str, TreeEntry]]] = {"": []}
        for line in git(folder, "ls-tree", "-r", "-t", "-z", "HEAD").split(b"\0")[:-1]:
            about, _, raw = line.partition(b"\t")
            mode, _, oid = about.decode().split()
            path = os.fsdecode(raw)
            entry = TreeEntry(int(mode, 8), oid)
            self._entries[path] = entry
            above, name = posixpath.split(path)
            self._inside.setdefault(above, []).append((name, entry))

    def add(self, objects: CommitObjects, wanted: Iterable[Wanted]) -> None:
        """Add what is wanted and exists."""
        for each in wanted:
            if each.is_folder:
                if each.path in self._inside:
                    objects.add_folder(each.path, self._inside[each.path])
            elif each.oid or each.path in self._entries:
                entry = TreeEntry(0, each.oid) if each.oid else self._entries[each.path]
                if not (entry.is_folder or entry.is_submodule):
                    content = git(self._folder, "cat-file", "blob", entry.oid)
                    is_small = len(content) <= MAX_FILE_BYTES
                    objects.add_blob(entry.oid, content if is_small else too_large(MAX_FILE_BYTES))


def rounds_of(folder: Path) -> tuple[FetchedFiles, Discovery, int]:
    """Discover the HEAD of a repository without a checkout; return the files and the number of rounds too."""
    source, objects = GitSource(folder), CommitObjects()
    files = FetchedFiles(objects)
    for number in range(1, MOST_ROUNDS + 1):
        files.begin(ReadingBudget())
        found = discover_in(files)
        if not objects.is_wanting:
            return files, found, number
        assert not objects.is_stuck
        source.add(objects, objects.ask())
    raise AssertionError(f"more than {MOST_ROUNDS} rounds")
