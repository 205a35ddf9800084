"""Which credential to use for each registry: the triple whose SERVER matches, or GitHub's token for GitHub's."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.registry.providers.github import ANY_USER
from crreg.registry.server import registry_of
from crreg.triple import Triple, find_triples

TOKEN = "GITHUB_TOKEN"  # noqa: S105 - the name of the variable


@dataclass(frozen=True, slots=True)
class Keys:
    """Every available credential."""

    triples: Mapping[str, Triple] = field(repr=False)
    """Complete triples by the registry's host (and port), in lower case."""
    github_registry: str
    """The container registry that belongs to this GitHub: `ghcr.io`."""
    token: str | None = field(default=None, repr=False)
    """GitHub's token."""
    actor: str = ANY_USER
    """User name for logins with the token, which a registry may log."""

    def triple(self, registry: str) -> Triple | None:
        """Return what to log in with; None to ask anonymously."""
        host = registry.lower()
        if host in self.triples:
            return self.triples[host]
        if host == self.github_registry and self.token:
            return Triple(TOKEN, registry, self.actor, self.token)
        return None

    @property
    def logins(self) -> tuple[Triple, ...]:
        """One login for each registry: a build's base images and caches may be in any of them."""
        own = self.triple(self.github_registry) if self.is_token(self.github_registry) else None
        return (*self.triples.values(), *((own,) if own else ()))

    def is_token(self, registry: str) -> bool:
        """Return whether crreg logs in to that registry with GitHub's token."""
        host = registry.lower()
        return host == self.github_registry and host not in self.triples and bool(self.token)


def keys_of(values: Mapping[str, str], github_registry: str, token: str | None) -> Keys:
    """Return the credentials that an environment holds."""
    found: dict[str, Triple] = {}
    for identifier in sorted(triples := find_triples(values)):
        triple = triples[identifier]
        registry = registry_of(triple.server)
        if registry is not None and not triple.missing:
            found.setdefault(registry, triple)
    return Keys(found, github_registry, token, values.get("GITHUB_ACTOR") or ANY_USER)
