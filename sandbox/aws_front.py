"""The parts of AWS that moto lacks: ECR Public, ECR's errors in its own protocol, and tokens that are still valid."""

import base64
import json
import threading
import time
from http.client import HTTPResponse
from typing import Any
from xml.etree import ElementTree as ET

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.credentials import Credential
from sandbox.relay import RelayHandler, read_exactly
from sandbox.serving import Journal, Server

_TOKEN_SECONDS = 12 * 60 * 60
_JSON = {"Content-Type": "application/x-amz-json-1.1"}
_PUBLIC_TOKEN = "SpencerFrontendService.GetAuthorizationToken"
_ECR_TOKEN = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
# moto returns every refusal in the XML of STS and IAM; services that use JSON have other names for the errors.
_JSON_ERRORS = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "AccessDenied": "AccessDeniedException",
}


class AwsFront(Server):
    """Relays requests to moto at `backend` and records them."""

    def __init__(self, backend: str, *, public_token: Credential) -> None:
        super().__init__(_AwsHandler)
        self.backend = backend
        self.journal = Journal()
        self.public_token = public_token
        """The token that ECR Public's GetAuthorizationToken returns."""
        self.token: Credential | None = None
        """The token that ECR's GetAuthorizationToken returns; None for moto's, which is always the same."""
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[str, bool]] = {}

    def know(self, keys: Credential, *, may_use_ecr: bool) -> None:
        """Accept these keys as a signature of calls to ECR Public; `may_use_ecr` decides whether to allow them."""
        with self._lock:
            self._keys[keys.user] = (keys.password, may_use_ecr)

    def key(self, access_key_id: str) -> tuple[str, bool] | None:
        """The secret key of an access key id, and whether it may use ECR; None if the key does not exist."""
        with self._lock:
            return self._keys.get(access_key_id)


class _AwsHandler(RelayHandler):
    server: AwsFront

    def answer(self) -> None:
        self.server.journal.add(self.noted())
        if self.headers["X-Amz-Target"] == _PUBLIC_TOKEN:
            self._public_token()
        else:
            self.relay(self.server.backend)

    def send_upstream_response(self, response: HTTPResponse) -> None:
        """Send moto's answer in the protocol of the service."""
        # Assumes AWS-ERRORS.
        status, body, headers = response.status, response.read(), dict(response.getheaders())
        target = self.headers["X-Amz-Target"] or ""
        if target and status == 403:
            status, body = _json_error(body)
            headers = dict(_JSON)
        elif target == _ECR_TOKEN and status == 200:
            body = _fresh(body, self.server.token)
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() == "content-type" or name[:2] == "x-"
        }
        self.respond(status, body, kept)

    def _public_token(self) -> None:
        # Assumes ECR-PUBLIC.
        body = b"".join(read_exactly(self.rfile, int(self.headers.get("Content-Length", 0))))
        error = self._refusal(body)
        if error:
            self.respond(400, _error(error, "refused"), _JSON)
            return
        data = {
            "authorizationToken": _pair(self.server.public_token),
            "expiresAt": time.time() + _TOKEN_SECONDS,
        }
        self.respond(200, json.dumps({"authorizationData": data}).encode(), _JSON)

    def _refusal(self, body: bytes) -> str:
        """The error for an invalid signature or a missing permission; empty if there is none."""
        signed = dict(
            field.strip().split("=", 1)
            for field in self.headers.get("Authorization", "").removeprefix("AWS4-HMAC-SHA256").split(",")
            if "=" in field
        )
        access_key_id, _, scope = signed.get("Credential", "").partition("/")
        found = self.server.key(access_key_id)
        if found is None:
            return "UnrecognizedClientException"
        secret, may_use_ecr = found
        _, region, service, _ = scope.split("/")
        names = signed["SignedHeaders"].split(";")
        request = AWSRequest(
            method=self.command,
            url=f"http://{self.headers['Host']}{self.path}",
            headers={name: self.headers[name] for name in names},
            data=body,
        )
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        signer = SigV4Auth(Credentials(access_key_id, secret), service, region)
        expected = signer.signature(
            signer.string_to_sign(request, signer.canonical_request(request)), request
        )
        if expected != signed.get("Signature"):
            return "InvalidSignatureException"
        return "" if may_use_ecr else "AccessDeniedException"


def _json_error(xml: bytes) -> tuple[int, bytes]:
    # Assumes AWS-ERRORS.
    error = ET.fromstring(xml).find(".//Error")  # noqa: S314 - moto's own answer
    code, message = (
        (error.findtext(name, "") for name in ("Code", "Message")) if error is not None else ("", "")
    )
    return 400, _error(_JSON_ERRORS.get(code, code), message)


def _error(code: str, message: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()


def _pair(token: Credential) -> str:
    return base64.b64encode(f"{token.user}:{token.password}".encode()).decode()


def _fresh(body: bytes, token: Credential | None) -> bytes:
    """Make the token expire in twelve hours: moto's expired in 2015."""
    # Assumes ECR-TOKEN.
    answer: dict[str, Any] = json.loads(body)
    for data in answer["authorizationData"]:
        data["expiresAt"] = time.time() + _TOKEN_SECONDS
        if token is not None:
            data["authorizationToken"] = _pair(token)
    return json.dumps(answer).encode()
