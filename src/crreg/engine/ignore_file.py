"""Reads `.dockerignore`, which lists the paths that a build's context leaves out."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from crreg.engine.error import EngineError
from crreg.engine.ignore_pattern import IgnorePattern, IgnorePatternError
from crreg.printable import quoted

_MOST_PATTERNS = 2_000
_MOST_CHARACTERS = 128 * 1024
_MOST_WORK = 100_000_000
"""The most characters matched against patterns in one context; that takes about 15 seconds."""
# The characters that Go's TrimSpace removes.
_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_REMEDY = "Correct the file; `docker build` reads it in the same way."


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: IgnorePattern
    exception: bool
    """Whether it began with an exclamation mark."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path in the context, with the state of each pattern."""

    states: tuple[int, ...]
    """The state of each pattern after the path."""
    matched: tuple[bool, ...]
    """For each pattern, whether it matched the path or a parent folder."""
    is_root: bool = False
    ignored: bool = False
    """Whether it is left out."""


class IgnoreFile:
    """The patterns of a file, in their order; the last one that matches a path counts."""

    def __init__(self, text: str) -> None:
        """Read the file.

        Raises:
            EngineError: a pattern is invalid, or there are too many.
        """
        lines = [line for line in map(_cleaned, text.split("\n")) if line]
        if len(lines) > _MOST_PATTERNS or sum(map(len, lines)) > _MOST_CHARACTERS:
            raise EngineError(
                f"The file .dockerignore has more than {_MOST_PATTERNS} patterns or {_MOST_CHARACTERS >> 10} KiB.",
                "Use wildcards instead of long lists.",
            )
        self._left = _MOST_WORK
        self._rules = [_rule(line, self._spend) for line in lines]
        self.has_exceptions = any(rule.exception for rule in self._rules)
        """Whether something in an ignored folder may be kept."""

    @property
    def root(self) -> Path:
        """The context itself."""
        return Path(
            tuple(rule.pattern.start for rule in self._rules), (False,) * len(self._rules), is_root=True
        )

    def path(self, folder: Path, name: str) -> Path:
        """Match `name` in the folder against the patterns.

        This follows moby's MatchesUsingParentResults: a pattern that would not change the result does not count as
        matched, not even for the paths below.

        Raises:
            EngineError: the patterns take too much work.
        """
        text = name if folder.is_root else f"/{name}"
        ignored = False
        states: list[int] = []
        matches: list[bool] = []
        for rule, before, above in zip(self._rules, folder.states, folder.matched, strict=True):
            state = rule.pattern.advance(before, text)
            matched = above or (rule.exception is ignored and rule.pattern.accepts(state))
            if matched:
                ignored = not rule.exception
            states.append(state)
            matches.append(matched)
        return Path(tuple(states), tuple(matches), ignored=ignored)

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise EngineError(
                "The patterns of .dockerignore take too long to match against so many files.",
                "Use fewer patterns that begin with **, or ignore whole folders without exceptions in them.",
            )


def _cleaned(line: str) -> str:
    """Normalize a line to a pattern, with its exclamation mark; empty if the line has no pattern.

    Source: https://github.com/moby/patternmatcher/blob/main/ignorefile/ignorefile.go
    """
    if line.startswith("#"):
        return ""
    pattern = line.strip(_SPACES)
    mark = pattern[:1] if pattern.startswith("!") else ""
    pattern = pattern.removeprefix(mark).strip(_SPACES)
    if pattern:
        # Go's path.Clean turns two leading slashes into one, unlike Python's normpath.
        pattern = posixpath.normpath(f"/{pattern.lstrip('/')}" if pattern.startswith("/") else pattern)
        pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
    return mark + pattern


def _rule(line: str, spend: Callable[[int], None]) -> _Rule:
    text = line.removeprefix("!")
    # "!/" has an empty pattern, too.
    if not text.rstrip("/") and line.startswith("!"):
        raise _invalid(line, "nothing follows its exclamation mark")
    try:
        return _Rule(IgnorePattern(text, spend), line.startswith("!"))
    except IgnorePatternError as error:
        raise _invalid(line, str(error)) from None


def _invalid(line: str, reason: str) -> EngineError:
    return EngineError(f"The pattern {quoted(line)} of .dockerignore is invalid: {reason}.", _REMEDY)
