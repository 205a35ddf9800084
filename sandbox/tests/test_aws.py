"""AWS refuses and grants as the real one does, tested with boto3 and with a login."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from sandbox.aws import ACCOUNT, REGION, Aws
from sandbox.credentials import Credential


@pytest.fixture
def session(aws: Aws) -> Iterator["_Session"]:
    session = _Session(aws)
    yield session
    session.close()


class _Session:
    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._clients: list[Any] = []

    def client(self, service: str, keys: Credential) -> Any:
        region = "us-east-1" if service == "ecr-public" else REGION
        client = boto3.client(
            service,  # type: ignore[call-overload] # the overloads know literals alone
            endpoint_url=self._aws.url,
            region_name=region,
            aws_access_key_id=keys.user,
            aws_secret_access_key=keys.password,
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()


def _error(call: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    return str(raised.value.response["Error"]["Code"])


def test_it_says_whose_the_keys_are(aws: Aws, session: _Session) -> None:
    named = [session.client("sts", keys).get_caller_identity()["Arn"] for keys in (aws.puller, aws.stranger)]
    assert named == [
        f"arn:aws:iam::{ACCOUNT}:user/codespaces-puller",
        f"arn:aws:iam::{ACCOUNT}:user/stranger",
    ]


def test_it_hands_out_a_token_for_twelve_hours(aws: Aws, session: _Session) -> None:
    (data,) = session.client("ecr", aws.puller).get_authorization_token()["authorizationData"]
    assert f"Basic {data['authorizationToken']}" == aws.token.basic
    assert abs(data["expiresAt"] - datetime.now(UTC) - timedelta(hours=12)) < timedelta(minutes=1)


def test_it_hands_out_a_token_for_the_public_registry(aws: Aws, session: _Session) -> None:
    data = session.client("ecr-public", aws.puller).get_authorization_token()["authorizationData"]
    assert f"Basic {data['authorizationToken']}" == aws.public_token.basic


@pytest.mark.parametrize("service", ["ecr", "ecr-public"])
def test_it_refuses_in_the_words_of_ecr(aws: Aws, session: _Session, service: str) -> None:
    keys = [aws.stranger, Credential(aws.puller.user, "wrong"), Credential("AKIANOBODYSKEYATALL0", "wrong")]
    errors = [_error(session.client(service, wrong).get_authorization_token) for wrong in keys]
    assert errors == ["AccessDeniedException", "InvalidSignatureException", "UnrecognizedClientException"]


def test_it_refuses_in_the_words_of_sts(aws: Aws, session: _Session) -> None:
    keys = [Credential(aws.puller.user, "wrong"), Credential("AKIANOBODYSKEYATALL0", "wrong")]
    errors = [_error(session.client("sts", wrong).get_caller_identity) for wrong in keys]
    assert errors == ["SignatureDoesNotMatch", "InvalidClientTokenId"]


def test_it_counts_what_it_is_asked(aws: Aws, session: _Session) -> None:
    session.client("ecr", aws.puller).get_authorization_token()
    assert aws.requests == [("POST", "/", True)]
