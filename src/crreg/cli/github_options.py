"""Which GitHub and which repository a command asks, by its options, the environment and the checkout."""

import os
from dataclasses import replace
from pathlib import Path

from crreg.cli import context
from crreg.github.access import GitHubAccess, is_api_url, is_repository
from crreg.github.gh import asked_with, gh_host, token_of_environment, token_of_gh
from crreg.workspace.checkout import repository_of


def repository(given: str | None, path: Path, web_url: str) -> str:
    """Return `owner/name`, as given or from the checkout."""
    name = repository_if_known(given, path, web_url)
    if name is None:
        raise context.Refusal(
            f"The repository is not known: {path.absolute()} is not a checkout of one on GitHub. "
            "Pass --repository OWNER/NAME, or set GITHUB_REPOSITORY."
        )
    return name


def repository_if_known(given: str | None, path: Path, web_url: str) -> str | None:
    """Return `owner/name`, as given or from the checkout; None if neither has it."""
    name = given or repository_of(path, web_url.partition("://")[2])
    if name is not None and not is_repository(name):
        raise context.Refusal(
            f"{name!r} is not a repository: expected OWNER/NAME, such as octo-org/hello-world."
        )
    return name


def access(allow_insecure: frozenset[str]) -> GitHubAccess:
    """Return how to ask GitHub: with the token of the environment, else with the one of the `gh` command."""
    asked = access_with(None, allow_insecure)
    host = gh_host(asked.web_url)
    token = token_of_environment(host, os.environ)
    if token is not None:
        return access_with(token, allow_insecure)
    token = token_of_gh(host, os.environ)
    if token is None:
        return asked
    context.redactor().hide([token])
    return replace(access_with(token, allow_insecure), token_source=f"gh auth token --hostname {host}")


def tell_source(access: GitHubAccess) -> None:
    """Say on standard error that the token is that of `gh`, if it is."""
    source = asked_with(access.token_source)
    if source is not None:
        context.tell(source)


def access_with(token: str | None, allow_insecure: frozenset[str]) -> GitHubAccess:
    """Return how to ask GitHub with that token, or without one."""
    given = GitHubAccess(_api_url(), token)
    if given.is_exposed(allow_insecure):
        raise context.Refusal(given.exposure("GITHUB_API_URL", "pass --allow-insecure {host}"))
    return given


def _api_url() -> str:
    url = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    if not is_api_url(url):
        raise context.Refusal(
            "GITHUB_API_URL must be the address of a GitHub API, such as https://api.github.com."
        )
    return url
