"""One working tree: what its index records and what its ignore rules say of a path."""

import os
from collections.abc import Mapping

from crreg.workspace.checkout import Checkout, CheckoutError, find_checkout
from crreg.workspace.ignored import Ignored
from crreg.workspace.index import LARGEST_INDEX, Entry, Index, IndexFormatError
from crreg.workspace.opening import RefusedError


class Indexes:
    """The indexes that one run reads, all of them together within one bound."""

    def __init__(self, most_bytes: int = LARGEST_INDEX) -> None:
        self._bytes_left = most_bytes

    def read(self, checkout: Checkout) -> Index:
        """The index of a checkout.

        Raises:
            CheckoutError: it can't be read, and why.
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
    """A folder in a checkout, and what git says of the paths below it, which are relative to it."""

    def __init__(
        self, root: str, environment: Mapping[str, str], indexes: Indexes, *, is_top: bool = False
    ) -> None:
        """`root` is a real path. With `is_top` only a checkout counts whose highest folder it is.

        `environment` says where the user's own ignore rules are.
        """
        self.is_checkout = False
        """Whether there is one, readable or not."""
        self.trouble = ""
        """Why it can't be told which files git tracks, as a clause; empty if it can."""
        self._index: Index | None = None
        self._ignored: Ignored | None = None
        self._prefix = ""
        """The root as seen from the checkout's top, with a slash at its end; empty where they are the same."""
        try:
            checkout = find_checkout(root)
            if checkout is None or (is_top and checkout.top != root):
                self.trouble = "the folder is no checkout of git"
                return
            self.is_checkout = True
            self._ignored = Ignored(checkout, environment)
            prefix = os.path.relpath(root, checkout.top)
            self._prefix = "" if prefix == "." else f"{prefix}/"
            self._index = indexes.read(checkout)
        except CheckoutError as error:
            self.is_checkout = True
            self.trouble = str(error)

    def find(self, path: str) -> Entry | None:
        """What the index records at a path; None if nothing, or if it can't be read."""
        if self._index is None or path.startswith("../"):
            return None
        try:
            return self._index.find(os.fsencode(self._prefix + path))
        except UnicodeEncodeError:
            return None

    def submodule_of(self, path: str) -> str | None:
        """The submodule that a path is in; None if it is in none."""
        if self._index is None or not self._index.has_submodules:
            return None
        return next((folder for folder in _folders(path) if _is_submodule(self.find(folder))), None)

    def leaves_out(self, path: str) -> bool:
        """Whether a path is in a folder that a sparse index lists as a whole."""
        if self._index is None or not self._index.has_folders:
            return False
        entries = (self.find(f"{folder}/") for folder in _folders(path))
        return any(entry is not None and entry.is_folder for entry in entries)

    def has_content(self, entry: Entry, content: bytes) -> bool:
        """Whether `content` is what the index records of a file, or of a link's target."""
        return self._index is not None and self._index.blob_digest(content) == entry.digest

    def ignores(self, path: str) -> bool:
        """Whether git ignores an untracked path; raises RefusedError if that takes too long to tell."""
        return self._ignored is not None and self._ignored.has(self._prefix + path)


def _folders(path: str) -> list[str]:
    """The folders that a path leads through, from above."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _is_submodule(entry: Entry | None) -> bool:
    return entry is not None and entry.is_submodule
