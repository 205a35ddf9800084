"""The naming of triples: the three Codespaces secrets that log a codespace in to one registry."""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class Part(enum.StrEnum):
    """One secret of a triple, named by its suffix."""

    SERVER = "SERVER"
    USER = "USER"
    PASSWORD = "PASSWORD"  # noqa: S105 - the suffix of a secret's name


@dataclass(frozen=True, slots=True)
class SecretName:
    """A secret's name taken apart."""

    identifier: str
    """The part before `_CONTAINER_REGISTRY_`, upper-case."""
    part: Part

    def __str__(self) -> str:
        return f"{self.identifier}_CONTAINER_REGISTRY_{self.part}"


@dataclass(frozen=True, slots=True)
class Triple:
    """The values at hand for one registry; a part that is not there is None."""

    identifier: str
    server: str | None = None
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that have no value at all (an empty value is there, and invalid)."""
        values = {Part.SERVER: self.server, Part.USER: self.user, Part.PASSWORD: self.password}
        return tuple(part for part, value in values.items() if value is None)

    @property
    def empty(self) -> tuple[Part, ...]:
        """The parts whose value is empty or white space: a workflow's expression that names nothing leaves that."""
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

# How people write a part when they don't copy it: the names that docker/login-action (`registry`, `username`,
# `password`) and the cloud consoles use, longest first so that LOGIN_SERVER is not read as SERVER.
_KEY = re.compile(
    r"A[KS]IA[A-Z0-9]{12,}|(?:gh[opsu]_|github_pat_|glpat-|gldt-|dckr_[a-z]at_|dop_v1_).*", re.DOTALL
)
"""An AWS access key id, or a token that somebody took for a user name."""
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
# A bare REGISTRY also stands in names that mean something else (NPM_REGISTRY_TOKEN, NPM_REGISTRY_URL), so
# after it only the three true parts and USERNAME count.
_MIDDLES = (
    ("CONTAINER_REGISTRY", frozenset(spelling for spelling, _ in _PART_SPELLINGS)),
    ("CONTAINERREGISTRY", frozenset(spelling for spelling, _ in _PART_SPELLINGS)),
    ("REGISTRY", frozenset({"SERVER", "USER", "USERNAME", "PASSWORD"})),
)
NO_IDENTIFIER = "REGISTRY"
"""The identifier that `near_miss` suggests for a name that has none."""


def parse_name(name: str) -> SecretName | None:
    """Take a secret's name apart; None if it is no part of a triple. Case does not count, as on GitHub."""
    match = _NAME.fullmatch(name.upper())
    return SecretName(match["identifier"], Part(match["part"])) if match else None


def near_miss(name: str) -> SecretName | None:
    """The name that was probably meant, where `name` looks like a part of a triple and is none.

    A name without an identifier gets NO_IDENTIFIER; the caller may know a better one.
    """
    upper = name.upper()
    if parse_name(upper) is not None:
        return None
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


def _storable(identifier: str) -> str:
    """The nearest identifier whose names GitHub stores: letters, digits, underscores, no digit first, no GITHUB_."""
    if not identifier:
        return NO_IDENTIFIER
    plain = re.sub(r"[^A-Z0-9_]", "_", identifier)
    plain = re.sub(r"^GITHUB(?=_|$)", "GH", plain)
    return f"_{plain}" if plain[0].isdigit() else plain


def find_triples(mapping: Mapping[str, str]) -> dict[str, Triple]:
    """Every triple of which `mapping` (an environment) holds at least one part, by identifier, sorted."""
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
    """The three names of a triple, SERVER first."""
    return (SecretName(identifier, part) for part in Part)


def is_key(user: str) -> bool:
    """Whether USER is an AWS access key id or a token, which is part of a credential and never shown."""
    return _KEY.fullmatch(user.strip()) is not None
