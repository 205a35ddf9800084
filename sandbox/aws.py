"""AWS simulated by moto, in its own process, which refuses keys and calls as IAM does."""

import contextlib
import json
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from sandbox import credentials
from sandbox.aws_front import AwsFront
from sandbox.credentials import Credential
from sandbox.process import Process
from sandbox.serving import Request

ACCOUNT = "123456789012"
"""The account that moto gives to every new user."""
REGION = "eu-west-1"
ECR_HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

_PULLER = {"Effect": "Allow", "Action": ["ecr:*", "ecr-public:*", "sts:*"], "Resource": "*"}
_ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_STRANGER = {"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": "*"}


@dataclass(frozen=True, slots=True)
class Aws:
    """A running AWS."""

    url: str
    """The value for AWS_ENDPOINT_URL."""
    puller: Credential
    """Access key id and secret key of a user that may use ECR."""
    stranger: Credential
    """Access key id and secret key of a user that may only call sts:GetCallerIdentity."""
    token: Credential
    """User `AWS` and the password that ecr:GetAuthorizationToken returns."""
    public_token: Credential
    """User `AWS` and the password that ecr-public:GetAuthorizationToken returns."""
    _administrator: Credential
    _moto: str
    _front: AwsFront

    @property
    def requests(self) -> list[Request]:
        """The requests that reached AWS, in order."""
        return self._front.journal.requests

    def clear(self) -> None:
        """Forget the requests so far."""
        self._front.journal.clear()

    def new_key(self, user: str) -> Credential:
        """Create another access key of an IAM user, as the account's administrator."""
        with _iam(self._moto, self._administrator) as iam:
            keys = _keys(iam, user)
        self._front.know(keys, may_use_ecr=True)
        return keys

    @contextlib.contextmanager
    def another_token(self) -> Iterator[Credential]:
        """Make ecr:GetAuthorizationToken return a new token, as the real one does at every call."""
        # Assumes ECR-TOKEN.
        self._front.token = credentials.credential("AWS")
        try:
            yield self._front.token
        finally:
            self._front.token = None

    def environment(self, keys: Credential | None = None) -> dict[str, str]:
        """Variables that point boto3 to this server, with `keys` if given."""
        own = {"AWS_ACCESS_KEY_ID": keys.user, "AWS_SECRET_ACCESS_KEY": keys.password} if keys else {}
        return {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION, **own}


@contextlib.contextmanager
def running_aws(folder: Path) -> Iterator[Aws]:
    """Run it, with two users; it forgets everything when it stops."""
    # Assumes AWS-IAM.
    folder.mkdir(parents=True, exist_ok=True)
    program = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with Process(program, log=folder / "moto.log") as process:
        moto = process.wait_for_log(r"Running on (http://127\.0\.0\.1:\d+)", seconds=60)[1]
        puller = _create_user(moto, "codespaces-puller", _PULLER)
        stranger = _create_user(moto, "stranger", _STRANGER)
        administrator = _create_user(moto, "administrator", _ADMINISTRATOR)
        # moto checks signatures and policies from here on.
        enforce = urllib.request.Request(f"{moto}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
        with urllib.request.urlopen(enforce, timeout=10):
            pass
        token = Credential("AWS", credentials.register(f"{ACCOUNT}-auth-token", user="AWS"))
        public_token = credentials.credential("AWS")
        with AwsFront(moto, public_token=public_token) as front:
            front.know(puller, may_use_ecr=True)
            front.know(stranger, may_use_ecr=False)
            yield Aws(front.url, puller, stranger, token, public_token, administrator, moto, front)


def _create_user(url: str, name: str, statement: Mapping[str, Any]) -> Credential:
    # moto does not check signatures yet, so any key works.
    with _iam(url, Credential("root", "root")) as iam:
        iam.create_user(UserName=name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="sandbox", PolicyDocument=policy)
        return _keys(iam, name)


@contextlib.contextmanager
def _iam(url: str, keys: Credential) -> Iterator[Any]:
    iam = boto3.client(
        "iam",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=keys.user,
        aws_secret_access_key=keys.password,
    )
    try:
        yield iam
    finally:
        iam.close()


def _keys(iam: Any, user: str) -> Credential:
    key = iam.create_access_key(UserName=user)["AccessKey"]
    secret = credentials.register(key["SecretAccessKey"], user=key["AccessKeyId"])
    return Credential(key["AccessKeyId"], secret)
