"""Find out whether git ignores an untracked file.

Source: https://git-scm.com/docs/gitignore
"""

import codecs
import os
import posixpath
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crreg.workspace.checkout import Checkout
from crreg.workspace.confined import RefusedError
from crreg.workspace.ignore_pattern import Glob, Steps, parse_glob
from crreg.workspace.opening import read_below

_LARGEST = 256 << 10
_MOST_BYTES = 512 << 10
"""Total bytes of all pattern files in a run; long ones have 20 kB."""
_LONGEST_PATTERN = 1024
_MOST_GLOBS = 5_000
"""Most patterns with wildcards in one file."""
_MOST_STEPS = 3_000_000
"""Most character comparisons in a run: about one second."""
_SECTION = re.compile(r"\[\s*(?P<name>[A-Za-z0-9.-]+)\s*(?P<subsection>\".*)?\]")
_EXCLUDES = re.compile(r"excludesfile\s*=\s*(?P<path>\"[^\"\\]+\"|[^\"\\#;]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rule:
    number: int
    """Line number: the last rule that matches decides."""
    is_ignoring: bool
    """False for a pattern with `!`."""


@dataclass(slots=True)
class _Rules:
    """The patterns of one file. Those without wildcards are in a dictionary, so that a large number costs nothing."""

    folder: str
    """The folder that the patterns apply to, relative to the checkout's top."""
    literals: dict[tuple[str, bool], _Rule] = field(default_factory=dict)
    """By name, or by path with a leading slash, and by whether only folders match."""
    globs: list[tuple[_Rule, Glob, bool]] = field(default_factory=list)
    """Each with whether only folders match."""

    def decide(self, path: str, steps: Steps, *, is_folder: bool) -> bool | None:
        """Return whether `path` is ignored; None if no pattern matches."""
        below = posixpath.relpath(path, self.folder or ".")
        keys = [
            (text, only) for text in (posixpath.basename(path), f"/{below}") for only in (False, is_folder)
        ]
        found = [rule for key in keys if (rule := self.literals.get(key)) is not None]
        best = max(found, key=lambda rule: rule.number, default=None)
        for rule, glob, only_folder in reversed(self.globs):
            if best is not None and rule.number < best.number:
                break
            if (is_folder or not only_folder) and glob.matches(below, steps):
                return rule.is_ignoring
        return best.is_ignoring if best is not None else None


class Ignored:
    """The ignore rules of a checkout and of its user; each file is read once."""

    def __init__(self, checkout: Checkout, environment: Mapping[str, str]) -> None:
        self._checkout = checkout
        self._environment = environment
        self._rules: dict[str, _Rules] = {}
        self._shared: tuple[_Rules, ...] | None = None
        self._bytes_left = _MOST_BYTES
        self._steps = Steps(_MOST_STEPS)

    def has(self, path: str) -> bool:
        """Return whether git ignores the file at `path`, relative to the checkout's top.

        Raises:
            RefusedError: it takes more reading or comparing than a run may do.
        """
        parts = _one_a_byte(os.fsencode(path)).split("/")
        # Everything in an ignored folder is ignored, whatever the patterns say about it.
        return any(
            self._decide("/".join(parts[:end]), is_folder=end < len(parts))
            for end in range(1, len(parts) + 1)
        )

    def _decide(self, path: str, *, is_folder: bool) -> bool:
        folder = posixpath.dirname(path)
        while True:
            decision = self._of_folder(folder).decide(path, self._steps, is_folder=is_folder)
            if decision is not None or not folder:
                break
            folder = posixpath.dirname(folder)
        if decision is not None:
            return decision
        for rules in self._of_user():
            decision = rules.decide(path, self._steps, is_folder=is_folder)
            if decision is not None:
                return decision
        return False

    def _of_folder(self, folder: str) -> _Rules:
        if folder not in self._rules:
            real = os.fsdecode(folder.encode("latin-1"))
            parts = [*(real.split("/") if real else ()), ".gitignore"]
            self._rules[folder] = self._read(self._checkout.top, parts, folder)
        return self._rules[folder]

    def _of_user(self) -> tuple[_Rules, ...]:
        """Return the rules that are not shared: `.git/info/exclude` and the user's own file, in this order."""
        if self._shared is None:
            exclude = self._read(self._checkout.common, ["info", "exclude"], "")
            own = _own_file(self._environment)
            rules = _parse(_own_content(own), "") if own is not None else _Rules("")
            self._shared = (exclude, rules)
        return self._shared

    def _read(self, root: str, parts: list[str], folder: str) -> _Rules:
        try:
            content = read_below(root, parts, _LARGEST)
        except OSError:
            # It is missing, or a link, which git does not follow here either.
            return _Rules(folder)
        except RefusedError as error:
            if error.beyond:
                raise
            return _Rules(folder)
        self._bytes_left -= len(content)
        if self._bytes_left < 0:
            raise RefusedError("exceeds the limit on ignore rules", beyond=True)
        return _parse(content, folder)


def _one_a_byte(content: bytes) -> str:
    """Decode to one character per byte, because git compares bytes: its `?` matches half of an umlaut."""
    return content.decode("latin-1")


def _parse(content: bytes, folder: str) -> _Rules:
    rules = _Rules(folder)
    for number, line in enumerate(_one_a_byte(content.removeprefix(codecs.BOM_UTF8)).split("\n")):
        pattern = _stripped(line.removesuffix("\r"))
        if not pattern or pattern.startswith("#"):
            continue
        rule = _Rule(number, is_ignoring=not pattern.startswith("!"))
        pattern = pattern.removeprefix("!")
        only_folder = pattern.endswith("/")
        pattern = pattern.removesuffix("/")
        if not pattern:
            continue
        if len(pattern) > _LONGEST_PATTERN or len(rules.globs) == _MOST_GLOBS:
            raise RefusedError("exceeds the limit on ignore rules", beyond=True)
        if any(character in pattern for character in "*?[\\"):
            rules.globs.append((rule, parse_glob(pattern), only_folder))
        else:
            key = f"/{pattern.removeprefix('/')}" if "/" in pattern else pattern
            rules.literals[key, only_folder] = rule
    return rules


def _stripped(line: str) -> str:
    """Remove trailing spaces, except one that is escaped with a backslash."""
    bare = line.rstrip(" ")
    escapes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if escapes % 2 and len(bare) < len(line) else bare


def _own_file(environment: Mapping[str, str]) -> Path | None:
    """Return the user's own pattern file: the one that the user's configuration names, else the default.

    A checkout's configuration can name one too, but only the user's is trusted.
    """
    home = environment.get("HOME")
    if not home:
        return None
    settings = Path(environment.get("XDG_CONFIG_HOME") or Path(home, ".config"), "git")
    for configuration in (Path(home, ".gitconfig"), settings / "config"):
        named = _excludes_file(os.fsdecode(_own_content(configuration)))
        if named is not None:
            return Path(home, named[2:]) if named.startswith("~/") else Path(home, named)
    return settings / "ignore"


def _excludes_file(text: str) -> str | None:
    """Return the value of core.excludesFile; None if it is not set."""
    value, is_core = None, False
    for line in text.splitlines():
        stripped = line.strip()
        section = _SECTION.match(stripped)
        if section is not None:
            is_core = section["name"].lower() == "core" and section["subsection"] is None
            stripped = stripped[section.end() :].strip()
        setting = _EXCLUDES.match(stripped) if is_core else None
        if setting is not None:
            value = setting["path"].strip().strip('"')
    return value


def _own_content(path: Path) -> bytes:
    """Read a file of the user, which may be a link; empty if it is missing, too large or not a file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return b""
        return path.read_bytes()
    except (OSError, ValueError):
        return b""
