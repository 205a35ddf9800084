"""Addresses: what crreg takes for an address's origin against where urllib3 would connect."""

from urllib.parse import urlsplit

import urllib3
from fuzz.target import ensure, target
from urllib3.exceptions import LocationParseError

from crreg.registry import network
from crreg.registry.errors import RegistryError
from crreg.registry.transport import Transport

_DEFAULT_PORTS = {"https": 443, "http": 80}
_SOURCES = {"": "https://registry.example/v2/o/r/manifests/1", "p": "http://127.0.0.1:5000/v2/"}
_TRANSPORT = Transport(budget=60.0)


def _asked(url: str) -> tuple[str | None, str, int | None]:
    """Scheme, host and port that urllib3 connects to for an address.

    Raises:
        LocationParseError: to none.
    """
    found = urllib3.util.parse_url(url)
    return found.scheme, (found.host or "").strip("[]"), found.port or _DEFAULT_PORTS.get(found.scheme or "")


@target("lead", raises=(RegistryError, LocationParseError), longest=256, weight=3)
def lead(location: str, source: str) -> None:
    """What a Location leads to is where urllib3 connects, with no user, and never to this machine from elsewhere."""
    url = _SOURCES[source[:1] if source[:1] in _SOURCES else ""]
    followed = _TRANSPORT.lead(url, "registry.example", location)
    scheme, host, port = network.origin_of(followed)
    ensure(_asked(followed) == (scheme, (host or "").strip("[]"), port), "urllib3 connects to another host")
    ensure(urllib3.util.parse_url(followed).auth is None, "the address names a user")
    ensure(scheme in _DEFAULT_PORTS, "the address is none of the web")
    ensure(scheme == "https" or url.startswith("http:"), "https leads to plain http")
    ensure(
        source[:1] == "p" or not network.is_loopback((host or "").strip("[]")),
        "another host leads to this machine",
    )


@target("origin", raises=(ValueError, LocationParseError), longest=256, weight=2)
def origin(url: str) -> None:
    """Two parsers give an address that has no odd character the same scheme, host and port."""
    scheme, host, port = network.origin_of(url)
    if scheme not in _DEFAULT_PORTS or not host:
        return
    odd = (
        "\\" in url or "@" in urlsplit(url).netloc or not url.isascii() or not url.isprintable() or " " in url
    )
    if not odd:
        ensure(_asked(url) == (scheme, host.strip("[]"), port), "urllib3 connects to another host")


@target("host", longest=256)
def host(address: str) -> None:
    """A host is a part of its address, and only names and numbers of this machine are loopback."""
    found = network.host_of(address)
    ensure(found in address, "the host was made up")
    if network.is_loopback(found):
        ensure(
            found.lower() == "localhost" or found.startswith("127.") or ":" in found, "loopback by no number"
        )
