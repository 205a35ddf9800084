"""Everything that the sandbox or the product assumes about services that the tests can't reach: one table.

The sandbox refers to an assumption with a comment `# Assumes ID.` at the code that behaves so. docs/assumptions.md is
written from this table, and from the last results in live/results.json.
"""

import functools
import json
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from live.claim import Assumption
from live.claims import codespaces, ghcr, github, machines, registries

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "live" / "results.json"
PARTIES: Mapping[str, tuple[Assumption, ...]] = {
    "GitHub": github.CLAIMS,
    "GHCR": ghcr.CLAIMS,
    "Registries": registries.REGISTRIES,
    "AWS": registries.AWS,
    "A codespace": codespaces.CODESPACE,
    "The recovery container": codespaces.RECOVERY,
    "The runner": machines.RUNNER,
    "The Docker Engine": machines.ENGINE,
    "DNS and TLS": machines.NETWORK,
}
"""The assumptions by the heading that the page has for them."""
TABLE: Mapping[str, Assumption] = {each.id: each for claims in PARTIES.values() for each in claims}
_MARKER = re.compile(r"# Assumes ([A-Z0-9-]+(?:, [A-Z0-9-]+)*)\.")


class Verdict(StrEnum):
    """How an assumption fared when it was last tried on the real services."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNPROVEN = "unproven"
    """It was not tried, or the answer settled nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """The last result for one assumption."""

    date: str
    """YYYY-MM-DD."""
    verdict: Verdict
    by: str
    """`suite` or `probe`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the sandbox that behaves as an assumption says."""

    path: str
    """Relative to the root of the project."""
    line: int


def results(path: Path = RESULTS) -> dict[str, Result]:
    """Read the last results, by id."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Result(each["date"], Verdict(each["verdict"]), each["by"]) for name, each in document.items()
    }


def unproven(path: Path = RESULTS) -> dict[str, Assumption]:
    """Return the assumptions without a source that no run has proven, by id."""
    last = results(path)
    return {
        name: each
        for name, each in TABLE.items()
        if not each.source and (name not in last or last[name].verdict is not Verdict.HOLDS)
    }


@functools.cache
def places() -> dict[str, tuple[Place, ...]]:
    """Return where the sandbox refers to each assumption; ids that the table lacks are among the keys."""
    found: dict[str, list[Place]] = {}
    for path in sandbox_modules():
        for line, name in markers(path):
            found.setdefault(name, []).append(Place(str(path.relative_to(ROOT)), line))
    return {name: tuple(each) for name, each in found.items()}


def sandbox_modules() -> list[Path]:
    """Return the sandbox's modules without its tests."""
    folder = ROOT / "sandbox"
    return [path for path in sorted(folder.rglob("*.py")) if folder / "tests" not in path.parents]


def markers(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and id of each marker in a module."""
    with path.open("rb") as stream:
        for token in tokenize.tokenize(stream.readline):
            match = _MARKER.fullmatch(token.string) if token.type == tokenize.COMMENT else None
            for name in match[1].split(", ") if match else ():
                yield token.start[0], name
