"""Find and read a checkout's `.git`, without running anything.

Source: https://git-scm.com/docs/gitrepository-layout
"""

import configparser
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from crreg.net.github_hosts import HOST
from crreg.net.urls import host_of, is_loopback
from crreg.workspace.confined import RefusedError
from crreg.workspace.opening import read_below

_REMOTE = re.compile(
    r"(?:https?://|ssh://|git://)?(?:[^@/\s]+@)?(?P<host>[^/:\s]+)(?::\d+)?[:/]"
    r"(?P<repository>[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?"
)
"""The forms of a name's two parts are those of `github.access.REPOSITORY`."""
_LARGEST = 256 * 1024
_MOST_REFS = 64 * 1024 * 1024
_LONGEST_PATH = 4096
_REF = re.compile(r"refs/[A-Za-z0-9._/+@-]{1,250}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_GITDIR = "gitdir: "


class CheckoutError(Exception):
    """A `.git` that can't be read; the message says why, as a sentence without a period."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working tree of a repository."""

    top: str
    """Real path of its top folder."""
    git: str
    """Path of the folder with its index and its HEAD."""
    common: str
    """Path of the folder that all working trees share, with configuration, refs and objects."""

    def read(self, name: str, limit: int) -> bytes:
        """Read a file of this working tree without following links; raises OSError and RefusedError."""
        return read_below(self.git, name.split("/"), limit)

    def read_common(self, name: str, limit: int) -> bytes:
        """Read a file that all working trees share, in the same way as `read`."""
        return read_below(self.common, name.split("/"), limit)


def find_checkout(folder: str | Path) -> Checkout | None:
    """Find the checkout that contains a folder, on the same file system; None if there is none.

    Raises:
        CheckoutError: there is a `.git`, but it is broken.
    """
    here = Path(os.path.realpath(folder))
    try:
        device = here.stat().st_dev
        for each in (here, *here.parents):
            if each.stat().st_dev != device:
                break
            if os.path.lexists(each / ".git"):
                return _checkout(str(each))
    except OSError:
        pass
    return None


def _checkout(top: str) -> Checkout:
    entry = Path(top, ".git")
    try:
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode):
            return Checkout(top, str(entry), _common(str(entry)))
        if not stat.S_ISREG(mode):
            raise CheckoutError(".git is neither a folder nor a file")
        git = _path(read_below(top, (".git",), _LONGEST_PATH), _GITDIR, top)
        return Checkout(top, git, _common(git))
    except (OSError, RefusedError) as error:
        raise CheckoutError(".git does not lead to a git folder") from error


def _common(git: str) -> str:
    """Return the shared folder, which `commondir` names in additional working trees."""
    try:
        content = read_below(git, ("commondir",), _LONGEST_PATH)
    except FileNotFoundError:
        return git
    return _path(content, "", git)


def _path(content: bytes, prefix: str, base: str) -> str:
    """Return the real path of the folder that a one-line file names, relative to `base`."""
    text = os.fsdecode(content).rstrip("\r\n")
    if not text.startswith(prefix) or "\0" in text or "\n" in text or len(text) == len(prefix):
        raise CheckoutError(".git does not lead to a git folder")
    path = os.path.realpath(os.path.join(base, text.removeprefix(prefix)))  # noqa: PTH118 - bytes of any encoding
    if not os.path.isdir(path):  # noqa: PTH112 - likewise
        raise CheckoutError(".git does not lead to a git folder")
    return path


def root_of(folder: Path) -> Path | None:
    """Return the root of the checkout that contains `folder`, without following links; None if there is none."""
    here = Path(os.path.abspath(folder))  # noqa: PTH100 - follows no link
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), None)


def is_empty(folder: Path) -> bool:
    """Return whether a folder is empty except for `.git`, as a workspace is before anything is checked out."""
    return all(entry.name == ".git" for entry in folder.iterdir())


def repository_of(folder: Path, host: str) -> str | None:
    """Return `owner/name` of the checkout's remote `origin` if it is on `host`; None if unknown."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        checkout = find_checkout(folder)
        if checkout is None:
            return None
        parser.read_string(checkout.read_common("config", _LARGEST).decode())
        url = parser.get('remote "origin"', "url")
    except (CheckoutError, RefusedError, OSError, UnicodeDecodeError, configparser.Error):
        return None
    return repository_at(url.strip(), host)


def repository_at(url: str, host: str) -> str | None:
    """Return `owner/name` of the address of a repository on `host`, as git or a browser has it; None for any other.

    Ports don't count: git may use another one than the web pages. If `host` is this machine, what runs there stands
    between crreg and github.com, or in for it, so that the repository may be there too.
    """
    match, own = _REMOTE.fullmatch(url), host_of(host)
    hosts = {own, HOST} if is_loopback(own) else {own}
    return match["repository"] if match and match["host"].lower() in hosts else None


def revision_of(folder: Path) -> str | None:
    """Return the commit that is checked out, in hexadecimal digits; None if unknown."""
    try:
        checkout = find_checkout(folder)
    except CheckoutError:
        return None
    if checkout is None:
        return None
    head = _first_line(_text(checkout.git, "HEAD"))
    name = head.removeprefix("ref: ")
    if name == head:
        return _commit(head)
    if not _REF.fullmatch(name) or ".." in name:
        return None
    return _commit(_first_line(_text(checkout.common, name))) or _packed(checkout.common, name)


def _packed(folder: str, name: str) -> str | None:
    """Find a ref's commit in `packed-refs`; searching the bytes takes a tenth of the memory of a list of lines."""
    line = re.compile(rb"^(?P<commit>[0-9a-f]{40,64}) " + re.escape(name.encode()) + rb"\r?$", re.MULTILINE)
    found = line.search(_content(folder, "packed-refs"))
    return _commit(found["commit"].decode()) if found else None


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()


def _text(folder: str, name: str) -> str:
    return _content(folder, name).decode("utf-8", "replace")


def _content(folder: str, name: str) -> bytes:
    """Read a file in `.git`; empty if it is missing, or a link, which git never creates for these files."""
    try:
        return read_below(folder, name.split("/"), _MOST_REFS)
    except (OSError, RefusedError):
        return b""
