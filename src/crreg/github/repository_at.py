"""One repository at a branch, a tag or a commit."""

from typing import Any

from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.graphql import GraphQL
from crreg.github.repositories import BranchListed, RepositoryListed

_QUERY = """
query ($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    nameWithOwner
    visibility
    isArchived
    isFork
    defaultBranchRef { name }
    object(expression: $ref) { __typename oid ... on Tag { target { __typename oid } } }
  }
}
"""


def find_repository(graphql: GraphQL, full_name: str, ref: str) -> RepositoryListed:
    """Find a repository and the commit of a branch, a tag or a commit's name; the default branch if `ref` is empty.

    Raises:
        GitHubError: there is none, or the token can't see it.
    """
    owner, _, name = full_name.partition("/")
    answer = graphql.query(_QUERY, {"owner": owner, "name": name, "ref": ref or "HEAD"})
    node = answer.data.get("repository")
    if not isinstance(node, dict) or answer.errors:
        says = answer.errors[0].message if answer.errors else ""
        raise GitHubError(
            Cause.REFUSED,
            f"The repository {full_name} does not exist, or the token can't read it.",
            reason=Reason.NOT_FOUND,
            says=says,
        )
    try:
        commit = _commit(node["object"])
        if commit is None:
            what = f"branch, tag or commit {ref!r}" if ref else "commit"
            raise GitHubError(Cause.REFUSED, f"{full_name} has no {what}.", reason=Reason.NOT_FOUND)
        default = node["defaultBranchRef"]
        branch = BranchListed(ref or str((default or {}).get("name", "")), commit, None)
        return RepositoryListed(
            id=int(node["databaseId"]),
            full_name=str(node["nameWithOwner"]),
            visibility=str(node["visibility"]).lower(),
            is_archived=node["isArchived"] is True,
            is_fork=node["isFork"] is True,
            pushed_at=None,
            topics=(),
            branches=(branch,),
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise not_github(graphql.rest.api_url) from None


def _commit(node: Any) -> str | None:
    """Return the object id of a commit, or of the commit that a tag names."""
    if node is not None and node["__typename"] == "Tag":
        node = node["target"]
    return str(node["oid"]) if node is not None and node["__typename"] == "Commit" else None
