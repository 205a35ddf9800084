"""The metadata of dev container features, in their manifests and in archives that anyone may have made."""

import gzip
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.registry.image.archives import packed

from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.image.descriptor import (
    LARGEST_MANIFEST,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    digest_of,
)
from crreg.registry.image.feature import metadata_of

NAME = "devcontainer-feature.json"
TEXT = '{"id": "a"}'
FILE = packed((NAME, TEXT.encode()))
BLOCK = tarfile.BLOCKSIZE
BROKEN = "is not a tar archive, or is broken"
ODD = "has an entry that programs may read differently"
SHORT = "its manifest does not say so, and its archive "


def read(archive: bytes, size: int | None = None) -> FeatureMetadata:
    """The metadata of a feature whose manifest has none; `size` is what the manifest gives for the archive."""
    layer = Descriptor("", digest_of(archive), len(archive) if size is None else size)
    return metadata_of(Manifest(b"", OCI_MANIFEST, "", layers=(layer,)), lambda _: archive[:LARGEST_MANIFEST])


def never(_: Descriptor) -> bytes:
    raise AssertionError


def named(annotation: str) -> Manifest:
    layer = Descriptor("", digest_of(FILE), len(FILE))
    annotations = {"dev.containers.metadata": annotation}
    return Manifest(b"", OCI_MANIFEST, "", layers=(layer,), annotations=annotations)


def test_an_annotation_is_taken_without_reading_the_archive() -> None:
    assert metadata_of(named(TEXT), never) == FeatureMetadata(TEXT)
    unread = "its metadata has more than 32 KiB"
    assert metadata_of(named(" " * 40_000), never) == FeatureMetadata(unread=unread)


def test_an_empty_annotation_is_none_as_for_the_cli() -> None:
    assert metadata_of(named(""), lambda _: FILE) == FeatureMetadata(TEXT)


@pytest.mark.parametrize("name", [NAME, f"./{NAME}", f"/{NAME}", f".//{NAME}"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_file_is_read_under_the_names_that_archives_give_it(
    name: str, form: int, pack: Callable[[bytes], bytes]
) -> None:
    long = f"{'a' * 90}/{'b' * 90}"
    archive = packed(
        ("./install.sh", b"x" * 600), (long, b""), (name, TEXT.encode()), (f"a/{NAME}", b""), form=form
    )

    assert read(pack(archive)) == FeatureMetadata(TEXT)


def extended(**records: str) -> bytes:
    """An archive whose only file has an extended header."""
    info = tarfile.TarInfo("a")
    info.size, info.pax_headers = len(TEXT), records
    return info.tobuf(tarfile.PAX_FORMAT) + TEXT.encode().ljust(BLOCK, b"\0") + bytes(2 * BLOCK)


def test_a_name_in_an_extended_header_counts() -> None:
    assert read(
        extended(path=NAME, comment="b=c", mtime="1.5", **{"SCHILY.xattr.user.a": "b"})
    ) == FeatureMetadata(TEXT)


def header(name: str, kind: bytes, size: int = 0, content: bytes = b"", link: str = "") -> bytes:
    """One entry, with a size that may be wrong."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return info.tobuf(tarfile.GNU_FORMAT) + content.ljust(-(-len(content) // BLOCK) * BLOCK, b"\0")


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (b"", f"has no {NAME}"),
        (packed(("install.sh", b"")), f"has no {NAME}"),
        (packed((f"a/../{NAME}", b"{}")), f"has no {NAME}"),
        (FILE[: BLOCK + 5], "is cut off or broken"),
        (FILE[:300], BROKEN),
        (b"<html>" * 200, BROKEN),
        (FILE + FILE, "goes on after its end"),
        (packed((NAME, b"{}"), (f"./{NAME}", b"{}")), f"has two entries named {NAME}"),
        (header(NAME, tarfile.SYMTYPE, link="a"), f"has a {NAME} that is not a regular file"),
        (header(NAME, tarfile.LNKTYPE, link="a"), f"has a {NAME} that is not a regular file"),
        (packed((NAME, b""), kind=tarfile.DIRTYPE), f"has a {NAME} that is not a regular file"),
        (header("a", tarfile.SYMTYPE, 2, b"{}", link="b"), "is cut off or broken"),
        (header("a", tarfile.REGTYPE, -BLOCK), BROKEN),
        (header("a", tarfile.REGTYPE, 1 << 60), BROKEN),
        (header("a", tarfile.REGTYPE, 1 << 32), "is cut off or broken"),
        (header("a", tarfile.GNUTYPE_SPARSE), "has entries of a kind that crreg does not read"),
        (header("a", b"M"), "has entries of a kind that crreg does not read"),
        (header("a", tarfile.XHDTYPE, 8_000, b"8 uid=1\n" * 1_000) * 33, "has headers of more than 256 KiB"),
        (header("a", tarfile.XGLTYPE, 13, b"13 path=other"), "has an extended header that is broken"),
        (header("a", tarfile.XGLTYPE, 12, b"12 path=abc\n"), "has one name for all entries"),
        (header("a", tarfile.XHDTYPE, 8, b"9 size=1"), "has an extended header that is broken"),
        (header("a", tarfile.XHDTYPE, 9, b"9 size=1\n"), "has an extended header that crreg does not read"),
        (header("a", tarfile.XHDTYPE, 4, b"1 a\n"), "has an extended header that is broken"),
        (header("a", tarfile.XHDTYPE, 60_000, b"9" * 60_000), "has an extended header that is broken"),
        (packed((NAME, b" " * 40_000)), f"has a {NAME} of more than 32 KiB"),
        (packed(("a", bytes(LARGEST_MANIFEST)), (NAME, b"{}")), "has 4 MiB or more"),
        (gzip.compress(bytes(5 * LARGEST_MANIFEST)), "has 4 MiB or more"),
        (gzip.compress(FILE)[:-10], "is compressed incorrectly"),
        (gzip.compress(FILE) + b"more", "is compressed incorrectly"),
        (b"\x1f\x8b\x08" + bytes(10), "is compressed incorrectly"),
    ],
)
def test_what_an_odd_archive_has_is_unknown(archive: bytes, why: str) -> None:
    assert read(archive) == FeatureMetadata(unread=SHORT + why)


OTHER = packed((NAME, b"{}"))
"""What npm's tar takes for the next entry if it reads the size or the kind of the entry around it differently."""


def changed(archive: bytes, position: int, field: bytes) -> bytes:
    """The archive with another field in its first header, and with the right checksum."""
    block = bytearray(archive[:BLOCK])
    block[position : position + len(field)] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + archive[BLOCK:]


def after(kind: bytes, content: bytes, name: str = NAME) -> bytes:
    """An entry that follows a header of some kind."""
    return header("x", kind, len(content), content) + header(name, tarfile.REGTYPE, 2, b"{}")


AROUND = packed(("a", OTHER))


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (changed(AROUND, 124, b"%o_0\0" % (len(OTHER) // 8)), BROKEN),
        (changed(AROUND, 124, b"0o%o\0" % len(OTHER)), BROKEN),
        (changed(AROUND, 157, b"link"), ODD),
        (changed(AROUND, 0, b"a/"), ODD),
        (changed(FILE, 0, bytes(100)), ODD),
        (changed(FILE, len(NAME), b"\0\n"), ODD),
        (changed(changed(FILE, 345, b"a"), 257, b"ustar  \0"), ODD),
        (changed(header("a", tarfile.SYMTYPE), 0, NAME.encode()), ODD),
        (packed((f"C:/{NAME}", b"{}")), ODD),
        (packed((f"\\{NAME}", b"{}")), ODD),
        (packed((f"//?/{NAME}", b"{}")), ODD),
        (packed((f"{NAME}/a", b""), (NAME, b"{}")), ODD),
        (packed((NAME, b"{}"), ("./blob.tar", OTHER)), ODD),
        (packed((NAME, b"{}"), ("C:/blob.tar", OTHER)), ODD),
        (after(tarfile.GNUTYPE_LONGNAME, NAME.encode() + b"\0a\0", "a"), ODD),
        (after(tarfile.GNUTYPE_LONGLINK, b"a"), "has entries of a kind that crreg does not read"),
        (
            header("x", tarfile.GNUTYPE_LONGNAME, 1, b"a") + changed(FILE, 345, b"b"),
            ODD,
        ),
        (after(tarfile.XHDTYPE, b"26 comment=\n14 path=other\n"), ODD),
        (after(tarfile.XHDTYPE, b"10 path=\xff\n"), ODD),
        (after(tarfile.XHDTYPE, b"8 path=\n"), ODD),
        (after(tarfile.XHDTYPE, b"010 path=a\n"), "has an extended header that is broken"),
        (after(tarfile.XHDTYPE, b"18 type=Directory\n"), "has an extended header that crreg does not read"),
        (after(tarfile.XHDTYPE, b"14 linkpath=a\n"), "has an extended header that crreg does not read"),
        (
            after(tarfile.XHDTYPE, b"21 GNU.sparse.size=1\n"),
            "has an extended header that crreg does not read",
        ),
    ],
)
def test_what_npm_s_tar_reads_differently_than_others_is_unknown(archive: bytes, why: str) -> None:
    assert read(archive + bytes(2 * BLOCK)) == FeatureMetadata(unread=SHORT + why)


def test_a_checksum_of_signed_bytes_is_wrong() -> None:
    block = bytearray(changed(FILE, 265, b"\xff"))
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * ord(" ") - 256)
    assert read(bytes(block)) == FeatureMetadata(unread=SHORT + BROKEN)


def test_the_times_that_npm_s_tar_writes_are_no_part_of_a_name() -> None:
    assert read(changed(FILE, 476, b"14700000000\0")) == FeatureMetadata(TEXT)


def test_what_was_cut_off_is_not_decompressed() -> None:
    archive = gzip.compress(FILE) + bytes(LARGEST_MANIFEST)
    assert read(archive, size=3) == FeatureMetadata(unread=SHORT + "has 4 MiB or more")


def test_a_large_archive_is_not_asked_for() -> None:
    layer = Descriptor("", digest_of(b""), LARGEST_MANIFEST)
    unread = SHORT + "has 4 MiB or more"
    manifest = Manifest(b"", OCI_MANIFEST, "", layers=(layer,))
    assert metadata_of(manifest, never) == FeatureMetadata(unread=unread)


def test_a_manifest_may_be_smaller_than_the_archive_that_it_announces() -> None:
    archive = bytes(LARGEST_MANIFEST + 1)
    assert read(archive, size=3) == FeatureMetadata(unread=SHORT + "has 4 MiB or more")


@given(st.binary(max_size=3 * BLOCK), st.integers(0, len(FILE)))
def test_no_archive_raises_anything(noise: bytes, position: int) -> None:
    for archive in (noise, FILE[:position] + noise + FILE[position:], gzip.compress(FILE)[:position] + noise):
        found = read(archive)
        assert found == FeatureMetadata(found.text) or found.unread.startswith(SHORT)
