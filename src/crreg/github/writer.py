"""Writes Codespaces secrets and gives repositories access to them, at each level."""

import contextlib
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from datetime import datetime
from http import HTTPStatus
from typing import Any

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError, not_github
from crreg.github.inventory import Repository
from crreg.github.levels import Level, store_path
from crreg.github.moment import moment_of
from crreg.github.sealed_box import StoreKey, read_key
from crreg.github.token import permission_for

_SELECTED = "selected"
_LIST = "selected_repository_ids"


def _fields(level: Level, visibility: str | None, readers: Iterable[int]) -> dict[str, Any]:
    """Return the fields of a PUT that say who can read a secret."""
    fields: dict[str, Any] = {"visibility": visibility} if level is Level.ORGANIZATION else {}
    return fields | ({_LIST: list(readers)} if visibility == _SELECTED else {})


class SecretWriter:
    """Writes secrets for one repository; safe to use from several threads.

    Every request is a PUT of the wanted state, so it can be repeated if its answer was lost.
    """

    def __init__(
        self,
        github: GitHub,
        repository: Repository,
        asked: Mapping[Level, Future[StoreKey]] | None = None,
        *,
        ids: Mapping[str, int] | None = None,
    ) -> None:
        """Write with `github`; the public key of a level is fetched when it is first needed.

        `asked` are keys that were requested earlier; if that failed, they are requested again. `ids` are those of
        repositories that may get access, by full name; others are asked for.
        """
        self._asked = asked or {}
        self._github = github
        self._repository = repository
        self._keys: dict[Level, StoreKey] = {}
        self._ids = {repository.full_name.lower(): repository.id}
        self._ids |= {name.lower(): number for name, number in (ids or {}).items()}
        self._lock = threading.Lock()

    def create(
        self, level: Level, name: str, value: bytes, visibility: str | None, repositories: Iterable[str]
    ) -> datetime | None:
        """Create a secret; returns the `Date` of GitHub's answer. Raises GitHubError.

        `visibility` (`all`, `private`, `selected`) applies to an organization's secret. `repositories` (full names)
        get access to a user's secret, or an organization's with visibility `selected`.

        Runs for other repositories share such a secret, and may have created it since the secrets were listed. Its
        readers then keep their access, as in an update.
        """
        access = self._access(level, name, visibility) or _fields(level, visibility, ())
        if _LIST in access:
            ids = map(self._id, repositories)
            access[_LIST] = list(dict.fromkeys((*access[_LIST], *ids)))
        return self._put(level, name, value, access)

    def update(self, level: Level, name: str, value: bytes, visibility: str | None) -> datetime | None:
        """Replace a secret's value and keep its access; returns the `Date` of GitHub's answer.

        Raises GitHubError; also if an organization's secret has another visibility by now.

        GitHub clears the list of selected repositories if an update lacks `selected_repository_ids`, so we read the
        list immediately before and send it along. If it can't be read completely, nothing is written.
        Source: https://github.com/external-secrets/external-secrets/pull/6519
        """
        access = self._access(level, name, visibility)
        if access is None:
            raise GitHubError(
                Cause.INVALID, f"{name} was deleted after crreg had listed it. Run crreg again to create it."
            )
        return self._put(level, name, value, access)

    def assign(self, level: Level, name: str, repository: str) -> None:
        """Give one repository (its full name) access to a secret; raises GitHubError."""
        path = f"{self._path(level)}/{name}/repositories/{self._id(repository)}"
        self._github.request("PUT", path)

    def lacking(self, level: Level, name: str, repositories: Iterable[str]) -> list[str]:
        """Return those of the repositories (full names) that have no access to a secret; raises GitHubError."""
        readers = set(self._readers(level, name))
        return [repository for repository in repositories if self._id(repository) not in readers]

    def prepare(self, level: Level) -> None:
        """Fetch the key of a level's store unless it is known; raises GitHubError."""
        self._key(level)

    def dates(self, level: Level) -> dict[str, datetime]:
        """When each secret of a level was updated, by name in upper case; raises GitHubError."""
        items = self._github.pages(self._path(level), "secrets", whole=True)
        try:
            return {str(item["name"]).upper(): moment_of(item["updated_at"]) for item in items}
        except (KeyError, TypeError, ValueError):
            raise not_github(self._github.api_url) from None

    def permission(self, level: Level) -> str:
        """The permission that the token needs to write the secrets of a level, as GitHub's settings name it."""
        return permission_for(level, self._github.kind, write=True)

    def _path(self, level: Level) -> str:
        return store_path(level, self._repository.full_name)

    def _put(self, level: Level, name: str, value: bytes, access: Mapping[str, Any]) -> datetime | None:
        key = self._key(level)
        while True:
            try:
                return self._github.put(f"{self._path(level)}/{name}", {**access, **self._sealed(key, value)})
            except GitHubError as error:
                # The key may have been replaced since: GitHub does not document what it answers then.
                newer = self._newer(level, key) if error.cause is Cause.INVALID else key
                if newer == key:
                    raise
                key = newer

    def _sealed(self, key: StoreKey, value: bytes) -> dict[str, str]:
        try:
            return {"encrypted_value": key.seal(value), "key_id": key.id}
        except ValueError:
            raise not_github(self._github.api_url) from None

    def _newer(self, level: Level, refused: StoreKey) -> StoreKey:
        """Fetch the key of a level's store again unless another thread has; `refused` itself if that fails."""
        with self._lock:
            if self._keys[level] == refused:
                with contextlib.suppress(GitHubError):
                    self._keys[level] = read_key(self._github, self._repository.full_name, level)
            return self._keys[level]

    def _key(self, level: Level) -> StoreKey:
        """The public key of a level's store, fetched once."""
        with self._lock:
            if level not in self._keys:
                asked = self._asked.get(level)
                if asked is not None and asked.exception() is None:
                    self._keys[level] = asked.result()
                else:
                    self._keys[level] = read_key(self._github, self._repository.full_name, level)
            return self._keys[level]

    def _access(self, level: Level, name: str, visibility: str | None) -> dict[str, Any] | None:
        """Read the fields that keep who can read a secret; None if it is shared and does not exist.

        Raises GitHubError; also if its visibility is another than `visibility`, which a PUT would set again.
        """
        # First, so that nothing else is requested between the read and the write.
        self.prepare(level)
        if level is Level.REPOSITORY:
            return {}
        try:
            now = self._visibility(name) if level is Level.ORGANIZATION else visibility
            readers = self._readers(level, name) if now == _SELECTED else ()
        except GitHubError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None
        if now != visibility:
            raise GitHubError(
                Cause.INVALID,
                f"The access to {name} changed after crreg had listed it. Run crreg again to see a new plan.",
            )
        return _fields(level, visibility, readers)

    def _visibility(self, name: str) -> str:
        """Read the visibility of an organization's secret; raises GitHubError."""
        answer = self._github.get(f"{self._path(Level.ORGANIZATION)}/{name}")
        match answer:
            case {"visibility": str(visibility)}:
                return visibility
        raise not_github(self._github.api_url)

    def _readers(self, level: Level, name: str) -> list[int]:
        items = self._github.pages(
            f"{self._path(level)}/{name}/repositories",
            "repositories",
            sized=level is not Level.USER,
            whole=True,
        )
        try:
            return [int(item["id"]) for item in items]
        except (KeyError, TypeError, ValueError, OverflowError):
            raise not_github(self._github.api_url) from None

    def _id(self, repository: str) -> int:
        with self._lock:
            known = self._ids.get(repository.lower())
        if known is not None:
            return known
        try:
            found = int(self._github.get(f"/repos/{repository}")["id"])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise not_github(self._github.api_url) from None
        except GitHubError as error:
            if error.cause is not Cause.REFUSED:
                raise
            raise GitHubError(
                Cause.REFUSED,
                f"Could not give {repository} access: it does not exist, or the token can't see it. {error.detail}",
                error.status,
            ) from None
        with self._lock:
            self._ids[repository.lower()] = found
        return found
