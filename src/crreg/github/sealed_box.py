"""The public keys of the stores of secrets, and the sealed boxes that values are sent in."""

import base64
from dataclasses import dataclass

from crreg.github.client import GitHub
from crreg.github.errors import not_github
from crreg.github.levels import Level, store_path


@dataclass(frozen=True, slots=True)
class StoreKey:
    """The public key of a level's store."""

    id: str
    public: str
    """Base64, as the API gives it."""

    def seal(self, value: bytes) -> str:
        """Encrypt a value under this key; raises ValueError if the key is invalid.

        A libsodium sealed box: Curve25519, XSalsa20-Poly1305, base64.
        Source: https://docs.github.com/en/rest/guides/encrypting-secrets-for-the-rest-api
        """
        # Imported here because a run that writes nothing does not need the library.
        from nacl.exceptions import CryptoError
        from nacl.public import PublicKey, SealedBox

        try:
            key = PublicKey(base64.b64decode(self.public, validate=True))
        except (CryptoError, TypeError, ValueError):
            raise ValueError("this is not a Curve25519 public key") from None
        return base64.b64encode(SealedBox(key).encrypt(value)).decode("ascii")


def read_key(github: GitHub, repository: str, level: Level) -> StoreKey:
    """Read the public key that encrypts the values of a level for `repository`, `owner/name`; raises GitHubError."""
    answer = github.get(f"{store_path(level, repository)}/public-key")
    try:
        return StoreKey(str(answer["key_id"]), str(answer["key"]))
    except (KeyError, TypeError):
        raise not_github(github.api_url) from None
