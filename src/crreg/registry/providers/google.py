"""Google Artifact Registry, which also serves the hosts of Container Registry.

Sources: https://cloud.google.com/artifact-registry/docs/docker/authentication
https://cloud.google.com/artifact-registry/docs/transition/gcr-repositories
"""

import base64
import json
from typing import Any

from crreg.findings.remedy import Prose, Shell, Step, command
from crreg.registry.providers.provider import BOTH, Account, Attempt, Provider, Renewal

_KEY = "_json_key"
_ENCODED = "_json_key_base64"
_ACCESS_TOKENS = frozenset({"oauth2accesstoken", "_dcgcloud_token", "_token"})
_FILE, _ENCODED_FILE = "key.json", "key.base64"


def _object(text: str | bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decoded(text: str) -> dict[str, Any] | None:
    """Decode a JSON object from base64, with or without line breaks; None if it is not one."""
    try:
        return _object(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        return None


def _cause(attempt: Attempt) -> str:
    user, password = attempt.user, attempt.password
    if user in _ACCESS_TOKENS:
        return f"With the user {user}, PASSWORD is an access token, which is valid for one hour."
    if user not in (_KEY, _ENCODED):
        return f"Google needs the user {_ENCODED}, and a service account's complete key file in base64 as the password."
    plain, encoded = _object(password) is not None, _decoded(password) is not None
    if plain if user == _KEY else encoded:
        return "The key file is complete, so the key was deleted, or its service account was disabled or deleted."
    if plain or encoded:
        form, other = ("as it is", _KEY) if plain else ("in base64", _ENCODED)
        return f"PASSWORD is a key file {form}, so USER must be {other}."
    form = "" if user == _KEY else " in base64"
    return f"With the user {user}, PASSWORD must be the service account's complete key file{form}."


def _account(attempt: Attempt) -> str | None:
    """Return the service account's e-mail address from the key file."""
    key = _object(attempt.password) or _decoded(attempt.password) or {}
    name = key.get("client_email")
    usable = isinstance(name, str) and name.isascii() and name.isprintable() and "@" in name
    return name if usable else None


def _renew(account: Account) -> Renewal:
    if account.name is None:
        get: tuple[Step, ...] = (
            Prose(
                "Create a key for a service account that may pull: in the Google Cloud console, IAM & Admin, Service "
                f"Accounts, the account, Keys, Add key, JSON. Save it as {_FILE}. Then encode it:"
            ),
        )
    else:
        get = (
            Prose("Create a new key for the service account, and encode it:"),
            command(
                "gcloud", "iam", "service-accounts", "keys", "create", _FILE, "--iam-account", account.name
            ),
        )
    return Renewal(
        (*get, Shell(f"base64 <{_FILE} | tr -d '\\n' >{_ENCODED_FILE}")),
        BOTH,
        user=_ENCODED,
        password_file=_ENCODED_FILE,
        cleanup=(Prose("Once the values are stored, remove the files:"), command("rm", _FILE, _ENCODED_FILE)),
    )


def _grant_pull(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (Prose("Give the service account the role roles/artifactregistry.reader on the repository."),)


def _grant_push(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Prose(
            "Make sure that the repository exists in Artifact Registry, and give the service account the role "
            "roles/artifactregistry.writer on it."
        ),
    )


GOOGLE = Provider(
    name="Google Artifact Registry",
    hosts=("*.pkg.dev", "gcr.io", "*.gcr.io"),
    identifier="GAR",
    public_users=_ACCESS_TOKENS | {_KEY, _ENCODED},
    cause=_cause,
    account=_account,
    renew=_renew,
    grant_pull=_grant_pull,
    grant_push=_grant_push,
    create_repository=lambda _account, _repository: (
        Prose("Create the repository in Artifact Registry with the format Docker, then run crreg again."),
    ),
    page="google.md",
)
