"""What a registry says is there, if its answer to HEAD says too little."""

import contextlib
from collections.abc import Iterator

import pytest
from tests.unit.registry.servers import Answer, serving

from crreg.registry.client import RegistryClient
from crreg.registry.image.descriptor import OCI_MANIFEST, digest_of
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference

MANIFEST = b'{"schemaVersion": 2, "layers": []}'
DIGEST = digest_of(MANIFEST)


@contextlib.contextmanager
def answering(body: bytes) -> Iterator[Remote]:
    """A repository whose registry answers every request for a manifest with these bytes, and names no digest."""
    manifest = Answer(body=body, headers={"Content-Type": OCI_MANIFEST})
    with (
        serving(lambda request: manifest if "/manifests/" in request.path else Answer()) as server,
        RegistryClient(budget=30) as client,
    ):
        yield client.remote(ImageReference.parse(f"{server.address}/o/r"), None, named=True)


def test_a_manifest_is_read_if_head_does_not_say_its_digest() -> None:
    with answering(MANIFEST) as remote:
        found = remote.resolve(DIGEST)
    assert found is not None
    assert (found.digest, found.size) == (DIGEST, len(MANIFEST))


def test_what_is_read_must_have_the_digest_that_was_asked_for() -> None:
    with answering(b"<html>Sign in</html>") as remote, pytest.raises(TransferError) as raised:
        remote.resolve(DIGEST)
    assert raised.value.cause is TransferCause.MISMATCH
