"""Why a registry usually turns a login down, by its host and by how the values look."""

from datetime import datetime

from crreg.registry.credentials import Credentials
from crreg.registry.ecr import TOKEN_USER, parse_host
from crreg.registry.password import PasswordKind, inspect_password
from crreg.registry.reference import DOCKER_HUB
from crreg.registry.server import Server

_IDENTITY_TOKEN_USER = "<token>"  # noqa: S105 - a user, no password
_GOOGLE_KEY_USERS = frozenset({"_json_key", "_json_key_base64"})
_GOOGLE_HOSTS = ("gcr.io", "-docker.pkg.dev")


def likely_cause(server: Server, credentials: Credentials, now: datetime) -> str:
    """A sentence on what is probably wrong with credentials that were not accepted; it quotes none of them."""
    return _by_values(server, credentials, now) or _by_host(server, credentials)


def _by_values(server: Server, credentials: Credentials, now: datetime) -> str:
    """What shows in the values themselves."""
    password = credentials.password
    user, nature = credentials.user, inspect_password(password)
    expiry = nature.expires_at or now
    causes = (
        (
            nature.expires_at is not None and nature.expires_at <= now,
            f"PASSWORD is a token that expired at {expiry:%Y-%m-%d %H:%M} UTC.",
        ),
        (
            nature.kind is PasswordKind.ECR_TOKEN and user != TOKEN_USER,
            f"PASSWORD is an ECR token, with which USER must be {TOKEN_USER}.",
        ),
        (
            user == _IDENTITY_TOKEN_USER,
            "USER is how Docker's own files mark an identity token; a login needs the name of a user.",
        ),
        (
            server.registry == "ghcr.io" and password.startswith("github_pat_"),
            "PASSWORD is a fine-grained token, which GHCR does not take: it needs a classic one.",
        ),
        (
            user in _GOOGLE_KEY_USERS and not password.rstrip().endswith(("}", "=")),
            f"With the user {user}, PASSWORD must be the service account's whole key file.",
        ),
        (
            password != password.strip(),
            "PASSWORD starts or ends with white space, which is sent as part of it.",
        ),
    )
    return next((sentence for applies, sentence in causes if applies), "")


def _by_host(server: Server, credentials: Credentials) -> str:
    """What the host's users most often run into."""
    host = server.host.lower()
    registry = parse_host(host)
    if registry is not None and credentials.user == TOKEN_USER:
        return "An ECR token is good for 12 hours only."
    if server.registry == DOCKER_HUB:
        return "Docker Hub needs the Docker ID (not the e-mail address) and an access token that was not revoked."
    if host == "ghcr.io":
        return "GHCR needs a classic personal access token with read:packages, neither expired nor revoked."
    if host.endswith(".azurecr.io"):
        return (
            "Azure takes the registry's admin user if that is enabled, a token of the registry, or a service "
            "principal whose secret has not expired."
        )
    if host.endswith(_GOOGLE_HOSTS):
        return "Google takes the user _json_key with a service account's whole key file as the password."
    return "The password is misspelled, or was changed, revoked or expired since it was stored."
