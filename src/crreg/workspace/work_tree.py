"""One working tree: its index and its ignore rules."""

import os
from collections.abc import Mapping

from crreg.workspace.checkout import Checkout, CheckoutError, find_checkout
from crreg.workspace.confined import RefusedError
from crreg.workspace.ignored import Ignored
from crreg.workspace.index import LARGEST_INDEX, Index, IndexEntry, IndexFormatError


class Indexes:
    """Reads all indexes of a run, with one limit for their total size."""

    def __init__(self, most_bytes: int = LARGEST_INDEX) -> None:
        self._bytes_left = most_bytes

    def read(self, checkout: Checkout) -> Index:
        """Read the index of a checkout.

        Raises:
            CheckoutError: it can't be read; the message says why.
        """
        try:
            content = checkout.read("index", self._bytes_left)
            self._bytes_left -= len(content)
            return Index(content)
        except FileNotFoundError:
            raise CheckoutError("git's index is missing") from None
        except OSError as error:
            raise CheckoutError(f"git's index can't be read ({error.strerror})") from None
        except (RefusedError, IndexFormatError) as error:
            raise CheckoutError(f"git's index {error}") from None


class WorkTree:
    """A folder in a checkout, and what git knows about the paths below it, which are relative to it."""

    def __init__(
        self, root: str, environment: Mapping[str, str], indexes: Indexes, *, is_top: bool = False
    ) -> None:
        """`root` is a real path. With `is_top`, it must be the top folder of a checkout.

        `environment` shows where the user's own ignore rules are.
        """
        self.is_checkout = False
        """Whether there is a checkout, readable or not."""
        self.trouble = ""
        """Why it is unknown which files git tracks, as a clause; empty if it is known."""
        self._index: Index | None = None
        self._ignored: Ignored | None = None
        self._prefix = ""
        """The root relative to the checkout's top, with a slash at the end; empty if they are the same."""
        try:
            checkout = find_checkout(root)
            if checkout is None or (is_top and checkout.top != root):
                self.trouble = "the folder is not a git checkout"
                return
            self.is_checkout = True
            self._ignored = Ignored(checkout, environment)
            prefix = os.path.relpath(root, checkout.top)
            self._prefix = "" if prefix == "." else f"{prefix}/"
            self._index = indexes.read(checkout)
        except CheckoutError as error:
            self.is_checkout = True
            self.trouble = str(error)

    @property
    def is_top(self) -> bool:
        """Whether the folder is the top folder of a checkout."""
        return self.is_checkout and not self._prefix

    def find(self, path: str) -> IndexEntry | None:
        """Return the index entry of a path; None if there is none, or if the index can't be read."""
        if self._index is None or path.startswith("../"):
            return None
        try:
            return self._index.find(os.fsencode(self._prefix + path))
        except UnicodeEncodeError:
            return None

    def submodule_of(self, path: str) -> str | None:
        """Return the submodule that contains a path; None if there is none."""
        if self._index is None or not self._index.has_submodules:
            return None
        return next((folder for folder in _folders(path) if _is_submodule(self.find(folder))), None)

    def leaves_out(self, path: str) -> bool:
        """Return whether a path is in a folder that a sparse index lists as a whole."""
        if self._index is None or not self._index.has_folders:
            return False
        entries = (self.find(f"{folder}/") for folder in _folders(path))
        return any(entry is not None and entry.is_folder for entry in entries)

    def has_content(self, entry: IndexEntry, content: bytes) -> bool:
        """Return whether `content` matches the index entry of a file, or of a link's target."""
        return self._index is not None and self._index.blob_digest(content) == entry.digest

    def ignores(self, path: str) -> bool:
        """Return whether git ignores an untracked path; raises RefusedError if that takes too long to find out."""
        return self._ignored is not None and self._ignored.has(self._prefix + path)


def _folders(path: str) -> list[str]:
    """Return the parent folders of a path, the topmost first."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _is_submodule(entry: IndexEntry | None) -> bool:
    return entry is not None and entry.is_submodule
