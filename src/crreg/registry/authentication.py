"""Answering a registry's challenge, as `docker login` does."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from crreg import net
from crreg.net import Address, InvalidAddress
from crreg.registry.answer import Response
from crreg.registry.credentials import Credentials
from crreg.registry.endpoint import Endpoint, refusal
from crreg.registry.errors import RegistryError, clean, passing_fault, said
from crreg.registry.failure import Tally
from crreg.registry.outcome import LoginOutcome
from crreg.registry.providers import provider_of
from crreg.registry.transport import Transport

_CLIENT = "docker"
# OAuth 2 (RFC 6749, section 5.2) answers 400 to what the token specification answers 401 to.
_UNKNOWN_USER = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})
_TOKEN = re.compile(r"[!-~]+")
_LONGEST_TOKEN = 16 * 1024
"""Characters; a token becomes a header, of which servers take 8 kB unless they are told otherwise.

Source: https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers
"""
_LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer with a token, which may stand in it twice."""
_TOKEN_MEMBERS = ("access_token", "token")
_DEFAULT_LIFETIME = 60.0
"""Seconds that a token lives whose answer does not say (distribution's token specification)."""
_LONGEST_LIFETIME = 86_400.0


@dataclass(frozen=True, slots=True)
class Token:
    """What a token server gave out."""

    value: str = field(repr=False)
    lifetime: float
    """Seconds from when it was asked for."""


def log_in(transport: Transport, endpoint: Endpoint, credentials: Credentials, tally: Tally) -> str:
    """Log in as `docker login` would; the answer says how it went, for a person.

    Raises:
        RegistryError: the registry, or its token server, does not take the credentials.
    """
    name = endpoint.server.registry
    if endpoint.challenge is None:
        page = " It answered with a web page, so it may be no registry at all." if endpoint.web_page else ""
        return f"{name} asked for no password, so this one was not tested.{page}"
    authorization = authorize(transport, endpoint, credentials, None, tally)
    # Whether it takes the credentials is for the host alone to say.
    response = transport.request("GET", f"{endpoint.base}/v2/", tally, authorization, stays=True)
    if response.status != HTTPStatus.OK:
        token = authorization.get("Authorization", "").partition(" ")[2]
        raise refusal(endpoint.server, response, (*credentials.secrets, token))
    return f"{name} accepts this user and password."


def authorize(
    transport: Transport,
    endpoint: Endpoint,
    credentials: Credentials | None,
    scope: str | None,
    tally: Tally,
) -> dict[str, str]:
    """The headers that let a request in, after a token was fetched for `scope` where the registry wants one.

    Without credentials the token is an anonymous one.

    Raises:
        RegistryError: no token was to be had, or the registry wants a password and there is none.
    """
    challenge = endpoint.challenge
    if challenge is None:
        return {}
    if challenge.scheme == "bearer":
        token = fetch_token(transport, endpoint, credentials, (scope,) if scope else (), tally)
        return {"Authorization": f"Bearer {token.value}"}
    if credentials is None:
        raise RegistryError(
            LoginOutcome.DENIED, f"{endpoint.server.registry} asks for a user and a password."
        )
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
        response = transport.request("GET", url, tally, headers, largest=_LARGEST_ANSWER)
    except RegistryError as error:
        if realm.authority not in shown:
            raise RegistryError(
                error.outcome, f"{endpoint.server.registry}: {shown} did not answer."
            ) from None
        if error.outcome is not LoginOutcome.NOT_A_REGISTRY:
            raise
        # The registry is one; what goes wrong is the token server that it names.
        raise RegistryError(LoginOutcome.SERVER_ERROR, error.detail) from None
    if response.status != HTTPStatus.OK:
        raise _token_refusal(endpoint, shown, response, credentials)
    return _token(response.body, shown)


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
    if not net.may_lead(source, address):
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
    fault = passing_fault(
        status, f"{realm}, which gives out tokens for {name},", says, response.headers.get("Retry-After")
    )
    if fault is not None:
        return fault
    if status in _UNKNOWN_USER or (status == HTTPStatus.FORBIDDEN and _knows_nobody(endpoint, says)):
        whom = "this user and password" if credentials else "anyone without a password"
        return RegistryError(LoginOutcome.DENIED, f"{name} does not accept {whom}{says}.")
    if status == HTTPStatus.FORBIDDEN:
        return RegistryError(LoginOutcome.FORBIDDEN, f"{name} refuses access{says}.")
    return RegistryError(
        LoginOutcome.NOT_A_REGISTRY,
        f"{realm}, which should give out tokens for {name}, answers with status {status}{says}.",
    )


def _knows_nobody(endpoint: Endpoint, says: str) -> bool:
    """Whether a 403 means what others call 401: GHCR answers so to every wrong token."""
    return provider_of(endpoint.server.registry).forbids_unknown or "unauthorized" in says.lower()


def _token(body: bytes, realm: str) -> Token:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    members = answer if isinstance(answer, dict) else {}
    for member in _TOKEN_MEMBERS:
        token = members.get(member)
        if isinstance(token, str) and len(token) <= _LONGEST_TOKEN and _TOKEN.fullmatch(token):
            return Token(token, _lifetime(members.get("expires_in")))
    raise RegistryError(LoginOutcome.SERVER_ERROR, f"{realm} answered without a token.")


def _lifetime(told: object) -> float:
    if isinstance(told, int | float) and told > 0:
        # Compared first: an integer can be larger than any float.
        return float(min(told, _LONGEST_LIFETIME))
    return _DEFAULT_LIFETIME
