"""A credential is refused over plain http, where anyone on the network could read it.

The exceptions are this machine, and the hosts that the user lists in `allow-insecure`, for GitHub's token and for the
login to a registry alike.
"""

from collections.abc import Collection

from crreg.net import urls
from crreg.net.urls import Address


def may_be_plain(address: Address, allowed: Collection[str]) -> bool:
    """Return whether credentials may go there over plain http: a loopback address, or a host in `allowed`."""
    return urls.is_loopback(address.host) or address.is_in(allowed)


def is_exposed(address: Address, allowed: Collection[str]) -> bool:
    """Return whether the address uses plain http, and credentials must not go there."""
    return address.scheme == "http" and not may_be_plain(address, allowed)


def may_lead_plainly(source: Address, target: Address, allowed: Collection[str]) -> bool:
    """Return whether a response from `source` may lead credentials to `target` over plain http."""
    return urls.may_lead(source, target) and may_be_plain(source, allowed) and may_be_plain(target, allowed)


def anyone_could_read(what: str) -> str:
    """Return why it is refused, as a clause; `what` is what would be sent, such as `the password`."""
    return f"anyone on the network could read {what}"
