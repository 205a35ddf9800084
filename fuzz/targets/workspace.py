"""Git's own files in a checkout: the index and the patterns of what is ignored."""

import hashlib

from fuzz.target import ensure, target

from crreg.workspace.confined import RefusedError
from crreg.workspace.ignore_pattern import Steps, parse_glob
from crreg.workspace.index import Index, IndexFormatError

_STEPS = 100_000


@target("git-index", raises=(IndexFormatError,), longest=2048, weight=2)
def git_index(content: bytes, path: bytes) -> None:
    """An index is parsed or refused, and every entry has a mode and a digest.

    The checksum is corrected, so that the code after it is reached, too.
    """
    for whole in (content, content + hashlib.sha1(content, usedforsecurity=False).digest()):
        try:
            index = Index(whole)
        except IndexFormatError:
            if whole is content:
                continue
            raise
        entry = index.find(path)
        size = len(index.blob_digest(b""))
        ensure(entry is None or len(entry.digest) == size, "a digest is of another size")


@target("ignore-pattern", raises=(RefusedError,), longest=512)
def ignore_pattern(pattern: str, path: str) -> None:
    """A pattern matches or not, and takes at most the allowed number of steps."""
    glob = parse_glob(pattern)
    glob.matches(path, Steps(_STEPS))
    literal = pattern == path and pattern.isalnum()
    ensure(not literal or glob.matches(path, Steps(_STEPS)), "a name does not match itself")
