"""The providers of registries, one home for all that is special about each.

To add one, write its module (or its entry in `others`) and name it in PROVIDERS.
"""

from crreg.registry.providers.azure import AZURE
from crreg.registry.providers.docker_hub import DOCKER_HUB, OTHER_NAMES
from crreg.registry.providers.ecr import ECR
from crreg.registry.providers.github import GITHUB
from crreg.registry.providers.google import GOOGLE
from crreg.registry.providers.others import GENERAL, OTHERS
from crreg.registry.providers.provider import Provider

__all__ = ["PROVIDERS", "PUBLIC_USERS", "host_of", "is_other_docker_hub", "provider_of"]

PROVIDERS: tuple[Provider, ...] = (AZURE, DOCKER_HUB, ECR, GITHUB, GOOGLE, *OTHERS)

PUBLIC_USERS: frozenset[str] = frozenset().union(
    *(provider.public_users for provider in (*PROVIDERS, GENERAL))
)
"""Users that providers give to everybody. Masking `AWS` would hide the word everywhere and protect nothing."""


def host_of(registry: str) -> str:
    """Return the host of a registry (`host` or `host:port`) in lower case."""
    return registry.rpartition("]")[0].lstrip("[").lower() or registry.partition(":")[0].lower()


def provider_of(registry: str | None, user: str | None = None, service: str = "") -> Provider:
    """Return who runs a registry (`host` or `host:port`), by whole labels of its host.

    Under a host of somebody's own, its challenge may tell (`service`), or `user`: only Harbor has `robot$name`. The
    general provider if none of them does.
    """
    host = host_of(registry or "")
    found = (
        next((provider for provider in PROVIDERS if provider.serves(host)), None),
        next((provider for provider in PROVIDERS if service in provider.services), None),
        next((provider for provider in PROVIDERS if user is not None and provider.owns_user(user)), None),
    )
    return next(filter(None, found), GENERAL)


def is_other_docker_hub(server: str | None) -> bool:
    """Return whether a SERVER is a name of Docker Hub under which docker looks up no login for its images."""
    return server is not None and host_of(server) in OTHER_NAMES
