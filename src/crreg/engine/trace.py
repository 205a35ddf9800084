"""Decodes BuildKit's progress messages (`moby.buildkit.v1.StatusResponse`), as far as they are shown to users."""

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


class InvalidTraceError(ValueError):
    """The bytes are not a valid message."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """A step of a build."""

    digest: str
    name: str = ""
    """Such as `[2/4] RUN apt-get update`."""
    cached: bool = False
    started: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """Output of a step; not necessarily a whole line."""

    vertex: str
    message: bytes


def decode(message: bytes) -> Iterator[Vertex | Log]:
    """Yield steps and their output in the order of the message; other fields are skipped.

    Source: api/services/control/control.proto of BuildKit.

    Raises:
        InvalidTraceError: the bytes are not a valid message.
    """
    for number, value in _fields(message):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            yield _vertex(value)
        elif number == 3:  # noqa: PLR2004 - the number of the field `logs`
            fields = dict(_fields(value))
            yield Log(_text(fields.get(1)), _bytes(fields.get(4)))


def _vertex(message: bytes) -> Vertex:
    fields = dict(_fields(message))
    return Vertex(
        digest=_text(fields.get(1)),
        name=_text(fields.get(3)),
        cached=bool(fields.get(4)),
        started=5 in fields,  # noqa: PLR2004 - the number of the field `started`
        error=_text(fields.get(7)),
    )


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _BYTES:
            width, position = _varint(message, position)
        elif kind in _WIDTHS:
            width = _WIDTHS[kind]
        else:
            raise InvalidTraceError(f"a field of the unknown kind {kind}")
        if position + width > len(message):
            raise InvalidTraceError("a field that is longer than its message")
        yield number, message[position : position + width]
        position += width


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(message[position : position + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the top bit means that another byte follows
            return value, position + index + 1
    raise InvalidTraceError("a number that does not end")


def _text(value: int | bytes | None) -> str:
    return _bytes(value).decode("utf-8", "replace")


def _bytes(value: int | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""
