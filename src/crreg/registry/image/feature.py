"""The devcontainer-feature.json of a feature: in its manifest, or in its archive if it was published without.

The dev containers CLI reads it in the same two places, and also compares the archive with its digest:
https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-configuration/containerFeaturesOrder.ts
(getOCIFeatureMetadata) and containerCollectionsOCI.ts there (getBlob). It unpacks the archive with npm's `tar` and then
reads the file. crreg unpacks nothing, and does not read an archive that two programs could read differently. It parses
headers itself, because Python's `tarfile` reads some differently than npm's `tar`, such as a size of `1_0`:
https://github.com/isaacs/node-tar/blob/v7.5.22/src/header.ts
"""

import posixpath
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.image.descriptor import LARGEST_MANIFEST, Descriptor, Manifest

_ANNOTATION = "dev.containers.metadata"
_FILE = "devcontainer-feature.json"
_UNPACKED_TWICE = "blob.tar"
"""The CLI unpacks the archive from a file of this name in the folder that it unpacks to, and then from there again."""
_LARGEST_ARCHIVE = LARGEST_MANIFEST
"""Bytes, compressed and not. Most features have some kilobytes."""
_LARGEST_METADATA = 32 * 1024
"""Bytes of devcontainer-feature.json, or characters of the annotation. Most have a few thousand."""
_LARGEST_HEADERS = 256 * 1024
"""Bytes of all headers that give the next entry a long name, for example. Megabytes would take a second to read."""
_NO_METADATA = "its manifest does not say so, and its archive"
_GZIP = b"\x1f\x8b"
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
"""Tells zlib to expect the header of gzip."""
_FILES = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
_LINKS = frozenset({tarfile.LNKTYPE, tarfile.SYMTYPE})
_WITHOUT_CONTENT = _LINKS | {tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE}
_ENTRIES = _FILES | _WITHOUT_CONTENT | {tarfile.DIRTYPE}
_OCTAL = re.compile(rb" *[0-7]*[ \0]*")
_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ")
_HARMLESS = re.compile(rb"path|comment|[mac]time|[ug]id|[ug]name|(?!GNU\.sparse)[A-Za-z0-9]+\..*", re.DOTALL)
"""The records of an extended header that change no entry's size or kind. Those with a dot are of one program."""
_ODD = "has an entry that programs may read differently"


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


class _Header(NamedTuple):
    name: str
    kind: bytes
    size: int
    has_prefix: bool
    """Whether a part of the name is in a field of its own. Some programs add it to a name from another header."""


def _unpacked(archive: bytes) -> bytes:
    """Decompress an archive with gzip, which the CLI recognizes by its first bytes; it mostly is not compressed."""
    # What was perhaps cut off has no digest to rely on.
    if len(archive) >= _LARGEST_ARCHIVE:
        raise _too_large()
    if not archive.startswith(_GZIP):
        return archive
    stream = zlib.decompressobj(_GZIP_FORMAT)
    try:
        unpacked = stream.decompress(archive, _LARGEST_ARCHIVE)
    except zlib.error:
        raise _UnreadableError("is compressed incorrectly") from None
    if len(unpacked) >= _LARGEST_ARCHIVE:
        raise _too_large()
    if not stream.eof or stream.unused_data:
        raise _UnreadableError("is compressed incorrectly")
    return unpacked


def _file_in(archive: bytes) -> bytes:
    """Return the content of devcontainer-feature.json."""
    found: bytes | None = None
    for name, kind, content in _entries(archive):
        # The CLI does not unpack what has a `..` in its name.
        place = "" if ".." in name.split("/") else posixpath.normpath(name).lstrip("/")
        if place != _FILE:
            # npm's tar takes `C:` and `\\` from the start of a name, and a folder may be in the file's place.
            is_renamed = not {*place}.isdisjoint(":?\\") and place.endswith((_FILE, _UNPACKED_TWICE))
            if is_renamed or place.partition("/")[0] in {_FILE, _UNPACKED_TWICE}:
                raise _UnreadableError(_ODD)
            continue
        if found is not None:
            raise _UnreadableError(f"has two entries named {_FILE}")
        if kind not in _FILES:
            raise _UnreadableError(f"has a {_FILE} that is not a regular file")
        if len(content) > _LARGEST_METADATA:
            raise _UnreadableError(f"has a {_FILE} of more than {_LARGEST_METADATA // 1024} KiB")
        found = content
    if found is None:
        raise _UnreadableError(f"has no {_FILE}")
    return found


def _entries(archive: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield full name, kind and content of each file, folder, link and device."""
    long_name, left = "", _LARGEST_HEADERS
    for header, content in _blocks(archive):
        if header.kind not in _ENTRIES:
            left -= header.size
            if left < 0:
                raise _UnreadableError(f"has headers of more than {_LARGEST_HEADERS // 1024} KiB")
            long_name = _name_in(header, content) or long_name
            continue
        name = long_name or header.name
        # To npm's tar, this is a folder, and what follows is the next header.
        is_folder = name.endswith("/") and header.kind in _FILES
        if is_folder or (long_name and header.has_prefix):
            raise _UnreadableError(_ODD)
        long_name = ""
        yield name, header.kind, content


def _blocks(archive: bytes) -> Iterator[tuple[_Header, bytes]]:
    """Yield each header with its content."""
    position = 0
    while position < len(archive):
        block = archive[position : position + tarfile.BLOCKSIZE]
        if not block.strip(b"\0"):
            if archive[position:].strip(b"\0"):
                raise _UnreadableError("goes on after its end")
            return
        header = _header_in(block)
        position += tarfile.BLOCKSIZE
        content = archive[position : position + header.size]
        if len(content) != header.size or (header.size and header.kind in _WITHOUT_CONTENT):
            raise _UnreadableError("is cut off or broken")
        position += -(-header.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        yield header, content


def _header_in(block: bytes) -> _Header:
    """Parse a header that every program reads alike.

    Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar Interchange Format)
    """
    size, checksum, kind = block[124:136], block[148:156], block[156:157]
    is_tar = len(block) == tarfile.BLOCKSIZE and _OCTAL.fullmatch(size) and _OCTAL.fullmatch(checksum)
    if not is_tar or _number(checksum) != sum(block) - sum(checksum) + 8 * ord(" "):
        raise _UnreadableError("is not a tar archive, or is broken")
    # npm's tar keeps times where a long prefix would end.
    prefix = block[345 : 500 if block[475] else 475].rstrip(b"\0")
    name, link = block[:100].rstrip(b"\0"), block[157:257].rstrip(b"\0")
    is_unusual = (
        not name
        or b"\0" in name + prefix
        or (prefix and block[257:265] != b"ustar\x0000")
        or bool(link) is not (kind in _LINKS)
    )
    if is_unusual:
        raise _UnreadableError(_ODD)
    path = (prefix + b"/" + name if prefix else name).decode("utf-8", "surrogateescape")
    return _Header(path, kind, 0 if kind == tarfile.DIRTYPE else _number(size), bool(prefix))


def _number(octal: bytes) -> int:
    return int(octal.strip(b" \0") or b"0", 8)


def _name_in(header: _Header, content: bytes) -> str:
    """Return the name that a header gives the next entry; empty if none."""
    if header.kind == tarfile.GNUTYPE_LONGNAME:
        path = content.rstrip(b"\0")
    elif header.kind in {tarfile.XHDTYPE, tarfile.XGLTYPE}:
        path = _path_in(content)
    else:
        raise _UnreadableError("has entries of a kind that crreg does not read")
    if path and header.kind == tarfile.XGLTYPE:
        raise _UnreadableError("has one name for all entries")
    if b"\0" in path:
        raise _UnreadableError(_ODD)
    return path.decode("utf-8", "surrogateescape")


def _path_in(records: bytes) -> bytes:
    """Return the name that the records of an extended header give the next entry; empty if none.

    Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (pax Extended Header)
    """
    path, position = b"", 0
    while position < len(records):
        length = _RECORD.match(records, position)
        end = position + int(length[1]) if length else 0
        if length is None or end <= length.end() or records[end - 1 : end] != b"\n":
            raise _UnreadableError("has an extended header that is broken")
        record = records[length.end() : end - 1]
        key, separator, value = record.partition(b"=")
        if not separator or not _HARMLESS.fullmatch(key):
            raise _UnreadableError("has an extended header that crreg does not read")
        # npm's tar splits the records at line ends, and skips what it can't decode.
        if b"\n" in record or not _is_text(value) or (key == b"path" and not value):
            raise _UnreadableError(_ODD)
        path = value if key == b"path" else path
        position = end
    return path


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
