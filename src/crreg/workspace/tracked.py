"""The files of a checkout that a codespace sees: those in git, with the content in git.

In a workflow, earlier steps may have written secrets into files, and the author of a pull request controls the
committed files. So a file counts only as recorded in the index. In a terminal, a file that has not been added yet
counts too, unless git ignores it. A folder outside of any checkout is read as it is.
"""

import enum
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NoReturn

from crreg.workspace.confined import RefusedError, Trail, follow
from crreg.workspace.work_tree import Indexes, WorkTree

UNTRACKED = "is not committed, so a codespace does not see it"
_IGNORED = "is ignored by git, so a codespace does not see it"
_CHANGED = "differs from the committed file, which is what a codespace sees"
_CONFLICT = "has a merge conflict, so crreg can't know what a codespace sees"
ABSENT = "is committed, but not in this checkout, so its content is unknown"
_IDENT = re.compile(rb"\$Id:[^$\r\n]*\$")


class View(enum.Enum):
    """Which files count."""

    WORKFLOW = enum.auto()
    """Only what is committed."""
    TERMINAL = enum.auto()
    """Also files that may be committed later."""


def view_of(environment: Mapping[str, str]) -> View:
    """Return the view of a process; GitHub's runner sets a variable in a workflow."""
    return View.WORKFLOW if environment.get("GITHUB_ACTIONS") == "true" else View.TERMINAL


class NotCommittedError(Exception):
    """A file that does not count because a codespace does not see it as it is here."""

    def __init__(self, reason: str, *, is_missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, to follow the file's name."""
        self.is_missing = is_missing
        """Whether a codespace does not have the file. If False, it has the file, but with unknown content."""


class Tracked:
    """Decides for each file below a folder whether it counts."""

    def __init__(self, root: str, view: View, environment: Mapping[str, str]) -> None:
        """`root` is a real path; `environment` shows where the user's own ignore rules are."""
        self._root = root
        self._view = view
        self._environment = environment
        self._indexes = Indexes()
        self._submodules: dict[str, WorkTree] = {}
        """By real path."""

    @property
    def trouble(self) -> str:
        """Why it is unknown which files are committed, as a clause; empty if it is known, and in a terminal."""
        return self._tree.trouble if self._view is View.WORKFLOW else ""

    @property
    def is_top(self) -> bool:
        """Whether the root is the top folder of a checkout."""
        return self._tree.is_top

    @property
    def damage(self) -> str:
        """Like `trouble`, but empty if there is no checkout at all."""
        return self.trouble if self._tree.is_checkout else ""

    def check(self, path: str, content: bytes | None = None) -> bytes | None:
        """Check a file, given its path relative to the root and optionally its content.

        Returns the content in git, which differs if the checkout converted line endings or `$Id$`.

        Raises:
            NotCommittedError: the file does not count.
        """
        trail = self._trail(path)
        if self._view is View.TERMINAL:
            for each in (*(link for link, _ in trail.links), trail.path):
                self._check_ignored(each)
            return content
        if self.trouble:
            return content
        for link, target in trail.links:
            self._committed(link, os.fsencode(target), is_link=True)
        return self._committed(trail.path, content, is_link=False)

    def check_absence(self, path: str) -> None:
        """Check that a file that the checkout lacks is missing in a codespace too.

        Raises:
            NotCommittedError: a codespace has the file, or may have it.
        """
        tree, name = self._owner(path)
        entry = tree.find(name)
        is_fetched = tree is self._tree or not tree.trouble
        if entry is None:
            may_be_there = tree.leaves_out(name) or not is_fetched
        else:
            may_be_there = entry.is_skipped or (self._view is View.WORKFLOW and not entry.is_intended)
        if may_be_there:
            _refuse(ABSENT)

    def _committed(self, path: str, content: bytes | None, *, is_link: bool) -> bytes | None:
        """Return the content in git for a real path; the `content` of a link is its target."""
        tree, name = self._owner(path)
        if tree.trouble:
            _refuse(f"is in a submodule, and {tree.trouble}")
        entry = tree.find(name)
        if entry is None or entry.is_intended:
            if tree.leaves_out(name):
                _refuse(ABSENT)
            raise NotCommittedError(UNTRACKED, is_missing=True)
        if entry.stage:
            _refuse(_CONFLICT)
        if not (entry.is_link if is_link else entry.is_file):
            _refuse(_CHANGED)
        if content is None:
            return None
        for candidate in (content,) if is_link else _as_committed(content):
            if tree.has_content(entry, candidate):
                return candidate
        return _refuse(_CHANGED)

    def _check_ignored(self, path: str) -> None:
        tree, name = self._owner(path)
        if tree.find(name) is not None:
            return
        try:
            is_ignored = tree.ignores(name)
        except RefusedError as error:
            _refuse(f"may be ignored by git: it {error}")
        if is_ignored:
            raise NotCommittedError(_IGNORED, is_missing=True)

    def _trail(self, path: str) -> Trail:
        try:
            return follow(self._root, path, is_strict=False)
        except (RefusedError, OSError):
            _refuse("is reached by too many symbolic links")

    def _owner(self, path: str) -> tuple[WorkTree, str]:
        """Return the working tree of a file, this one or a submodule's, and the file's path in it."""
        tree, above, name = self._tree, self._root, path
        while (folder := tree.submodule_of(name)) is not None:
            above, name = os.path.join(above, folder), name[len(folder) + 1 :]  # noqa: PTH118 - likewise
            if above not in self._submodules:
                self._submodules[above] = WorkTree(above, self._environment, self._indexes, is_top=True)
            tree = self._submodules[above]
        return tree, name

    @cached_property
    def _tree(self) -> WorkTree:
        return WorkTree(self._root, self._environment, self._indexes)


def _refuse(reason: str) -> NoReturn:
    raise NotCommittedError(reason)


def _as_committed(content: bytes) -> Iterator[bytes]:
    """Yield the possible content in git of a file that was checked out (gitattributes(5): `eol`, `ident`)."""
    yield content
    lines = content.replace(b"\r\n", b"\n")
    yield lines
    yield _IDENT.sub(b"$Id$", content)
    yield _IDENT.sub(b"$Id$", lines)
