"""The registry that the SERVER value of a triple names."""

import enum
import re
from dataclasses import dataclass

from crreg.net import docker_hub
from crreg.net.urls import parse_port

_LONGEST_HOST = 253
_QUOTES = frozenset("\"'`")

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]{0,31}://")
_HOST_AND_PORT = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?P<colon>:(?P<port>[0-9]*))?",
)


class InvalidServer(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The value is not a registry; the message continues a sentence that starts with SERVER, without quoting it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A registry's address."""

    registry: str
    """Host, with the port if there is one, as in image names: `docker.io` for Docker Hub."""
    address: str
    """Host and port to connect to; an IPv6 address is in brackets."""
    host: str
    """`address` without the port and brackets."""
    port: int | None
    """None if the value has no port."""
    trimmed: bool = False
    """Whether there was white space before or after the value, which `docker login` does not accept."""


def parse_server(text: str) -> Server:
    """Parse a SERVER value as `docker login` does, which drops any scheme and path.

    Docker Hub's names are `docker.io` and `index.docker.io`, with or without a scheme and path, such as
    `https://index.docker.io/v1/`. Requests go to a third name.

    Raises:
        InvalidServer: the value is not a host.
    """
    value = text.strip()
    if not value:
        raise InvalidServer("is empty")
    if value.startswith("\ufeff"):
        raise InvalidServer("starts with a byte order mark, which some editors put at the start of a file")
    if value[0] in _QUOTES and value[0] == value[-1]:
        raise InvalidServer("is in quotation marks; store it without them")
    rest = _SCHEME.sub("", value, count=1)
    authority, _, _ = rest.partition("/")
    if "@" in authority:
        raise InvalidServer("has a user name before the host; store only the host")
    if any(character.isspace() or not character.isprintable() for character in rest):
        raise InvalidServer("contains white space or a control character")
    match = _HOST_AND_PORT.fullmatch(authority)
    if match is None or len(match["host"]) > _LONGEST_HOST:
        raise InvalidServer("is not a host that an image name could start with")
    host = match["host"].strip("[]")
    if match["host"].startswith("[") and not _is_ipv6(host):
        raise InvalidServer("has brackets around something other than an IPv6 address")
    port = _port(match["port"]) if match["colon"] else None
    registry = docker_hub.normalized(authority)
    address = docker_hub.address(registry)
    return Server(registry, address, host if address == authority else address, port, value != text)


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


class Doubt(enum.Enum):
    """Why a codespace may not log in with a SERVER that `docker login` accepts."""

    FORM = enum.auto()
    """It has a scheme or a path. GitHub documents only a host, and Docker Hub's one address.

    Source: https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
    """
    CASE = enum.auto()
    """It has capital letters, so docker does not find the login for images whose names have none."""
    KEY = enum.auto()
    """It is a name of Docker Hub's that docker stores the login under, but does not look it up under.

    Source of both: `Get` in https://github.com/docker/cli/blob/v28.2.2/cli/config/credentials/file_store.go, and
    `runLogin` in cli/command/registry/login.go there
    """


def doubt_about(text: str) -> Doubt | None:
    """Return why a codespace may not log in with this SERVER; None if nothing speaks against it."""
    value = text.strip()
    if value == docker_hub.SERVER:
        return None
    if _SCHEME.match(value) or "/" in value:
        return Doubt.FORM
    if value != value.lower():
        return Doubt.CASE
    is_other_key = docker_hub.normalized(value) == docker_hub.DOCKER_HUB and value != docker_hub.DOCKER_HUB
    return Doubt.KEY if is_other_key else None


def _port(digits: str) -> int:
    port = parse_port(digits)
    if port is None:
        raise InvalidServer("has a port that is not between 1 and 65535")
    return port


def _is_ipv6(text: str) -> bool:
    # Imported here because few values need it and every start would pay for it.
    import socket

    try:
        socket.inet_pton(socket.AF_INET6, text)
    except OSError:
        return False
    return True
