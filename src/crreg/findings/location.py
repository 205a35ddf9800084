"""A place in a file."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A span of characters in a file of the repository."""

    path: str
    """Path relative to the repository's root, with forward slashes."""
    line: int
    """First line, counted from 1."""
    column: int
    """First character, counted from 1 in characters (not bytes)."""
    end_line: int
    """Last line, counted from 1."""
    end_column: int
    """The character after the last one, counted from 1."""

    @classmethod
    def start_of(cls, path: str) -> Self:
        """Return the first place of a file, for what concerns the whole file."""
        return cls(path, 1, 1, 1, 1)

    def __str__(self) -> str:
        """Format the place as `path:line:column`, which editors and terminals link."""
        return f"{self.path}:{self.line}:{self.column}"
