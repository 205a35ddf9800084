"""How Docker Hub is spelled: in image names, as a SERVER, in Docker's own files and in attestations."""

DOCKER_HUB = "docker.io"
"""The registry as in image names. It is the default registry of a name without a host."""
_INDEX_HOST = "index.docker.io"
NAMES = frozenset({DOCKER_HUB, _INDEX_HOST})
"""The hosts that docker normalizes to `docker.io`."""
SERVER = f"https://{_INDEX_HOST}/v1/"
"""The SERVER value, and the key of a login in Docker's own files.

Source: `IndexServer` in https://github.com/moby/moby/blob/v28.2.2/registry/config.go
"""
_ADDRESS = "registry-1.docker.io"
OTHER_NAMES = frozenset(
    {_ADDRESS, "registry.hub.docker.com", "hub.docker.com", "docker.com", "www.docker.com"}
)
"""Hosts of Docker Hub for which people store a login that docker never looks up: it looks up only `SERVER`."""
_OFFICIAL = "library/"


def normalized(host: str) -> str:
    """Return a registry's host (with its port) as image names have it: `docker.io` for each of Docker Hub's names.

    Docker compares these names with case.
    Source: `splitDockerDomain` in https://github.com/distribution/reference/blob/v0.6.0/normalize.go
    """
    return DOCKER_HUB if host in NAMES else host


def completed(registry: str, repository: str) -> str:
    """Return a repository with the namespace that docker adds to the official images of Docker Hub."""
    return repository if registry != DOCKER_HUB or "/" in repository else _OFFICIAL + repository


def address(registry: str) -> str:
    """Return the host (with its port) that serves a registry.

    As a SERVER value, Docker Hub's is a different registry from `docker.io`.
    """
    return _ADDRESS if registry == DOCKER_HUB else registry


def login_key(registry: str) -> str:
    """Return the key of a registry's login in Docker's files and in the engine's API."""
    return SERVER if registry == DOCKER_HUB else registry


def attested(registry: str) -> str:
    """Return the host that the subject of an attestation has, which is the one that older names have."""
    return _INDEX_HOST if registry == DOCKER_HUB else registry


def familiar(name: str) -> str:
    """Return an image name without the host, namespace and tag that docker adds to it."""
    host, slash, rest = name.partition("/")
    name = rest if slash and host in NAMES else name
    official = name.removeprefix(_OFFICIAL)
    return (official if "/" not in official else name).removesuffix(":latest")
