"""Every endpoint that the server has: importing a module registers its routes."""

from tests.sandbox.github import (
    accounts,
    apps,
    issues,
    organization_secrets,
    package_steering,
    packages,
    repository_secrets,
    user_secrets,
)
from tests.sandbox.github.server import Server
from tests.sandbox.github.service import Service

ENDPOINTS = (accounts, apps, issues, organization_secrets, packages, repository_secrets, user_secrets)
STEERING = (package_steering,)
"""Besides what `steering` has."""

__all__ = ["ENDPOINTS", "STEERING", "Server", "Service"]
