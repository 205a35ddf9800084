"""What a service uses of what its project defines: networks, volumes, secrets, configs and models."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from crreg.discovery.collected import Collected
from crreg.discovery.compose.interpolation import without_value
from crreg.discovery.compose.nodes import string, value_below, value_of
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar, Sequence, Text, items_of
from crreg.findings.finding import Effect
from crreg.findings.location import Location

Uses = Mapping[tuple[str, str], "Use | None"]
"""What a service uses, by what replaces it in a merged service: the key of the service that names it, and its place.

None for something that uses nothing, such as a folder mounted in place of a volume.
"""
_Expand = Callable[[Scalar, str], Text | None]
_COLON = re.compile(r"(?<!^[A-Za-z])(?<!:[A-Za-z]):")
"""What separates the parts of a volume, but not the colon of a Windows drive."""
_PATH = re.compile(r"[./~]|\\\\|[A-Za-z]:")
"""How the source of a volume begins if it is a path, not the name of a volume."""
_SHORTEST = len("a:b")
"""A shorter volume is always a path in the container."""
_MOST_PARTS = 3
_FOLDERS = {"secrets": "/run/secrets"}
"""Where each kind is mounted by default."""
_ALWAYS_SET = frozenset({"HOME", "PATH", "PWD", "USER"})
"""Variables that are not empty where Compose runs."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a service uses, which the files must define."""

    kind: str
    """The key that defines it at the top of a file, such as `networks`."""
    name: str
    location: Location


def uses_of(service: MappingNode, name: str, expand: _Expand, collected: Collected) -> Uses:
    """Return what a service uses, without what depends on unknown variables.

    Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/validate.go (checkConsistency)
    """
    uses: dict[tuple[str, str], Use | None] = {}
    for key in ("networks", "models"):
        node = value_of(service, key)
        if isinstance(node, MappingNode):
            uses |= {(key, each): Use(key, each, entry.key) for each, entry in node.entries.items()}
        else:
            uses |= {(key, text.value): Use(key, text.value, text.location) for text in _texts(node, expand)}
    granted = (
        ("secrets", "secrets", value_of(service, "secrets")),
        ("configs", "configs", value_of(service, "configs")),
        ("build.secrets", "secrets", value_below(service, "build", "secrets")),
    )
    for key, kind, node in granted:
        for text, target in _sources(node, expand):
            where = target.value if target else f"{_FOLDERS.get(key, '')}/{text.value}"
            uses[key, where] = Use(kind, text.value, text.location)
    tmpfs = value_of(service, "tmpfs")
    mounted = [*_texts(tmpfs, expand)] if isinstance(tmpfs, Sequence) else [_text(tmpfs, expand)]
    # Compose keeps the last of those that are the same up to an equals sign, and refuses another one at the same place.
    uses |= {("tmpfs", text.value.partition("=")[0]): None for text in mounted if text is not None}
    mounts = _volumes(value_of(service, "volumes"), name, expand, collected)
    return uses | {("volumes", where): use for where, use in mounts.items()}


def _volumes(node: Node | None, name: str, expand: _Expand, collected: Collected) -> dict[str, Use | None]:
    """Return the named volumes of a service, by where they are mounted, and None for what else is mounted."""
    uses: dict[str, Use | None] = {}
    for item in items_of(node):
        if isinstance(item, MappingNode):
            kind, source, target = (_text(item.get(key), expand) for key in ("type", "source", "target"))
            found = None
            if kind and kind.value == "volume" and source and source.value:
                found = Use("volumes", source.value, source.location)
            where = target.value if target else ""
        else:
            text = _whole(item, expand)
            if text is None:
                continue
            parts = _COLON.split(text.value)
            is_path = 0 < len(text.value) < _SHORTEST
            if not is_path and ("" in parts or len(parts) > _MOST_PARTS):
                _note_broken(text, name, collected)
            if text.unknown:
                continue
            is_unnamed = is_path or len(parts) == 1
            found = None if is_unnamed or _PATH.match(parts[0]) else Use("volumes", parts[0], text.location)
            where = text.value if is_unnamed else parts[1]
        uses[posixpath.normpath(where)] = found
    return uses


def _note_broken(text: Text, name: str, collected: Collected) -> None:
    """Note a volume that Compose can't read: https://github.com/compose-spec/compose-go/blob/v2.9.1/format/volume.go."""
    what = f"a volume of the service {name} has an empty part or too many colons"
    if not text.unknown:
        collected.invalid(f"{what}, which Compose refuses: {text.value}", text.location)
    elif not _ALWAYS_SET.issuperset(text.unknown):
        collected.invalid(f"{what} {without_value(*text.unknown)}", text.location, Effect.UNPROVEN)


def _sources(node: Node | None, expand: _Expand) -> Iterator[tuple[Text, Text | None]]:
    """Yield the secrets or configs of a list, each with its target if it names one."""
    for item in items_of(node):
        source, target = (
            (item.get("source"), item.get("target")) if isinstance(item, MappingNode) else (item, None)
        )
        text = _text(source, expand)
        if text is not None:
            yield text, _text(target, expand)


def _texts(node: Node | None, expand: _Expand) -> Iterator[Text]:
    found = (_text(item, expand) for item in items_of(node))
    return (text for text in found if text is not None)


def _text(node: Node | None, expand: _Expand) -> Text | None:
    """Return a string whose variables are all known; None for anything else."""
    text = _whole(node, expand)
    return None if text is None or text.unknown else text


def _whole(node: Node | None, expand: _Expand) -> Text | None:
    scalar = string(node)
    return expand(scalar, str(scalar.value)) if scalar else None
