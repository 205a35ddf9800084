"""Reads container packages: their owner, their visibility, and the repository that they are linked to."""

import urllib.parse

import requests

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError, not_github
from crreg.github.package import Package, PackageStatus
from crreg.github.token import packages_permission


def read_package(
    github: GitHub, owner: str, name: str, *, owner_is_organization: bool | None = None
) -> Package:
    """Read one container package; never raises for what GitHub answers.

    Organizations and users have different paths. If the kind of owner is unknown, we try the organization's path
    first and then the user's.

    Source: https://docs.github.com/en/rest/packages/packages
    """
    kinds = (True, False) if owner_is_organization is None else (owner_is_organization,)
    found = _ask(github, owner, name, organization=kinds[0])
    for organization in kinds[1:]:
        if found.status is PackageStatus.ABSENT:
            found = _ask(github, owner, name, organization=organization)
    return found


def _ask(github: GitHub, owner: str, name: str, *, organization: bool) -> Package:
    base = "/orgs" if organization else "/users"
    path, called = (urllib.parse.quote(text, safe="") for text in (owner, name))
    try:
        answer = github.get(f"{base}/{path}/packages/container/{called}")
        # GitHub's description requires neither, and lets both be null.
        linked, kept_by = answer.get("repository"), answer.get("owner")
        return Package(
            owner,
            name,
            PackageStatus.FOUND,
            visibility=str(answer["visibility"]),
            repository=str(linked["full_name"]) if linked is not None else None,
            owner_is_organization=kept_by["type"] == "Organization" if kept_by is not None else organization,
        )
    except GitHubError as error:
        return _unknown(github, owner, name, error)
    except Exception:  # noqa: BLE001 - the answer can hold anything
        return Package(owner, name, PackageStatus.UNREACHABLE, detail=not_github(github.api_url).detail)


def _unknown(github: GitHub, owner: str, name: str, error: GitHubError) -> Package:
    permission = packages_permission(github.kind)
    if error.status == requests.codes.not_found:
        return Package(owner, name, PackageStatus.ABSENT, detail=error.detail, permission=permission)
    if error.cause in {Cause.REFUSED, Cause.BAD_TOKEN}:
        return Package(owner, name, PackageStatus.UNREADABLE, detail=error.detail, permission=permission)
    return Package(owner, name, PackageStatus.UNREACHABLE, detail=error.detail)
