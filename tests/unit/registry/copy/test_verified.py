import contextlib
import hashlib
from collections.abc import Iterator

import pytest

from crreg.registry.copy.verified import VerifiedBlob
from crreg.registry.image.descriptor import Descriptor, Manifest
from crreg.registry.image.transfer_error import PassingError, TransferError
from crreg.registry.outcome import TransferCause

CONTENT = bytes(range(256)) * 64 * 1024
"""16 MiB."""


class Bytes:
    """A source of one blob, which breaks off at each of `breaks`, counted from its beginning."""

    name = "the source"

    def __init__(self, content: bytes, *breaks: int) -> None:
        self._content = content
        self._breaks = list(breaks)
        self.offsets: list[int] = []

    @contextlib.contextmanager
    def open_blob(self, blob: Descriptor, offset: int = 0) -> Iterator[Iterator[bytes]]:
        del blob
        self.offsets.append(offset)
        yield self._pieces(offset)

    def _pieces(self, offset: int) -> Iterator[bytes]:
        end = self._breaks.pop(0) if self._breaks else None
        for begin in range(offset, len(self._content) if end is None else end, 1 << 18):
            yield self._content[begin : min(begin + (1 << 18), end or len(self._content))]
        if end is not None:
            raise PassingError(TransferCause.UNREACHABLE, "It broke off.")

    def wait(self, attempt: int, retry_after: str | None) -> bool:
        del retry_after
        return attempt < 3

    def fetch(self, target: str) -> Manifest:
        raise NotImplementedError

    def resolve(self, target: str) -> Descriptor | None:
        raise NotImplementedError

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        raise NotImplementedError


def blob_of(content: bytes, algorithm: str = "sha256", **members: object) -> Descriptor:
    digest = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
    return Descriptor("application/x", digest, len(content), **members)  # type: ignore[arg-type] # of the tests' own


def verified(source: Bytes, blob: Descriptor) -> VerifiedBlob:
    return VerifiedBlob(source, blob, source.wait)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_blob_is_read_and_held_against_its_digest(algorithm: str) -> None:
    assert b"".join(verified(Bytes(CONTENT), blob_of(CONTENT, algorithm)).chunks()) == CONTENT


def test_a_blob_of_no_bytes_is_read() -> None:
    assert list(verified(Bytes(b""), blob_of(b"")).chunks()) == []


def test_what_breaks_off_is_taken_up_where_it_did() -> None:
    source = Bytes(CONTENT, 1_000_000, 9_000_000)

    assert b"".join(verified(source, blob_of(CONTENT)).chunks()) == CONTENT
    assert source.offsets == [0, 1_000_000, 9_000_000]


def test_a_long_blob_may_break_off_often_if_it_gets_on_in_between() -> None:
    source = Bytes(CONTENT, 100, 200, 300, 5_000_000, 5_000_100, 5_000_200)

    assert b"".join(verified(source, blob_of(CONTENT)).chunks()) == CONTENT


def test_what_breaks_off_without_end_is_an_error_that_says_how_far_it_got() -> None:
    with pytest.raises(TransferError) as raised:
        list(verified(Bytes(CONTENT, 100, 200, 300, 400), blob_of(CONTENT)).chunks())

    assert raised.value.cause is TransferCause.MISMATCH
    assert "sent only 400 of the 16777216 bytes" in raised.value.detail


def test_what_is_never_given_out_is_the_sources_own_error() -> None:
    with pytest.raises(PassingError, match=r"It broke off\."):
        list(verified(Bytes(CONTENT, 0, 0, 0, 0), blob_of(CONTENT)).chunks())


def test_the_last_piece_is_held_back_until_the_digest_has_proved_right() -> None:
    other = CONTENT[:-1] + b"?"
    pieces: list[bytes | memoryview] = []

    with pytest.raises(TransferError) as raised:
        pieces.extend(verified(Bytes(other), blob_of(CONTENT)).chunks())

    assert raised.value.cause is TransferCause.MISMATCH
    assert len(b"".join(pieces)) < len(CONTENT)


def test_more_than_the_manifest_says_is_an_error() -> None:
    with pytest.raises(TransferError, match="sends more than the"):
        list(verified(Bytes(CONTENT + b"?"), blob_of(CONTENT)).chunks())


@pytest.mark.parametrize("offset", [0, 1, 5_000_000, 4 << 20, (16 << 20) - 1])
def test_a_second_reading_begins_anywhere_and_still_covers_the_whole(offset: int) -> None:
    source = Bytes(CONTENT)
    blob = verified(source, blob_of(CONTENT))
    for piece in blob.chunks():
        assert piece

    assert b"".join(blob.chunks(offset)) == CONTENT[offset:]
    # From the last state of the digest that was kept before the offset.
    assert source.offsets == [0, offset - offset % (4 << 20)]


def test_content_that_its_descriptor_carries_is_not_fetched() -> None:
    source = Bytes(b"never read")

    assert b"".join(verified(source, blob_of(b"{}", data=b"{}")).chunks()) == b"{}"
    assert source.offsets == []
