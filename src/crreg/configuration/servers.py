"""What the configuration says of a registry's server: a host, and whether crreg can rotate its password."""

from crreg.configuration.nodes import ConfigurationError, text_of
from crreg.configuration.settings import RegistrySettings
from crreg.discovery.documents.tree import Mapping, Node, Scalar
from crreg.registry.ecr import parse_host
from crreg.registry.server import InvalidServer, parse_server, read_server

_EXPECTED = "a host such as acme.azurecr.io"
_API_PATHS = frozenset({"", "v1", "v2"})
"""Paths that a server may have: those of the registries' API, as in Docker Hub's https://index.docker.io/v1/."""


def server_of(node: Node, name: str) -> str:
    """Return the expected SERVER.

    Raises:
        ConfigurationError: it is a number, a path, or anything else that is no host.
    """
    text = text_of(node, name, _EXPECTED)
    if text.isdigit() or (isinstance(node, Scalar) and not isinstance(node.value, str)):
        raise ConfigurationError(f"{name} is {text}, but must be {_EXPECTED}", node.location)
    host, _, path = text.rpartition("://")[2].partition("/")
    if not host or host in {".", "..", "~"}:
        raise ConfigurationError(f"{name} is the path {text!r}, but must be {_EXPECTED}", node.location)
    try:
        parse_server(text)
    except InvalidServer as error:
        raise ConfigurationError(f"{name} {error}: expected {_EXPECTED}", node.location) from None
    if path.strip("/") not in _API_PATHS:
        raise ConfigurationError(
            f"{name} is {text!r}, but must be only the host: write {host}, and list images under images",
            node.location,
        )
    return text


def check_rotation(entry: RegistrySettings, node: Node) -> None:
    """Check that crreg can rotate the password of this registry, if its entry `node` has the key `rotate`.

    Raises:
        ConfigurationError: its server is not at Amazon ECR, which is the only one with such tokens.
    """
    rotated = node.get("rotate") if isinstance(node, Mapping) else None
    server = read_server(entry.server)
    if rotated is not None and server is not None and parse_host(server.host) is None:
        raise ConfigurationError(
            f"registries.{entry.identifier}.rotate works only with Amazon ECR, and {server.registry} is another "
            "registry: remove this line, or correct server",
            rotated.location,
        )
