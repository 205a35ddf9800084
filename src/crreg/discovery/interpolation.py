"""Variables in the strings of a Compose file, expanded as Compose does.

That is the package `template` of compose-go: `$NAME`, `${NAME}`, `$$`, and after the name one of `:-`, `-`, `:?`,
`?`, `:+` and `+` with a text that is itself expanded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_DEPTH = 20
"""Braces inside each other, and so variables in the default of a variable."""

_DOLLAR = re.compile(r"\$(?:(?P<escaped>\$)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<open>\{))")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>:?[-+?])?")
_VARIABLE = re.compile(r"\$(?:\$|\{?(?P<name>[A-Za-z_][A-Za-z0-9_]*))")
_BRACE = re.compile(r"[{}]")


class InterpolationError(Exception):
    """A string whose variables are written wrongly."""


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A string with its variables expanded."""

    text: str
    missing: tuple[str, ...] = ()
    """The variables that have no value and no default; `text` has nothing in their place."""


def interpolate(text: str, values: Mapping[str, str]) -> Interpolated:
    """Expand the variables of `text`.

    Raises:
        InterpolationError: a `${` is never closed, or not followed by a name and an operator.
    """
    missing: dict[str, None] = {}
    return Interpolated(_expand(text, values, missing), tuple(missing))


def variables(text: str) -> tuple[str, ...]:
    """The names of the variables in `text`, which is correct."""
    return tuple(dict.fromkeys(match["name"] for match in _VARIABLE.finditer(text) if match["name"]))


def _expand(text: str, values: Mapping[str, str], missing: dict[str, None]) -> str:
    parts: list[str] = []
    done = 0
    while match := _DOLLAR.search(text, done):
        parts.append(text[done : match.start()])
        done = match.end()
        if match["escaped"]:
            parts.append("$")
        elif match["name"]:
            parts.append(_value(match["name"], values, missing))
        else:
            end = _closing_brace(text, done)
            parts.append(_braced(text[done:end], values, missing))
            done = end + 1
    return "".join(parts) + text[done:]


def _closing_brace(text: str, start: int) -> int:
    """Where the brace that was opened before `start` is closed."""
    depth = 1
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
        if depth > MAX_DEPTH:
            raise InterpolationError(f"more than {MAX_DEPTH} braces inside each other")
    raise InterpolationError("${ is never closed; write $$ for a dollar sign")


def _braced(inner: str, values: Mapping[str, str], missing: dict[str, None]) -> str:
    match = _NAME.match(inner)
    if match is None or (match.end() < len(inner) and not match["operator"]):
        raise InterpolationError("${ must be followed by a name; write $$ for a dollar sign")
    name, operator, rest = match["name"], match["operator"] or "", inner[match.end() :]
    value = values.get(name)
    is_there = bool(value) if operator.startswith(":") else value is not None
    match operator[-1:]:
        case "-":
            return value if is_there and value is not None else _expand(rest, values, missing)
        case "+":
            return _expand(rest, values, missing) if is_there else ""
        case "?":
            return value if is_there and value is not None else _value(name, {}, missing)
        case _:
            return _value(name, values, missing)


def _value(name: str, values: Mapping[str, str], missing: dict[str, None]) -> str:
    value = values.get(name)
    if value is None:
        missing[name] = None
    return value or ""
