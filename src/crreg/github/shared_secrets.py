"""The Codespaces secrets that the repositories of an organization share, listed once for all of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from crreg.github.client import GitHub
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.github.readers import Readers, read_readers, seen_by
from crreg.github.secrets import (
    expiry_of,
    list_organization,
    list_repository,
    list_user,
    read_actions_secrets,
)
from crreg.net.concurrency import Pool

_WORKERS = 16


@dataclass(frozen=True, slots=True)
class SharedSecrets:
    """The secrets at the levels user and organization, and who may read each."""

    user: LevelInventory
    organization: LevelInventory
    readers: Mapping[Secret, Readers | None]
    """The repositories that are selected for each relevant secret; None if that is not known, or if it has no list."""
    relevant: Callable[[str], bool]
    """Whether a name is a relevant secret's."""

    def inventory(
        self, github: GitHub, repository: Repository, *, own: bool, actions_secrets: bool = False
    ) -> Inventory:
        """Return the secrets as one repository sees them; never raises for what GitHub answers.

        The repository's own secrets are listed only if `own` says so: that takes a request for each repository. With
        `actions_secrets`, its Actions secrets are listed too, which takes two more, if there is a relevant secret to
        compare them with.
        """
        listed = (
            list_repository(github, repository.full_name)
            if own
            else LevelInventory(Level.REPOSITORY, LevelStatus.NOT_ASKED)
        )
        levels = {
            Level.USER: self._seen(self.user, repository),
            Level.REPOSITORY: replace(
                listed, secrets=tuple(seen_by(secret, repository, None) for secret in listed.secrets)
            ),
            Level.ORGANIZATION: self._seen(self.organization, repository),
        }
        stored = (secret.name for level in levels.values() for secret in level.secrets)
        compared = actions_secrets and any(map(self.relevant, stored))
        return Inventory(
            repository,
            tuple(levels[level] for level in Level),
            actions_secrets=read_actions_secrets(github, repository.full_name) if compared else None,
            token_expires_at=expiry_of(github),
            scopes=github.scopes,
            is_enterprise_server=github.is_enterprise_server,
        )

    @property
    def of_organization(self) -> LevelInventory:
        """The organization's secrets, with the names of the repositories selected to read each."""
        selected = {secret: self.readers.get(secret) for secret in self.organization.secrets}
        return replace(
            self.organization,
            secrets=tuple(
                replace(secret, readers=readers.names) if readers is not None else secret
                for secret, readers in selected.items()
            ),
        )

    def _seen(self, level: LevelInventory, repository: Repository) -> LevelInventory:
        secrets: Iterable[Secret] = (
            seen_by(secret, repository, self.readers[secret]) if secret in self.readers else secret
            for secret in level.secrets
        )
        return replace(level, secrets=tuple(secrets))


def read_shared_secrets(github: GitHub, organization: str, relevant: Callable[[str], bool]) -> SharedSecrets:
    """List the secrets of the organization and of the token's owner; never raises for what GitHub answers.

    Who may read a secret is asked only if its name is `relevant`: that takes one more request for each 100
    repositories in its list.
    """
    pool = Pool(_WORKERS)
    lists = (
        pool.submit(partial(list_user, github)),
        pool.submit(partial(list_organization, github, organization)),
    )
    user, shared = (listed.result() for listed in lists)
    asked = {
        secret: pool.submit(partial(read_readers, github, secret, organization))
        for secret in (*user.secrets, *shared.secrets)
        if relevant(secret.name)
    }
    readers = {secret: future.result() for secret, future in asked.items()}
    return SharedSecrets(user, shared, readers, relevant)
