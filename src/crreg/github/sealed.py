"""Sealed boxes: what anyone may close under a store's public key, and GitHub alone opens."""

import base64


def seal(value: bytes, public_key: str) -> str:
    """Encrypt a value under a public key (base64, as the API gives it); raises ValueError for what is no key.

    A libsodium sealed box: Curve25519, XSalsa20-Poly1305, base64.
    Source: https://docs.github.com/en/rest/guides/encrypting-secrets-for-the-rest-api
    """
    # Imported here, since a run that writes nothing need not load the library.
    from nacl.exceptions import CryptoError
    from nacl.public import PublicKey, SealedBox

    try:
        key = PublicKey(base64.b64decode(public_key, validate=True))
    except (CryptoError, TypeError, ValueError):
        raise ValueError("this is no Curve25519 public key") from None
    return base64.b64encode(SealedBox(key).encrypt(value)).decode("ascii")
