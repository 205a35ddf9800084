"""What a service may say in two places, but only with one value: `cpus` and `deploy.resources.limits.cpus`.

Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/validate.go (checkConsistency)
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from crreg.discovery.compose.nodes import value_below
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar, Text
from crreg.findings.location import Location

Said = Mapping[str, "Text | Location"]
"""What a service says, by the name of its key; of an object that may hold the second key, the place."""
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_SIZE = re.compile(r"(?P<number>[0-9]*\.?[0-9]*(?:e[-+]?[0-9]+)?) ?(?P<unit>[kmgtp]?)i?b?", re.IGNORECASE)
_UNITS = " kmgtp"


def _whole(text: str) -> float | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _float32(text: str) -> float | None:
    try:
        rounded: float = struct.unpack("f", struct.pack("f", float(text)))[0]
    except (ValueError, OverflowError):
        return None
    return rounded


def _size(text: str) -> float | None:
    """Return the bytes of a size such as 1.5g: https://github.com/docker/go-units/blob/v0.5.0/size.go (RAMInBytes)."""
    found = _SIZE.fullmatch(text)
    try:
        return (
            int(float(found["number"]) * 1024 ** _UNITS.index(found["unit"].lower() or " "))
            if found
            else None
        )
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class _Twin:
    key: str
    other: str
    number: Callable[[str], float | None]
    """Returns what Compose compares; None for a text that it can't read, which the schema refuses."""
    inside: str = ""
    """The object that must repeat the key if the service has the object at all; empty if there is none."""


_LIMITS, _RESERVATIONS = "deploy.resources.limits", "deploy.resources.reservations"
_TWINS = (
    _Twin("scale", "deploy.replicas", _whole),
    _Twin("cpus", f"{_LIMITS}.cpus", _float32, _LIMITS),
    _Twin("mem_limit", f"{_LIMITS}.memory", _size, _LIMITS),
    _Twin("mem_reservation", f"{_RESERVATIONS}.memory", _size, _RESERVATIONS),
    _Twin("pids_limit", f"{_LIMITS}.pids", _whole, _LIMITS),
)


def said_by(service: MappingNode, text: Callable[[Node, str], Text | None]) -> Said:
    """Return what a service says in each of the places; `text` reads a string or a number."""
    said: dict[str, Text | Location] = {}
    for key in dict.fromkeys(key for twin in _TWINS for key in (twin.key, twin.other, twin.inside) if key):
        node = value_below(service, *key.split("."))
        if isinstance(node, MappingNode):
            said[key] = node.location
        elif isinstance(node, Scalar) and (found := text(node, key)):
            said[key] = found
    return said


def count(said: Said) -> int | None:
    """Return the number of containers; None if it is not known."""
    for key in ("scale", "deploy.replicas"):
        if key in said:
            number = _known(said, key, _whole)
            return None if number is None else int(number)
    return None


def contradictions(said: Said) -> Iterator[tuple[str, Location]]:
    """Yield what a service says in two ways, in words, and where."""
    for twin in _TWINS:
        first = _known(said, twin.key, twin.number)
        if first is None or (twin.inside and not first):
            continue
        mine = f"{twin.key} {_text(said, twin.key)}"
        second = _known(said, twin.other, twin.number)
        if second is not None and second != first:
            yield (
                f"{mine} and {twin.other} {_text(said, twin.other)}: keep one of them",
                _place(said, twin.other),
            )
        elif twin.other not in said and twin.inside in said:
            name = twin.other.rpartition(".")[2]
            yield f"{mine}, and {twin.inside} without {name}: move it there", _place(said, twin.inside)


def _known(said: Said, key: str, number: Callable[[str], float | None]) -> float | None:
    text = _text(said, key)
    return None if text is None else number(text)


def _text(said: Said, key: str) -> str | None:
    found = said.get(key)
    return found.known() if isinstance(found, Text) else None


def _place(said: Said, key: str) -> Location:
    found = said[key]
    return found.location if isinstance(found, Text) else found
