"""One triple as ensure judges it: what is wanted, what is stored, and what must be written."""

from collections.abc import Mapping
from dataclasses import dataclass

from crreg.ensure.desired import Desired, DesiredTriple
from crreg.github.inventory import Inventory, LevelInventory, Secret
from crreg.triple import Part, SecretName


@dataclass(frozen=True, slots=True)
class Case:
    """One triple, what is stored of it, and what must be written."""

    desired: Desired
    triple: DesiredTriple
    inventory: Inventory
    level: LevelInventory
    stored: Mapping[Part, Secret]
    due: Mapping[Part, str]

    def name(self, part: Part) -> str:
        """A secret's name."""
        return str(SecretName(self.triple.identifier, part))

    @property
    def unassigned(self) -> tuple[tuple[str, Part], ...]:
        """The repositories that are to have access, each with a stored part that it has no access to."""
        readers = {
            part: {reader.lower() for reader in secret.readers}
            for part, secret in self.stored.items()
            if secret.readers is not None
        }

        def has_access(part: Part, repository: str) -> bool:
            here = repository.lower() == self.desired.repository.lower()
            return self.stored[part].assigned is True if here else repository.lower() in readers[part]

        return tuple(
            (repository, part)
            for repository in self.triple.repositories
            for part in readers
            if not has_access(part, repository)
        )
