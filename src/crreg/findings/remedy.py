"""The steps of a remedy as data, from the rule that gives it to the report that shows it."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from crreg.printable import plain

INDENT = "  "
"""The start of a line to paste in a plain-text remedy; prose never starts with it."""
_LONGEST_WORD = 1000


@dataclass(frozen=True, slots=True)
class Prose:
    """A sentence, or the first half of one that the next step completes."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as words that need no quoting yet."""

    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """The line that a POSIX shell reads as exactly these words."""
        return shell(*self.words)


@dataclass(frozen=True, slots=True)
class Shell:
    """A line for a POSIX shell with a pipe, a redirection or a substitution; external text in it is quoted."""

    line: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """A line of YAML for a file: of a workflow, or of .github/crreg.yml."""

    line: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page to open."""

    text: str
    """What to do there; a sentence without its period."""
    url: str


Step = Prose | Command | Shell | Snippet | Link
Remedy = tuple[Step, ...]


def command(*words: str) -> Command:
    """Make a command of these words."""
    return Command(words)


def steps(*parts: str | Step) -> Remedy:
    """Make a remedy; strings become prose."""
    return tuple(Prose(part) if isinstance(part, str) else part for part in parts)


def shell(*words: str) -> str:
    """Quote the words so that a shell reads exactly these, whatever they contain."""
    return " ".join(shlex.quote(plain(word, _LONGEST_WORD)) for word in words)


def text_of(remedy: Iterable[Step]) -> str:
    """Render a remedy as plain text, one line a step; those to paste are indented."""
    return "\n".join(_line(step) for step in remedy)


def _line(step: Step) -> str:
    match step:
        case Prose(text):
            return text
        case Link(text, url):
            return f"{text}: {url}"
        case Command() | Shell() | Snippet():
            return INDENT + step.line
