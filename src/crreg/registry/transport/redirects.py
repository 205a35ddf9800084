"""Where a registry's answer may lead, and what a request may carry there: redirects, upload locations, token servers.

A redirect to another origin drops Authorization, since a credential belongs to the origin that it was made for.
"""

from collections.abc import Collection, Mapping

from crreg.net.plain_http import anyone_could_read, may_lead_plainly
from crreg.net.urls import Address, InvalidAddress, may_lead
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome

_NOT_FOLLOWED = "The redirect was not followed."


def keeps_authorization(source: Address, target: Address) -> bool:
    """Return whether a header made for `source` may be sent to `target`: only to the same scheme, host and port."""
    return source.origin == target.origin


def carried(headers: Mapping[str, str], source: Address, target: Address) -> Mapping[str, str]:
    """Return the headers of a request that was sent to `source` and is now sent to `target`."""
    if keeps_authorization(source, target):
        return headers
    return {name: value for name, value in headers.items() if name != "Authorization"}


def target_of(source: Address, host: str, location: str, allowed: Collection[str]) -> Address:
    """Return the target of a Location header, if it may be followed.

    Args:
        source: the address of the request.
        host: safe text for the sender.
        location: the header's value.
        allowed: hosts that may use plain http, besides loopback addresses.

    Raises:
        RegistryError: it is not a URL, is on this machine, or uses plain http where that is not allowed.
    """
    try:
        target = source.join(location)
    except InvalidAddress:
        raise RegistryError(LoginOutcome.NOT_A_REGISTRY, f"{host} redirects to an invalid URL.") from None
    if not may_lead(source, target):
        raise led_here(f"{host} redirects", _NOT_FOLLOWED)
    plain = source.scheme == "http" and may_lead_plainly(source, target, allowed)
    if target.scheme == "http" and not plain:
        raise RegistryError(
            LoginOutcome.INSECURE,
            f"{host} redirects to plain http, where {anyone_could_read('the requests')}. {_NOT_FOLLOWED}",
        )
    return target


def led_here(leads: str, then: str) -> RegistryError:
    """Return the error for a server elsewhere that leads to this machine; `leads` and `then` enclose the reason."""
    return RegistryError(
        LoginOutcome.INSECURE,
        f"{leads} to an address of this machine or its local link, which a host elsewhere must not do. {then}",
    )
