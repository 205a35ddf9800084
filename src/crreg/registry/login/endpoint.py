"""The first request to a registry: does it use https, and which login does it want?"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from crreg.net import urls
from crreg.net.plain_http import anyone_could_read
from crreg.net.retry import RETRIED_STATUSES
from crreg.net.urls import Address
from crreg.registry.challenge import Challenge, seen_by_docker
from crreg.registry.errors import RegistryError, codes_of, passing_fault, said
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.providers import provider_of
from crreg.registry.server import Server
from crreg.registry.transport.answer import Answer, Response
from crreg.registry.transport.failure import (
    BrokenConnectionError,
    NoTlsError,
    RedirectedError,
    Tally,
    local,
)
from crreg.registry.transport.transport import Transport

# In docker's order of preference; docker supports no others.
_SCHEMES = ("bearer", "basic")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry that was reached."""

    server: Server
    base: Address
    """Its scheme, host and port; the target is `/`."""
    challenge: Challenge | None
    """The login that it wants (`bearer` or `basic`); None if it lets everyone in."""
    also_basic: bool = False
    """Whether it offers Basic as well as Bearer. Docker's client then fetches a token and sends the password anyway:
    https://github.com/distribution/distribution/blob/v2.8.3/registry/client/auth/session.go (endpointAuthorizer)."""
    web_page: bool = False
    """Whether it returned a web page, as a host that is not a registry does."""
    refused: RegistryError | None = None
    """Why nobody can log in; None if one can. Docker pulls all the same, so its public images may be there."""


def reach(transport: Transport, server: Server, tally: Tally) -> Endpoint:
    """Request `/v2/` without credentials over https or, if that fails and it is allowed, over plain http.

    A status that no registry should return ends a login, but not a pull: docker looks at the challenge alone. Source:
    PingV2Registry in https://github.com/moby/moby/blob/v28.2.2/registry/auth.go

    Raises:
        RegistryError: no registry answers, it fails for now, it redirects to another host, or it is an address of this
        machine that the caller does not name.
    """
    response = _ping(transport, server, tally)
    base = Address.parse(response.root)
    if response.status == HTTPStatus.UNAUTHORIZED:
        offered = offers(response)
        challenge = preferred(offered)
        if challenge is None:
            unsupported = RegistryError(LoginOutcome.NOT_A_REGISTRY, _unsupported(server, response))
            return Endpoint(server, base, None, refused=unsupported)
        return Endpoint(server, base, challenge, also_basic=len(offered) == len(_SCHEMES))
    if response.status == HTTPStatus.OK:
        page = "html" in response.headers.get("Content-Type", "").lower()
        return Endpoint(server, base, None, web_page=page)
    error = refusal(server, response, ())
    if error.outcome not in {LoginOutcome.NOT_A_REGISTRY, LoginOutcome.FORBIDDEN} or error.fault is not None:
        raise error
    return Endpoint(server, base, None, refused=error)


def _unsupported(server: Server, response: Response) -> str:
    if seen_by_docker(response.headers.getlist("WWW-Authenticate")):
        return f"{server.registry} asks for a login that docker does not support (only Bearer and Basic)."
    return (
        f"{server.registry} asks for a login, but does not say which (it sends no WWW-Authenticate header)."
    )


def refusal(server: Server, response: Response, secrets: tuple[str, ...]) -> RegistryError:
    """Return the error for a response to `/v2/` whose status is not 200."""
    says = said(response.body, secrets)
    codes = codes_of(response.body)
    name, status = server.registry, response.status
    fault = outage(name, name, response, says, codes)
    if fault is not None:
        return fault
    if status == HTTPStatus.UNAUTHORIZED:
        return RegistryError(
            LoginOutcome.DENIED, f"{name} does not accept this user and password{says}.", codes=codes
        )
    if status == HTTPStatus.FORBIDDEN and "expired" in says.lower():
        return RegistryError(
            LoginOutcome.DENIED, f"The password is no longer valid at {name}{says}.", codes=codes
        )
    if status == HTTPStatus.FORBIDDEN:
        return RegistryError(LoginOutcome.FORBIDDEN, f"{name} refuses access{says}.", codes=codes)
    return RegistryError(
        LoginOutcome.NOT_A_REGISTRY,
        f"{name} is not a container registry: it returned status {status} for /v2/{says}.",
        codes=codes,
    )


def outage(
    name: str, server: str, response: Response, says: str, codes: tuple[str, ...]
) -> RegistryError | None:
    """Return the error for a response that says nothing about the user; None for any other response.

    It is of a server (`server`, safe text) that fails for now, or of a registry (`name`) that admits only listed client
    addresses.
    """
    fault = passing_fault(response, server, says, codes)
    if fault is not None or not provider_of(name).blocks(says):
        return fault
    return RegistryError(
        LoginOutcome.FORBIDDEN,
        f"{name} blocks this machine's address for every user{says}.",
        fault=Fault.FIREWALL,
        codes=codes,
    )


def _ping(transport: Transport, server: Server, tally: Tally) -> Response:
    """Return the first response. Its challenge decides where passwords go, so the host itself must send it."""
    secure, plain = (Address.parse(f"{scheme}://{server.address}/v2/") for scheme in ("https", "http"))
    if urls.is_local(secure.host) and not transport.is_named(secure):
        raise local(server.address)
    if server.port is not None and urls.is_loopback(server.host):
        # A registry on this machine usually uses plain http, and this request carries no secret. Trying http first
        # saves the two round trips of a failed TLS handshake.
        response = _ask_plainly(transport, plain, tally)
        if response is not None:
            return response
    may_be_plain = transport.may_be_plain(plain)
    try:
        return transport.request("GET", secure, tally, stays=True)
    except NoTlsError:
        if not may_be_plain:
            raise RegistryError(
                LoginOutcome.INSECURE,
                f"{server.address} does not support https. Nothing was sent, because "
                f"{anyone_could_read('the password')}. A codespace refuses such a registry, too.",
            ) from None
    except RegistryError as error:
        # Without an explicit port, https and http use different ports, and one of them may be closed.
        closed = error.outcome is LoginOutcome.UNREACHABLE and server.port is None
        if not (may_be_plain and closed):
            raise
    return transport.request("GET", plain, tally, stays=True)


def _ask_plainly(transport: Transport, plain: Address, tally: Tally) -> Response | None:
    """Return the response over plain http; None if the server may be expecting TLS.

    Such a server closes the connection, or returns 400 for what it can't read; no registry returns 400 for `/v2/`.
    """
    asked = Tally()
    try:
        response = transport.request("GET", plain, asked, retries=0, stays=True)
    except BrokenConnectionError:
        return None
    except RedirectedError:
        raise
    except RegistryError as error:
        if error.outcome is LoginOutcome.NOT_A_REGISTRY:
            return None
        raise
    if response.status == HTTPStatus.BAD_REQUEST or response.status in RETRIED_STATUSES:
        return None
    tally.requests += asked.requests
    return response


def offers(response: Response | Answer) -> dict[str, Challenge]:
    """Return the logins offered in a response that docker supports, by scheme; the first challenge of each."""
    offered: dict[str, Challenge] = {}
    for challenge in seen_by_docker(response.headers.getlist("WWW-Authenticate")):
        if challenge.scheme in _SCHEMES:
            offered.setdefault(challenge.scheme, challenge)
    return offered


def preferred(offered: Mapping[str, Challenge]) -> Challenge | None:
    """Return the login that docker tries first; None if it supports none of them."""
    return next((offered[scheme] for scheme in _SCHEMES if scheme in offered), None)
