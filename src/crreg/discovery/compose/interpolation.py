"""Variables in the strings of a Compose file, expanded as Compose does.

This follows the package `template` of compose-go: `$NAME`, `${NAME}`, `$$`, and after the name one of `:-`, `-`, `:?`,
`?`, `:+` and `+` with a text that is itself expanded.
"""

import re
from dataclasses import dataclass, field
from typing import Protocol

MAX_DEPTH = 20
"""How deeply braces may be nested, for variables in the default of a variable."""
MAX_LENGTH = 100_000
"""Characters that a string with variables may have once they are expanded."""
_MOST_NAMES = 5
"""Variables that one message names."""

_ALWAYS_SET = frozenset({"COMPOSE_PROJECT_NAME", "PWD"})
"""Variables that Compose sets itself, so their defaults don't count. The dev containers CLI names the project.

Sources: https://github.com/docker/compose/blob/v2.40.3/cmd/compose/compose.go (PWD),
https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/loader.go (projectName),
https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-node/dockerCompose.ts (getProjectName)
"""

_DOLLAR = re.compile(r"\$(?:(?P<escaped>\$)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<open>\{))")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>:?[-+?])?")
_VARIABLE = re.compile(r"\$(?:\$|\{?(?P<name>[A-Za-z_][A-Za-z0-9_]*))")
_BRACE = re.compile(r"[{}]")


class InterpolationError(Exception):
    """A string whose variables are written wrongly."""


class TooLongError(InterpolationError):
    """A string whose variables expand to more characters than are allowed."""


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A string with its variables expanded."""

    text: str
    missing: tuple[str, ...] = ()
    """The variables that have no value and no default; `text` has nothing in their place."""
    required: tuple[str, ...] = ()
    """The missing variables that Compose requires: `${NAME:?}`."""


class Variables(Protocol):
    """Where the values of variables are looked up."""

    def get(self, name: str, /) -> str | None:
        """The value of a variable; None if it has none."""


def interpolate(text: str, values: Variables, *, most: int = MAX_LENGTH) -> Interpolated:
    """Expand the variables of `text`, to `most` characters at most.

    Raises:
        InterpolationError: a `${` is never closed, or not followed by a name and an operator.
        TooLongError: the result would be longer than `most` characters; it was not built.
    """
    if "$" not in text:
        if len(text) > most:
            raise TooLongError
        return Interpolated(text)
    expansion = _Expansion(values, most)
    return Interpolated(expansion.of(text), tuple(expansion.missing), tuple(expansion.required))


def without_value(*names: str) -> str:
    """Return the end of a message about variables that have no value here, and what to do."""
    more = [f"one of {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    *before, last = [*names[:_MOST_NAMES], *more]
    which = f"{', '.join(before)} or {last}" if before else last
    return (
        f"if {which} has no value, and only the codespace knows whether it has: "
        f"set it in the project's .env file, or write a default, as in ${{{names[0]}:-value}}"
    )


def variables(text: str) -> tuple[str, ...]:
    """Return the names of the variables in `text`, which must be well-formed."""
    return tuple(dict.fromkeys(match["name"] for match in _VARIABLE.finditer(text) if match["name"]))


@dataclass(slots=True)
class _Expansion:
    """The expansion of one string."""

    values: Variables
    room: int
    """How many more characters may be built, counting those of nested defaults each time."""
    missing: dict[str, None] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)

    def of(self, text: str) -> str:
        """The text with its variables expanded."""
        parts: list[str] = []
        done = 0
        while match := _DOLLAR.search(text, done):
            self._take(parts, text[done : match.start()])
            done = match.end()
            if match["escaped"]:
                part = "$"
            elif match["name"]:
                part = self._value(match["name"])
            else:
                end = _closing_brace(text, done)
                part = self._braced(text[done:end])
                done = end + 1
            self._take(parts, part)
        self._take(parts, text[done:])
        return "".join(parts)

    def _take(self, parts: list[str], part: str) -> None:
        if len(part) > self.room:
            raise TooLongError
        self.room -= len(part)
        parts.append(part)

    def _braced(self, inner: str) -> str:
        match = _NAME.match(inner)
        if match is None or (match.end() < len(inner) and not match["operator"]):
            raise InterpolationError("${ must be followed by a name; write $$ for a dollar sign")
        name, operator, rest = match["name"], match["operator"] or "", inner[match.end() :]
        if name in _ALWAYS_SET:
            return self.of(rest) if operator.endswith("+") else self._unset(name)
        value = self.values.get(name)
        is_there = bool(value) if operator.startswith(":") else value is not None
        match operator[-1:]:
            case "-":
                return value if is_there and value is not None else self.of(rest)
            case "+":
                return self.of(rest) if is_there else ""
            case "?":
                return value if is_there and value is not None else self._unset(name, self.required)
            case _:
                return self._value(name)

    def _value(self, name: str) -> str:
        value = None if name in _ALWAYS_SET else self.values.get(name)
        return self._unset(name) if value is None else value

    def _unset(self, name: str, *noted: dict[str, None]) -> str:
        for names in (self.missing, *noted):
            names[name] = None
        return ""


def _closing_brace(text: str, start: int) -> int:
    """Where the brace that was opened before `start` is closed."""
    depth = 1
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
        if depth > MAX_DEPTH:
            raise InterpolationError(f"braces are nested more than {MAX_DEPTH} deep")
    raise InterpolationError("${ is never closed; write $$ for a dollar sign")
