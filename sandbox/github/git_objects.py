"""Git's objects: files, trees, commits and branches, with the object ids that git computes.

Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

# Assumes GH-GIT.

import enum
import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


class Mode(enum.IntEnum):
    """What git stores of an entry's kind and permissions."""

    FOLDER = 0o040000
    REGULAR = 0o100644
    EXECUTABLE = 0o100755
    SYMLINK = 0o120000
    SUBMODULE = 0o160000


@dataclass(frozen=True, slots=True)
class File:
    """What stands at a path of a commit; `str` and `bytes` are short for a regular file."""

    data: bytes
    """The content; of a symbolic link, its target; of a submodule, the commit's object id in hexadecimal."""
    mode: Mode = Mode.REGULAR


Content = str | bytes | File


def executable(text: str) -> File:
    """A file with the executable bit."""
    return File(text.encode(), Mode.EXECUTABLE)


def symlink(target: str) -> File:
    """A symbolic link."""
    return File(target.encode(), Mode.SYMLINK)


def submodule(commit: str) -> File:
    """A commit of another repository, of which git stores only the object id."""
    return File(commit.encode(), Mode.SUBMODULE)


def as_file(content: Content) -> File:
    """The file with that content."""
    if isinstance(content, File):
        return content
    return File(content.encode() if isinstance(content, str) else content)


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of a file."""

    oid: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder."""

    name: str
    mode: Mode
    oid: str

    @property
    def kind(self) -> str:
        """`tree`, `blob` or `commit`, as git names it."""
        return {Mode.FOLDER: "tree", Mode.SUBMODULE: "commit"}.get(self.mode, "blob")


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder."""

    oid: str
    entries: tuple[Entry, ...]
    """In git's order."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and every object that its tree reaches."""

    oid: str
    moment: datetime
    root: str
    """The object id of its tree."""
    objects: Mapping[str, Blob | Tree] = field(repr=False)

    def at(self, path: str) -> Blob | Tree | None:
        """The object at a path, as `COMMIT:path` finds it: links are not followed and submodules lead nowhere.

        An empty path is the root; a folder's path may end with a slash.
        """
        found: Blob | Tree | None = self.objects[self.root]
        for name in path.removesuffix("/").split("/") if path else ():
            if not isinstance(found, Tree):
                return None
            oid = next((entry.oid for entry in found.entries if entry.name == name), "")
            found = self.objects.get(oid)
        return None if path.endswith("/") and not isinstance(found, Tree) else found

    def files(self) -> dict[str, File]:
        """Every file by its path, submodules among them."""
        return dict(self._below(self.root, ""))

    def _below(self, oid: str, prefix: str) -> Iterator[tuple[str, File]]:
        folder = self.objects[oid]
        assert isinstance(folder, Tree)
        for entry in folder.entries:
            path = prefix + entry.name
            if entry.mode is Mode.FOLDER:
                yield from self._below(entry.oid, f"{path}/")
            else:
                found = self.objects.get(entry.oid)
                yield path, File(found.data if isinstance(found, Blob) else entry.oid.encode(), entry.mode)


def commit(files: Mapping[str, Content], moment: datetime, *, parent: str = "") -> Commit:
    """A commit of exactly these files, by path, made at `moment` after `parent`."""
    objects: dict[str, Blob | Tree] = {}
    root = _folder({path: as_file(content) for path, content in files.items()}, objects)
    person = f"Mona <mona@example.com> {int(moment.timestamp())} +0000"
    before = f"parent {parent}\n" if parent else ""
    content = f"tree {root}\n{before}author {person}\ncommitter {person}\n\nChange it\n"
    return Commit(_oid("commit", content.encode()), moment.astimezone(UTC), root, objects)


@dataclass
class History:
    """The branches of a repository and the commits that GitHub still has."""

    branches: dict[str, str] = field(default_factory=dict)
    """The commit's object id by the branch's name."""
    commits: dict[str, Commit] = field(default_factory=dict)
    """By object id."""

    @classmethod
    def of(cls, files: Mapping[str, Content], moment: datetime, branch: str) -> "History":
        """One commit on one branch."""
        history = cls()
        history.add(files, moment, branch)
        return history

    def add(self, files: Mapping[str, Content], moment: datetime, branch: str) -> Commit:
        """Add a commit of exactly these files to a branch, which may be new."""
        made = commit(files, moment, parent=self.branches.get(branch, ""))
        self.commits[made.oid] = made
        self.branches[branch] = made.oid
        return made

    def files(self, branch: str) -> dict[str, File]:
        """The files of a branch; none if it does not exist."""
        found = self.commits.get(self.branches.get(branch, ""))
        return {} if found is None else found.files()

    def forget_unreachable(self) -> None:
        """Forget every commit that no branch points to, as after a forced push and a collection of garbage."""
        kept = set(self.branches.values())
        self.commits = {oid: each for oid, each in self.commits.items() if oid in kept}

    def find(self, expression: str, head: str) -> Commit | Tree | Blob | None:
        """The object that a revision expression names; `head` is the default branch.

        `REVISION` and `REVISION:PATH`, where the revision is HEAD, a branch, its full name or an object id.
        Source: https://git-scm.com/docs/gitrevisions
        """
        revision, separator, path = expression.partition(":")
        name = head if revision == "HEAD" else revision.removeprefix("refs/heads/")
        found = self.commits.get(self.branches.get(name, revision))
        if separator:
            return found.at(path) if found is not None else None
        return found if found is not None else self._object(revision)

    def holder(self, oid: str) -> Commit | None:
        """A commit that has that tree or blob."""
        return next((each for each in self.commits.values() if oid in each.objects), None)

    def _object(self, oid: str) -> Tree | Blob | None:
        commit = self.holder(oid)
        return commit.objects[oid] if commit is not None else None


def _folder(files: Mapping[str, File], objects: dict[str, Blob | Tree]) -> str:
    """Add a folder's objects; returns the object id of its tree."""
    entries = sorted(_entries(files, objects), key=_order)
    lines = (b"%o %b\0%b" % (entry.mode, entry.name.encode(), bytes.fromhex(entry.oid)) for entry in entries)
    oid = _oid("tree", b"".join(lines))
    objects[oid] = Tree(oid, tuple(entries))
    return oid


def _entries(files: Mapping[str, File], objects: dict[str, Blob | Tree]) -> Iterator[Entry]:
    folders: dict[str, dict[str, File]] = {}
    for path, file in files.items():
        name, separator, rest = path.partition("/")
        if separator:
            folders.setdefault(name, {})[rest] = file
        elif file.mode is Mode.SUBMODULE:
            yield Entry(name, file.mode, file.data.decode())
        else:
            blob = _blob(file.data)
            objects[blob.oid] = blob
            yield Entry(name, file.mode, blob.oid)
    for name, inside in folders.items():
        yield Entry(name, Mode.FOLDER, _folder(inside, objects))


def _order(entry: Entry) -> bytes:
    """Git sorts a folder as if its name ended with a slash."""
    return entry.name.encode() + (b"/" if entry.mode is Mode.FOLDER else b"")


@functools.lru_cache(maxsize=4096)
def _blob(data: bytes) -> Blob:
    """One object for the same content, however many repositories have it."""
    return Blob(_oid("blob", data), data)


def _oid(kind: str, content: bytes) -> str:
    header = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
