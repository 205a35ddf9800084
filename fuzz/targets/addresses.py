"""URLs: compares the origin that crreg parses with the one that urllib3 connects to, and with another parser."""

from urllib.parse import urlsplit

import urllib3
from fuzz.target import ensure, target

from crreg.net.urls import Address, InvalidAddress, host_of, is_local, is_loopback
from crreg.registry.errors import RegistryError
from crreg.registry.transport.transport import Transport

_DEFAULT_PORTS = {"https": 443, "http": 80}
_SOURCES = {"": "https://registry.example/v2/o/r/manifests/1", "p": "http://127.0.0.1:5000/v2/"}
_TRANSPORT = Transport(budget=60.0)


def _check(address: Address) -> None:
    """Check that urllib3 and the standard library parse the URL alike, and that it has no user."""
    asked, read = urllib3.util.parse_url(address.url), urlsplit(address.url)
    port = asked.port or _DEFAULT_PORTS[asked.scheme or ""]
    ensure(
        (asked.scheme, (asked.host or "").strip("[]"), port) == address.origin, "urllib3 connects elsewhere"
    )
    standard = (read.scheme, read.hostname, read.port or _DEFAULT_PORTS[read.scheme])
    ensure(standard == address.origin, "the standard library reads another host")
    ensure(asked.auth is None and read.username is None, "the address names a user")
    ensure(address.url.isascii() and address.url.isprintable() and " " not in address.url, "an odd character")
    ensure(Address.parse(address.url) == address, "the address is another one when it is read again")


@target("lead", raises=(RegistryError,), longest=256, weight=3)
def lead(location: str, source: str) -> None:
    """A Location leads where urllib3 connects, without a user, and never from another host to this machine."""
    url = _SOURCES[source[:1] if source[:1] in _SOURCES else ""]
    address = _TRANSPORT.lead(Address.parse(url), "registry.example", location)
    _check(address)
    ensure(address.scheme == "https" or url.startswith("http:"), "https leads to plain http")
    ensure(source[:1] == "p" or not is_local(address.host), "another host leads to this machine")


@target("origin", raises=(InvalidAddress,), longest=256, weight=2)
def origin(url: str, reference: str) -> None:
    """All parsers agree on every accepted URL, and on every URL that it leads to."""
    address = Address.parse(url)
    _check(address)
    _check(address.join(reference))


@target("host", longest=256)
def host(address: str) -> None:
    """A host is a part of its URL, and only names and addresses of this machine are loopback."""
    found = host_of(address)
    ensure(found in address, "the host was made up")
    if is_loopback(found):
        ensure(
            found.lower().rstrip(".") == "localhost" or found.startswith("127.") or ":" in found, "no number"
        )
