"""The index as git writes it, and as nobody should."""

import hashlib
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.checkout import commit, git
from tests.unit.speed import within

from crreg.workspace.index import Index, IndexFormatError

FORMATS = [(version, algorithm) for version in (2, 3, 4) for algorithm in ("sha1", "sha256")]


def index_of(folder: Path) -> Index:
    return Index((folder / ".git" / "index").read_bytes())


def digests(folder: Path) -> dict[bytes, tuple[str, str]]:
    """Mode and digest by path, as git lists them."""
    lines = git(folder, "ls-files", "--stage", "-z").split(b"\0")[:-1]
    return {
        path: (stage.split()[0].decode(), stage.split()[1].decode())
        for stage, _, path in (line.partition(b"\t") for line in lines)
    }


def checked(content: bytes) -> bytes:
    return content + hashlib.sha1(content, usedforsecurity=False).digest()


def index_bytes(entries: bytes, count: int, *, version: int = 2, extensions: bytes = b"") -> bytes:
    return checked(struct.pack(">4sII", b"DIRC", version, count) + entries + extensions)


def entry(path: bytes, *, length: int | None = None, flags: int = 0, padding: bytes | None = None) -> bytes:
    fixed = bytes(24) + struct.pack(">I", 0o100644) + bytes(12) + b"\1" * 20
    fixed += struct.pack(">H", flags | min(len(path) if length is None else length, 0xFFF)) + path
    return fixed + (bytes(8 - len(fixed) % 8) if padding is None else padding)


@pytest.mark.parametrize(("version", "algorithm"), FORMATS)
def test_every_file_is_found_with_what_git_lists(tmp_path: Path, version: int, algorithm: str) -> None:
    names = [f"folder{number % 7}/{'x' * (number % 23)}{number}" for number in range(300)]
    for name in [*names, "a", "umläut", "z" * 200]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("folder0")
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    commit(tmp_path, object_format=algorithm)
    # An extended entry makes version 2 a version 3.
    if version > 2:
        (tmp_path / "intended").write_text("later")
        git(tmp_path, "add", "--intent-to-add", "intended")
    git(tmp_path, "update-index", "--index-version", str(version))

    index = index_of(tmp_path)

    listed = digests(tmp_path)
    assert (tmp_path / ".git" / "index").read_bytes()[7] == version
    assert len(listed) > len(names)
    for path, (mode, digest) in listed.items():
        found = index.find(path)
        assert found is not None
        assert (f"{found.mode:o}", found.digest.hex()) == (mode, digest)
        assert found.is_intended == (path == b"intended")
    for path in (b"", b"0", b"folder0", b"folder0/", b"folder1/none", b"link/1", b"zz", "umläu".encode()):
        assert index.find(path) is None
    assert index.blob_digest(b"a") == bytes.fromhex(listed[b"a"][1])


@pytest.mark.parametrize("version", [2, 4])
def test_a_path_longer_than_its_length_field_is_found(tmp_path: Path, version: int) -> None:
    digest = git(tmp_path, "hash-object", "-t", "blob", "--stdin", content=b"x").decode().strip()
    commit(tmp_path)
    long = "/".join(["x" * 200] * 20)[:4090]
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"100644,{digest},{long}")
    git(tmp_path, "update-index", "--index-version", str(version))

    assert index_of(tmp_path).find(long.encode()) is not None


def test_a_conflict_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("base\n")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "-b", "other")
    (tmp_path / "file").write_text("other\n")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "main")
    (tmp_path / "file").write_text("main\n")
    commit(tmp_path)
    git(tmp_path, "read-tree", "-m", "main~1", "main", "other")

    found = index_of(tmp_path).find(b"file")

    assert found is not None
    assert found.stage == 1


def test_a_sparse_index_tells_its_folders_and_what_is_skipped(tmp_path: Path) -> None:
    for name in ("in/file", "out/file", "out/deep/file"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    commit(tmp_path)
    git(tmp_path, "sparse-checkout", "set", "--cone", "in")
    skipped = index_of(tmp_path).find(b"out/file")
    git(tmp_path, "sparse-checkout", "set", "--cone", "--sparse-index", "in")

    folder = index_of(tmp_path).find(b"out/")

    assert skipped is not None
    assert skipped.is_skipped
    assert folder is not None
    assert folder.is_folder
    assert index_of(tmp_path).find(b"out/file") is None


def test_what_git_keeps_beside_the_entries_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    commit(tmp_path)
    git(tmp_path, "update-index", "--force-untracked-cache")
    git(tmp_path, "-c", "index.threads=true", "status", "--short")

    content = (tmp_path / ".git" / "index").read_bytes()
    assert b"TREE" in content
    assert b"UNTR" in content
    assert Index(content).find(b"file") is not None


def test_a_split_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    commit(tmp_path)
    git(tmp_path, "update-index", "--split-index")

    with pytest.raises(IndexFormatError, match="split in two"):
        index_of(tmp_path)


@pytest.mark.parametrize("size", [20, 32])
def test_an_index_without_a_checksum_is_read(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").touch()
    commit(tmp_path, object_format="sha1" if size == 20 else "sha256")
    content = (tmp_path / ".git" / "index").read_bytes()

    index = Index(content[:-size] + bytes(size))

    found = index.find(b"file")
    assert found is not None
    assert found.digest == index.blob_digest(b"")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is too short"),
        (b"DIRC", "is too short"),
        (checked(b"CRID" + bytes(20)), "does not start like an index"),
        (index_bytes(b"", 0, version=1), "has version 1"),
        (index_bytes(b"", 0, version=5), "has version 5"),
        (index_bytes(b"", 0xFFFFFFFF), "announces more entries than it has"),
        (index_bytes(entry(b"a"), 2), "announces more entries than it has"),
        (index_bytes(entry(b"a"), 1)[:-1] + b"\0", "has the wrong checksum"),
        (index_bytes(entry(b"a"), 1)[:-30], "has the wrong checksum"),
        (index_bytes(entry(b"b") + entry(b"a"), 2), "not in order"),
        (index_bytes(entry(b"a") * 2, 2), "not in order"),
        (index_bytes(entry(b"a", length=2), 1), "the wrong length"),
        (index_bytes(entry(b"ab", padding=b"\0xxxxxxx"), 1), "is not padded"),
        (index_bytes(entry(b"a", padding=b""), 1), "does not end|is not padded|ends within|more entries"),
        (index_bytes(entry(b"a", flags=0x4000), 1), "extended entry"),
        (index_bytes(entry(b""), 1), "split in two"),
        (index_bytes(entry(b"x" * 5000), 1), "does not end"),
        (index_bytes(entry(b"a"), 1, extensions=b"TRE"), "within an extension"),
        (index_bytes(entry(b"a"), 1, extensions=b"TREE\xff\xff\xff\xff"), "within an extension"),
        (
            index_bytes(entry(b"a"), 1, extensions=b"link" + struct.pack(">I", 20) + b"\1" * 20),
            "split in two",
        ),
        (index_bytes(entry(b"a"), 1, extensions=b"link" + struct.pack(">I", 0)), "split in two"),
        (index_bytes(entry(b"a"), 1, extensions=b"new!" + bytes(4)), "an unsupported extension"),
        (index_bytes(bytes(62) + b"\x80" * 40, 1, version=4), "a number that does not end"),
        (index_bytes(bytes(60) + b"\0\1\x05a\0", 1, version=4), "a negative length"),
    ],
)
def test_what_is_no_sound_index_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(IndexFormatError, match=reason):
        Index(content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([2, 3, 4]), st.integers(0, 4))
def test_any_bytes_are_an_index_or_refused(body: bytes, version: int, count: int) -> None:
    try:
        index = Index(index_bytes(body, count, version=version))
    except IndexFormatError:
        return
    assert index.find(b"a") is None or count > 0


@pytest.mark.speed
def test_a_hundred_thousand_files_take_a_fraction_of_a_second(tmp_path: Path) -> None:
    commit(tmp_path)
    digest = git(tmp_path, "hash-object", "-w", "--stdin", content=b"x\n").decode().strip()
    lines = "".join(f"100644 {digest}\tsrc/part{n // 100}/file{n:06}.py\n" for n in range(100_000))
    git(tmp_path, "update-index", "--index-info", content=lines.encode())
    content = (tmp_path / ".git" / "index").read_bytes()

    with within(1):
        index = Index(content)
    with within(1):
        found = [index.find(f"src/part{n // 100}/file{n:06}.py".encode()) for n in range(0, 100_000, 100)]

    assert all(found)
