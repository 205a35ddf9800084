"""Stores a secret as GitHub does: checks the name, the size and the number of secrets, and decrypts the value."""

import re
from datetime import UTC, datetime
from typing import Any

from sandbox.github.exchange import Answer, RefusalError
from sandbox.github.sealed import NotOpenedError
from sandbox.github.world import Secret, SecretStore, timestamp

MAXIMUM_SECRETS = 100
"""The most secrets of a store."""
MAXIMUM_SIZE = 48 * 1024
"""The most bytes of a value."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def checked_name(name: str) -> str:
    """The name as it is stored; raises RefusalError for one that GitHub does not accept."""
    # Assumes GH-SECRET-NAMES.
    if _NAME.fullmatch(name) is None:
        raise RefusalError(
            422,
            "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). "
            "Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
        )
    if name.upper().startswith("GITHUB_"):
        raise RefusalError(422, "Secret names must not start with GITHUB_.")
    return name.upper()


def found(store: SecretStore, name: str) -> Secret:
    """The stored secret of that name, in any case; raises RefusalError."""
    # Assumes GH-SECRET-STORES.
    secret = store.secrets.get(name.upper())
    if secret is None:
        raise RefusalError(404, "Not Found")
    return secret


def write(
    store: SecretStore,
    name: str,
    document: dict[str, Any],
    *,
    visibility: str | None = None,
    repositories: list[int] | None = None,
) -> Answer:
    """Create (201) or update (204) a secret from a request's body.

    The body may omit the value of an existing secret, to change only its access.
    """
    # Assumes GH-SECRET-LIMITS, GH-SECRET-STORES.
    name = checked_name(name)
    existing = store.secrets.get(name)
    value = _opened(store, document, existing)
    now = datetime.now(UTC)
    if existing is None:
        if len(store.secrets) >= MAXIMUM_SECRETS:
            raise RefusalError(422, f"You may not have more than {MAXIMUM_SECRETS} secrets.")
        store.secrets[name] = Secret(name, value, now, now, visibility, repositories or [])
        return Answer(201, {})
    existing.value, existing.updated_at, existing.visibility = value, now, visibility
    if repositories is not None:
        existing.repositories = repositories
    return Answer(204)


def shape(secret: Secret) -> dict[str, Any]:
    """The fields of a secret at every level, which never include its value."""
    return {
        "name": secret.name,
        "created_at": timestamp(secret.created_at),
        "updated_at": timestamp(secret.updated_at),
    }


def _opened(store: SecretStore, document: dict[str, Any], existing: Secret | None) -> bytes:
    # Assumes GH-SECRET-SEALED, GH-SECRET-LIMITS, GH-SECRET-ACCESS-ONLY.
    if "encrypted_value" not in document and existing is not None:
        return existing.value
    absent = [f'"{name}"' for name in ("encrypted_value", "key_id") if name not in document]
    if absent:
        verb = "wasn't" if len(absent) == 1 else "weren't"
        raise RefusalError(422, f"Invalid request.\n\n{', '.join(absent)} {verb} supplied.")
    if document["key_id"] != store.key.key_id:
        raise RefusalError(422, "Key ID is invalid. Please fetch the public key again.")
    try:
        value = store.key.open(str(document["encrypted_value"]))
    except NotOpenedError as error:
        raise RefusalError(422, "improperly encrypted secret") from error
    if len(value) > MAXIMUM_SIZE:
        raise RefusalError(422, "Secret value is too large.")
    return value
