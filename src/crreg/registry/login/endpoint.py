"""The first contact with a registry: whether it speaks https, and which login it wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from crreg.net import urls
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
from crreg.registry.transport.retry import RETRIED_STATUSES
from crreg.registry.transport.transport import Transport

# In the order in which docker's client prefers them; it knows no others.
_SCHEMES = ("bearer", "basic")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry that was reached."""

    server: Server
    base: str
    """Scheme, host and port: `https://ghcr.io`."""
    challenge: Challenge | None
    """The login that it wants, `bearer` or `basic`; None if it lets everyone in."""
    also_basic: bool = False
    """Whether it offers Basic besides Bearer. Docker's client then fetches a token and shows the password anyway:
    https://github.com/distribution/distribution/blob/v2.8.3/registry/client/auth/session.go (endpointAuthorizer)."""
    web_page: bool = False
    """Whether it answered with a page for people, as a host does that is no registry."""


def reach(transport: Transport, server: Server, tally: Tally) -> Endpoint:
    """Ask for `/v2/` without credentials, by https and, where that is allowed, else by plain http.

    Raises:
        RegistryError: no registry answers there, it leads to another host, it wants a login that docker does not know,
            or it is an address of this machine that the caller does not name.
    """
    response = _ping(transport, server, tally)
    base = response.root
    if response.status == HTTPStatus.UNAUTHORIZED:
        offered = offers(response)
        challenge = preferred(offered)
        if challenge is None:
            raise RegistryError(
                LoginOutcome.NOT_A_REGISTRY,
                f"{server.registry} asks for a login, but of no kind that docker knows (Bearer or Basic).",
            )
        return Endpoint(server, base, challenge, also_basic=len(offered) == len(_SCHEMES))
    if response.status == HTTPStatus.OK:
        page = "html" in response.headers.get("Content-Type", "").lower()
        return Endpoint(server, base, None, web_page=page)
    raise refusal(server, response, ())


def refusal(server: Server, response: Response, secrets: tuple[str, ...]) -> RegistryError:
    """What an answer to `/v2/` other than 200 means."""
    says = said(response.body, secrets)
    codes = codes_of(response.body)
    name, status = server.registry, response.status
    fault = passing_fault(status, name, says, response.headers.get("Retry-After"), codes)
    if fault is not None:
        return fault
    if provider_of(name).blocks(says):
        return firewalled(name, says, codes)
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
        f"{name} answers /v2/ with status {status}, so no container registry is there{says}.",
        codes=codes,
    )


def firewalled(name: str, says: str, codes: tuple[str, ...]) -> RegistryError:
    """The refusal of a registry that lets in listed addresses only, no matter who logs in."""
    return RegistryError(
        LoginOutcome.FORBIDDEN,
        f"{name} refuses this machine's address, no matter who logs in{says}.",
        fault=Fault.FIREWALL,
        codes=codes,
    )


def _ping(transport: Transport, server: Server, tally: Tally) -> Response:
    """The first answer. The challenge in it decides where passwords go, so it must be the host's own."""
    secure, plain = (Address.parse(f"{scheme}://{server.address}/v2/") for scheme in ("https", "http"))
    if urls.is_local(secure.host) and not transport.is_named(secure):
        raise local(server.address)
    if server.port is not None and urls.is_loopback(server.host):
        # A registry on this machine mostly speaks plain http, and the question carries nothing to hide: so that
        # comes first, and the two round trips of a TLS handshake that fails are saved.
        response = _ask_plainly(transport, plain, tally)
        if response is not None:
            return response
    may_be_plain = transport.may_be_plain(plain)
    try:
        return transport.request("GET", secure.url, tally, stays=True)
    except NoTlsError:
        if not may_be_plain:
            raise RegistryError(
                LoginOutcome.INSECURE,
                f"{server.address} does not speak https. Nothing was sent: anyone on the way could read the "
                f"password. A codespace, like docker, refuses it too.",
            ) from None
    except RegistryError as error:
        # Without a port, https and http are different ports, so that one of them may be closed.
        closed = error.outcome is LoginOutcome.UNREACHABLE and server.port is None
        if not (may_be_plain and closed):
            raise
    return transport.request("GET", plain.url, tally, stays=True)


def _ask_plainly(transport: Transport, plain: Address, tally: Tally) -> Response | None:
    """The answer to a question in plain http; None if the server may be waiting for TLS.

    Such a server breaks the connection off, or says 400 to what it can't read; no registry says that to `/v2/`.
    """
    asked = Tally()
    try:
        response = transport.request("GET", plain.url, asked, retries=0, stays=True)
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
    """The logins of an answer that docker knows, by scheme; of several challenges of one scheme, the first."""
    offered: dict[str, Challenge] = {}
    for challenge in seen_by_docker(response.headers.getlist("WWW-Authenticate")):
        if challenge.scheme in _SCHEMES:
            offered.setdefault(challenge.scheme, challenge)
    return offered


def preferred(offered: Mapping[str, Challenge]) -> Challenge | None:
    """The login that docker tries first; None if it knows none of those offered."""
    return next((offered[scheme] for scheme in _SCHEMES if scheme in offered), None)
