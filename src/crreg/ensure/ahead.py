"""Keys that writing needs, fetched while the lists that the plan depends on are still being requested."""

from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from crreg.concurrency import Pool
from crreg.github.inventory import Level, LevelInventory, LevelStatus, Repository
from crreg.triple import Part, SecretName, Triple

if TYPE_CHECKING:
    from crreg.configuration.settings import Settings
    from crreg.github.connection import Connection
    from crreg.github.writer import StoreKey

_IDLE = 3
"""Connections that listing leaves behind."""


class Ahead:
    """The public keys of the stores that lack a secret, and so will most likely be written to.

    Without a missing secret, no key is requested: a run that finds everything current does not write.
    """

    def __init__(self, connection: "Connection", values: Mapping[str, Triple], level: Level | None) -> None:
        """Prepare; nothing is requested yet.

        Args:
            connection: the connection to GitHub.
            values: the given triples, by identifier.
            level: where to write; None for what the settings say.
        """
        self._connection = connection
        self._values = values
        self._level = level
        self._settings: Future[Settings] = Future()
        self._pool = Pool(len(Level) + 1)
        self._keys: dict[Level, Future[StoreKey | None]] = {}

    def settle(self, settings: "Settings") -> None:
        """Set the run's settings, which the keys wait for."""
        self._settings.set_result(settings)

    def listed(self, repository: Repository, level: LevelInventory) -> None:
        """Take a level's list, and fetch the key of its store if it will be needed; does not wait."""
        if level.status is LevelStatus.LISTED:
            self._keys[level.level] = self._pool.submit_after(
                self._settings, partial(self._fetch, repository, level)
            )

    def keys(self) -> dict[Level, "StoreKey"]:
        """Return the keys by level, once they have arrived; the writer requests the ones that failed."""
        keys = {level: future.result() for level, future in self._keys.items()}
        return {level: key for level, key in keys.items() if key is not None}

    def _fetch(self, repository: Repository, level: LevelInventory) -> "StoreKey | None":
        from crreg.github.writer import read_key

        incomplete = self._incomplete(level)
        if not incomplete:
            return None
        # Each triple is written by its own thread; some connections are left from listing.
        self._connection.open(incomplete - _IDLE)
        # Loaded while we wait for the answer.
        self._pool.submit(_load_sealing)
        try:
            return read_key(self._connection.client(), repository, level.level)
        except Exception:  # noqa: BLE001 - the writer requests it again, and reports what is wrong
            return None

    def _incomplete(self, level: LevelInventory) -> int:
        """Return how many triples of this level have all their values and lack a secret."""
        configured = self._settings.result().registries
        stored = {secret.name for secret in level.secrets}
        return sum(
            any(str(SecretName(identifier, part)) not in stored for part in Part)
            for identifier, triple in self._values.items()
            if not triple.missing
            and (not configured or identifier in configured)
            and self._level_of(configured[identifier].level if configured else None) is level.level
        )

    def _level_of(self, configured: Level | None) -> Level:
        return self._level or configured or Level.REPOSITORY


def _load_sealing() -> None:
    import nacl.public  # noqa: F401 - imported for `seal` to find
