"""One repository at its default branch."""

from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.graphql import GraphQL
from crreg.github.repositories import BranchListed, RepositoryListed

_QUERY = """
query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    nameWithOwner
    visibility
    isArchived
    isFork
    defaultBranchRef { name }
    object(expression: "HEAD") { oid }
  }
}
"""


def find_repository(graphql: GraphQL, full_name: str) -> RepositoryListed:
    """Find a repository and the commit of its default branch.

    Raises:
        GitHubError: there is none, or the token can't see it.
    """
    owner, _, name = full_name.partition("/")
    answer = graphql.query(_QUERY, {"owner": owner, "name": name})
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
        head, default = node["object"], node["defaultBranchRef"] or {}
        if head is None:
            raise GitHubError(Cause.REFUSED, f"{full_name} has no commit.", reason=Reason.NOT_FOUND)
        branch = BranchListed(str(default.get("name", "")), str(head["oid"]), None)
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
