"""The logins of `crreg login`: every triple in the environment, without files and without GitHub."""

from dataclasses import dataclass

from crreg.registry.outcome import LoginResult


@dataclass(frozen=True, slots=True)
class TriedLogin:
    """One triple and its login."""

    identifier: str
    server: str | None
    """The registry, as images' names have it; None if SERVER is missing or names no host."""
    login: LoginResult


@dataclass(frozen=True, slots=True)
class TriedLogins:
    """Every triple in the environment, and names that are nearly right."""

    triples: tuple[TriedLogin, ...]
    """Sorted by identifier."""
    misnamed: tuple[tuple[str, str], ...] = ()
    """A variable's name, and the name that was probably meant."""
