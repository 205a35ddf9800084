"""What a registry lists as attached to an image is bounded, and a refusal is no empty list."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.registry.client import RegistryClient
from crreg.registry.copy.referrers import find_attached
from crreg.registry.image.descriptor import OCI_INDEX, OCI_MANIFEST, Manifest, digest_of
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference

SUBJECT = digest_of(b"subject")


def entries(first: int, count: int) -> list[dict[str, object]]:
    return [
        {"mediaType": OCI_MANIFEST, "digest": digest_of(str(number).encode()), "size": 1}
        for number in range(first, first + count)
    ]


def index(first: int, count: int, **headers: str) -> Answer:
    body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries(first, count)}
    return Answer(body=body, headers={"Content-Type": OCI_INDEX, **headers})


@contextlib.contextmanager
def remote(answer: Callable[[Request], Answer]) -> Iterator[tuple[Remote, list[str]]]:
    with serving(answer) as server, RegistryClient(budget=30) as client:
        client._transport._sleep = lambda _: None
        yield client.remote(ImageReference.parse(f"{server.address}/o/r"), None, named=True), server.paths


def test_a_list_without_end_is_given_up_after_ten_thousand() -> None:
    asked = 0

    def answer(request: Request) -> Answer:
        nonlocal asked
        if "/referrers/" not in request.path:
            return Answer()
        asked += 1
        return index(asked * 4_000, 4_000, Link=f'</v2/o/r/referrers/{SUBJECT}?n={asked}>; rel="next"')

    with remote(answer) as (source, _), pytest.raises(TransferError) as caught:
        source.referrers(SUBJECT)
    assert caught.value.cause is TransferCause.UNSUPPORTED
    assert asked == 3


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (403, TransferCause.FORBIDDEN),
        (429, TransferCause.RATE_LIMITED),
        (503, TransferCause.SERVER_ERROR),
    ],
)
def test_a_refusal_is_no_empty_list(status: int, cause: TransferCause) -> None:
    """Else an image is published without its signatures, and nobody is told."""

    def answer(request: Request) -> Answer:
        if "/referrers/" in request.path:
            return Answer(404)
        return Answer(status if "/manifests/" in request.path else 200)

    with remote(answer) as (source, _), pytest.raises(TransferError) as caught:
        source.referrers(SUBJECT)
    assert caught.value.cause is cause


def test_many_lists_are_given_up_as_soon_as_they_hold_too_much_together() -> None:
    asked = 0

    def answer(request: Request) -> Answer:
        nonlocal asked
        if "/referrers/" in request.path:
            asked += 1
            return index(asked * 600, 600)
        return Answer(404) if "/manifests/" in request.path else Answer()

    subjects = [Manifest(b"", OCI_MANIFEST, digest_of(f"subject {number}".encode())) for number in range(200)]
    with remote(answer) as (source, _), pytest.raises(TransferError) as caught:
        find_attached(source, subjects)
    assert "more than 1000 attached manifests" in caught.value.detail
    # Those that were under way at the same time.
    assert asked < 30
