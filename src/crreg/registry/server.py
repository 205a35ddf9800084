"""What the SERVER value of a triple names."""

import re
from dataclasses import dataclass

from crreg.net.urls import parse_port
from crreg.registry.reference import DOCKER_HUB

DOCKER_HUB_SERVER = "https://index.docker.io/v1/"
"""The SERVER of Docker Hub, as docker's own files have it."""
DOCKER_HUB_ADDRESS = "registry-1.docker.io"
"""Where Docker Hub's registry answers. As a SERVER it is another registry than `docker.io`."""
_DOCKER_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io"})
_LONGEST_HOST = 253
_QUOTES = frozenset("\"'`")

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]{0,31}://")
_HOST_AND_PORT = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?P<colon>:(?P<port>[0-9]*))?",
)


class InvalidServer(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The value names no registry; the message says why, to follow the word SERVER, without quoting it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A registry's address."""

    registry: str
    """Host, with its port where one is named, as images' names have it: `docker.io` for Docker Hub."""
    address: str
    """Host and port to connect to; an IPv6 address stands in brackets."""
    host: str
    """`address` without the port and brackets."""
    port: int | None
    """None if none is named."""
    trimmed: bool = False
    """Whether white space stood before or after the value, which `docker login` does not forgive."""


def parse_server(text: str) -> Server:
    """Read a SERVER value as `docker login` does, which drops any scheme and path.

    Docker Hub's names are `docker.io` and `index.docker.io`, with or without scheme and path, so
    `https://index.docker.io/v1/` too; it is reached under a third name.

    Raises:
        InvalidServer: the value names no host.
    """
    value = text.strip()
    if not value:
        raise InvalidServer("is empty")
    if value.startswith("\ufeff"):
        raise InvalidServer("starts with a byte order mark, which an editor puts at the beginning of a file")
    if value[0] in _QUOTES and value[0] == value[-1]:
        raise InvalidServer("stands in quotation marks; store it without them")
    rest = _SCHEME.sub("", value, count=1)
    authority, _, _ = rest.partition("/")
    if "@" in authority:
        raise InvalidServer("holds a user before the host; name the host alone")
    if any(character.isspace() or not character.isprintable() for character in rest):
        raise InvalidServer("holds white space or a control character")
    match = _HOST_AND_PORT.fullmatch(authority)
    if match is None or len(match["host"]) > _LONGEST_HOST:
        raise InvalidServer("names no host that an image's name could start with")
    host = match["host"].strip("[]")
    if match["host"].startswith("[") and not _is_ipv6(host):
        raise InvalidServer("holds brackets around what is no IPv6 address")
    port = _port(match["port"]) if match["colon"] else None
    if authority in _DOCKER_HUB_NAMES:
        return Server(DOCKER_HUB, DOCKER_HUB_ADDRESS, DOCKER_HUB_ADDRESS, None, value != text)
    return Server(authority, authority, host, port, value != text)


def read_server(text: str | None) -> Server | None:
    """Read a SERVER value; None if there is none, or if it names no host."""
    try:
        return parse_server(text or "")
    except InvalidServer:
        return None


def registry_of(text: str | None) -> str | None:
    """Return the registry that a SERVER value names, in lower case as images' names have it; None if it names none."""
    server = read_server(text)
    return server.registry.lower() if server is not None else None


def is_documented(text: str) -> bool:
    """Whether GitHub documents a SERVER of this form: the host alone, or the one address of Docker Hub.

    Source: https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
    """
    value = text.strip()
    return value == DOCKER_HUB_SERVER or not (_SCHEME.match(value) or "/" in value)


def _port(digits: str) -> int:
    port = parse_port(digits)
    if port is None:
        raise InvalidServer("names a port that is none from 1 to 65535")
    return port


def _is_ipv6(text: str) -> bool:
    # Imported here, since few run into it and every start would pay for it.
    import socket

    try:
        socket.inet_pton(socket.AF_INET6, text)
    except OSError:
        return False
    return True
