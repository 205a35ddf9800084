"""The organizations of an enterprise, and how many repositories an organization has."""

from collections.abc import Iterator
from typing import Any

from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.graphql import Answer, GraphQL

_MOST_PAGES = 1_000
_ORGANIZATIONS = """
query ($slug: String!, $after: String) {
  enterprise(slug: $slug) {
    organizations(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { login repositories(first: 1) { totalCount } }
    }
  }
}
"""
_ORGANIZATION = """
query ($login: String!) {
  organization(login: $login) { login repositories(first: 1) { totalCount } }
}
"""


def list_organizations(graphql: GraphQL, enterprise: str) -> dict[str, int]:
    """Return the enterprise's organizations that the token sees, each with its number of repositories.

    Raises:
        GitHubError: they can't be listed to the end.
    """
    return dict(_organizations(graphql, enterprise))


def _organizations(graphql: GraphQL, enterprise: str) -> Iterator[tuple[str, int]]:
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        answer = graphql.query(_ORGANIZATIONS, {"slug": enterprise, "after": cursor})
        if not answer.data.get("enterprise") or answer.errors:
            raise _refusal(answer, f"the enterprise {enterprise}")
        try:
            page = answer.data["enterprise"]["organizations"]
            yield from map(_counted, page["nodes"])
            info = page["pageInfo"]
        except (TypeError, KeyError, ValueError):
            raise not_github(graphql.rest.api_url) from None
        if info["hasNextPage"] is not True or info["endCursor"] in (None, cursor):
            return
        cursor = info["endCursor"]


def count_repositories(graphql: GraphQL, organization: str) -> tuple[str, int]:
    """Return the organization's name as GitHub spells it, and its number of repositories; raises GitHubError."""
    answer = graphql.query(_ORGANIZATION, {"login": organization})
    if not answer.data.get("organization") or answer.errors:
        raise _refusal(answer, f"the organization {organization}")
    try:
        return _counted(answer.data["organization"])
    except (TypeError, KeyError, ValueError):
        raise not_github(graphql.rest.api_url) from None


def _counted(node: Any) -> tuple[str, int]:
    return str(node["login"]), int(node["repositories"]["totalCount"])


def _refusal(answer: Answer, what: str) -> GitHubError:
    """Say why something can't be planned: a plan that leaves an organization out would look complete."""
    error = next(iter(answer.errors), None)
    if error is None or error.type == "NOT_FOUND":
        return GitHubError(
            Cause.REFUSED, f"GitHub does not show {what} to this token.", reason=Reason.NOT_FOUND
        )
    return GitHubError(
        Cause.REFUSED, f'GitHub does not describe {what} ("{error.message}").', says=error.message
    )
