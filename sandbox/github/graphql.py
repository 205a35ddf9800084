"""The part of GitHub's GraphQL schema that `gh` asks for repository ids, run by a real GraphQL engine."""

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.github.access import visible
from sandbox.github.exchange import Answer, RefusalError, Request
from sandbox.github.identity import Identity, TokenKind
from sandbox.github.issues import author
from sandbox.github.journal import Journal
from sandbox.github.world import Account, Repository, World, node_id

if TYPE_CHECKING:
    from graphql import GraphQLError, GraphQLSchema

SCHEMA = """
enum RepositoryVisibility { PUBLIC PRIVATE INTERNAL }
enum RepositoryPermission { ADMIN MAINTAIN WRITE TRIAGE READ }
interface RepositoryOwner { id: ID! login: String! }
type User implements RepositoryOwner { id: ID! databaseId: Int login: String! name: String }
type Organization implements RepositoryOwner { id: ID! databaseId: Int login: String! name: String }
type Ref { name: String! }
type Repository {
  id: ID!
  databaseId: Int
  name: String!
  nameWithOwner: String!
  owner: RepositoryOwner!
  isPrivate: Boolean!
  isFork: Boolean!
  isArchived: Boolean!
  hasIssuesEnabled: Boolean!
  visibility: RepositoryVisibility!
  viewerPermission: RepositoryPermission
  defaultBranchRef: Ref
  parent: Repository
}
type Query {
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
  organization(login: String!): Organization
  user(login: String!): User
  viewer: User!
}
"""


@dataclass(frozen=True)
class Asker:
    """The state and the identity that the resolvers use."""

    world: World
    identity: Identity


class _NoSuchThingError(Exception):
    """GraphQL's form of a 404: an error of type NOT_FOUND and a null."""


def answer_graphql(world: World, identity: Identity, request: Request, journal: Journal) -> Answer:
    """Run the query of a request; a query that the schema does not allow is recorded as a violation."""
    # Assumes GH-GRAPHQL.
    from graphql import graphql_sync

    if identity.kind in (TokenKind.NONE, TokenKind.APP):
        raise RefusalError(401, "This endpoint requires you to be authenticated.")
    document = json.loads(request.body)
    result = graphql_sync(
        _schema(),
        document["query"],
        root_value=Asker(world, identity),
        context_value=Asker(world, identity),
        variable_values=document.get("variables"),
        operation_name=document.get("operationName"),
        field_resolver=_resolve,
        type_resolver=lambda value, *_: _type_name(value),
    )
    body: dict[str, Any] = {}
    errors = result.errors or []
    if result.data is not None:
        body["data"] = result.data
    if errors:
        body["errors"] = [_error(error) for error in errors]
    journal.accuse(
        request,
        [
            f"GraphQL: {error.message}"
            for error in errors
            if not isinstance(error.original_error, _NoSuchThingError)
        ],
    )
    return Answer(200, body)


@functools.cache
def _schema() -> "GraphQLSchema":
    from graphql import build_schema

    return build_schema(SCHEMA)


def _resolve(source: Any, info: Any, **arguments: Any) -> Any:
    """Resolve a field of the sandbox's data."""
    asker: Asker = info.context
    if isinstance(source, Asker):
        return _root(asker, info.field_name, arguments)
    if isinstance(source, Repository):
        return _repository_field(asker, source, info.field_name)
    if isinstance(source, Account):
        kind = _type_name(source)
        fields = {"id": node_id(kind, source.id), "databaseId": source.id, "login": source.login}
        return fields.get(info.field_name)
    return source.get(info.field_name)


def _root(asker: Asker, name: str, arguments: dict[str, Any]) -> Repository | Account:
    world = asker.world
    if name == "viewer":
        return author(world, asker.identity)
    if name == "repository":
        full_name = f"{arguments['owner']}/{arguments['name']}"
        repository = world.repository(full_name)
        if repository is None or not visible(world, asker.identity, repository):
            raise _NoSuchThingError(f"Could not resolve to a Repository with the name '{full_name}'.")
        return repository
    account = world.account(arguments["login"])
    if account is None or account.is_organization is not (name == "organization"):
        kind = "an Organization" if name == "organization" else "a User"
        raise _NoSuchThingError(f"Could not resolve to {kind} with the login of '{arguments['login']}'.")
    return account


def _repository_field(asker: Asker, repository: Repository, name: str) -> Any:
    owner = asker.identity.owner
    role = asker.world.role(owner, repository) if owner else None
    return {
        "id": node_id("Repository", repository.id),
        "databaseId": repository.id,
        "name": repository.name,
        "nameWithOwner": repository.full_name,
        "owner": asker.world.accounts[repository.owner.lower()],
        "isPrivate": repository.visibility != "public",
        "isFork": False,
        "isArchived": False,
        "hasIssuesEnabled": True,
        "visibility": repository.visibility.upper(),
        "viewerPermission": role.upper() if role else None,
        "defaultBranchRef": {"name": "main"},
    }.get(name)


def _type_name(value: Any) -> str:
    return "Organization" if value.is_organization else "User"


def _error(error: "GraphQLError") -> dict[str, Any]:
    kind = {"type": "NOT_FOUND"} if isinstance(error.original_error, _NoSuchThingError) else {}
    return kind | dict(error.formatted)
