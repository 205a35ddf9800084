"""The registry providers, and everything that is special about each.

To add one, write its module (or its entry in `others`) and add it to PROVIDERS.
"""

from crreg.net.docker_hub import OTHER_NAMES
from crreg.registry.providers.azure import AZURE
from crreg.registry.providers.docker_hub import DOCKER_HUB
from crreg.registry.providers.ecr import ECR
from crreg.registry.providers.github import GITHUB
from crreg.registry.providers.google import GOOGLE
from crreg.registry.providers.others import GENERAL, OTHERS
from crreg.registry.providers.provider import Provider

__all__ = [
    "PROVIDERS",
    "PUBLIC_USERS",
    "host_of",
    "is_other_docker_hub",
    "provider_of",
    "says_full",
    "says_immutable",
]

PROVIDERS: tuple[Provider, ...] = (AZURE, DOCKER_HUB, ECR, GITHUB, GOOGLE, *OTHERS)

_ALL = (*PROVIDERS, GENERAL)
PUBLIC_USERS: frozenset[str] = frozenset().union(*(provider.public_users for provider in _ALL))
"""User names that every customer shares. Masking `AWS` would hide the word everywhere and protect nothing."""


def host_of(registry: str) -> str:
    """Return the host of a registry (`host` or `host:port`) in lower case."""
    return registry.rpartition("]")[0].lstrip("[").lower() or registry.partition(":")[0].lower()


def provider_of(registry: str | None, user: str | None = None, service: str = "") -> Provider:
    """Return the provider of a registry (`host` or `host:port`), comparing whole labels of the host.

    On a custom host, the name in its challenge (`service`) or the user name may identify the provider: only Harbor has
    `robot$name`. Otherwise it is the general provider.
    """
    host = host_of(registry or "")
    found = (
        next((provider for provider in PROVIDERS if provider.serves(host)), None),
        next((provider for provider in PROVIDERS if service in provider.services), None),
        next((provider for provider in PROVIDERS if user is not None and provider.owns_user(user)), None),
    )
    return next(filter(None, found), GENERAL)


def is_other_docker_hub(server: str | None) -> bool:
    """Return whether a SERVER is a name of Docker Hub that docker never uses to look up a login."""
    return server is not None and host_of(server) in OTHER_NAMES


def says_full(text: str) -> bool:
    """Return whether a refusal says that the storage is full, in any provider's words: many run on customers' hosts."""
    return any(word in text.lower() for provider in _ALL for word in provider.full)


def says_immutable(text: str) -> bool:
    """Return whether a refusal (its codes and messages) says that a tag is immutable, in any provider's words."""
    return any(word in text.lower() for provider in _ALL for word in provider.immutable)
