"""Answering a registry's challenge, as `docker login` does."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from crreg.net import urls
from crreg.net.urls import Address, InvalidAddress
from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError, clean, codes_of, said
from crreg.registry.login.endpoint import Endpoint, outage, refusal
from crreg.registry.login.token_answer import (
    LARGEST_ANSWER,
    BearerToken,
    InvalidTokenAnswer,
    NoToken,
    read_token,
)
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.providers import provider_of
from crreg.registry.transport.answer import Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.redirects import led_here
from crreg.registry.transport.transport import Transport

_CLIENT = "docker"
# OAuth 2 (RFC 6749, section 5.2) uses status 400 where the token specification uses 401.
_UNKNOWN_USER = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})


def log_in(transport: Transport, endpoint: Endpoint, credentials: Credentials, tally: Tally) -> LoginOutcome:
    """Log in as `docker login` does; return `succeeded`, or `skipped` if the registry did not ask for a password.

    Raises:
        RegistryError: the registry or its token server does not accept the credentials.
    """
    if endpoint.refused is not None:
        raise endpoint.refused
    if endpoint.challenge is None:
        return LoginOutcome.SKIPPED
    authorization = authorize(transport, endpoint, credentials, None, tally)
    if endpoint.also_basic:
        # If both schemes are offered, docker's client fetches a token and then sends Basic: both must work.
        authorization = {"Authorization": credentials.basic}
    # Only the host itself may say whether it accepts the credentials.
    response = transport.request("GET", endpoint.base.at("/v2/"), tally, authorization, stays=True)
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
    """Return the headers that authorize a request; fetch a token for `scope` first if the registry wants one.

    Without credentials the token is anonymous, and a registry that wants Basic gets no header: it may allow
    everyone to read.

    Raises:
        RegistryError: no token was issued.
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
) -> BearerToken:
    """Fetch a token from the realm (distribution's token specification) as docker's client does.

    Raises:
        RegistryError: no token was issued.
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
    address = realm.at(f"{realm.path}?{urlencode([*query_of_realm, *given])}")
    headers = {"Authorization": credentials.basic} if credentials else {}
    try:
        response = transport.request("GET", address, tally, headers, largest=LARGEST_ANSWER)
    except RegistryError as error:
        if realm.authority not in shown:
            raise RegistryError(
                error.outcome, f"{endpoint.server.registry}: {shown} did not answer.", fault=error.fault
            ) from None
        if error.outcome is not LoginOutcome.NOT_A_REGISTRY:
            raise
        # The registry itself works; its token server is at fault.
        raise RegistryError(LoginOutcome.SERVER_ERROR, error.detail) from None
    if response.status != HTTPStatus.OK:
        raise _token_refusal(endpoint, shown, response, credentials)
    try:
        return read_token(response.body)
    except NoToken as error:
        raise RegistryError(
            LoginOutcome.SERVER_ERROR,
            f"{shown}, the token server of {endpoint.server.registry}, returned {error}.",
        ) from None
    except InvalidTokenAnswer as error:
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY,
            f"{shown}, the token server of {endpoint.server.registry}, returned {error}, which docker can't use.",
            fault=Fault.TOKEN_SERVER,
        ) from None


def _shown(realm: Address, endpoint: Endpoint, credentials: Credentials | None) -> str:
    """Return the token server's name for a message. A registry that knows the password could hide it in that name."""
    if realm.host == endpoint.server.host:
        return realm.authority
    return clean(realm.authority, credentials.secrets if credentials else ()) or "the token server"


def _realm(transport: Transport, endpoint: Endpoint, realm: str, credentials: Credentials | None) -> Address:
    """Return the token server's address if credentials may be sent there."""
    name = endpoint.server.registry
    try:
        address = Address.parse(realm)
    except InvalidAddress:
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY, f"{name} does not name a usable token server address."
        ) from None
    if not urls.may_lead(endpoint.base, address):
        raise led_here(f"{name} sends logins", "Nothing was sent.")
    if address.scheme == "http" and not transport.may_lead_plainly(endpoint.base, address):
        raise RegistryError(
            LoginOutcome.INSECURE,
            f"{name} sends logins to {_shown(address, endpoint, credentials)} over plain http, so the password was not "
            f"sent.",
            fault=Fault.REALM if endpoint.base.scheme == "https" else None,
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
    fault = outage(name, f"{realm}, the token server of {name},", response, says, codes)
    if fault is not None:
        return fault
    if status in _UNKNOWN_USER or (status == HTTPStatus.FORBIDDEN and _means_unauthorized(endpoint, codes)):
        whom = "this user and password" if credentials else "anyone without a password"
        return RegistryError(LoginOutcome.DENIED, f"{name} does not accept {whom}{says}.", codes=codes)
    if status == HTTPStatus.FORBIDDEN:
        return RegistryError(LoginOutcome.FORBIDDEN, f"{name} refuses access{says}.", codes=codes)
    return RegistryError(
        LoginOutcome.NOT_A_REGISTRY,
        f"{realm}, the token server of {name}, returned status {status}{says}.",
        codes=codes,
    )


def _means_unauthorized(endpoint: Endpoint, codes: tuple[str, ...]) -> bool:
    """Return whether a 403 means 401, as at GHCR and GitLab, which send it for every wrong token."""
    service = endpoint.challenge.service if endpoint.challenge else ""
    return provider_of(endpoint.server.registry, service=service).forbids_unknown or "UNAUTHORIZED" in codes


def detail_of(reached: Endpoint, outcome: LoginOutcome) -> str:
    """Say what a login that was not refused means."""
    name = reached.server.registry
    if outcome is LoginOutcome.SUCCEEDED:
        return f"{name} accepts this user and password."
    page = " It returned a web page, so it may not be a registry." if reached.web_page else ""
    return f"{name} did not ask for a password, so this one was not tested.{page}"
