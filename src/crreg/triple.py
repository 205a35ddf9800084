"""Triples: the three Codespaces secrets that log a codespace in to one registry, and their names."""

import enum
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


class Part(enum.StrEnum):
    """One secret of a triple, named by its suffix."""

    SERVER = "SERVER"
    USER = "USER"
    PASSWORD = "PASSWORD"  # noqa: S105 - the suffix of a secret's name


@dataclass(frozen=True, slots=True)
class SecretName:
    """A parsed secret name."""

    identifier: str
    """The part before `_CONTAINER_REGISTRY_`, upper-case."""
    part: Part

    def __str__(self) -> str:
        return f"{self.identifier}_CONTAINER_REGISTRY_{self.part}"


@dataclass(frozen=True, slots=True)
class Triple:
    """The available values for one registry; a missing part is None."""

    identifier: str
    server: str | None = None
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts without a value. An empty value is not missing, but invalid."""
        values = {Part.SERVER: self.server, Part.USER: self.user, Part.PASSWORD: self.password}
        return tuple(part for part, value in values.items() if value is None)

    @property
    def empty(self) -> tuple[Part, ...]:
        """The parts whose value is empty or white space, as from a workflow expression with an unknown name."""
        values = {Part.SERVER: self.server, Part.USER: self.user, Part.PASSWORD: self.password}
        return tuple(part for part, value in values.items() if value is not None and not value.strip())

    def without_empty(self) -> "Triple":
        """Return the triple with None for each part that is empty."""
        empty = self.empty
        return Triple(
            self.identifier,
            None if Part.SERVER in empty else self.server,
            None if Part.USER in empty else self.user,
            None if Part.PASSWORD in empty else self.password,
        )


_NAME = re.compile(r"(?P<identifier>[A-Z_][A-Z0-9_]*)_CONTAINER_REGISTRY_(?P<part>SERVER|USER|PASSWORD)")

# How people write a part from memory: the names that docker/login-action (`registry`, `username`, `password`) and
# the cloud consoles use. The longest come first, so that LOGIN_SERVER does not match SERVER.
_PART_SPELLINGS = (
    ("LOGIN_SERVER", Part.SERVER),
    ("USER_NAME", Part.USER),
    ("HOSTNAME", Part.SERVER),
    ("ENDPOINT", Part.SERVER),
    ("USERNAME", Part.USER),
    ("PASSWORD", Part.PASSWORD),
    ("ADDRESS", Part.SERVER),
    ("PASSWD", Part.PASSWORD),
    ("SERVER", Part.SERVER),
    ("LOGIN", Part.USER),
    ("TOKEN", Part.PASSWORD),
    ("HOST", Part.SERVER),
    ("PASS", Part.PASSWORD),
    ("USER", Part.USER),
    ("PWD", Part.PASSWORD),
    ("URL", Part.SERVER),
)
# REGISTRY alone is also in names that mean something else (NPM_REGISTRY_TOKEN, NPM_REGISTRY_URL), so only the three
# correct parts and USERNAME may follow it.
_MIDDLES = (
    ("CONTAINER_REGISTRY", frozenset(spelling for spelling, _ in _PART_SPELLINGS)),
    ("CONTAINERREGISTRY", frozenset(spelling for spelling, _ in _PART_SPELLINGS)),
    ("REGISTRY", frozenset({"SERVER", "USER", "USERNAME", "PASSWORD"})),
)
_END = re.compile(r"_CONTAINER_REGISTRY(_SERVER|_USER|_PASSWORD)?$")
_WORDS = 3
"""Words in CONTAINER_REGISTRY_PART."""
_LONGEST_TAIL = 40
_ALIKE = 0.95
"""How alike two texts are of which one is misspelled: PASWORD is nearly PASSWORD, and SERVICE is not SERVER."""
NO_IDENTIFIER = "REGISTRY"
"""The identifier that `near_miss` suggests for a name without one."""


def identifier_in(text: str) -> str | None:
    """Return the identifier in a text that is all of a secret's name or ends before the part; None if it is neither.

    It may be empty.
    """
    end = _END.search(text)
    return text[: end.start()] if end is not None else None


def parse_name(name: str) -> SecretName | None:
    """Parse a secret's name, ignoring case as GitHub does; None if it is not part of a triple."""
    match = _NAME.fullmatch(name.upper())
    return SecretName(match["identifier"], Part(match["part"])) if match else None


def near_miss(name: str) -> SecretName | None:
    """Return the name that was probably meant if `name` looks like a part of a triple but is not; else None.

    A name without an identifier gets NO_IDENTIFIER. Whether a near miss counts depends on the other names:
    see `meant_names`.
    """
    upper = name.upper()
    if parse_name(upper) is not None:
        return None
    misspelled = _misspelled(upper)
    if misspelled is not None:
        return misspelled
    for spelling, part in _PART_SPELLINGS:
        if not upper.endswith(spelling):
            continue
        rest = upper.removesuffix(spelling).rstrip("_")
        for middle, spellings in _MIDDLES:
            if rest.endswith(middle):
                if spelling not in spellings:
                    return None
                return SecretName(_storable(rest.removesuffix(middle).rstrip("_")), part)
        return None
    return None


def _misspelled(name: str) -> SecretName | None:
    """Return the name that was probably meant if a letter or two of CONTAINER_REGISTRY_PART are wrong; else None."""
    split = name.rsplit("_", _WORDS)
    words, identifier = split[-_WORDS:], split[0] if len(split) > _WORDS else ""
    typed = "_".join(words)
    if len(words) != _WORDS or len(typed) > _LONGEST_TAIL or {"CONTAINER", "REGISTRY"}.isdisjoint(words[:2]):
        return None
    # Not at the top: a run without such a name does not need it.
    from difflib import SequenceMatcher

    for part in Part:
        if SequenceMatcher(None, typed, f"CONTAINER_REGISTRY_{part}", autojunk=False).ratio() >= _ALIKE:
            return SecretName(_storable(identifier.rstrip("_")), part)
    return None


def meant_names(names: Iterable[str], known: Collection[str]) -> dict[str, SecretName]:
    """Return, for each nearly right name, the name that was meant; sorted.

    `known` are the identifiers of triples that have at least one right name. A near miss without the words
    CONTAINER_REGISTRY counts only if it belongs to such a triple or to another near miss: alone,
    NPM_REGISTRY_PASSWORD is more likely something else.
    """
    meant = {name: miss for name in names if (miss := near_miss(name)) is not None}
    counts = Counter(miss.identifier for miss in meant.values())
    return {
        name: SecretName(next(iter(known)), miss.part)
        if miss.identifier == NO_IDENTIFIER and len(known) == 1
        else miss
        for name, miss in sorted(meant.items())
        if miss.identifier in known
        or (counts[miss.identifier] > 1 and miss.identifier != NO_IDENTIFIER)
        or "CONTAINER_REGISTRY" in name.upper()
    }


def may_be_part(name: str) -> bool:
    """Whether a name is right, or near enough for `meant_names` to count it among others."""
    return parse_name(name) is not None or near_miss(name) is not None


def is_reserved(identifier: str) -> bool:
    """Whether GitHub refuses the names of such a triple's secrets, because they start with GITHUB_.

    Source: https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
    """
    return f"{identifier}_".startswith("GITHUB_")


def _storable(identifier: str) -> str:
    """Make an identifier that GitHub accepts: letters, digits and underscores, not starting with a digit or GITHUB_."""
    if not identifier:
        return NO_IDENTIFIER
    plain = re.sub(r"[^A-Z0-9_]", "_", identifier)
    plain = re.sub(r"^GITHUB(?=_|$)", "GH", plain)
    return f"_{plain}" if plain[0].isdigit() else plain


def find_triples(mapping: Mapping[str, str]) -> dict[str, Triple]:
    """Return all triples with at least one part in `mapping` (an environment), sorted by identifier."""
    parts: dict[str, dict[Part, str]] = {}
    for name, value in mapping.items():
        parsed = parse_name(name)
        if parsed is not None:
            parts.setdefault(parsed.identifier, {})[parsed.part] = value
    return {
        identifier: Triple(
            identifier,
            found.get(Part.SERVER),
            found.get(Part.USER),
            found.get(Part.PASSWORD),
        )
        for identifier, found in sorted(parts.items())
    }


def names_of(identifier: str) -> Iterable[SecretName]:
    """Return the three secret names of a triple, SERVER first."""
    return (SecretName(identifier, part) for part in Part)
