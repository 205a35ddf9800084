"""What a GraphQL query costs, by GitHub's published arithmetic.

Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphql import DocumentNode, FieldNode, GraphQLNamedType, GraphQLSchema, SelectionSetNode

MOST_NODES = 500_000
LARGEST_PAGE = 100
_PER_POINT = 100
"""Requests to fulfill connections that make one point."""


@dataclass
class Cost:
    """The price of one query, if every connection returns as many nodes as it was asked for."""

    nodes: int = 0
    """Nodes that the connections may return."""
    requests: int = 0
    """Requests needed to fulfill each connection."""
    objects: int = 0
    """Objects of any kind: how heavy the query is. GitHub publishes no such number."""
    mistakes: list[str] = field(default_factory=list)
    """Connections that GitHub refuses, in its own words."""

    @property
    def points(self) -> int:
        """Points of the primary limit."""
        return max(1, (self.requests + _PER_POINT // 2) // _PER_POINT)


def cost_of(schema: "GraphQLSchema", document: "DocumentNode", variables: Mapping[str, Any]) -> Cost:
    """The cost of a valid query of one operation."""
    # Assumes GH-GRAPHQL-COST.
    from graphql import OperationDefinitionNode

    cost = Cost()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            root = schema.get_root_type(definition.operation)
            assert root is not None
            _Counter(schema, document, _with_defaults(definition, variables), cost).visit(
                root, definition.selection_set, 1
            )
    return cost


def _with_defaults(operation: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    from graphql import value_from_ast_untyped

    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    return defaults | dict(variables)


class _Counter:
    """Walks one operation."""

    def __init__(
        self, schema: "GraphQLSchema", document: "DocumentNode", variables: Mapping[str, Any], cost: Cost
    ) -> None:
        from graphql import FragmentDefinitionNode

        self._schema = schema
        self._variables = variables
        self._cost = cost
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def visit(self, parent: "GraphQLNamedType", selections: "SelectionSetNode", times: int) -> None:
        """Count a selection that is executed that many times."""
        from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(parent, node, times)
            elif isinstance(node, InlineFragmentNode):
                kind = node.type_condition.name.value if node.type_condition else parent.name
                self.visit(self._schema.type_map[kind], node.selection_set, times)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                kind = fragment.type_condition.name.value
                self.visit(self._schema.type_map[kind], fragment.selection_set, times)

    def _field(self, parent: Any, node: "FieldNode", times: int) -> None:
        from graphql import get_named_type

        if node.selection_set is None:
            return
        definition = parent.fields[node.name.value]
        kind = get_named_type(definition.type)
        if kind.name.endswith("Connection"):
            size = self._page(node)
            self._cost.requests += times
            self._cost.nodes += times * size
            times *= size
        else:
            self._cost.objects += times
        self.visit(kind, node.selection_set, times)

    def _page(self, node: "FieldNode") -> int:
        """The number of nodes that a connection was asked for."""
        from graphql import value_from_ast_untyped

        name = node.name.value
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                size = value_from_ast_untyped(argument.value, dict(self._variables))
                if isinstance(size, int):
                    if not 1 <= size <= LARGEST_PAGE:
                        # The words: https://github.com/dblock/fue/issues/5
                        self._cost.mistakes.append(
                            f"Requesting {size} records on the `{name}` connection exceeds the "
                            f"`{argument.name.value}` limit of {LARGEST_PAGE} records."
                        )
                    return size
        self._cost.mistakes.append(
            f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        )
        return 0
