"""Answering a registry's challenge, as `docker login` does."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from crreg.net import urls
from crreg.net.urls import Address, InvalidAddress
from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError, clean, codes_of, passing_fault, said
from crreg.registry.login.endpoint import Endpoint, firewalled, refusal
from crreg.registry.login.token_answer import (
    LARGEST_ANSWER,
    InvalidTokenAnswer,
    NoToken,
    Token,
    read_token,
)
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.providers import provider_of
from crreg.registry.transport.answer import Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport

_CLIENT = "docker"
# OAuth 2 (RFC 6749, section 5.2) answers 400 to what the token specification answers 401 to.
_UNKNOWN_USER = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})


def log_in(transport: Transport, endpoint: Endpoint, credentials: Credentials, tally: Tally) -> LoginOutcome:
    """Log in as `docker login` does: `succeeded`, or `skipped` where the registry asked for no password.

    Raises:
        RegistryError: the registry, or its token server, does not accept the credentials.
    """
    if endpoint.challenge is None:
        return LoginOutcome.SKIPPED
    authorization = authorize(transport, endpoint, credentials, None, tally)
    if endpoint.also_basic:
        # Docker's client fetches the token and then, of several schemes, sends Basic: both must work.
        authorization = {"Authorization": credentials.basic}
    # Whether it accepts the credentials is for the host alone to say.
    response = transport.request("GET", f"{endpoint.base}/v2/", tally, authorization, stays=True)
    if response.status != HTTPStatus.OK:
        token = authorization.get("Authorization", "").partition(" ")[2]
        raise refusal(endpoint.server, response, (*credentials.secrets, token))
    return LoginOutcome.SUCCEEDED


def authorize(
    transport: Transport,
    endpoint: Endpoint,
    credentials: Credentials | None,
    scope: str | None,
    tally: Tally,
) -> dict[str, str]:
    """Make the headers that let a request in, after a token was fetched for `scope` where the registry wants one.

    Without credentials the token is an anonymous one, and a registry that wants Basic is shown nothing: it may let
    everyone read.

    Raises:
        RegistryError: no token was given out.
    """
    challenge = endpoint.challenge
    if challenge is not None and challenge.scheme == "bearer":
        token = fetch_token(transport, endpoint, credentials, (scope,) if scope else (), tally)
        return {"Authorization": f"Bearer {token.value}"}
    if challenge is None or credentials is None:
        return {}
    return {"Authorization": credentials.basic}


def fetch_token(
    transport: Transport,
    endpoint: Endpoint,
    credentials: Credentials | None,
    scopes: Sequence[str],
    tally: Tally,
) -> Token:
    """A token of the realm (distribution's token specification), fetched as docker's client does.

    Raises:
        RegistryError: none was to be had.
    """
    parameters = endpoint.challenge.parameters if endpoint.challenge else {}
    realm = _realm(transport, endpoint, parameters.get("realm", ""), credentials)
    shown = _shown(realm, endpoint, credentials)
    query = [("service", parameters.get("service")), ("client_id", _CLIENT)]
    query += [("scope", scope) for scope in scopes]
    if credentials is not None:
        query.append(("account", credentials.user))
    given = [(name, value) for name, value in sorted(query, key=lambda member: member[0]) if value]
    query_of_realm = parse_qsl(realm.target.partition("?")[2], keep_blank_values=True)
    url = f"{realm.root}{realm.path}?{urlencode([*query_of_realm, *given])}"
    headers = {"Authorization": credentials.basic} if credentials else {}
    try:
        response = transport.request("GET", url, tally, headers, largest=LARGEST_ANSWER)
    except RegistryError as error:
        if realm.authority not in shown:
            raise RegistryError(
                error.outcome, f"{endpoint.server.registry}: {shown} did not answer.", fault=error.fault
            ) from None
        if error.outcome is not LoginOutcome.NOT_A_REGISTRY:
            raise
        # The registry is one; what goes wrong is the token server that it names.
        raise RegistryError(LoginOutcome.SERVER_ERROR, error.detail) from None
    if response.status != HTTPStatus.OK:
        raise _token_refusal(endpoint, shown, response, credentials)
    try:
        return read_token(response.body)
    except NoToken as error:
        raise RegistryError(
            LoginOutcome.SERVER_ERROR,
            f"{shown}, which gives out tokens for {endpoint.server.registry}, answers with {error}.",
        ) from None
    except InvalidTokenAnswer as error:
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY,
            f"{shown}, which gives out tokens for {endpoint.server.registry}, answers with {error}, which docker can't "
            f"use.",
            fault=Fault.TOKEN_SERVER,
        ) from None


def _shown(realm: Address, endpoint: Endpoint, credentials: Credentials | None) -> str:
    """The token server as a message may name it: a registry that knows the password can put it into the name."""
    if realm.host == endpoint.server.host:
        return realm.authority
    return clean(realm.authority, credentials.secrets if credentials else ()) or "the token server"


def _realm(transport: Transport, endpoint: Endpoint, realm: str, credentials: Credentials | None) -> Address:
    """The token server's address, if credentials may go there."""
    name = endpoint.server.registry
    source = Address.parse(endpoint.base)
    try:
        address = Address.parse(realm)
    except InvalidAddress:
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY, f"{name} names no usable address of a token server."
        ) from None
    if not urls.may_lead(source, address):
        raise RegistryError(
            LoginOutcome.INSECURE,
            f"{name} sends logins to an address of this machine or of its own network link, so nothing was sent: a "
            f"host elsewhere has no business there.",
        )
    if address.scheme == "http" and not transport.may_lead_plainly(source, address):
        raise RegistryError(
            LoginOutcome.INSECURE,
            f"{name} sends logins to {_shown(address, endpoint, credentials)} in plain http, so the password was not "
            f"sent.",
            fault=Fault.REALM if source.scheme == "https" else None,
        )
    return address


def _token_refusal(
    endpoint: Endpoint,
    realm: str,
    response: Response,
    credentials: Credentials | None,
) -> RegistryError:
    name, status = endpoint.server.registry, response.status
    says = said(response.body, credentials.secrets if credentials else ())
    codes = codes_of(response.body)
    fault = passing_fault(
        status,
        f"{realm}, which gives out tokens for {name},",
        says,
        response.headers.get("Retry-After"),
        codes,
    )
    if fault is not None:
        return fault
    if provider_of(name).blocks(says):
        return firewalled(name, says, codes)
    if status in _UNKNOWN_USER or (status == HTTPStatus.FORBIDDEN and _knows_nobody(endpoint, codes)):
        whom = "this user and password" if credentials else "anyone without a password"
        return RegistryError(LoginOutcome.DENIED, f"{name} does not accept {whom}{says}.", codes=codes)
    if status == HTTPStatus.FORBIDDEN:
        return RegistryError(LoginOutcome.FORBIDDEN, f"{name} refuses access{says}.", codes=codes)
    return RegistryError(
        LoginOutcome.NOT_A_REGISTRY,
        f"{realm}, which should give out tokens for {name}, answers with status {status}{says}.",
        codes=codes,
    )


def _knows_nobody(endpoint: Endpoint, codes: tuple[str, ...]) -> bool:
    """Whether a 403 means what others call 401: GHCR and GitLab answer so to every wrong token."""
    service = endpoint.challenge.service if endpoint.challenge else ""
    return provider_of(endpoint.server.registry, service=service).forbids_unknown or "UNAUTHORIZED" in codes
