"""AWS registry tokens, from a triple's keys or from the AWS credentials of the environment."""

import base64
import contextlib
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore.session
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, which is no OSError
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
)
from botocore.parsers import ResponseParserError
from urllib3.util.ssl_match_hostname import CertificateError

from crreg.net.concurrency import Pool, within
from crreg.net.deadline import Deadline
from crreg.registry.aws.wire import ONCE, THROTTLED, Wire
from crreg.registry.credentials import Credentials
from crreg.registry.errors import Known, RegistryError, clean
from crreg.registry.outcome import LoginOutcome

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from crreg.registry.ecr import EcrRegistry

_IDENTITY_SECONDS = 2.0
"""Seconds to wait for the name of the keys' owner once there is a token."""
_NO_ANSWER: tuple[type[Exception], ...] = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Errors that botocore raises for a response that is not from AWS; its parsers check very little."""
_BROKEN_OFF = (
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
    ConnectionResetError,
    BrokenPipeError,
)
_TEMPORARY_KEY = "ASIA"
_OUTCOMES = {
    LoginOutcome.DENIED: frozenset(
        {
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        },
    ),
    LoginOutcome.FORBIDDEN: frozenset(
        {
            "AccessDenied",
            "AccessDeniedException",
            "NotAuthorized",
            "OptInRequired",
            "RegionDisabledException",
            "UnauthorizedOperation",
        },
    ),
    LoginOutcome.RATE_LIMITED: THROTTLED,
}
_XML_ERROR = re.compile(r"<Code>(?P<code>\w+)</Code>\s*<Message>(?P<message>[^<]*)</Message>")
_WHY = {
    LoginOutcome.DENIED: "USER must be the ID of an active access key, and PASSWORD the secret key that belongs to it",
    LoginOutcome.FORBIDDEN: "the keys are valid, but a policy does not let them get a registry token",
    LoginOutcome.RATE_LIMITED: "there were too many requests with these keys",
    LoginOutcome.SERVER_ERROR: "the problem is on AWS's side",
}
_WHY_NOT_MINTED = _WHY | {
    LoginOutcome.DENIED: "the AWS credentials in the environment are invalid or have expired",
    LoginOutcome.FORBIDDEN: "the AWS credentials in the environment may not call ecr:GetAuthorizationToken",
}
T = TypeVar("T")


def exchange(registry: "EcrRegistry", keys: Credentials, seconds: float) -> tuple[Credentials, str]:
    """Exchange an access key ID and its secret key for a registry token; return it and the ARN of the keys' owner.

    The ARN is empty if AWS does not say; if the keys get no token, the error has it. The keys are sent only to AWS, in
    the registry's own region (or to AWS_ENDPOINT_URL), and no other credentials of the environment are used.

    Raises:
        RegistryError: AWS does not issue a token within `seconds`.
    """
    _check(keys)
    owner: list[str] = []
    try:
        credentials = _call(
            seconds, lambda: _exchange(registry, keys, Deadline.after(seconds), owner), keys.secrets, _WHY
        )
    except RegistryError as error:
        raise RegistryError(error.outcome, error.detail, Known("".join(owner))) from None
    return credentials, "".join(owner)


def mint(registry: "EcrRegistry", seconds: float) -> Credentials:
    """Get a new registry token with the AWS credentials that boto3's default chain finds, such as a workflow's role.

    They are sent only to AWS, in the registry's own region (or to AWS_ENDPOINT_URL).

    Raises:
        RegistryError: there are no credentials, or AWS does not issue a token within `seconds`.
    """
    found: list[str] = []
    return _call(seconds, lambda: _mint(registry, Deadline.after(seconds), found), found, _WHY_NOT_MINTED)


def _call(seconds: float, ask: Callable[[], T], secrets: Sequence[str], why: Mapping[LoginOutcome, str]) -> T:
    """Call `ask` and wait at most `seconds` for its result; turn every failure into a RegistryError."""
    try:
        return within(seconds, ask)
    except ClientError as error:
        raise _refusal(error, secrets, why) from None
    except (NoCredentialsError, ProfileNotFound, CredentialRetrievalError, PartialCredentialsError) as error:
        raise RegistryError(
            LoginOutcome.SKIPPED, f"No AWS credentials were found ({type(error).__name__})."
        ) from None
    except SSLError as error:
        raise _tls_error(error) from None
    except (ConnectionError, HTTPClientError, TimeoutError) as error:
        raise _unreachable(error) from None
    except _NO_ANSWER as error:
        raise RegistryError(
            LoginOutcome.SERVER_ERROR,
            f"AWS did not issue a registry token ({type(error).__name__}).",
        ) from None


def _exchange(
    registry: "EcrRegistry", keys: Credentials, deadline: Deadline, owner: list[str]
) -> Credentials:
    """Get a token; append the ARN of the keys' owner to `owner` if AWS returns it in time."""
    sts, ecr = _clients(registry, keys, deadline)
    asked = Pool(1).submit(lambda: _identity(sts))
    try:
        return _token(registry, ecr)
    finally:
        # Leave time for the login that follows.
        with contextlib.suppress(TimeoutError):
            owner += filter(None, [asked.result(min(_IDENTITY_SECONDS, deadline.remaining / 4))])


def _mint(registry: "EcrRegistry", deadline: Deadline, found: list[str]) -> Credentials:
    session = boto3.Session(region_name=registry.region)
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    keys = credentials.get_frozen_credentials()
    # Recorded before they are sent, so that no quoted response can show them.
    found += filter(None, (keys.secret_key, keys.token))
    ecr = _ecr(session, registry, Wire(deadline, ssl.get_default_verify_paths().cafile))
    return _token(registry, ecr)


def _token(registry: "EcrRegistry", ecr: Any) -> Credentials:
    data = ecr.get_authorization_token()["authorizationData"]
    return _credentials((data if registry.public else data[0])["authorizationToken"])


def _check(keys: Credentials) -> None:
    """Reject values that can't be keys, so that they get into no header and no error of the AWS library."""
    if not (
        keys.user.isascii()
        and keys.user.isalnum()
        and keys.password.isascii()
        and keys.password.isprintable()
    ):
        raise RegistryError(
            LoginOutcome.INVALID,
            "USER and PASSWORD of an ECR registry must be an AWS access key ID and its secret key, "
            "or AWS and a registry token.",
        )
    if keys.user.startswith(_TEMPORARY_KEY):
        raise RegistryError(
            LoginOutcome.INVALID,
            "USER is the ID of temporary AWS keys. They need a session token, for which a triple has no secret: "
            "use an IAM user's keys, or AWS and a registry token.",
        )


def _clients(registry: "EcrRegistry", keys: Credentials, deadline: Deadline) -> "tuple[STSClient, Any]":
    """Return STS and ECR clients that use only these keys: no profile, and no credentials of the machine."""
    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session = boto3.Session(
        aws_access_key_id=keys.user,
        aws_secret_access_key=keys.password,
        region_name=registry.region,
        botocore_session=core,
    )
    # Trust the system's authorities and SSL_CERT_FILE, as for registries; without them, botocore's own.
    wire = Wire(deadline, ssl.get_default_verify_paths().cafile)
    sts = session.client("sts", config=ONCE)
    wire.attach(sts)
    return sts, _ecr(session, registry, wire)


def _ecr(session: boto3.Session, registry: "EcrRegistry", wire: Wire) -> Any:
    ecr: Any = (
        session.client("ecr-public", config=ONCE) if registry.public else session.client("ecr", config=ONCE)
    )
    wire.attach(ecr)
    return ecr


def _identity(sts: "STSClient") -> str:
    """Return the ARN of the keys' owner; empty if AWS does not return it, which is not an error."""
    try:
        return clean(sts.get_caller_identity()["Arn"], ())
    except _NO_ANSWER:
        return ""


def _credentials(token: str) -> Credentials:
    """Decode the user and password from a token."""
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        user = password = ""
    if not user or not password:
        raise RegistryError(LoginOutcome.SERVER_ERROR, "AWS's response has no registry token.")
    return Credentials(user, password)


def _refusal(error: ClientError, secrets: Sequence[str], why: Mapping[LoginOutcome, str]) -> RegistryError:
    code, message = _code_and_message(error)
    limited = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == HTTPStatus.TOO_MANY_REQUESTS
    otherwise = LoginOutcome.RATE_LIMITED if limited else LoginOutcome.SERVER_ERROR
    outcome = next((known for known, codes in _OUTCOMES.items() if code in codes), otherwise)
    says = clean(f"{code}: {message}".rstrip(": "), secrets) or clean(code, secrets)
    quoted = f' (it says "{says}")' if says else ""
    return RegistryError(outcome, f"AWS did not issue a registry token{quoted}: {why[outcome]}.")


def _code_and_message(error: ClientError) -> tuple[str, str]:
    """Return AWS's error code and message, also if a gateway in front of it answers a JSON request with XML."""
    answer = error.response.get("Error", {})
    # botocore hands on what the JSON has, which need not be text.
    code, message = (text if isinstance(text, str) else "" for text in map(answer.get, ("Code", "Message")))
    in_xml = _XML_ERROR.search(message)
    return (in_xml["code"], in_xml["message"]) if in_xml else (code, message)


def _tls_error(error: SSLError) -> RegistryError:
    """Return the error for a TLS failure, or for a connection that broke during TLS."""
    inner = error.kwargs.get("error")
    cause = inner.args[0] if isinstance(inner, Exception) and inner.args else None
    if isinstance(cause, _BROKEN_OFF):
        return _unreachable(error)
    flaw = getattr(cause, "verify_message", "") or (str(cause) if isinstance(cause, CertificateError) else "")
    detail = (
        f"The certificate of AWS is not valid: {flaw.rstrip('.')}."
        if flaw
        else "The TLS handshake with AWS failed."
    )
    return RegistryError(LoginOutcome.TLS_ERROR, detail)


def _unreachable(error: Exception) -> RegistryError:
    return RegistryError(
        LoginOutcome.UNREACHABLE,
        f"Could not reach AWS in time to get a registry token ({type(error).__name__}).",
    )
