"""Why a login usually fails, told by the host and by how the values look."""

import base64
from datetime import UTC, datetime

import jwt
import pytest
from tests.unit.registry.login.test_password import MOMENT, SECONDS, ecr_token

from crreg.registry.credentials import Credentials
from crreg.registry.login.cause import likely_cause
from crreg.registry.server import parse_server

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
EXPIRED = f"PASSWORD is a token that expired at {MOMENT:%Y-%m-%d %H:%M} UTC."
USUAL = "The password is misspelled, or it was changed, was revoked or expired after it was stored."
WHOLE = "The key file is complete, so the key was deleted, or its service account was disabled or deleted."
NOT_WHOLE = (
    "With the user _json_key_base64, PASSWORD must be the service account's complete key file in base64."
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("server", "user", "password", "cause"),
    [
        (ECR, "AWS", ecr_token(), EXPIRED),
        ("acme.azurecr.io", "me", jwt.encode({"exp": SECONDS}, "k" * 32, algorithm="HS256"), EXPIRED),
        (ECR, "me", ecr_token(expiration=4e9), "PASSWORD is an ECR token, so USER must be AWS."),
        (ECR, "AWS", "x", "An ECR token is valid for only 12 hours."),
        (
            "a.example",
            "<token>",
            "x",
            "USER is `<token>`, Docker's placeholder for an identity token; use a real user name.",
        ),
        (
            "ghcr.io",
            "me",
            "github_pat_x",
            "PASSWORD is a fine-grained token, which GHCR does not accept: use a classic one.",
        ),
        (
            "ghcr.io",
            "me",
            "ghp_x",
            "GHCR accepts a workflow's own token, or a classic personal access token that is not expired or revoked.",
        ),
        (
            "https://index.docker.io/v1/",
            "me",
            "x",
            (
                "Docker Hub needs the Docker ID (not the e-mail address) and an access token that is not expired or "
                "revoked."
            ),
        ),
        (
            "europe-docker.pkg.dev",
            "_json_key",
            "x",
            "With the user _json_key, PASSWORD must be the service account's complete key file.",
        ),
        (
            "eu.gcr.io",
            "_json_key",
            '{"a": 1}\n',
            "PASSWORD starts or ends with white space, which is sent as part of it.",
        ),
        (
            "gcr.io",
            "_json_key",
            '{"a": 1}',
            "The key file is complete, so the key was deleted, or its service account was disabled or deleted.",
        ),
        (
            "gcr.io",
            "me",
            "x",
            (
                "Google needs the user _json_key_base64, and a service account's complete key file in base64 as "
                "the password."
            ),
        ),
        ("us.gcr.io", "_json_key_base64", encoded('{"a": 12}'), WHOLE),
        ("us.gcr.io", "_json_key_base64", encoded('{"a": 123}'), WHOLE),
        ("us.gcr.io", "_json_key_base64", encoded('{"a": 1234}'), WHOLE),
        ("us.gcr.io", "_json_key_base64", encoded('{"a": 1234}')[:-4], NOT_WHOLE),
        ("us.gcr.io", "_json_key_base64", "not base64!", NOT_WHOLE),
        (
            "us.gcr.io",
            "_json_key",
            encoded('{"a": 1}'),
            "PASSWORD is a key file in base64, so USER must be _json_key_base64.",
        ),
        (
            "us.gcr.io",
            "_json_key_base64",
            '{"a": 1}',
            "PASSWORD is a key file as it is, so USER must be _json_key.",
        ),
        (
            "gcr.io",
            "oauth2accesstoken",
            "ya29.x",
            "With the user oauth2accesstoken, PASSWORD is an access token, which is valid for one hour.",
        ),
        (
            "docker.io",
            "me@example.com",
            "x",
            "USER is an e-mail address, and Docker Hub needs the Docker ID.",
        ),
        ("evilgcr.io", "_json_key", "x", USUAL),
        (
            "harbor.example",
            "robot$dev+pull",
            "x",
            (
                "Harbor needs the full name of a robot account (usually robot$project+name) that is enabled and "
                "has not expired, and its current secret."
            ),
        ),
        ("nvcr.io", "me", "x", "With an NGC API key, USER must be $oauthtoken, including the dollar sign."),
        ("a.example", "me", " x", "PASSWORD starts or ends with white space, which is sent as part of it."),
        ("a.example", "me", '"x"', "PASSWORD is in quotation marks, which are sent as part of it."),
        ("a.example", "'me'", "x", "USER is in quotation marks, which are sent as part of it."),
        (
            "a.example",
            "me",
            "\ufeffx",
            "PASSWORD starts with a byte order mark, which is sent as part of it. Save the file without one.",
        ),
        (
            "a.example",
            "me",
            "${{ secrets.PASSWORD }}",
            (
                "PASSWORD contains a variable that a shell or a template should have replaced. It is sent literally."
            ),
        ),
        (
            "a.example",
            "${USER}",
            "x",
            (
                "USER contains a variable that a shell or a template should have replaced. It is sent literally."
            ),
        ),
        (
            "a.example",
            "me",
            "pa$x",
            (
                f"{USUAL} PASSWORD contains a dollar sign. If a shell set the secret, it may have replaced "
                f"another dollar sign and the text after it: use single quotes there."
            ),
        ),
        ("a.example", "me", '"', USUAL),
        ("a.example", "me", "x", USUAL),
        ("notghcr.io", "me", "github_pat_x", USUAL),
    ],
)
def test_a_likely_cause_is_named(server: str, user: str, password: str, cause: str) -> None:
    assert likely_cause(parse_server(server), Credentials(user, password), NOW) == cause


def test_an_azure_registry_has_three_ways_in() -> None:
    cause = likely_cause(parse_server("acme.azurecr.io"), Credentials("me", "x"), NOW)
    assert cause == (
        "Azure accepts a registry token, a service principal whose secret has not expired, or the "
        "registry's admin user if it is enabled."
    )
