"""Names in files, secrets and options: images, servers, secrets, platforms, repositories."""

import urllib3
from fuzz.target import ensure, target

from crreg.github.access import is_api_url, is_repository
from crreg.net.github_hosts import container_registry
from crreg.platform import InvalidPlatform, parse_platform
from crreg.registry.ecr import parse_host
from crreg.registry.login.password import inspect_password
from crreg.registry.reference import ImageReference, InvalidReference
from crreg.registry.server import InvalidServer, parse_server
from crreg.triple import find_triples, near_miss, parse_name

_LAST_PORT = 65535


@target("image-reference", raises=(InvalidReference,), longest=512)
def image_reference(text: str) -> None:
    """A parsed name is the same after it is written and parsed again."""
    reference = ImageReference.parse(text)
    ensure(ImageReference.parse(str(reference)) == reference, "the written name is another one")
    ensure(str(reference).isprintable() and " " not in str(reference), "a name holds a character of no name")
    ensure("/" not in reference.registry and "@" not in reference.registry, "the registry is no host")


@target("server", raises=(InvalidServer,), longest=512)
def server(text: str) -> None:
    """A SERVER is a host and a port, and urllib3 connects to exactly that host."""
    found = parse_server(text)
    asked = urllib3.util.parse_url(f"https://{found.address}/v2/")
    ensure(asked.auth is None and asked.path == "/v2/", "the address is more than a host and a port")
    ensure((asked.host or "").strip("[]").lower() == found.host.lower(), "another host would be asked")
    ensure(asked.port == found.port, "another port would be asked")
    ensure(found.port is None or 0 < found.port <= _LAST_PORT, "the port is invalid")
    ensure(parse_server(found.registry).address == found.address, "the registry's own name leads elsewhere")


@target("ecr-host", longest=256)
def ecr_host(text: str) -> None:
    """An ECR host ends like one of Amazon's, and its region is a valid host name label."""
    registry = parse_host(text)
    if registry is None:
        return
    ensure(text.isascii(), "a host of Amazon's is ASCII")
    ensure(registry.region.replace("-", "").isalnum(), "the region would change the host that is asked")
    ensure(registry.public or len(registry.account) == len("123456789012"), "an account has twelve digits")


@target("triples", longest=512)
def triples(text: str) -> None:
    """Every part of a triple is found under its name, and the suggestion for a similar name is a valid name."""
    environment = {line.partition("=")[0]: line.partition("=")[2] for line in text.splitlines()}
    found = find_triples(environment)
    for identifier, triple in found.items():
        ensure(identifier == triple.identifier, "a triple is filed under another name")
    for name in environment:
        parsed, meant = parse_name(name), near_miss(name)
        ensure(parsed is None or meant is None, "a right name is called wrong")
        ensure(parsed is None or parsed.identifier in found, "a part is missing")
        ensure(meant is None or parse_name(str(meant)) == meant, "the suggested name is no part of a triple")


@target("platform", raises=(InvalidPlatform,), longest=256)
def platform(text: str) -> None:
    """A parsed platform is the same after it is written and parsed again."""
    found = parse_platform(text)
    ensure(parse_platform(str(found)) == found, "the written platform is another one")


@target("password", longest=2048)
def password(text: str) -> None:
    """Any password is inspected without an error, and its expiry can be compared."""
    nature = inspect_password(text)
    ensure(nature.expires_at is None or nature.expires_at.tzinfo is not None, "the moment has no zone")


@target("github-names", raises=(urllib3.exceptions.LocationParseError,), longest=256)
def github_names(text: str) -> None:
    """A repository's name can be put into a path unescaped, and an API's URL has no user or special characters."""
    if is_repository(text):
        ensure(text.count("/") == 1 and text.isascii() and text.isprintable(), "the name changes the path")
    if is_api_url(text):
        asked = urllib3.util.parse_url(text)
        ensure(asked.auth is None and asked.host, "the API's address names a user or no host")
        container_registry(text)
