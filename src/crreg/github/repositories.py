"""The repositories of an organization, with the folders in which dev containers and crreg's configuration begin."""

import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crreg.github.client import GitHub
from crreg.github.commit_files import FOLDER, entries_of
from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.graphql import Answer, GraphQL
from crreg.github.moment import moment_of
from crreg.github.query_size import QuerySize
from crreg.workspace.commit_objects import TreeEntry

_INNER = ".github"
"""The folder whose entries are listed besides the root's."""
_PAGE = 100
"""Repositories of a page: the most that GitHub allows."""
_TOPICS = 20
"""The most topics of a repository.

Source: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/classifying-your-repository-with-topics
"""
_MOST_PAGES = 10_000
_LARGEST_PAGE_OF_VALUES = 100


@dataclass(frozen=True, slots=True)
class BranchListed:
    """One branch of a repository."""

    name: str
    commit: str
    """Its commit's object id."""
    folders: Mapping[str, Sequence[tuple[str, TreeEntry]]] | None
    """The entries of the root, which is the empty path, and of `.github` if that is a folder; None if GitHub did not
    say. The entries show what an object at a path does not: a submodule, a link, and files with a wrong name."""


@dataclass(frozen=True, slots=True)
class RepositoryListed:
    """One repository of the list."""

    id: int
    full_name: str
    visibility: str
    """`public`, `private` or `internal`."""
    is_archived: bool
    is_fork: bool
    pushed_at: datetime | None
    topics: tuple[str, ...]
    """Empty unless they were asked for."""
    branches: tuple[BranchListed, ...]
    """The default branch, and then those that were asked for; empty for a repository without commits."""


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    """A page of the list."""

    repositories: tuple[RepositoryListed, ...]
    total: int
    """The repositories of the whole list, as GitHub counts them now."""
    unnamed: int = 0
    """How many repositories of this page GitHub did not describe."""


@dataclass(slots=True)
class Listing:
    """The list of an organization's repositories, read page by page, the oldest repository first."""

    graphql: GraphQL
    organization: str
    with_topics: bool = False
    branches: Sequence[str] = ()
    """More branches to look at than the default one."""
    size: QuerySize = field(default_factory=lambda: QuerySize(_PAGE))
    """Repositories of the next page."""
    _cursor: str | None = field(default=None, init=False)
    _is_bare: bool = field(default=False, init=False)
    """Whether to ask for no files, because the next repository's are too much for GitHub."""
    is_done: bool = field(default=False, init=False)

    def next_page(self) -> RepositoryPage | None:
        """Read the next page; None if GitHub gave up on it, and a smaller one can be tried.

        Raises:
            GitHubError: the list can't be read any further.
        """
        try:
            answer = self.graphql.query(self._document(), self._variables())
            page = self._read(answer)
        except GitHubError as error:
            if not error.is_too_much or self._is_bare:
                raise
            self._is_bare = self.size.now == 1
            self.size.gave_up(self.size.now)
            return None
        self._is_bare = False
        self.size.answered()
        return page

    def _read(self, answer: Answer) -> RepositoryPage:
        organization = answer.data.get("organization")
        if not isinstance(organization, dict):
            raise self._refusal(answer)
        try:
            connection = organization["repositories"]
            nodes, info = connection["nodes"], connection["pageInfo"]
            errors = [
                answer.error_below("organization", "repositories", "nodes", at) for at in range(len(nodes))
            ]
            if any(error is not None and error.is_too_much for error in errors):
                raise GitHubError(Cause.UNREACHABLE, "GitHub gave up on a list.", is_too_much=True)
            listed = [
                self._repository(node, is_whole=error is None)
                for node, error in zip(nodes, errors, strict=True)
                if isinstance(node, dict)
            ]
            page = RepositoryPage(tuple(listed), int(connection["totalCount"]), len(nodes) - len(listed))
            cursor = info["endCursor"]
            self.is_done = (
                info["hasNextPage"] is not True or not isinstance(cursor, str) or cursor == self._cursor
            )
        except (TypeError, KeyError, ValueError, AttributeError):
            raise not_github(self.graphql.rest.api_url) from None
        self._cursor = cursor
        return page

    def _repository(self, node: Mapping[str, Any], *, is_whole: bool) -> RepositoryListed:
        default = node["defaultBranchRef"]
        branches: list[BranchListed] = []
        for number, ref in enumerate((default, *(node[f"b{at}"] for at in range(len(self.branches))))):
            name = self.branches[number - 1] if number else (default or {}).get("name")
            if ref is None or any(each.name == name for each in branches):
                continue
            commit = ref["target"]
            is_shown = is_whole and not self._is_bare
            folders = _folders(commit, node[f"f{number}"]) if is_shown else None
            branches.append(BranchListed(str(name), _oid(commit["oid"]), folders))
        topics = node["repositoryTopics"]["nodes"] if self.with_topics else ()
        pushed_at = node["pushedAt"]
        return RepositoryListed(
            id=int(node["databaseId"]),
            full_name=str(node["nameWithOwner"]),
            visibility=str(node["visibility"]).lower(),
            is_archived=node["isArchived"] is True,
            is_fork=node["isFork"] is True,
            pushed_at=moment_of(pushed_at) if pushed_at is not None else None,
            topics=tuple(str(each["topic"]["name"]) for each in topics),
            branches=tuple(branches),
        )

    def _refusal(self, answer: Answer) -> GitHubError:
        error = next(iter(answer.errors), None)
        if error is not None and error.is_too_much:
            return GitHubError(Cause.UNREACHABLE, "GitHub gave up on a list.", is_too_much=True)
        says = error.message if error else ""
        if error is None or error.type == "NOT_FOUND":
            return GitHubError(
                Cause.REFUSED,
                f"The organization {self.organization} does not exist, or the token can't see it.",
                reason=Reason.NOT_FOUND,
                says=says,
            )
        return GitHubError(
            Cause.REFUSED,
            f'GitHub does not list the repositories of {self.organization} ("{says}").',
            says=says,
        )

    def _document(self) -> str:
        several = range(len(self.branches) + 1)
        commit = "oid" if self._is_bare else "oid ... on Commit { tree { ...Folder } }"
        parameters = [f"$b{number}: String!" for number in several[:-1]]
        refs = [
            f"b{number}: ref(qualifiedName: $b{number}) {{ target {{ {commit} }} }}"
            for number in several[:-1]
        ]
        objects = []
        if not self._is_bare:
            parameters += [f"$e{number}: String!" for number in several]
            objects = [f"f{number}: object(expression: $e{number}) {{ oid ...Folder }}" for number in several]
        topics = (
            [f"repositoryTopics(first: {_TOPICS}) {{ nodes {{ topic {{ name }} }} }}"]
            if self.with_topics
            else []
        )
        fragment = "" if self._is_bare else FOLDER
        return (
            _LIST % (", ".join(["", *parameters]), commit, "\n".join([*topics, *refs, *objects])) + fragment
        )

    def _variables(self) -> dict[str, Any]:
        refs = ["HEAD", *(f"refs/heads/{name}" for name in self.branches)]
        variables: dict[str, Any] = {"login": self.organization, "size": self.size.now, "after": self._cursor}
        variables |= {f"b{number}": ref for number, ref in enumerate(refs[1:])}
        if not self._is_bare:
            variables |= {f"e{number}": f"{ref}:{_INNER}" for number, ref in enumerate(refs)}
        return variables


_LIST = """
query ($login: String!, $size: Int!, $after: String%s) {
  organization(login: $login) {
    repositories(first: $size, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        databaseId
        nameWithOwner
        visibility
        isArchived
        isFork
        pushedAt
        defaultBranchRef { name target { %s } }
        %s
      }
    }
  }
}
"""


def read_properties(github: GitHub, organization: str) -> dict[int, dict[str, tuple[str, ...]]]:
    """Read the values of custom properties, by repository and name. GitHub's GraphQL schema does not have them.

    Source: https://docs.github.com/en/rest/orgs/custom-properties#list-custom-property-values-for-organization-repositories

    Raises:
        GitHubError: they can't be read.
    """
    return dict(_properties(github, organization))


def _properties(github: GitHub, organization: str) -> Iterator[tuple[int, dict[str, tuple[str, ...]]]]:
    for number in range(1, _MOST_PAGES):
        parameters: dict[str, str | int] = {"per_page": _LARGEST_PAGE_OF_VALUES, "page": number}
        page = github.get(f"/orgs/{quote(organization, safe='')}/properties/values", parameters)
        if not isinstance(page, list):
            raise not_github(github.api_url)
        try:
            for each in page:
                values = {
                    str(value["property_name"]): _values(value["value"]) for value in each["properties"]
                }
                yield int(each["repository_id"]), values
        except (TypeError, KeyError, ValueError):
            raise not_github(github.api_url) from None
        if len(page) < _LARGEST_PAGE_OF_VALUES:
            return


def _values(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _folders(commit: Mapping[str, Any], inner: Any) -> dict[str, Sequence[tuple[str, TreeEntry]]] | None:
    """Return the folders of a branch; None if GitHub describes them in a way that crreg does not understand."""
    try:
        root = entries_of(commit["tree"])
        folders: dict[str, Sequence[tuple[str, TreeEntry]]] = {"": root}
        # The branch can move within a query, which asks for the folder by the branch's name.
        if inner is not None and (_INNER, TreeEntry(stat.S_IFDIR, inner["oid"])) in root:
            folders[_INNER] = entries_of(inner)
    except (TypeError, KeyError, ValueError):
        return None
    return folders


def _oid(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("an object id is a text")
    return value
