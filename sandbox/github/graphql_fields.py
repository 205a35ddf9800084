"""The fields of GitHub's GraphQL schema that the sandbox models; any other field fails the test that asks for it."""

import base64
import binascii
import inspect
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.github import access
from sandbox.github.exchange import RefusalError
from sandbox.github.git_objects import Blob, Commit, Entry, Tree
from sandbox.github.graphql_cost import Cost
from sandbox.github.graphql_schema import is_default
from sandbox.github.identity import Identity, TokenKind
from sandbox.github.issues import author
from sandbox.github.weather import Budget
from sandbox.github.world import Account, Repository, World, node_id, timestamp

LONGEST_TEXT = 512_000
"""Bytes of a blob's text before it is truncated.

Source: https://github.com/sveltia/sveltia-cms/issues/950
"""
ORDERS: Mapping[str, Callable[[Repository], Any]] = {
    # Ids grow with time, as GitHub's do.
    "CREATED_AT": lambda it: it.id,
    "NAME": lambda it: it.name.lower(),
    "PUSHED_AT": lambda it: it.pushed_at,
}


class NotModeledError(Exception):
    """A field or an argument that GitHub has and the sandbox does not."""


class RefusedError(Exception):
    """An error of one field, which becomes null; the rest of the answer is there."""

    def __init__(self, kind: str, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.kind = kind
        """GitHub's `type`, such as `NOT_FOUND`."""
        self.extensions = extensions


@dataclass
class Asker:
    """What the resolvers of one query know."""

    world: World
    identity: Identity
    budget: Budget
    cost: Cost
    most_repositories: int | None = None
    """After so many repositories, GitHub gives up and leaves out the rest; None for all."""
    seen: int = field(default=0, init=False)

    def repository(self, repository: Repository) -> Repository:
        """A repository of the answer; raises RefusedError if it can't be given."""
        # Assumes GH-GRAPHQL-LIMITS.
        self.seen += 1
        if self.most_repositories is not None and self.seen > self.most_repositories:
            # https://github.com/yoshi389111/github-profile-3d-contrib/issues/163
            raise RefusedError("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.")
        if repository.trouble is not None:
            raise RefusedError(*repository.trouble)
        return repository

    def sees(self, repository: Repository) -> bool:
        """Whether the token can see it."""
        return access.visible(self.world, self.identity, repository)


@dataclass(frozen=True, slots=True)
class Found:
    """A git object in its repository."""

    item: Commit | Tree | Blob
    commit: Commit | None
    """A commit that has it; None if it was found by its id."""
    repository: Repository


@dataclass(frozen=True, slots=True)
class InTree:
    """An entry of a folder."""

    entry: Entry
    tree: Found


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a repository."""

    name: str
    repository: Repository


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a connection."""

    items: list[tuple[str, Any]]
    """Each with its cursor."""
    total: int
    has_next: bool
    has_previous: bool


def _repository(asker: Asker, _: object, owner: str, name: str, *, followRenames: bool = True) -> Repository:  # noqa: N803 - GitHub's name
    # Assumes GH-GRAPHQL-REFUSALS, GH-RENAME.
    full_name = f"{owner}/{name}"
    found = asker.world.repository(full_name) or (asker.world.moved(full_name) if followRenames else None)
    if found is None or not asker.sees(found):
        message = f"Could not resolve to a Repository with the name '{full_name}'."
        raise RefusedError("NOT_FOUND", message)
    if found.visibility != "public":
        _policy(asker, asker.world.accounts[found.owner.lower()])
    return asker.repository(found)


def _policy(asker: Asker, account: Account) -> None:
    """Raise RefusedError if the organization's rules for classic tokens forbid this one."""
    # Assumes GH-SAML, GH-NO-CLASSIC.
    try:
        access.policy(account, asker.identity)
    except RefusalError as refusal:
        saml = "X-GitHub-SSO" in refusal.answer.headers
        raise RefusedError("FORBIDDEN", str(refusal), saml_failure=saml) from refusal


def _account(kind: str) -> Callable[[Asker, object, str], Account]:
    def resolve(asker: Asker, _: object, login: str) -> Account:
        found = asker.world.account(login)
        if found is None or _type_of(found) != kind:
            which = "an Organization" if kind == "Organization" else "a User"
            raise RefusedError("NOT_FOUND", f"Could not resolve to {which} with the login of '{login}'.")
        _policy(asker, found)
        return found

    return resolve


def _enterprise(asker: Asker, _: object, slug: str) -> str:
    """An enterprise, which exists as soon as an organization belongs to it."""
    if not any(account.enterprise == slug for account in asker.world.accounts.values()):
        message = f"Could not resolve to a Business with the URL slug of '{slug}'."
        raise RefusedError("NOT_FOUND", message)
    return slug


def _organizations(asker: Asker, slug: str, *, first: int, after: str | None = None) -> Page:
    """The organizations of an enterprise, by name."""
    found = sorted(
        (account for account in asker.world.accounts.values() if account.enterprise == slug),
        key=lambda account: account.login.lower(),
    )
    start = int(base64.b64decode(after)) if after is not None else 0
    items = [(base64.b64encode(str(at + 1).encode()).decode(), each) for at, each in enumerate(found)]
    shown = items[start : start + first]
    return Page(shown, len(found), has_next=start + first < len(found), has_previous=start > 0)


def _node(asker: Asker, _: object, id: str) -> Repository:  # noqa: A002 - GitHub's name
    """A node by its id; only repositories are modeled."""
    # Assumes GH-GRAPHQL-REFUSALS.
    try:
        kind, _, number = base64.b64decode(id, validate=True).decode().partition("Repository")
    except (binascii.Error, UnicodeDecodeError):
        kind = number = ""
    found = asker.world.repository_by_id(int(number)) if kind and number.isdecimal() else None
    if found is None or not asker.sees(found):
        raise RefusedError("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")
    return asker.repository(found)


def _nodes(asker: Asker, source: object, ids: list[str]) -> list[Any]:
    return [_or_error(lambda each=each: _node(asker, source, each)) for each in ids]  # type: ignore[misc]  # a lambda's default


def _repositories(
    asker: Asker,
    owner: Account,
    *,
    first: int,
    after: str | None = None,
    isArchived: bool | None = None,  # noqa: N803 - GitHub's names, also below
    isFork: bool | None = None,  # noqa: N803
    visibility: str | None = None,
    privacy: str | None = None,
    orderBy: Mapping[str, str] | None = None,  # noqa: N803
) -> Page:
    """The repositories that the token sees, oldest first unless ordered; a deleted one does not shift the pages."""
    order = (orderBy["field"], orderBy["direction"]) if orderBy is not None else ("CREATED_AT", "ASC")
    if order[0] not in ORDERS:
        raise NotModeledError(f"the order {order[0]}")
    # For thousands of repositories, filtering again for each page would take longer than everything else.
    key = (id(asker.identity), owner.id, isArchived, isFork, visibility, privacy, order)
    found = asker.world.listings.get(key)
    if found is None:
        found = [
            each
            for each in asker.world.repositories_of(owner.login)
            if isArchived in (None, each.archived)
            and isFork in (None, each.fork)
            and visibility in (None, each.visibility.upper())
            and privacy in (None, "PUBLIC" if each.visibility == "public" else "PRIVATE")
            and asker.sees(each)
        ]
        found.sort(key=ORDERS[order[0]], reverse=order[1] == "DESC")
        asker.world.listings[key] = found
    start = _position(found, after, order)
    items = [
        (_cursor(each), _or_error(lambda each=each: asker.repository(each)))  # type: ignore[misc]  # a lambda's default
        for each in found[start : start + first]
    ]
    return Page(items, len(found), has_next=start + first < len(found), has_previous=start > 0)


def _position(ordered: list[Repository], after: str | None, order: tuple[str, str]) -> int:
    """The position behind a cursor, which names the last repository of the page before."""
    if after is None:
        return 0
    try:
        identifier = int(base64.b64decode(after, validate=True).decode().removeprefix("cursor:v2:"))
    except (binascii.Error, ValueError) as error:
        raise RefusedError(
            "INVALID_CURSOR_ARGUMENTS", f"`{after}` does not appear to be a valid cursor."
        ) from error
    if order == ("CREATED_AT", "ASC"):
        return bisect_right(ordered, identifier, key=lambda each: each.id)
    for place, each in enumerate(ordered, 1):
        if each.id == identifier:
            return place
    raise NotModeledError("the place of a repository that is gone, in an order other than by age")


def _cursor(repository: Repository) -> str:
    return base64.b64encode(f"cursor:v2:{repository.id}".encode()).decode()


def _or_error(resolve: Callable[[], Any]) -> Any:
    """The value, or the error in its place, which the engine reports at that position of the list."""
    try:
        return resolve()
    except RefusedError as error:
        return error


def _topics(_: Asker, repository: Repository, *, first: int, after: str | None = None) -> Page:
    if after is not None:
        raise NotModeledError("a second page of topics: GitHub allows 20")
    items = [(f"topic:{name}", name) for name in repository.topics]
    return Page(items[:first], len(items), len(items) > first, has_previous=False)


def _contents(asker: Asker, repository: Repository) -> Repository:
    """A repository whose contents the token may read; raises RefusedError.

    The error's form: https://github.com/fpicalausa/remove-stale-branches/issues/49
    """
    # Assumes GH-GRAPHQL-REFUSALS.
    identity = asker.identity
    is_open = repository.visibility == "public" or identity.kind is TokenKind.CLASSIC
    if not is_open and not identity.permits("contents", "read"):
        words = access.NOT_BY_INTEGRATION if identity.kind in access.APPS else access.NOT_BY_TOKEN
        raise RefusedError("FORBIDDEN", words, saml_failure=False)
    return repository


def _default_branch(asker: Asker, repository: Repository) -> Branch | None:
    return _ref(asker, repository, repository.default_branch)


def _ref(asker: Asker, repository: Repository, qualifiedName: str) -> Branch | None:  # noqa: N803 - GitHub's name
    name = qualifiedName.removeprefix("refs/heads/")
    branches = _contents(asker, repository).history.branches
    return Branch(name, repository) if name in branches else None


def _object(
    asker: Asker, repository: Repository, *, expression: str | None = None, oid: str | None = None
) -> Found | None:
    named = expression if expression is not None else oid
    if named is None:
        raise NotModeledError("an object without an expression or an oid")
    history = _contents(asker, repository).history
    item = history.find(named, repository.default_branch)
    if item is None:
        return None
    commit = item if isinstance(item, Commit) else history.holder(item.oid)
    return Found(item, commit, repository)


def _target(_: Asker, branch: Branch) -> Found:
    history = branch.repository.history
    commit = history.commits[history.branches[branch.name]]
    return Found(commit, commit, branch.repository)


def _tree(_: Asker, found: Found) -> Found:
    assert isinstance(found.item, Commit)
    return Found(found.item.objects[found.item.root], found.item, found.repository)


def _entries(_: Asker, tree: Found) -> list[InTree]:
    # Assumes GH-GRAPHQL-TREE.
    assert isinstance(tree.item, Tree)
    return [InTree(each, tree) for each in tree.item.entries]


def _entry_object(_: Asker, it: InTree) -> Found | None:
    commit = it.tree.commit
    item = commit.objects.get(it.entry.oid) if commit is not None else None
    return None if item is None else Found(item, commit, it.tree.repository)


def _entry_size(asker: Asker, it: InTree) -> int:
    found = _entry_object(asker, it)
    return len(found.item.data) if found is not None and isinstance(found.item, Blob) else 0


def _text(_: Asker, found: Found) -> str | None:
    """None for a binary file; GitHub does not document what it does with text that is not UTF-8."""
    # Assumes GH-GRAPHQL-TEXT.
    data = _data(found)
    return None if b"\0" in data else data[:LONGEST_TEXT].decode(errors="replace")


def _data(found: Found) -> bytes:
    assert isinstance(found.item, Blob)
    return found.item.data


def _role(asker: Asker, repository: Repository) -> str | None:
    owner = asker.identity.owner
    role = asker.world.role(owner, repository) if owner else None
    return role.upper() if role else None


def _account_fields(kind: str) -> dict[str, Callable[..., Any]]:
    return {
        f"{kind}.id": lambda _, it: node_id(kind, it.id),
        f"{kind}.databaseId": lambda _, it: it.id,
        f"{kind}.login": lambda _, it: it.login,
        f"{kind}.name": lambda _, __: None,
        f"{kind}.repositories": _repositories,
        f"{kind}.repository": lambda asker, it, name: _repository(asker, it, it.login, name),
    }


def _connection_fields(kind: str) -> dict[str, Callable[..., Any]]:
    return {
        f"{kind}Connection.nodes": lambda _, it: [value for _, value in it.items],
        f"{kind}Connection.edges": lambda _, it: it.items,
        f"{kind}Connection.pageInfo": lambda _, it: it,
        f"{kind}Connection.totalCount": lambda _, it: it.total,
        f"{kind}Edge.cursor": lambda _, it: it[0],
        f"{kind}Edge.node": lambda _, it: it[1],
    }


def _git_fields(kind: str) -> dict[str, Callable[..., Any]]:
    return {
        f"{kind}.id": lambda _, it: node_id(f"{kind}:{it.item.oid}", it.repository.id),
        f"{kind}.oid": lambda _, it: it.item.oid,
        f"{kind}.abbreviatedOid": lambda _, it: it.item.oid[:7],
        f"{kind}.repository": lambda _, it: it.repository,
    }


FIELDS: dict[str, Callable[..., Any]] = {
    "Query.viewer": lambda asker, _: author(asker.world, asker.identity),
    "Query.repository": _repository,
    "Query.organization": _account("Organization"),
    "Query.user": _account("User"),
    "Query.enterprise": _enterprise,
    "Enterprise.slug": lambda _, slug: slug,
    "Enterprise.organizations": _organizations,
    "Query.node": _node,
    "Query.nodes": _nodes,
    "Query.rateLimit": lambda asker, _: asker,
    "RateLimit.limit": lambda _, it: it.budget.limit,
    "RateLimit.cost": lambda _, it: it.cost.points,
    "RateLimit.nodeCount": lambda _, it: it.cost.nodes,
    "RateLimit.remaining": lambda _, it: it.budget.remaining,
    "RateLimit.used": lambda _, it: it.budget.used,
    "RateLimit.resetAt": lambda _, it: timestamp(datetime.fromtimestamp(it.budget.reset, UTC)),
    **_account_fields("Organization"),
    **_account_fields("User"),
    **_connection_fields("Repository"),
    **_connection_fields("RepositoryTopic"),
    **_connection_fields("Organization"),
    "RepositoryTopic.topic": lambda _, it: it,
    "Topic.name": lambda _, it: it,
    "PageInfo.hasNextPage": lambda _, it: it.has_next,
    "PageInfo.hasPreviousPage": lambda _, it: it.has_previous,
    "PageInfo.startCursor": lambda _, it: it.items[0][0] if it.items else None,
    "PageInfo.endCursor": lambda _, it: it.items[-1][0] if it.items else None,
    "Repository.id": lambda _, it: node_id("Repository", it.id),
    "Repository.databaseId": lambda _, it: it.id,
    "Repository.name": lambda _, it: it.name,
    "Repository.nameWithOwner": lambda _, it: it.full_name,
    "Repository.url": lambda _, it: f"https://github.com/{it.full_name}",
    "Repository.owner": lambda asker, it: asker.world.accounts[it.owner.lower()],
    "Repository.isPrivate": lambda _, it: it.visibility != "public",
    "Repository.isFork": lambda _, it: it.fork,
    "Repository.isArchived": lambda _, it: it.archived,
    "Repository.isDisabled": lambda _, __: False,
    "Repository.isEmpty": lambda _, it: not it.history.branches,
    "Repository.hasIssuesEnabled": lambda _, it: it.has_issues,
    "Repository.visibility": lambda _, it: it.visibility.upper(),
    "Repository.viewerPermission": _role,
    "Repository.parent": lambda _, __: None,
    "Repository.createdAt": lambda _, it: timestamp(it.created_at),
    "Repository.pushedAt": lambda _, it: timestamp(it.pushed_at),
    "Repository.repositoryTopics": _topics,
    "Repository.defaultBranchRef": _default_branch,
    "Repository.ref": _ref,
    "Repository.object": _object,
    "Ref.name": lambda _, it: it.name,
    "Ref.prefix": lambda _, __: "refs/heads/",
    "Ref.target": _target,
    "Ref.repository": lambda _, it: it.repository,
    **_git_fields("Commit"),
    **_git_fields("Tree"),
    **_git_fields("Blob"),
    "Commit.committedDate": lambda _, it: timestamp(it.item.moment),
    "Commit.tree": _tree,
    "Tree.entries": _entries,
    "TreeEntry.name": lambda _, it: it.entry.name,
    "TreeEntry.nameRaw": lambda _, it: base64.b64encode(it.entry.name.encode()).decode(),
    "TreeEntry.mode": lambda _, it: int(it.entry.mode),
    "TreeEntry.type": lambda _, it: it.entry.kind,
    "TreeEntry.oid": lambda _, it: it.entry.oid,
    "TreeEntry.size": _entry_size,
    "TreeEntry.object": _entry_object,
    "Blob.byteSize": lambda _, it: len(_data(it)),
    "Blob.isBinary": lambda _, it: b"\0" in _data(it),
    "Blob.isTruncated": lambda _, it: len(_data(it)) > LONGEST_TEXT,
    "Blob.text": _text,
}
"""How each field is resolved from its object and its arguments, by `Type.field`."""

_ARGUMENTS = {name: frozenset(inspect.signature(each).parameters) for name, each in FIELDS.items()}


def resolve(source: Any, info: Any, **arguments: Any) -> Any:
    """Resolve any field; raises NotModeledError for what the sandbox does not have."""
    name = f"{info.parent_type.name}.{info.field_name}"
    resolver = FIELDS.get(name)
    if resolver is None:
        raise NotModeledError(name)
    for argument in arguments.keys() - _ARGUMENTS[name]:
        if not is_default(info.parent_type, info.field_name, argument, arguments[argument]):
            raise NotModeledError(f"{name}({argument}:)")
        del arguments[argument]
    return resolver(info.context, source, **arguments)


def type_of(value: Any, *_: object) -> str:
    """The schema's name of an object's type, where a field may return several."""
    return _type_of(value)


def _type_of(value: Any) -> str:
    if isinstance(value, Account):
        return "Organization" if value.is_organization else "User"
    return type(value.item if isinstance(value, Found) else value).__name__
