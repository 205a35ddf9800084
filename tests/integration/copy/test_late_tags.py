"""Tags that a registry shows late or never, and what it says of those that may not move."""

import pytest
from tests.integration.copy.scene import copy, opened
from tests.integration.copy.shelf import Shelf
from tests.integration.copy.weather import Front, Rule, compressed, refuse, stale

from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

OTHER = "sha256:" + "1" * 64
GONE = refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
BEFORE_THE_PUT = 2
"""Times that the tag is asked for before it is written."""


@pytest.fixture
def image(shelf: Shelf) -> Shelf:
    """A shelf with one image, tagged 1."""
    shelf.image("linux/amd64", b"layer", tag="1")
    return shelf


@pytest.mark.parametrize("late", [1, 4])
def test_a_tag_that_appears_late_is_waited_for(image: Shelf, mirror: Shelf, late: int) -> None:
    rule = Rule("HEAD", "/manifests/1", GONE, times=BEFORE_THE_PUT + late)
    with Front(mirror.registry.backend, rule) as front:
        copied = copy(
            opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r", push=True), "1"
        )
        assert len(front.named("HEAD", "/manifests/1")) == BEFORE_THE_PUT + late + 1
    assert copied.tagged is not None
    assert copied.tagged.written == ("1",)


def test_a_tag_that_still_points_where_it_did_is_waited_for(image: Shelf, mirror: Shelf) -> None:
    rule = Rule("HEAD", "/manifests/1", stale(OTHER), times=BEFORE_THE_PUT + 3)
    with Front(mirror.registry.backend, rule) as front:
        copied = copy(
            opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r", push=True), "1"
        )
    assert copied.tagged is not None
    assert copied.tagged.written == ("1",)


@pytest.mark.parametrize(
    ("act", "cause", "words"),
    [
        (
            stale(OTHER),
            TransferCause.MOVED,
            f"still points to {OTHER}. Something else may be writing the tag",
        ),
        (GONE, TransferCause.NOT_FOUND, "the registry still does not show it"),
    ],
)
def test_only_after_a_limit_is_it_somebody_elses(
    image: Shelf, mirror: Shelf, act: object, cause: TransferCause, words: str
) -> None:
    assert callable(act)
    with Front(mirror.registry.backend, Rule("HEAD", "/manifests/1", act, times=99)) as front:
        with pytest.raises(TransferError) as raised:
            copy(opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r", push=True), "1")
        assert len(front.named("HEAD", "/manifests/1")) == BEFORE_THE_PUT + 7
    assert raised.value.cause is cause
    assert words in raised.value.detail


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "TAG_INVALID", "The image tag '1' already exists and cannot be overwritten."),
        (412, "PRECONDITION", "Failed to process request due to 'r:1' configured as immutable."),
        (400, "MANIFEST_INVALID", "The repository has enabled tag immutability"),
    ],
)
def test_a_tag_that_may_not_move_is_immutable(
    image: Shelf, mirror: Shelf, status: int, code: str, message: str
) -> None:
    with (
        Front(mirror.registry.backend, Rule("PUT", "/manifests/1", refuse(status, code, message))) as front,
        pytest.raises(TransferError) as raised,
    ):
        copy(opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r", push=True), "1")
    assert raised.value.cause is TransferCause.IMMUTABLE


def test_a_repository_that_a_push_does_not_create_is_told_apart(mirror: Shelf) -> None:
    rule = Rule("POST", "/uploads/", refuse(404, "NAME_UNKNOWN", "The repository does not exist"))
    with Front(mirror.registry.backend, rule) as front, pytest.raises(TransferError) as raised:
        opened(f"{front.address}/o/r", push=True).check_push()
    assert (raised.value.cause, raised.value.codes) == (TransferCause.NO_REPOSITORY, ("NAME_UNKNOWN",))


def test_what_is_compressed_on_the_way_is_read(image: Shelf, mirror: Shelf) -> None:
    rules = [Rule("GET", path, compressed, times=9) for path in ("/blobs/", "/manifests/")]
    with Front(image.registry.backend, *rules) as front:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r", push=True), "1")
    assert mirror.everything("1") == image.everything("1")
