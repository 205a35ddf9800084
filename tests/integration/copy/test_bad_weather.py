import threading
from collections.abc import Callable

import pytest
from tests.integration.copy.resuming import ResumingRegistry
from tests.integration.copy.scene import copy, counted, opened
from tests.integration.copy.shelf import Shelf, digest_of, noise
from tests.integration.copy.weather import (
    Front,
    FrontHandler,
    Rule,
    compressed_range,
    cut,
    fail_afterwards,
    hang_up,
    instead,
    lose_answer,
    ranged,
    redirect,
    refuse,
    refuse_at_once,
    stall,
    upload_at,
    whole,
)

from crreg.registry.copy.read import read
from crreg.registry.copy.transfer import transfer
from crreg.registry.copy.upload import Uploader
from crreg.registry.image.descriptor import Descriptor
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

LAYER = noise(6_000_000, 1)


@pytest.fixture
def image(shelf: Shelf) -> Shelf:
    """A repository with one image of one large layer, tagged `1`."""
    shelf.image("linux/amd64", LAYER, tag="1")
    return shelf


def test_a_body_that_breaks_off_is_taken_up_again_where_it_did(image: Shelf, mirror: Shelf) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    with Front(
        image.registry.backend, Rule("GET", blob, cut(5_000_000)), Rule("GET", blob, cut(600_000))
    ) as front:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert [seen.range for seen in front.named("GET", blob)] == [
        None,
        "bytes=5000000-5999999",
        "bytes=5600000-5999999",
    ]
    assert mirror.everything("1") == image.everything("1")


def test_a_registry_that_knows_no_ranges_gives_the_whole_again(image: Shelf, mirror: Shelf) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    rules = Rule("GET", blob, cut(5_000_000)), Rule("GET", blob, whole)
    with Front(image.registry.backend, *rules) as front:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert mirror.everything("1") == image.everything("1")


@pytest.mark.parametrize(
    "act",
    [
        refuse(416, "BLOB_UNKNOWN", "We don't understand your Range"),
        ranged(4_000_000),
        compressed_range,
    ],
    ids=["416", "another range", "compressed"],
)
def test_where_the_rest_can_not_be_had_alone_the_whole_is_requested_once(
    image: Shelf, mirror: Shelf, act: Callable[[FrontHandler], None]
) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    rules = Rule("GET", blob, cut(5_000_000)), Rule("GET", blob, act)
    with Front(image.registry.backend, *rules) as front:
        copied = copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    # What was read twice is sent once.
    assert copied.transferred is not None
    assert copied.transferred.bytes_sent - len(LAYER) < 1_000
    assert [seen.range for seen in front.named("GET", blob)] == [None, "bytes=5000000-5999999", None]
    assert mirror.everything("1") == image.everything("1")


def test_a_whole_may_be_called_a_range(image: Shelf, mirror: Shelf) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    rules = (
        Rule("GET", blob, cut(5_000_000)),
        Rule("GET", blob, refuse(416, "RANGE_INVALID", "invalid range")),
        Rule("GET", blob, ranged(0)),
    )
    with Front(image.registry.backend, *rules) as front:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert mirror.everything("1") == image.everything("1")


def test_a_blob_that_changed_in_the_middle_is_an_error_after_one_more_request(
    image: Shelf, mirror: Shelf
) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    rules = (
        Rule("GET", blob, cut(5_000_000)),
        Rule("GET", blob, refuse(416, "RANGE_INVALID", "invalid range")),
        Rule("GET", blob, instead(lambda body: body[:4_000_000])),
    )
    with Front(image.registry.backend, *rules) as front, pytest.raises(TransferError) as raised:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert "announces 4000000 bytes" in raised.value.detail
    assert len(front.named("GET", blob)) == 3
    assert mirror.digest("1") is None


@pytest.mark.parametrize("status", [400, 403])
def test_a_storage_whose_address_has_expired_gets_another_one_from_the_registry(
    image: Shelf, mirror: Shelf, status: int
) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    expired = refuse(status, "ExpiredToken", "The provided token has expired")
    with (
        Front(
            image.registry.backend, Rule("GET", blob, cut(5_000_000)), Rule("GET", blob, expired)
        ) as storage,
        Front(image.registry.backend, Rule("GET", blob, redirect(storage.url), times=9)) as front,
    ):
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    rest = "bytes=5000000-5999999"
    assert [seen.range for seen in front.named("GET", blob)] == [None, rest, rest]
    assert [seen.range for seen in storage.named("GET", blob)] == [None, rest, rest]
    assert mirror.everything("1") == image.everything("1")


def test_a_storage_that_goes_on_refusing_is_named_after_three_more_attempts(
    image: Shelf, mirror: Shelf
) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    expired = Rule("GET", blob, refuse(403, "AccessDenied", "Request has expired"), times=9)
    with (
        Front(image.registry.backend, Rule("GET", blob, cut(3_000_000)), expired) as storage,
        Front(image.registry.backend, Rule("GET", blob, redirect(storage.url), times=9)) as front,
        pytest.raises(TransferError) as raised,
    ):
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    source = f"{front.address}/dev/base"
    detail = (
        f"{source} sent only 3000000 of the 6000000 bytes of blob {digest_of(LAYER)}. {storage.address}, to which "
        f"{source} redirects, refused to serve blob {digest_of(LAYER)}: status 403 (it says "
        '"AccessDenied: Request has expired").'
    )
    assert (raised.value.cause, raised.value.detail) == (TransferCause.SERVER_ERROR, detail)
    assert len(front.named("GET", blob)) == len(storage.named("GET", blob)) == 4
    assert mirror.digest("1") is None


@pytest.mark.parametrize("begun", [True, False], ids=["in the middle", "at once"])
def test_what_the_registry_itself_forbids_is_not_requested_again(
    image: Shelf, mirror: Shelf, *, begun: bool
) -> None:
    blob = f"/blobs/{digest_of(LAYER)}"
    rules = [Rule("GET", blob, cut(3_000_000))] if begun else []
    rules += [Rule("GET", blob, refuse(403, "DENIED", "denied"), times=9)]
    with Front(image.registry.backend, *rules) as front, pytest.raises(TransferError) as raised:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert raised.value.cause is TransferCause.FORBIDDEN
    assert len(front.named("GET", blob)) == 1 + begun


def test_a_registry_that_stalls_is_asked_again_and_then_given_up(
    image: Shelf, mirror: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crreg.registry.transport.transport._STALL_SECONDS", 0.2)
    blob = f"/blobs/{digest_of(LAYER)}"
    with Front(image.registry.backend, Rule("GET", blob, stall)) as front:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")
        front.rules.append(Rule("GET", blob, stall, times=99))
        with pytest.raises(TransferError) as raised:
            copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/x"), "1")

    assert mirror.everything("1") == image.everything("1")
    assert (raised.value.cause, raised.value.detail) == (
        TransferCause.UNREACHABLE,
        f"{front.address} did not answer in time.",
    )


@pytest.mark.parametrize(
    ("name", "act", "detail"),
    [
        ("truncated", cut(1_000_000), "sent only 4000000 of the 6000000 bytes"),
        ("lying length", instead(lambda body: body + b"more"), "announces 6000004 bytes"),
        ("shorter", instead(lambda body: body[:-1]), "announces 5999999 bytes"),
        ("other content", instead(lambda body: body[:-1] + b"?"), "sends the wrong content"),
    ],
    ids=lambda value: value if isinstance(value, str) and " of " not in value else "",
)
def test_a_blob_that_is_not_what_its_manifest_says_moves_no_tag_and_its_upload_is_cancelled(
    image: Shelf, mirror: Shelf, name: str, act: Callable[[FrontHandler], None], detail: str
) -> None:
    del name
    mirror.image("linux/amd64", b"before", tag="1")
    before = mirror.digest("1")
    mirror.registry.clear()
    rule = Rule("GET", f"/blobs/{digest_of(LAYER)}", act, times=9)

    with Front(image.registry.backend, rule) as front, pytest.raises(TransferError) as raised:
        copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert raised.value.cause is TransferCause.MISMATCH
    assert detail in raised.value.detail
    assert mirror.digest("1") == before
    asked = counted(mirror.registry.requests, "o/r")
    assert (asked["PUT manifests"], asked["DELETE uploads"]) == (0, 1)
    assert not opened(f"{mirror.registry.address}/o/r").has_blob(digest_of(LAYER))


def test_a_manifest_with_other_content_is_not_copied(image: Shelf, mirror: Shelf) -> None:
    digest = image.digest("1") or ""
    rule = Rule("GET", f"/manifests/{digest}", instead(lambda body: body + b" "))

    with Front(image.registry.backend, rule) as front, pytest.raises(TransferError) as raised:
        read(opened(f"{front.address}/dev/base"), digest)

    assert raised.value.cause is TransferCause.MISMATCH
    assert mirror.digest("1") is None


def test_an_upload_that_breaks_is_resumed_from_where_it_got(image: Shelf) -> None:
    with ResumingRegistry(2_000_000, 5_000_000) as registry:
        # The configuration is small and sent at the same time: only the layer is to break.
        source, target = opened(f"{image.registry.address}/dev/base"), opened(f"{registry.address}/o/r")
        content = read(source, "1")
        config, layer = content.blobs
        registry.blobs[config.digest] = b""
        only = type(content)(content.root, content.manifests, (layer,))
        transferred = transfer(only, source, target)

    assert registry.blobs[digest_of(LAYER)] == LAYER
    assert registry.received == len(LAYER)
    assert registry.uploads == {}
    assert transferred.bytes_sent == len(LAYER)
    assert {name: times for name, times in registry.asked.items() if name.endswith("upload")} == {
        "POST upload": 1,
        "PUT upload": 2,
        "GET upload": 2,
        "PATCH upload": 2,
    }


def test_a_line_that_breaks_often_is_no_failure_while_the_upload_gets_on(shelf: Shelf) -> None:
    layer = noise(26_000_000, 1)
    shelf.image("linux/amd64", layer, tag="1")
    with ResumingRegistry(*range(5_000_000, 26_000_000, 5_000_000)) as registry:
        source, target = opened(f"{shelf.registry.address}/dev/base"), opened(f"{registry.address}/o/r")
        content = read(source, "1")
        only = type(content)(content.root, content.manifests, content.blobs[1:])
        transfer(only, source, target)

    assert registry.blobs == {digest_of(layer): layer}
    assert registry.received == len(layer)


@pytest.mark.parametrize("act", [lose_answer, fail_afterwards])
def test_a_blob_whose_arrival_was_not_confirmed_is_looked_for_before_it_is_sent_again(
    image: Shelf, mirror: Shelf, act: Callable[[FrontHandler], None]
) -> None:
    with Front(mirror.registry.backend, Rule("PUT", "/blobs/uploads/", act, times=2)) as front:
        copied = copy(opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r"), "1")

    everything = image.everything("1")
    assert mirror.everything("1") == everything
    assert len(front.named("PUT", "/blobs/uploads/")) == 2
    assert copied.transferred is not None
    assert copied.transferred.bytes_sent == sum(map(len, everything.values())) - len(image.raw("1"))


def test_a_registry_that_fails_once_is_asked_again(image: Shelf, mirror: Shelf) -> None:
    once = refuse(500, "UNKNOWN", "unknown error")
    slow = Rule("PUT", "/blobs/uploads/", refuse(408, "UNKNOWN", "too slow"))
    rules = Rule("PUT", "/blobs/uploads/", once), slow, Rule("PUT", "/manifests/sha256:", once)
    with (
        Front(image.registry.backend, Rule("GET", "/blobs/", once)) as source,
        Front(mirror.registry.backend, *rules) as target,
    ):
        copy(opened(f"{source.address}/dev/base"), opened(f"{target.address}/o/r"), "1")

    assert mirror.everything("1") == image.everything("1")


def test_a_manifest_whose_blobs_the_registry_does_not_see_yet_is_pushed_again(
    image: Shelf, mirror: Shelf
) -> None:
    unseen = refuse(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry")
    with Front(mirror.registry.backend, Rule("PUT", "/manifests/sha256:", unseen, times=2)) as front:
        copy(opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r"), "1")
        front.rules.append(Rule("PUT", "/manifests/", unseen, times=99))
        with pytest.raises(TransferError) as raised:
            copy(opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/x"), "1")

    assert mirror.everything("1") == image.everything("1")
    assert raised.value.codes == ("MANIFEST_BLOB_UNKNOWN",)
    assert len(front.named("PUT", "/o/x/manifests/")) == 1 + 3


def test_an_upload_that_the_registry_forgot_is_repeated(image: Shelf) -> None:
    with ResumingRegistry(2_000_000, statuses=False) as registry:
        source, target = opened(f"{image.registry.address}/dev/base"), opened(f"{registry.address}/o/r")
        content = read(source, "1")
        only = type(content)(content.root, content.manifests, content.blobs[1:])
        transfer(only, source, target)

    assert registry.blobs[digest_of(LAYER)] == LAYER
    assert registry.received == 2_000_000 + len(LAYER)
    assert registry.asked["POST upload"] == 2


def test_a_registry_that_takes_no_bytes_in_a_put_gets_them_in_a_patch(image: Shelf) -> None:
    with ResumingRegistry(bodies_in_put=False) as registry:
        source, target = opened(f"{image.registry.address}/dev/base"), opened(f"{registry.address}/o/r")
        transfer(read(source, "1"), source, target)

    assert registry.blobs == {
        digest: content for digest, content in image.everything("1").items() if digest != image.digest("1")
    }


def test_an_empty_blob_is_sent_in_no_pieces(shelf: Shelf) -> None:
    layers = [shelf.blob(content) for content in (noise(3000, 1), b"")]
    with ResumingRegistry(bodies_in_put=False) as registry:
        source, target = opened(f"{shelf.registry.address}/dev/base"), opened(f"{registry.address}/o/r")
        uploader = Uploader(source, target, threading.Event(), lambda _: None)
        for layer in layers:
            # By the first, it learns that a PUT may bring no bytes.
            uploader.send(
                Descriptor(layer["mediaType"], layer["digest"], layer["size"]), target.open_upload()
            )
    assert registry.blobs == {layers[0]["digest"]: noise(3000, 1), layers[1]["digest"]: b""}
    assert registry.asked["PATCH upload"] == 1


def test_an_upload_that_breaks_every_time_is_an_error_and_cancelled(image: Shelf, mirror: Shelf) -> None:
    with Front(mirror.registry.backend, Rule("PUT", "/blobs/uploads/", hang_up(100_000), times=99)) as front:
        source, target = opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r")
        content = read(source, "1")
        only = type(content)(content.root, content.manifests, content.blobs[1:])
        with pytest.raises(TransferError) as raised:
            transfer(only, source, target)

    assert raised.value.cause is TransferCause.UNREACHABLE
    assert raised.value.detail == f"{front.address} closed the connection unexpectedly."
    assert len(front.named("PUT", "/blobs/uploads/")) == 1 + 3
    assert len(front.named("DELETE", "/blobs/uploads/")) == 1 + 3
    assert front.named("PUT", "/manifests/") == []


@pytest.mark.parametrize("act", [refuse, refuse_at_once])
@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ((413, "SIZE_INVALID", "blob too large"), TransferCause.QUOTA),
        ((507, "UNKNOWN", "no space left on device"), TransferCause.QUOTA),
        ((403, "DENIED", "Quota has been exceeded on namespace"), TransferCause.QUOTA),
        ((403, "DENIED", "permission_denied: write_package"), TransferCause.FORBIDDEN),
    ],
)
def test_a_refusal_is_told_in_the_registrys_own_words_and_not_tried_again(
    image: Shelf,
    mirror: Shelf,
    act: Callable[[int, str, str], Callable[[FrontHandler], None]],
    words: tuple[int, str, str],
    cause: TransferCause,
) -> None:
    with Front(mirror.registry.backend, Rule("PUT", "/blobs/", act(*words), times=9)) as front:
        source, target = opened(f"{image.registry.address}/dev/base"), opened(f"{front.address}/o/r")
        content = read(source, "1")
        only = type(content)(content.root, content.manifests, content.blobs[1:])
        with pytest.raises(TransferError) as raised:
            transfer(only, source, target)

    assert (raised.value.cause, raised.value.says) == (cause, f"{words[1]}: {words[2]}")
    assert len(front.named("PUT", "/blobs/uploads/")) == 1
    assert len(front.named("DELETE", "/blobs/uploads/")) == 1


def test_a_push_is_tried_out_without_leaving_anything(mirror: Shelf) -> None:
    opened(f"{mirror.registry.address}/o/r", push=True).check_push()

    folder = mirror.registry.folder / "data/docker/registry/v2/repositories/o/r/_uploads"
    assert list(folder.glob("*/data")) == []
    asked = counted(mirror.registry.requests, "o/r")
    assert asked == {"GET /v2/": 1, "POST uploads": 1, "DELETE uploads": 1}


def test_a_push_that_is_refused_is_told_in_the_registrys_own_words(mirror: Shelf) -> None:
    denied = refuse(403, "DENIED", "permission_denied: write_package")
    unknown = refuse(405, "UNSUPPORTED", "no")
    with Front(
        mirror.registry.backend, Rule("POST", "/", denied), Rule("DELETE", "/", unknown, times=9)
    ) as front:
        target = opened(f"{front.address}/o/r", push=True)
        with pytest.raises(TransferError) as raised:
            target.check_push()
        target.check_push()

    assert (raised.value.cause, raised.value.says) == (
        TransferCause.FORBIDDEN,
        "DENIED: permission_denied: write_package",
    )


def test_an_address_elsewhere_for_an_upload_must_be_one_that_may_be_followed(image: Shelf) -> None:
    with Front(
        "http://127.0.0.1:1", Rule("GET", "/v2/", lambda handler: handler.respond(200, b"{}"))
    ) as front:
        front.rules += [Rule("POST", "/", upload_at("http://example.invalid"))]
        with pytest.raises(TransferError) as raised:
            opened(f"{front.address}/o/r", push=True).open_upload()

    assert raised.value.cause is TransferCause.INSECURE
    del image


def test_blobs_may_be_kept_in_a_storage_elsewhere(image: Shelf, mirror: Shelf) -> None:
    with Front(image.registry.backend) as storage:
        rule = Rule("GET", "/blobs/", redirect(storage.url), times=9)
        with Front(image.registry.backend, rule) as front:
            copy(opened(f"{front.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert mirror.everything("1") == image.everything("1")
    assert len(storage.named("GET", "/blobs/")) == 2
