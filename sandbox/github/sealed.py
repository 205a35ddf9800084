"""The key pair of a store of secrets: clients encrypt with the public key, the server decrypts with the other."""

# Assumes GH-SECRET-SEALED.

import base64
import binascii
import secrets

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox


class NotOpenedError(Exception):
    """A sealed value is not base64, or was not sealed under this key."""


class SealingKey:
    """An X25519 key pair, and the identifier of its public key at GitHub."""

    def __init__(self) -> None:
        self._private = PrivateKey.generate()
        self.key_id = str(10**18 + secrets.randbelow(9 * 10**18))

    @property
    def public(self) -> str:
        """The public key, base64."""
        return base64.b64encode(bytes(self._private.public_key)).decode()

    def open(self, encrypted_value: str) -> bytes:
        """Decrypt a sealed value; raises NotOpenedError."""
        try:
            sealed = base64.b64decode(encrypted_value, validate=True)
            return SealedBox(self._private).decrypt(sealed)
        except (binascii.Error, ValueError, CryptoError) as error:
            raise NotOpenedError from error
