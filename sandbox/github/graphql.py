"""GitHub's GraphQL endpoint: a real engine on GitHub's published schema, with GitHub's errors and limits."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.github.exchange import Answer, RefusalError, Request
from sandbox.github.graphql_cost import MOST_NODES, Cost, cost_of
from sandbox.github.graphql_fields import Asker, RefusedError, resolve, type_of
from sandbox.github.graphql_schema import published, read_query
from sandbox.github.identity import Identity, TokenKind
from sandbox.github.journal import Journal, Query
from sandbox.github.weather import Budget, Weather, too_fast
from sandbox.github.world import World

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError

SCOPES = {("Organization", "name"): ("read:org", "write:org", "admin:org")}
"""Scopes of which a classic token needs one to ask for a field.

Source: https://github.com/mntnr/name-your-contributors/issues/72, for the only such field that the sandbox has.
"""


@dataclass(frozen=True)
class Endpoint:
    """What answers the queries of one request."""

    world: World
    identity: Identity
    budget: Budget
    weather: Weather
    journal: Journal

    def answer(self, request: Request, request_id: str) -> Answer:
        """Run the query of a request.

        What the schema does not allow, and what the sandbox does not have, is recorded as a violation.
        """
        # Assumes GH-GRAPHQL.
        if self.identity.kind in (TokenKind.NONE, TokenKind.APP):
            raise RefusalError(401, "This endpoint requires you to be authenticated.")
        body = json.loads(request.body)
        text, variables = body["query"], body.get("variables") or {}
        document, errors = read_query(text)
        if document is None or errors:
            self.journal.accuse(request, [f"GraphQL: {error.message}" for error in errors])
            return Answer(200, {"errors": [dict(error.formatted) for error in errors]})
        cost = cost_of(published(), document, variables)
        self.journal.query(Query(text, variables, cost.points, cost.nodes))
        refused = self._refused(document, cost)
        if refused is not None:
            self.journal.accuse(request, [f"GraphQL: {each['message']}" for each in refused["errors"]])
            return Answer(200, refused)
        enforced = self.weather.enforced
        wait = enforced.admit(self.budget.holder, request.method, cost.objects) if enforced else 0
        if wait:
            return too_fast(403, wait, request_id)
        self.budget.used += cost.points
        if self.weather.heaviest is not None and cost.objects > self.weather.heaviest:
            return self._timeout(request_id)
        answer = self._executed(request, document, cost, variables, body.get("operationName"))
        if enforced is not None:
            answer.seconds = enforced.seconds(cost.objects)
        return answer

    def _refused(self, document: "DocumentNode", cost: Cost) -> dict[str, Any] | None:
        """The answer to a valid query that GitHub does not run at all."""
        # Assumes GH-GRAPHQL-COST.
        missing = _missing_scopes(document, self.identity)
        if missing:
            return {"errors": missing}
        if cost.mistakes:
            return {"errors": [{"message": each} for each in cost.mistakes]}
        if cost.nodes > MOST_NODES:
            # The words: https://github.com/semantic-release/github/issues/911
            message = (
                f"This query requests up to {cost.nodes:,} possible nodes which exceeds the maximum limit of "
                f"{MOST_NODES:,}."
            )
            return {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}]}
        return None

    def _timeout(self, request_id: str) -> Answer:
        """The answer to a query that took more than ten seconds.

        GitHub documents that it deducts more points, and not how many; here it is one.
        Sources: "Timeouts" on GitHub's page of limits, and https://github.com/apache/devlake/issues/4349
        """
        # Assumes GH-GRAPHQL-LIMITS.
        self.budget.used += 1
        message = (
            "Something went wrong while executing your query. This may be the result of a timeout, or it could "
            f"be a GitHub bug. Please include `{request_id}` when reporting this issue."
        )
        return Answer(502, {"data": None, "errors": [{"message": message}]})

    def _executed(
        self,
        request: Request,
        document: "DocumentNode",
        cost: Cost,
        variables: dict[str, Any],
        operation: str | None,
    ) -> Answer:
        # Assumes GH-GRAPHQL-SCHEMA, GH-GRAPHQL-REFUSALS.
        from graphql import ExecutionResult, execute

        result = execute(
            published(),
            document,
            context_value=Asker(self.world, self.identity, self.budget, cost, self.weather.most_repositories),
            variable_values=variables,
            operation_name=operation,
            field_resolver=resolve,
            type_resolver=type_of,
        )
        assert isinstance(result, ExecutionResult)
        errors = result.errors or []
        answer: dict[str, Any] = {"data": result.data}
        if errors:
            answer["errors"] = [_formatted(error) for error in errors]
        unexpected = [each for each in errors if not isinstance(each.original_error, RefusedError)]
        self.journal.accuse(request, [f"GraphQL: {_explained(each)}" for each in unexpected])
        return Answer(200, answer)


def _missing_scopes(document: "DocumentNode", identity: Identity) -> list[dict[str, Any]]:
    """An error for each field that needs a scope of the classic token."""
    # Assumes GH-GRAPHQL-REFUSALS.
    from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, visit

    missing: list[dict[str, Any]] = []
    types = TypeInfo(published())

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            needed = SCOPES.get((parent.name if parent else "", node.name.value), ())
            if needed and not identity.scopes.intersection(needed):
                # The words: https://github.com/antfu-collective/sponsorkit/pull/6
                granted = sorted(identity.scopes) or [""]
                message = (
                    "Your token has not been granted the required scopes to execute this query. The "
                    f"'{node.name.value}' field requires one of the following scopes: {list(needed[:1])}, but "
                    f"your token has only been granted the: {granted} scopes. Please modify your token's "
                    "scopes at: https://github.com/settings/tokens."
                )
                missing.append({"type": "INSUFFICIENT_SCOPES", "message": message})

    if identity.kind is TokenKind.CLASSIC:
        visit(document, TypeInfoVisitor(types, Fields()))
    return missing


def _formatted(error: "GraphQLError") -> dict[str, Any]:
    """An error in GitHub's form."""
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(error.original_error, RefusedError):
        refusal = error.original_error
        return (
            {"type": refusal.kind}
            | formatted
            | ({"extensions": refusal.extensions} if refusal.extensions else {})
        )
    return formatted


def _explained(error: "GraphQLError") -> str:
    """What the test that asked has to know."""
    name = type(error.original_error).__name__
    return f"not modeled: {error.message}" if name == "NotModeledError" else error.message
