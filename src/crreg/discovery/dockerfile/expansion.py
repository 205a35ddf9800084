"""Shell words as BuildKit's Dockerfile frontend reads them: quotes, escapes and variables (`shell/lex.go`)."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.go_text import SPACE_CLASS
from crreg.discovery.dockerfile.variable import (
    ExpansionError,
    Unknown,
    Value,
    matching_work,
    modified,
    replaced,
    trimmed_value,
)

MAX_DEPTH = 50
"""How deeply `${...}` may be nested."""
WORK = 4_000_000
"""How many characters all expansions of one file may produce and compare in total."""

_NAME = re.compile(r"[^\W\d]\w*|\d+|[@*#?$!-]")
_WORDS_AND_SPACES = re.compile(rf"[{SPACE_CLASS}]+|[^{SPACE_CLASS}]+")
_AFTER_HEREDOC = re.compile(r"<(<[\t\r ]*)?")


class ExpansionLimitError(Exception):
    """The expansion exceeded a bound and was stopped."""


@dataclass(slots=True)
class Budget:
    """The work that the expansions of one file may still cost."""

    left: int = WORK
    spent: int = 0
    """How much was spent."""

    def spend(self, amount: int) -> None:
        """Spend some of it.

        Raises:
            ExpansionLimitError: not enough is left.
        """
        if amount > self.left:
            self.left = 0
            raise ExpansionLimitError("the variables expand to more text than crreg reads")
        self.left -= amount
        self.spent += amount


@dataclass(frozen=True, slots=True)
class Expanded:
    """A word after expansion."""

    text: str
    unset: tuple[str, ...]
    """Names of the variables that it uses and that are not set, in the order of use."""


def expand(word: str, variables: Mapping[str, Value], *, escape: str = "\\", budget: Budget) -> Expanded:
    """Expand the variables of `word` and remove its quotes.

    Raises:
        ExpansionError: the word is broken, or requires a variable that is not set.
        UnknownValueError: the result depends on a value that is not known.
        ExpansionLimitError: it is nested too deeply, or too long.
    """
    if "$" not in word and "'" not in word and '"' not in word and escape not in word:
        budget.spend(len(word))
        return Expanded(word.removeprefix("\ufeff"), ())
    lexer = _Lexer(word, variables, escape, budget, raw=False)
    text = lexer.read("", raw_escapes=False)
    return Expanded(text, tuple(dict.fromkeys(lexer.unset)))


def split_words(line: str, *, raw: bool, raw_escapes: bool, budget: Budget) -> list[str]:
    """Return the words of `line`, with its variables left as they are; with `raw`, its quotes as well.

    Raises:
        ExpansionError: a quote or a brace is never closed.
        ExpansionLimitError: as in `expand`.
    """
    lexer = _Lexer(line, None, "\\", budget, raw=raw, splits=True)
    lexer.read("", raw_escapes=raw_escapes)
    return lexer.words


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Patterns for runs of characters without a special meaning."""

    plain: re.Pattern[str]
    outer: re.Pattern[str]
    """The same outside of every `${...}`."""
    quoted: re.Pattern[str]
    """The same inside double quotes."""


@functools.cache
def _patterns(escape: str) -> _Patterns:
    token = re.escape(escape)
    return _Patterns(
        re.compile(rf"[^$<'\"}}/{token}]+"), re.compile(rf"[^$<'\"{token}]+"), re.compile(rf'[^$"{token}]+')
    )


@dataclass(slots=True)
class _Lexer:
    """A position in a word, and the words found up to it."""

    source: str
    variables: Mapping[str, Value] | None
    """None leaves every variable as it is written."""
    escape: str
    budget: Budget
    raw: bool
    """Whether quotes are kept."""
    splits: bool = False
    """Whether words are wanted."""
    words: list[str] = field(default_factory=list)
    """The words of the part that was read last."""
    unset: list[str] = field(default_factory=list)
    _position: int = 0
    _depth: int = 0
    _open: list[str] = field(default_factory=list)
    """The word being read. A `${...}` inside a word empties it: BuildKit has one buffer for both."""
    _patterns: "_Patterns" = field(init=False)

    def __post_init__(self) -> None:
        self.source = self.source.removeprefix("\ufeff")
        self._patterns = _patterns(self.escape)

    def _peek(self) -> str:
        return self.source[self._position : self._position + 1]

    def _next(self) -> str:
        char = self._peek()
        self._position += len(char)
        return char

    def read(self, stop: str, *, raw_escapes: bool) -> str:
        """Read up to `stop` (empty for the end) and past it."""
        result: list[str] = []
        words: list[str] = []
        self._open.clear()
        in_word = False
        pattern = self._patterns.plain if stop else self._patterns.outer
        while char := self._peek():
            if char == stop:
                self._position += 1
                break
            if char in "'\"":
                text, literal = self._quote(char, raw_escapes=raw_escapes), True
            elif char == "<":
                text, literal = self._heredoc(), True
            elif char == "$":
                text, literal = self._dollar(), False
            elif char == self.escape:
                text, literal = self._escaped(raw_escapes=raw_escapes), True
            else:
                plain = pattern.match(self.source, self._position)
                text, literal = (plain[0] if plain else char), False
                self._position += len(text)
            self.budget.spend(len(text))
            result.append(text)
            if self.splits:
                in_word = literal or self._split(text, words, in_word=in_word)
                self._open += [text] if literal else []
        else:
            if stop:
                raise ExpansionError(f"the line ends before the {stop!r} that closes a '${{'")
        if any(self._open):
            words.append("".join(self._open))
        self._open.clear()
        self.words = words
        return "".join(result)

    def _split(self, text: str, words: list[str], *, in_word: bool) -> bool:
        """Add unquoted text to the words; return whether a word is still open at its end."""
        for match in _WORDS_AND_SPACES.finditer(text):
            part = match[0]
            if not part[0].isspace():
                self._open.append(part)
                in_word = True
            elif in_word and any(self._open):
                words.append("".join(self._open))
                self._open.clear()
                in_word = False
        return in_word

    def _escaped(self, *, raw_escapes: bool) -> str:
        """Read an escape token and what it escapes; at the very end it is dropped, unless escapes are kept."""
        token = self._next() if raw_escapes else self._next()[1:]
        return token + self._next()

    def _heredoc(self) -> str:
        """Read `<`, or `<<` and the spaces after it."""
        match = _AFTER_HEREDOC.match(self.source, self._position)
        text = match[0] if match else ""
        self._position += len(text)
        return text

    def _quote(self, quote: str, *, raw_escapes: bool) -> str:
        """Read a quoted part, without its quotes unless they are kept."""
        self._position += 1
        text = self._single() if quote == "'" else self._double(raw_escapes=raw_escapes)
        return f"{quote}{text}{quote}" if self.raw else text

    def _single(self) -> str:
        end = self.source.find("'", self._position)
        if end < 0:
            raise ExpansionError("a single quote is never closed")
        text = self.source[self._position : end]
        self._position = end + 1
        return text

    def _double(self, *, raw_escapes: bool) -> str:
        result: list[str] = []
        while char := self._peek():
            if char == '"':
                self._position += 1
                return "".join(result)
            if char == "$":
                result.append(self._dollar())
            elif char == self.escape:
                self._position += 1
                if raw_escapes:
                    result.append(char)
                following = self._peek()
                if following and following in f'"${self.escape}':
                    result.append(self._next())
                elif following:
                    result.append(char)
            else:
                plain = self._patterns.quoted.match(self.source, self._position)
                result.append(plain[0] if plain else char)
                self._position += len(result[-1])
        raise ExpansionError("a double quote is never closed")

    def _name(self) -> str:
        match = _NAME.match(self.source, self._position)
        self._position = match.end() if match else self._position
        return match[0] if match else ""

    def _get(self, name: str) -> str | None:
        """The variable's value; None if it is not set."""
        value = (self.variables or {}).get(name)
        if value is None:
            self.unset.append(name)
            return None
        if isinstance(value, Unknown):
            raise value.error
        self.budget.spend(len(value))
        return value

    def _dollar(self) -> str:
        self._position += 1
        if self._peek() != "{":
            name = self._name()
            if not name:
                return "$"
            return f"${name}" if self.variables is None else self._get(name) or ""
        self._position += 1
        if self._peek() in {"", "{", "}", ":"}:
            raise ExpansionError("bad substitution: '${' needs a name after it")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpansionLimitError(f"'${{' is nested more than {MAX_DEPTH} deep")
        text = self._braces(self._name())
        self._depth -= 1
        return text

    def _braces(self, name: str) -> str:
        """Read what follows the name in `${name...}`."""
        operator = self._next()
        if operator == "}":
            return f"${{{name}}}" if self.variables is None else self._get(name) or ""
        if operator == "/":
            return self._replace(name)
        if operator == ":":
            operator += self._next()
        if operator not in {":-", ":+", ":?", "-", "+", "?", "#", "%"}:
            raise ExpansionError(f"unsupported modifier {operator!r} in '${{{name}...}}'")
        word = self.read("}", raw_escapes=operator in "#%")
        if self.variables is None:
            return f"${{{name}{operator}{word}}}"
        value = self._get(name)
        if operator in "#%":
            self.budget.spend(matching_work(word, value or ""))
            return trimmed_value(value or "", operator, word)
        return modified(name, value, operator, word)

    def _replace(self, name: str) -> str:
        every = self._peek() == "/"
        self._position += every
        pattern = self.read("/", raw_escapes=True)
        replacement = self.read("}", raw_escapes=True)
        if self.variables is None:
            return f"${{{name}/{pattern}/{replacement}}}"
        value = self._get(name) or ""
        # The pattern is matched where it can start, and once more to find these places.
        rounds = len(value) + 2 if every else 2
        self.budget.spend(rounds * (len(replacement) + matching_work(pattern, value)))
        return replaced(value, pattern, replacement, every=every)
