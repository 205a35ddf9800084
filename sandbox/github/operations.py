"""Every endpoint that the server has: importing a module registers its routes."""

from sandbox.github import (
    accounts,
    actions_variables,
    apps,
    environments,
    issues,
    limit_steering,
    organization_secrets,
    package_steering,
    packages,
    repositories,
    repository_secrets,
    repository_steering,
    user_secrets,
    variable_steering,
    workflow_runs,
)
from sandbox.github.server import Server
from sandbox.github.service import Service

ENDPOINTS = (
    accounts,
    actions_variables,
    apps,
    environments,
    issues,
    limit_steering,
    organization_secrets,
    packages,
    repositories,
    repository_secrets,
    user_secrets,
    workflow_runs,
)
STEERING = (limit_steering, package_steering, repository_steering, variable_steering)
"""Modules with more verbs than those of `steering`."""

__all__ = ["ENDPOINTS", "STEERING", "Server", "Service"]
