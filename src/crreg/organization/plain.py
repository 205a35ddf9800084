"""Immutable values as JSON and back: dataclasses, enumerations, tuples, sets, mappings, moments and their parts."""

import enum
import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_T = TypeVar("_T")
_KIND = "kind of"
"""The key for the name of a dataclass, which decides between several that are possible."""


@functools.singledispatch
def to_plain(value: Any) -> Any:
    """Return what JSON can hold of a value; raises TypeError for a value of another kind."""
    content = {each.name: to_plain(getattr(value, each.name)) for each in fields(value) if each.init}
    return {_KIND: type(value).__name__, **content}


@to_plain.register(str | int | float | None)
def _(value: Any) -> Any:
    return value


@to_plain.register(enum.Enum)
def _(value: enum.Enum) -> Any:
    return value.value


@to_plain.register(datetime)
def _(value: datetime) -> Any:
    return value.isoformat()


@to_plain.register(timedelta)
def _(value: timedelta) -> Any:
    return value.total_seconds()


@to_plain.register(tuple | frozenset)
def _(value: Any) -> Any:
    return [to_plain(each) for each in value]


@to_plain.register(Mapping)
def _(value: Mapping[Any, Any]) -> Any:
    return {to_plain(key): to_plain(each) for key, each in value.items()}


def from_plain(kind: type[_T], plain: Any) -> _T:
    """Return the value of a type that `to_plain` was called with; raises ValueError for anything else."""
    try:
        return cast("_T", _read(kind, plain))
    except (TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a {kind.__name__}") from error


def _read(kind: Any, plain: Any) -> Any:
    if is_dataclass(kind):
        return _dataclass(kind, plain)
    origin, arguments = get_origin(kind), get_args(kind)
    return _scalar(kind, plain) if origin is None else _GENERIC[origin](arguments, plain)


def _scalar(kind: Any, plain: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(plain)
    if kind is timedelta:
        return timedelta(seconds=plain)
    if issubclass(kind, enum.Enum):
        return kind(plain)
    # JSON does not tell 1.0 from 1.
    if type(plain) is not kind and not (kind is float and type(plain) is int):
        raise ValueError(kind)
    return kind(plain)


def _dataclass(kind: Any, plain: Any) -> Any:
    if plain[_KIND] != kind.__name__:
        raise ValueError(plain[_KIND])
    return kind(**{name: _read(each, plain[name]) for name, each in _hints(kind).items()})


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Return the types of the fields that make a value."""
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind) if each.init}


def _one_of(kinds: tuple[Any, ...], plain: Any) -> Any:
    """Read one of several kinds: a dataclass names itself, and besides None at most one other kind is possible."""
    if plain is None and type(None) in kinds:
        return None
    name = plain.get(_KIND) if isinstance(plain, dict) else None
    for kind in kinds:
        if kind is not type(None) and name in (None, getattr(kind, "__name__", None)):
            return _read(kind, plain)
    raise ValueError(kinds)


def _tuple(kinds: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    many = (kinds[0],) * len(plain) if kinds[-1] is Ellipsis else kinds
    return tuple(_read(kind, each) for kind, each in zip(many, plain, strict=True))


def _mapping(kinds: tuple[Any, ...], plain: Any) -> dict[Any, Any]:
    return {_read(kinds[0], key): _read(kinds[1], each) for key, each in plain.items()}


_GENERIC: Mapping[Any, Callable[[tuple[Any, ...], Any], Any]] = {
    Union: _one_of,
    types.UnionType: _one_of,
    tuple: _tuple,
    frozenset: lambda kinds, plain: frozenset(_read(kinds[0], each) for each in plain),
    Mapping: _mapping,
}
"""How each generic type is read, from its arguments and the plain value."""
