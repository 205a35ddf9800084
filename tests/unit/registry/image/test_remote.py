"""What a registry says is there, if its answer to HEAD says too little."""

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.registry.client import RegistryClient
from crreg.registry.image.descriptor import OCI_MANIFEST, digest_of
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference

MANIFEST = b'{"schemaVersion": 2, "layers": []}'


@pytest.mark.parametrize("body", [MANIFEST, b"<html>Sign in</html>"])
def test_what_is_read_must_have_the_digest_that_was_asked_for(body: bytes) -> None:
    def answer(request: Request) -> Answer:
        return (
            Answer(body=body, headers={"Content-Type": OCI_MANIFEST})
            if "/manifests/" in request.path
            else Answer()
        )

    digest = digest_of(MANIFEST)
    with serving(answer) as server, RegistryClient(budget=30) as client:
        remote = client.remote(ImageReference.parse(f"{server.address}/o/r"), None, named=True)
        if body == MANIFEST:
            found = remote.resolve(digest)
            assert found is not None
            assert (found.digest, found.size) == (digest, len(MANIFEST))
            return
        with pytest.raises(TransferError) as raised:
            remote.resolve(digest)
    assert raised.value.cause is TransferCause.MISMATCH
