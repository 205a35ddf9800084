"""What the files of a project define at the top: networks, volumes, secrets, configs and models."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.discovery.collected import Collected
from crreg.discovery.compose.interpolation import without_value
from crreg.discovery.compose.nodes import REPLACING, is_false, no_value
from crreg.discovery.compose.schema import Expand, check_top
from crreg.discovery.compose.uses import Uses
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar
from crreg.findings.finding import Effect
from crreg.findings.location import Location

_KINDS: Mapping[str, tuple[str, ...]] = {
    "networks": (),
    "volumes": (),
    "secrets": ("file", "environment"),
    "configs": ("file", "environment", "content"),
    "models": (),
}
"""The keys of each kind that say where its content comes from. A definition has exactly one, unless it is external."""


@dataclass(slots=True)
class Definitions:
    """What the files of a project define at the top: networks, volumes, secrets, configs and models."""

    collected: Collected
    _found: dict[str, dict[str, "_Definition"]] = field(default_factory=dict)

    def add(self, document: MappingNode, given: set[str], expand: Expand) -> None:
        """Check what is not a service, and merge it into what the files before define.

        `given` has the keys that earlier files gave a value. The keys of this file are added to it.
        """
        presence = check_top(document, expand, self.collected)
        for key, place in presence.nulls.items():
            # `services` without a value is noted where services are read.
            if key not in {*given, "services"}:
                self.collected.invalid(no_value(key), place)
        given |= presence.given
        for kind in _KINDS:
            node = document.get(kind)
            known = self._found.setdefault(kind, {})
            if node is not None and node.tag in REPLACING:
                known.clear()
            for name, entry in node.entries.items() if isinstance(node, MappingNode) else ():
                if entry.value.tag == "!reset":
                    known.pop(name, None)
                    continue
                before = known.get(name, _Definition(entry.key, {}))
                own = entry.value.entries if isinstance(entry.value, MappingNode) else {}
                nodes = {key: each.value for key, each in own.items() if each.value.tag != "!reset"}
                blank = _blank(nodes["environment"], expand) if "environment" in nodes else before.blank
                known[name] = _Definition(entry.key, {**before.nodes, **nodes}, blank)

    def check(self, uses: Mapping[str, Uses]) -> None:
        """Note what Compose refuses of the uses, by service, and of the definitions."""
        for service, used in uses.items():
            for use in filter(None, used.values()):
                is_default = use.kind == "networks" and use.name == "default"
                if not is_default and use.name not in self._found.get(use.kind, {}):
                    message = (
                        f"the service {service} uses the {_one(use.kind)} {use.name!r}, which no Compose file defines: "
                        f"add it to {use.kind} at the top of a file"
                    )
                    self.collected.invalid(message, use.location)
        for kind, needed in _KINDS.items():
            for name, definition in self._found.get(kind, {}).items():
                message = definition.refused(kind, needed)
                if message:
                    self.collected.invalid(f"the {_one(kind)} {name!r} {message}", definition.location)
                elif kind == "secrets" and definition.blank is not None and not definition.is_external:
                    self._note_blank(name, definition.blank, definition.location)

    def _note_blank(self, name: str, unknown: tuple[str, ...], location: Location) -> None:
        """Note a secret from a variable without a name: it is empty, or is unless one of `unknown` has a value.

        Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/validate.go (checkConsistency)
        """
        message = f"the secret {name!r} has an empty environment, which Compose refuses"
        if unknown:
            self.collected.invalid(f"{message}, {without_value(*unknown)}", location, Effect.UNPROVEN)
        else:
            self.collected.invalid(f"{message}: name a variable", location)


def _one(kind: str) -> str:
    return kind.removesuffix("s")


@dataclass(frozen=True, slots=True)
class _Definition:
    location: Location
    nodes: Mapping[str, Node]
    blank: tuple[str, ...] | None = None
    """The unknown variables of `environment` if it is empty without them; None if it is not empty."""

    @property
    def is_external(self) -> bool:
        """Whether it is made elsewhere."""
        external = self.nodes.get("external")
        return external is not None and not is_false(external)

    def refused(self, kind: str, sources: tuple[str, ...]) -> str:
        """Return why Compose refuses it, empty if it does not.

        Source: https://github.com/compose-spec/compose-go/tree/v2.9.1/validation
        """
        external = self.nodes.get("external")
        names = [
            _text(external.get("name")) if isinstance(external, MappingNode) else "",
            _text(self.nodes.get("name")),
        ]
        if all(names) and names[0] != names[1]:
            return "has name and external.name, and Compose accepts only one of them"
        named = [key for key in sources if key in self.nodes]
        if len(named) > 1:
            return f"has {' and '.join(named)}, and Compose accepts only one of them"
        is_elsewhere = self.is_external if kind == "secrets" else external is not None
        if sources and not named and not is_elsewhere:
            return f"needs one of {', '.join(sources)}"
        if kind == "volumes" and self.is_external and "$" not in str(getattr(external, "value", "")):
            more = [key for key in self.nodes if key not in {"name", "external"} and not key.startswith("x-")]
            if more:
                return f"is external, and Compose accepts no {more[0]} with that"
        return ""


def _blank(node: Node, expand: Expand) -> tuple[str, ...] | None:
    """Return the unknown variables of a string that is empty without them; None for anything else."""
    expanded = expand(node.value) if isinstance(node, Scalar) and isinstance(node.value, str) else None
    return expanded[1] if expanded is not None and not expanded[0] else None


def _text(node: Node | None) -> str:
    """Return a string without variables; empty for anything else."""
    value = node.value if isinstance(node, Scalar) else ""
    return value if isinstance(value, str) and "$" not in value else ""
