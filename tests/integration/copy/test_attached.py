"""Attachments that are more than one manifest, or attached to attachments, and those that can't go along."""

from typing import Any

import pytest
from tests.integration.copy.scene import copy, opened
from tests.integration.copy.shelf import MANIFEST, Shelf, empty, noise

from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause


def about(subject: dict[str, Any]) -> dict[str, Any]:
    """The descriptor of a subject."""
    return {name: subject[name] for name in ("mediaType", "digest", "size")}


def listing(subject: dict[str, Any]) -> str:
    """The tag that lists what is attached to a subject."""
    return str(subject["digest"]).replace(":", "-")


def attach(shelf: Shelf, subject: dict[str, Any], content: bytes) -> dict[str, Any]:
    """Attach an artifact, and list it as clients do for a registry without the API."""
    shelf.blob(b"{}")
    artifact = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/x",
        "config": empty(),
        "layers": [shelf.blob(content)],
        "subject": about(subject),
    }
    attached = shelf.manifest(artifact)
    shelf.index(attached, tag=listing(subject))
    return attached


def test_an_attached_index_goes_along_with_all_that_it_lists(shelf: Shelf, mirror: Shelf) -> None:
    image = shelf.image("linux/amd64", noise(100, 1), tag="1")
    attached = shelf.index(shelf.image("linux/amd64", b"proof"), image, subject=about(image))
    shelf.index(attached, tag=listing(image))

    copy(
        opened(f"{shelf.registry.address}/dev/base"),
        opened(f"{mirror.registry.address}/o/r"),
        "1",
        referrers=True,
    )

    assert mirror.everything(attached["digest"]) == shelf.everything(attached["digest"])


def attachments(shelf: Shelf, levels: int) -> list[str]:
    """Make an image with an attachment that has an attachment, and so on; return the digests of the attachments."""
    subject = shelf.image("linux/amd64", noise(100, 1), tag="1")
    attached = []
    for level in range(levels):
        subject = attach(shelf, subject, str(level).encode())
        attached.append(subject["digest"])
    return attached


def test_attachments_of_attachments_go_along(shelf: Shelf, mirror: Shelf) -> None:
    attached = attachments(shelf, 6)
    source, target = opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r")

    copy(source, target, "1", referrers=True)

    assert all(mirror.everything(digest) == shelf.everything(digest) for digest in attached)


def test_a_copy_fails_whose_attachments_have_too_many_levels(shelf: Shelf, mirror: Shelf) -> None:
    attachments(shelf, 11)
    source, target = opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r")

    with pytest.raises(TransferError) as raised:
        copy(source, target, "1", referrers=True)

    assert raised.value.cause is TransferCause.UNSUPPORTED
    assert mirror.digest("1") is None


def test_a_signature_that_only_the_target_has_is_not_lost(shelf: Shelf, mirror: Shelf) -> None:
    image = shelf.image("linux/amd64", noise(100, 1), tag="1")
    signatures = f"{listing(image)}.sig"
    shelf.image("linux/amd64", b"theirs", tag=signatures)
    names = f"{shelf.registry.address}/dev/base", f"{mirror.registry.address}/o/r"
    copy(opened(names[0]), opened(names[1]), "1", referrers=True)
    # Signed once more at the source: nothing gets lost.
    shelf.image("linux/amd64", b"theirs", b"theirs too", tag=signatures)
    copy(opened(names[0]), opened(names[1]), "1", referrers=True)
    assert mirror.digest(signatures) == shelf.digest(signatures)

    own = mirror.image("linux/amd64", b"theirs", b"theirs too", b"ours", tag=signatures)
    copied = copy(opened(names[0]), opened(names[1]), "1", referrers=True)

    assert mirror.digest(signatures) == own["digest"]
    assert copied.tagged is not None
    assert copied.tagged.kept == (signatures,)


def test_the_attachments_of_an_index_that_loses_platforms_are_named_as_left_out(
    shelf: Shelf, mirror: Shelf
) -> None:
    images = [shelf.image(platform, noise(100, 1)) for platform in ("linux/amd64", "linux/arm64")]
    shelf.index(*images, tag="1")

    copied = copy(
        opened(f"{shelf.registry.address}/dev/base"),
        opened(f"{mirror.registry.address}/o/r"),
        "1",
        referrers=True,
        platforms=("linux/amd64",),
    )

    assert copied.content is not None
    assert copied.content.left_out == (
        "attachments of the index, because they refer to its digest with all platforms",
    )
