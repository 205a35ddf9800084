"""The names of Docker Hub."""

DOCKER_HUB = "docker.io"
"""The registry as in image names. It is the default registry of a name without a host."""
INDEX_HOST = "index.docker.io"
"""The host that older names and attestations have."""
NAMES = frozenset({DOCKER_HUB, INDEX_HOST})
"""The hosts that docker normalizes to `docker.io`."""
SERVER = f"https://{INDEX_HOST}/v1/"
"""The SERVER value, and the key of a login in Docker's own files.

Source: `IndexServer` in https://github.com/moby/moby/blob/v28.2.2/registry/config.go
"""
ADDRESS = "registry-1.docker.io"
"""The host that serves the registry. As a SERVER value it is a different registry from `docker.io`."""
OTHER_NAMES = frozenset(
    {ADDRESS, "registry.hub.docker.com", "hub.docker.com", "docker.com", "www.docker.com"}
)
"""Hosts of Docker Hub for which people store a login that docker never looks up: it looks up only `SERVER`."""
OFFICIAL = "library/"
"""The namespace that docker adds to a name without one."""


def login_key(registry: str) -> str:
    """Return the key of a registry's login in Docker's files and in the engine's API."""
    return SERVER if registry == DOCKER_HUB else registry


def familiar(name: str) -> str:
    """Return an image name without the host, namespace and tag that docker adds to it."""
    host, slash, rest = name.partition("/")
    name = rest if slash and host in NAMES else name
    official = name.removeprefix(OFFICIAL)
    return (official if "/" not in official else name).removesuffix(":latest")
