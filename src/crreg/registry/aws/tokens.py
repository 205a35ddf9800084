"""Registry tokens of AWS: the exchange of a triple's keys, and the minting from the credentials at hand."""

import base64
import contextlib
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
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

from crreg.concurrency import Pool, within
from crreg.deadline import Deadline
from crreg.registry.aws.wire import Wire
from crreg.registry.credentials import Credentials
from crreg.registry.errors import Known, RegistryError, clean
from crreg.registry.outcome import LoginOutcome

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from crreg.registry.ecr import EcrRegistry

_IDENTITY_SECONDS = 2.0
"""How long whose keys they are is waited for, once there is a token."""
_ATTEMPTS = 3
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
"""What botocore raises over an answer that is not AWS's; its parsers check next to nothing."""
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
    LoginOutcome.RATE_LIMITED: frozenset(
        {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"},
    ),
}
_XML_ERROR = re.compile(r"<Code>(?P<code>\w+)</Code>\s*<Message>(?P<message>[^<]*)</Message>")
_WHY = {
    LoginOutcome.DENIED: "USER must be the id of an active access key, and PASSWORD the secret key that belongs to it",
    LoginOutcome.FORBIDDEN: "the keys are valid, but a policy keeps them from getting a registry token",
    LoginOutcome.RATE_LIMITED: "there were too many requests with these keys",
    LoginOutcome.SERVER_ERROR: "the trouble is on the side of AWS",
}
_WHY_NOT_MINTED = _WHY | {
    LoginOutcome.DENIED: "the AWS credentials at hand are not valid, or not any more",
    LoginOutcome.FORBIDDEN: "the AWS credentials at hand may not call ecr:GetAuthorizationToken",
}
T = TypeVar("T")


def exchange(registry: "EcrRegistry", keys: Credentials, seconds: float) -> tuple[Credentials, str]:
    """The token that an access key id and its secret key give, and the ARN of whose they are.

    The ARN is empty where AWS does not say, and stands in the error where the keys get no token. The keys go to AWS
    only, in the registry's own region (or where AWS_ENDPOINT_URL leads), and no other credentials of the environment
    are used.

    Raises:
        RegistryError: AWS gives no token, or not within `seconds`.
    """
    _check(keys)
    whose: list[str] = []
    try:
        credentials = _told(
            seconds, lambda: _exchange(registry, keys, Deadline.after(seconds), whose), keys.secrets, _WHY
        )
    except RegistryError as error:
        raise RegistryError(error.outcome, error.detail, Known("".join(whose))) from None
    return credentials, "".join(whose)


def mint(registry: "EcrRegistry", seconds: float) -> Credentials:
    """A fresh token from the AWS credentials at hand: those that boto3's default chain finds, a workflow's role too.

    They go to AWS only, in the registry's own region (or where AWS_ENDPOINT_URL leads).

    Raises:
        RegistryError: there are none, or AWS gives no token, or not within `seconds`.
    """
    found: list[str] = []
    return _told(seconds, lambda: _mint(registry, Deadline.after(seconds), found), found, _WHY_NOT_MINTED)


def _told(seconds: float, ask: Callable[[], T], secrets: Sequence[str], why: Mapping[LoginOutcome, str]) -> T:
    """What `ask` returns within so many seconds; whatever goes wrong becomes a RegistryError."""
    try:
        return within(seconds, ask)
    except ClientError as error:
        raise _refusal(error, secrets, why) from None
    except (NoCredentialsError, ProfileNotFound, CredentialRetrievalError, PartialCredentialsError) as error:
        raise RegistryError(
            LoginOutcome.SKIPPED, f"There are no AWS credentials at hand ({type(error).__name__})."
        ) from None
    except SSLError as error:
        raise _tls_error(error) from None
    except (ConnectionError, HTTPClientError, TimeoutError) as error:
        raise _unreachable(error) from None
    except _NO_ANSWER as error:
        raise RegistryError(
            LoginOutcome.SERVER_ERROR,
            f"AWS gave no registry token ({type(error).__name__}).",
        ) from None


def _exchange(
    registry: "EcrRegistry", keys: Credentials, deadline: Deadline, whose: list[str]
) -> Credentials:
    """Get a token; put the ARN of the keys' owner into `whose` if AWS says it in time."""
    sts, ecr = _clients(registry, keys, deadline)
    asked = Pool(1).submit(lambda: _identity(sts))
    try:
        return _token(registry, ecr)
    finally:
        # The login is still to come, and needs time too.
        with contextlib.suppress(TimeoutError):
            whose += filter(None, [asked.result(min(_IDENTITY_SECONDS, deadline.remaining / 4))])


def _mint(registry: "EcrRegistry", deadline: Deadline, found: list[str]) -> Credentials:
    session = boto3.Session(region_name=registry.region)
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    keys = credentials.get_frozen_credentials()
    # Before they travel, so that no answer can show them.
    found += filter(None, (keys.secret_key, keys.token))
    ecr = _ecr(session, registry, Wire(deadline, ssl.get_default_verify_paths().cafile))
    return _token(registry, ecr)


def _token(registry: "EcrRegistry", ecr: Any) -> Credentials:
    data = ecr.get_authorization_token()["authorizationData"]
    return _credentials((data if registry.public else data[0])["authorizationToken"])


def _check(keys: Credentials) -> None:
    """Keep out what can't be a key, so that it gets into no header and no error of the AWS library."""
    if not (
        keys.user.isascii()
        and keys.user.isalnum()
        and keys.password.isascii()
        and keys.password.isprintable()
    ):
        raise RegistryError(
            LoginOutcome.INVALID,
            "USER and PASSWORD of an ECR registry must be an AWS access key id and its secret key, "
            "or AWS and a registry token.",
        )
    if keys.user.startswith(_TEMPORARY_KEY):
        raise RegistryError(
            LoginOutcome.INVALID,
            "USER is the id of temporary AWS keys. They need a session token, for which there is no secret: "
            "use an IAM user's keys, or AWS and a registry token.",
        )


def _clients(registry: "EcrRegistry", keys: Credentials, deadline: Deadline) -> "tuple[STSClient, Any]":
    """Clients of STS and ECR with these keys alone: no profile, no credentials of the machine."""
    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session = boto3.Session(
        aws_access_key_id=keys.user,
        aws_secret_access_key=keys.password,
        region_name=registry.region,
        botocore_session=core,
    )
    # The system's authorities and SSL_CERT_FILE, as for the registries; without them the library's own.
    wire = Wire(deadline, ssl.get_default_verify_paths().cafile)
    sts = session.client("sts", config=_config())
    wire.attach(sts)
    return sts, _ecr(session, registry, wire)


def _ecr(session: boto3.Session, registry: "EcrRegistry", wire: Wire) -> Any:
    ecr: Any = (
        session.client("ecr-public", config=_config())
        if registry.public
        else session.client("ecr", config=_config())
    )
    wire.attach(ecr)
    return ecr


def _config() -> Config:
    return Config(retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"})


def _identity(sts: "STSClient") -> str:
    """Name of the keys' owner; empty if AWS does not say, which is no reason to fail."""
    try:
        return clean(sts.get_caller_identity()["Arn"], ())
    except _NO_ANSWER:
        return ""


def _credentials(token: str) -> Credentials:
    """User and password that the token holds."""
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        user = password = ""
    if not user or not password:
        raise RegistryError(LoginOutcome.SERVER_ERROR, "AWS answered without a registry token.")
    return Credentials(user, password)


def _refusal(error: ClientError, secrets: Sequence[str], why: Mapping[LoginOutcome, str]) -> RegistryError:
    code, message = _code_and_message(error)
    limited = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == HTTPStatus.TOO_MANY_REQUESTS
    otherwise = LoginOutcome.RATE_LIMITED if limited else LoginOutcome.SERVER_ERROR
    outcome = next((known for known, codes in _OUTCOMES.items() if code in codes), otherwise)
    says = clean(f"{code}: {message}".rstrip(": "), secrets) or clean(code, secrets)
    quoted = f' (it says "{says}")' if says else ""
    return RegistryError(outcome, f"AWS gave no registry token{quoted}: {why[outcome]}.")


def _code_and_message(error: ClientError) -> tuple[str, str]:
    """What AWS answers, also where a gateway in front of it answers a JSON request in XML."""
    answer = error.response.get("Error", {})
    code, message = answer.get("Code", ""), answer.get("Message", "")
    in_xml = _XML_ERROR.search(message)
    return (in_xml["code"], in_xml["message"]) if in_xml else (code, message)


def _tls_error(error: SSLError) -> RegistryError:
    """What is wrong with TLS, unless the connection broke within it."""
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
        f"AWS was not reached in time to exchange the keys ({type(error).__name__}).",
    )
