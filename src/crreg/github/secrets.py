"""The inventory: the Codespaces secrets of one repository at its three levels."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, as_completed
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level, store_path
from crreg.github.moment import moment_of
from crreg.github.origins import Origins, OriginsWanted
from crreg.github.origins_reading import Dates, read_origins
from crreg.github.readers import read_readers, seen_by
from crreg.github.token import WORKFLOW_REFUSED, TokenKind, permission_for
from crreg.net.concurrency import Pool

_WORKERS = 8
_SHORT_LIVED = frozenset({TokenKind.INSTALLATION, TokenKind.USER})
"""Kinds of token that GitHub issues for one run or one sign-in."""


def read_inventory(
    github: GitHub,
    repository: str,
    *,
    relevant: Callable[[str], bool],
    actions_secrets: bool = False,
    known: Callable[[], Repository | GitHubError] | None = None,
    origins: OriginsWanted | None = None,
) -> Inventory:
    """List the secrets of `repository` (`owner/name`) at every level; never raises for what GitHub answers.

    Only secrets whose name is `relevant` are checked for access by the repository: that takes one more request for
    each secret with a list of selected repositories. With `actions_secrets`, the names and dates of the repository's
    Actions secrets are listed too, if there is a relevant secret to compare them with. `known` returns the repository
    if other code also needs it. With `origins`, the receipts of ensure are read, if this run has a value for a
    relevant secret.

    Levels are independent and requested concurrently: the repository, its secrets and the user's in the first round,
    the organization's in the second, and what depends on the secrets of a level in the round after that level's. With
    `actions_secrets`, the organization's are requested in the first round, too: a person's repository then costs one
    more request.
    """
    owner = repository.partition("/")[0]
    pool = Pool(_WORKERS)
    repository_asked = pool.submit(known or partial(read_repository, github, repository))
    lists = {
        Level.REPOSITORY: pool.submit(partial(list_repository, github, repository)),
        Level.USER: pool.submit(partial(list_user, github)),
    }
    if actions_secrets:
        lists[Level.ORGANIZATION] = pool.submit(partial(_list, github, Level.ORGANIZATION, owner))
    found = repository_asked.result()
    if isinstance(found, GitHubError):
        detail = _explain_repository(found, github, repository)
        return Inventory(
            None,
            (),
            detail=detail,
            reason=found.reason,
            scopes=github.scopes,
            is_enterprise_server=github.is_enterprise_server,
        )
    early = lists.pop(Level.ORGANIZATION, None)
    lists[Level.ORGANIZATION] = pool.submit(partial(_list_owner, github, found, owner, early))
    levels: dict[Level, LevelInventory] = {}
    readers: dict[Secret, Future[Secret]] = {}
    actions = _ActionsSecrets(github, repository, pool)
    compared = False
    traced: Future[Origins] | None = None
    # A level that GitHub is slow to list must not take the time for what depends on the others.
    for future in as_completed(lists.values()):
        listed = future.result()
        levels[listed.level] = listed
        ours = [secret for secret in listed.secrets if relevant(secret.name)]
        readers |= {secret: pool.submit(partial(_with_readers, github, found, secret)) for secret in ours}
        if actions_secrets and ours:
            compared = True
            actions.ask()
        if origins is not None and traced is None and (origins.always or _are_given(ours, origins)):
            traced = Pool(1).submit(partial(read_origins, github, found, origins, actions.lists))
    read = {secret: future.result() for secret, future in readers.items()}
    return Inventory(
        found,
        tuple(
            replace(
                levels[level],
                secrets=tuple(read.get(secret, secret) for secret in levels[level].secrets),
            )
            for level in Level
        ),
        actions_secrets=_joined(actions.lists()) if compared else None,
        origins=traced.result() if traced is not None else None,
        token_expires_at=expiry_of(github),
        scopes=github.scopes,
        is_enterprise_server=github.is_enterprise_server,
    )


class _ActionsSecrets:
    """The lists of Actions secrets that workflows of the repository see, each requested once."""

    def __init__(self, github: GitHub, repository: str, pool: Pool) -> None:
        self._github = github
        self._base = f"/repos/{repository}/actions"
        self._pool = pool
        self._lock = threading.Lock()
        self._futures: tuple[Future[Dates | None], ...] = ()

    def ask(self) -> tuple[Future[Dates | None], ...]:
        """Request the lists unless that has been done; does not wait."""
        with self._lock:
            self._futures = self._futures or tuple(
                self._pool.submit(partial(list_actions_secrets, self._github, f"{self._base}/{kind}"))
                for kind in ("organization-secrets", "secrets")
            )
            return self._futures

    def lists(self) -> tuple[Dates | None, Dates | None]:
        """The organization's and the repository's secrets; None for a list that could not be read."""
        organization, repository = self.ask()
        return organization.result(), repository.result()


def expiry_of(github: GitHub) -> datetime | None:
    """Return what `Inventory.token_expires_at` is about, as far as GitHub has said it."""
    return None if github.kind in _SHORT_LIVED else github.token_expires_at


def _are_given(secrets: Iterable[Secret], origins: OriginsWanted) -> bool:
    """Whether this run has a value for any of these secrets, so that there is something to prove."""
    return any(origins.values.get(secret.name) for secret in secrets)


def _explain_repository(error: GitHubError, github: GitHub, repository: str) -> str:
    if not error.lacks_permission:
        return error.detail
    missing, it = f"{repository} does not exist, or ", "it"
    if error.reason is not Reason.NOT_FOUND:
        missing, it = "", repository
    hint = (
        f"the App or the workflow's GITHUB_TOKEN has no access to {it}"
        if github.kind is TokenKind.INSTALLATION
        else f"the token has no access to {it} (a fine-grained token must include it; a classic one needs scope `repo`)"
    )
    return f"{error.detail.removesuffix('.')}: {missing}{hint}."


def list_repository(github: GitHub, full_name: str) -> LevelInventory:
    """List the secrets of a repository (`owner/name`); never raises for what GitHub answers."""
    return _list(github, Level.REPOSITORY, full_name)


def _list(github: GitHub, level: Level, name: str) -> LevelInventory:
    try:
        secrets = tuple(_secret(item, level) for item in github.pages(store_path(level, name), "secrets"))
    except GitHubError as error:
        return _unlisted(github, level, error)
    except Exception:  # noqa: BLE001 - the answer can hold anything, and the other levels are still listed
        return _unlisted(github, level, not_github(github.api_url))
    return LevelInventory(level, LevelStatus.LISTED, tuple(sorted(secrets, key=lambda secret: secret.name)))


def list_user(github: GitHub) -> LevelInventory:
    """List the secrets of the token's owner; never raises for what GitHub answers."""
    if github.kind is TokenKind.INSTALLATION:
        return LevelInventory(
            Level.USER,
            LevelStatus.ABSENT,
            detail="The token belongs to an App or a workflow, not to a person, so it has no user secrets.",
        )
    return _list(github, Level.USER, "")


def _list_owner(
    github: GitHub, repository: Repository, owner: str, early: Future[LevelInventory] | None
) -> LevelInventory:
    """List the secrets of the owner; `early` is the list of `owner`, which may be a person or an old name."""
    if repository.owner_is_organization:
        same = early is not None and owner.lower() == repository.owner.lower()
        return list_organization(github, repository.owner, early.result() if early and same else None)
    return LevelInventory(
        Level.ORGANIZATION,
        LevelStatus.ABSENT,
        detail=f"{owner} is a person, not an organization, so there are no organization secrets.",
    )


def list_organization(
    github: GitHub, organization: str, listed: LevelInventory | None = None
) -> LevelInventory:
    """List the secrets of an organization, or judge what was `listed`; never raises for what GitHub answers."""
    listed = listed or _list(github, Level.ORGANIZATION, organization)
    if listed.reason is not Reason.NOT_FOUND or not _is_free(github, organization):
        return listed
    return replace(
        listed,
        detail=f"{organization} is on GitHub Free, which does not include Codespaces secrets for organizations.",
        reason=Reason.FREE_PLAN,
    )


def _is_free(github: GitHub, organization: str) -> bool:
    """Whether the organization is known to be on the Free plan, which GitHub shows only to its owners.

    Sources: https://docs.github.com/en/rest/orgs/orgs#get-an-organization
    https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-your-repository-or-organization
    """
    try:
        return bool(github.get(f"/orgs/{organization}")["plan"]["name"] == "free")
    except (GitHubError, KeyError, TypeError):
        return False


def _unlisted(github: GitHub, level: Level, error: GitHubError) -> LevelInventory:
    permission = permission_for(level, github.kind)
    if error.cause is not Cause.REFUSED:
        status = LevelStatus.UNREADABLE if error.cause is Cause.BAD_TOKEN else LevelStatus.UNREACHABLE
        return LevelInventory(level, status, detail=error.detail, permission=permission, reason=error.reason)
    detail = error.detail
    if github.kind is TokenKind.INSTALLATION:
        detail += f" {WORKFLOW_REFUSED}"
    return LevelInventory(
        level, LevelStatus.UNREADABLE, detail=detail, permission=permission, reason=error.reason
    )


def _secret(item: dict[str, Any], level: Level) -> Secret:
    visibility = item.get("visibility")
    return Secret(
        name=str(item["name"]).upper(),
        level=level,
        updated_at=moment_of(item["updated_at"]),
        visibility=str(visibility) if visibility is not None else None,
        created_at=moment_of(item["created_at"]) if "created_at" in item else None,
    )


def _with_readers(github: GitHub, repository: Repository, secret: Secret) -> Secret:
    """Fill in whether codespaces of the repository get the secret; that stays None if its list can't be read."""
    return seen_by(secret, repository, read_readers(github, secret, repository.owner))


def list_actions_secrets(github: GitHub, path: str) -> Dates | None:
    """The Actions secrets of one list; None if the token can't read it."""
    try:
        return tuple(
            (str(item["name"]).upper(), moment_of(item["updated_at"]))
            for item in github.pages(path, "secrets")
        )
    except Exception:  # noqa: BLE001 - the answer can hold anything, and there is then nothing to compare with
        return None


def read_actions_secrets(github: GitHub, repository: str) -> Dates | None:
    """Read name and update time of the Actions secrets that the repository (`owner/name`) sees; None if that fails."""
    return _joined(_ActionsSecrets(github, repository, Pool(_WORKERS)).lists())


def _joined(lists: Iterable[Dates | None]) -> Dates | None:
    """Join the lists, those that take precedence last; None if one could not be read."""
    joined: Dates = ()
    for dates in lists:
        if dates is None:
            return None
        joined += dates
    return joined


def read_repository(github: GitHub, full_name: str) -> Repository | GitHubError:
    """Read a repository (`owner/name`); returns the error instead of raising it."""
    try:
        answer = github.get(f"/repos/{full_name}")
        return Repository(
            full_name=str(answer["full_name"]),
            id=int(answer["id"]),
            visibility=str(answer.get("visibility") or ("private" if answer["private"] else "public")),
            owner=str(answer["owner"]["login"]),
            owner_is_organization=answer["owner"]["type"] == "Organization",
            may_write=_may_write(answer.get("permissions")),
        )
    except GitHubError as error:
        return error
    except Exception:  # noqa: BLE001 - the answer can hold anything
        return not_github(github.api_url)


def _may_write(permissions: object) -> bool | None:
    """The value of `permissions.push` of a repository; None if it is missing.

    Source: https://docs.github.com/en/rest/repos/repos#get-a-repository (`full-repository`)
    """
    push = permissions.get("push") if isinstance(permissions, dict) else None
    return push if isinstance(push, bool) else None
