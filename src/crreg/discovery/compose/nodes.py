"""Nodes of a Compose file: which keys have a value, and what a value means."""

from collections.abc import Iterator

from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar, is_null, items_of, without_null

REPLACING = frozenset({"!reset", "!override"})
_FALSE = frozenset({"false", "0", "f", "n", "no", "off"})


def no_value(what: str) -> str:
    """Return the message for a key that no file gives a value."""
    return f"{what} has no value, which Compose refuses: give it one, or remove it"


def replaced(node: MappingNode) -> frozenset[str]:
    """Return the keys whose value replaces the one that it is merged into, also those further down: `build.args`."""
    below = (
        f"{key}.{name}"
        for key, entry in node.entries.items()
        if isinstance(entry.value, MappingNode)
        for name in replaced(entry.value)
    )
    return frozenset((*(key for key, entry in node.entries.items() if entry.value.tag in REPLACING), *below))


def unset(build: MappingNode) -> frozenset[str]:
    """Return what loses the value that it is merged into, as `ServiceBuild.unset` names it."""
    pairs = {key: build.get(key) for key in ("args", "additional_contexts")}
    tagged = (
        f"{key}.{name}"
        for key, node in pairs.items()
        if isinstance(node, MappingNode)
        for name, entry in node.entries.items()
        if entry.value.tag == "!reset"
    )
    return frozenset((*tagged, *(f"args.{name}" for name in bare_names(value_of(build, "args")))))


def bare_names(args: Node | None) -> list[str]:
    """Return the build arguments that have no value of their own."""
    if isinstance(args, MappingNode):
        return [name for name, entry in args.entries.items() if is_null(entry.value) and not entry.value.tag]
    values = (item.value for item in items_of(args) if isinstance(item, Scalar))
    return [value for value in values if isinstance(value, str) and "=" not in value]


def value_of(node: MappingNode, key: str) -> Node | None:
    """The value of a key; None also for null and for what `!reset` removes."""
    return without_null(without_reset(node.get(key)))


def value_below(node: MappingNode, key: str, *names: str) -> Node | None:
    """Return the value of a key in the object that another key has, as `value_of` does: `build`, `secrets`."""
    inner = value_of(node, key)
    if not names:
        return inner
    return value_below(inner, *names) if isinstance(inner, MappingNode) else None


def without_reset(node: Node | None) -> Node | None:
    """The node; None also for what `!reset` removes."""
    return None if node is not None and node.tag == "!reset" else node


def mappings_of(node: Node | None) -> Iterator[MappingNode]:
    """Yield the mappings of a list, without the entries in short syntax."""
    return (item for item in items_of(node) if isinstance(item, MappingNode))


def string(node: Node | None) -> Scalar | None:
    """The node if it is a string; None if it is something else."""
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def is_false(node: Node | None) -> bool:
    """Whether a value is false; Compose reads some strings as booleans."""
    value = node.value if isinstance(node, Scalar) else None
    return value is False or (isinstance(value, str) and value.lower() in _FALSE)
