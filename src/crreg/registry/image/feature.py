"""The devcontainer-feature.json of a feature: in its manifest, or in its archive if it was published without.

The dev containers CLI reads it in the same two places, and also compares the archive with its digest:
https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-configuration/containerFeaturesOrder.ts
(getOCIFeatureMetadata) and containerCollectionsOCI.ts there (getBlob). It unpacks the archive with npm's `tar` and then
reads the file. crreg unpacks nothing, and does not read an archive that two programs could read differently.
"""

import gzip
import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator

from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.image.descriptor import LARGEST_MANIFEST, Descriptor, Manifest

_ANNOTATION = "dev.containers.metadata"
_FILE = "devcontainer-feature.json"
_LARGEST_ARCHIVE = LARGEST_MANIFEST
"""Bytes, compressed and not. Most features have some kilobytes."""
_LARGEST_METADATA = 256 * 1024
"""Bytes of devcontainer-feature.json, or characters of the annotation."""
_LARGEST_HEADER = 64 * 1024
"""Bytes of a header that gives the next entry a long name, for example."""
_NO_METADATA = "its manifest does not say so, and its archive"
_GZIP = b"\x1f\x8b"
_FILES = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
_WITHOUT_CONTENT = frozenset(
    {tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE}
)
_RECORD = re.compile(rb"([0-9]{1,6}) ")


class _UnreadableError(Exception):
    """The archive does not prove what devcontainer-feature.json has; the message says why, after "its archive"."""


def metadata_of(manifest: Manifest, read: Callable[[Descriptor], bytes]) -> FeatureMetadata:
    """Return the metadata of the feature with this manifest.

    `read` is only called if the manifest has none. It returns a blob, cut off at the size of the largest manifest.
    """
    annotation = manifest.annotations.get(_ANNOTATION)
    if annotation:
        if len(annotation) > _LARGEST_METADATA:
            return FeatureMetadata(unread=f"its metadata has more than {_LARGEST_METADATA // 1024} KiB")
        return FeatureMetadata(annotation)
    if not manifest.layers:
        return FeatureMetadata(unread="its manifest does not say so, and lists no archive")
    layer = manifest.layers[0]
    try:
        if layer.size >= _LARGEST_ARCHIVE:
            raise _too_large()
        return FeatureMetadata(_file_in(_unpacked(read(layer))).decode("utf-8", "replace"))
    except _UnreadableError as error:
        return FeatureMetadata(unread=f"{_NO_METADATA} {error}")


def _too_large() -> _UnreadableError:
    return _UnreadableError(f"has {_LARGEST_ARCHIVE // 1024 // 1024} MiB or more")


def _unpacked(archive: bytes) -> bytes:
    """Decompress an archive with gzip, which the CLI recognizes by its first bytes; it mostly is not compressed."""
    if archive.startswith(_GZIP):
        try:
            archive = gzip.GzipFile(fileobj=io.BytesIO(archive)).read(_LARGEST_ARCHIVE)
        except (OSError, EOFError, zlib.error):
            raise _UnreadableError("is compressed incorrectly") from None
    if len(archive) >= _LARGEST_ARCHIVE:
        raise _too_large()
    return archive


def _file_in(archive: bytes) -> bytes:
    """Return the content of devcontainer-feature.json."""
    found: bytes | None = None
    for info, content in _entries(archive):
        # The CLI does not unpack what has a `..` in its name.
        if ".." in info.name.split("/") or posixpath.normpath(info.name).lstrip("/") != _FILE:
            continue
        if found is not None:
            raise _UnreadableError(f"has a {_FILE} twice")
        if info.type not in _FILES:
            raise _UnreadableError(f"has a {_FILE} that is no regular file")
        if len(content) > _LARGEST_METADATA:
            raise _UnreadableError(f"has a {_FILE} of more than {_LARGEST_METADATA // 1024} KiB")
        found = content
    if found is None:
        raise _UnreadableError(f"has no {_FILE}")
    return found


def _entries(archive: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yield each file, folder, link or device under its full name, with its content."""
    name = ""
    for info, content in _blocks(archive):
        if info.type in _FILES | _WITHOUT_CONTENT:
            info.name = name or info.name
            name = ""
            yield info, content
        else:
            name = _name_in(info, content) or name


def _blocks(archive: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yield each header with its content.

    `tarfile` only parses the headers here. An archive can keep older versions of it busy without end (CVE-2024-6232,
    CVE-2025-8194).
    """
    position = 0
    while position < len(archive):
        header = archive[position : position + tarfile.BLOCKSIZE]
        if not header.strip(b"\0"):
            if archive[position:].strip(b"\0"):
                raise _UnreadableError("goes on after its end")
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            raise _UnreadableError("is no tar archive, or is broken") from None
        position += tarfile.BLOCKSIZE
        size = 0 if info.isdir() else info.size
        content = archive[position : position + max(0, size)]
        if len(content) != size or (size and info.type in _WITHOUT_CONTENT):
            raise _UnreadableError("is cut off or broken")
        position += -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        yield info, content


def _name_in(info: tarfile.TarInfo, content: bytes) -> str:
    """Return the name that a header gives the next entry; empty if none."""
    if info.size > _LARGEST_HEADER:
        raise _UnreadableError(f"has a header of more than {_LARGEST_HEADER // 1024} KiB")
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return content.rstrip(b"\0").decode("utf-8", "surrogateescape")
    if info.type == tarfile.GNUTYPE_LONGLINK:
        return ""
    if info.type not in {tarfile.XHDTYPE, tarfile.XGLTYPE}:
        raise _UnreadableError("has entries of a kind that crreg does not read")
    path = _path_in(content)
    if path and info.type == tarfile.XGLTYPE:
        raise _UnreadableError("has one name for all entries")
    return path


def _path_in(records: bytes) -> str:
    """Return the name that the records of an extended header give the next entry; empty if none.

    Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (pax Extended Header)
    """
    path, position = b"", 0
    while position < len(records):
        length = _RECORD.match(records, position)
        end = position + int(length[1]) if length else 0
        if length is None or end <= length.end() or records[end - 1 : end] != b"\n":
            raise _UnreadableError("has an extended header that is broken")
        key, separator, value = records[length.end() : end - 1].partition(b"=")
        if not separator or key == b"size" or key.startswith(b"GNU.sparse"):
            raise _UnreadableError("has an extended header that crreg does not read")
        path = value if key == b"path" else path
        position = end
    return path.decode("utf-8", "surrogateescape")
