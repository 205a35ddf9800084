import base64

import pytest
from nacl.public import PrivateKey, SealedBox

from crreg.github.sealed_box import StoreKey


def test_what_is_sealed_is_opened_with_the_private_key_alone_and_never_looks_the_same() -> None:
    private = PrivateKey.generate()
    public = base64.b64encode(bytes(private.public_key)).decode()
    boxes = [StoreKey("1", public).seal("geheím\n".encode()) for _ in range(2)]
    assert len(set(boxes)) == 2
    assert [SealedBox(private).decrypt(base64.b64decode(box)).decode() for box in boxes] == ["geheím\n"] * 2


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "no base64", "ä", "A" * 44])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="this is not a Curve25519 public key"):
        StoreKey("1", key).seal(b"value")
