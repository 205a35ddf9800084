"""The steps of a remedy as data: what to read, what to paste, and where to go."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prose:
    """A sentence, or the first half of one that the next step completes."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as words that need no quoting yet."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """A line for a POSIX shell with a pipe or a redirection; it holds no text from outside."""

    line: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page to open."""

    text: str
    """What to do there; a sentence without its full stop."""
    url: str


def command(*words: str) -> Command:
    """Make a command of these words."""
    return Command(words)


Step = Prose | Command | Shell | Link
