"""Reads where the values of a workflow's step may come from, and the receipts of ensure."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import quote

from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Repository
from crreg.github.moment import moment_of
from crreg.github.origins import Origin, Origins, OriginsWanted, Store
from crreg.github.variables import Variable, read_variables
from crreg.net.concurrency import Pool

_WORKERS = 8
MOST_ENVIRONMENTS = 10
"""The most deployment environments whose secrets and variables are listed; each takes two requests."""

Dates = tuple[tuple[str, datetime], ...]
"""Names of secrets in upper case, and when each was updated."""
SecretLists = Callable[[], tuple[Dates | None, Dates | None]]
"""The Actions secrets of the organization and of the repository; None for a list that could not be read."""


def read_origins(
    github: GitHub, repository: Repository, wanted: OriginsWanted, secrets: SecretLists
) -> Origins:
    """Read the origins and receipts; never raises for what GitHub answers.

    Variables come first, since they hold the receipts. If there are none, nothing else is read unless origins are
    always wanted. Everything else is requested concurrently, with the stores of environments last.
    """
    try:
        return _read(github, repository, wanted, secrets)
    except GitHubError as error:
        return Origins(gap=f"Could not list the Actions variables: {error.detail}", unreadable=True)
    except Exception:  # noqa: BLE001 - the answer can hold anything, and the check continues without it
        return Origins(gap="Could not list the Actions variables.", unreadable=True)


def _read(github: GitHub, repository: Repository, wanted: OriginsWanted, secrets: SecretLists) -> Origins:
    pool = Pool(_WORKERS)
    base = f"/repos/{repository.full_name}"
    own = pool.submit(partial(read_variables, github, f"{base}/actions/variables"))
    shared = pool.submit(partial(_shared_variables, github, repository))
    variables = {Store.ORGANIZATION_VARIABLE: shared.result(), Store.REPOSITORY_VARIABLE: own.result()}
    receipts = {
        store: next((each.value for each in listed if each.name == wanted.variable.upper()), None)
        for store, listed in variables.items()
    }
    if not any(receipts.values()) and not wanted.always:
        return Origins()
    times = pool.submit(partial(read_times, github, repository.full_name, wanted.run))
    elsewhere = pool.submit(partial(_of_environments, github, base, wanted))
    found: dict[str, list[Origin]] = {name.upper(): [] for name in wanted.values}
    for store, each in variables.items():
        _note(found, _variable_origins(store, each, wanted.values))
    organization, own_secrets = secrets()
    _note(found, _secret_origins(Store.ORGANIZATION_SECRET, organization))
    _note(found, _secret_origins(Store.REPOSITORY_SECRET, own_secrets))
    gap = (
        ""
        if organization is not None and own_secrets is not None
        else "The token can't list the repository's Actions secrets."
    )
    try:
        _note(found, elsewhere.result())
    except Exception as error:  # noqa: BLE001 - the answer can hold anything, and the origins are then unknown
        why = f" {error.detail}" if isinstance(error, GitHubError) else ""
        gap = gap or f"Could not list the secrets and variables of environments.{why}"
    began_at, attempted_at = times.result()
    return Origins(
        receipts[Store.REPOSITORY_VARIABLE],
        receipts[Store.ORGANIZATION_VARIABLE],
        found={name: tuple(origins) for name, origins in found.items()},
        began_at=began_at,
        attempted_at=attempted_at,
        gap=gap,
    )


def _shared_variables(github: GitHub, repository: Repository) -> tuple[Variable, ...]:
    if not repository.owner_is_organization:
        return ()
    return read_variables(github, f"/repos/{repository.full_name}/actions/organization-variables")


def read_times(github: GitHub, repository: str, run: str) -> tuple[datetime | None, datetime | None]:
    """Read when a run of `owner/name` was first queued, and when its latest attempt started; None for what is unknown.

    The first is the earliest time at which GitHub can have read its secrets.

    GitHub reads the secrets of repositories and organizations when a run is queued. Whether a further attempt reads
    them again is not documented, so `run_started_at`, which each attempt sets, could be too late.
    Sources: https://docs.github.com/en/actions/reference/security/secrets#when-github-actions-reads-secrets
    https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
    """
    queued_at = attempted_at = None
    # The answer can hold anything, and what can't be read is unknown. Only `created_at` is always there.
    with contextlib.suppress(Exception):
        answer = github.get(f"/repos/{repository}/actions/runs/{run}")
        queued_at = moment_of(answer["created_at"])
        attempted_at = moment_of(answer["run_started_at"])
    return queued_at, attempted_at


def _of_environments(github: GitHub, base: str, wanted: OriginsWanted) -> list[tuple[str, Origin]]:
    """The secrets and variables of every environment; raises GitHubError.

    In a job that names an environment, the environment's store takes precedence, and a step can't find out whether
    its job names one.
    Source: https://docs.github.com/en/actions/reference/security/secrets
    """
    environments = list(github.pages(f"{base}/environments", "environments", whole=True))
    if len(environments) > MOST_ENVIRONMENTS:
        raise ValueError("there are too many environments to look through")
    pool = Pool(_WORKERS)
    asked = []
    for environment in environments:
        path = f"{base}/environments/{quote(str(environment['name']), safe='')}"
        asked.append(pool.submit(partial(_environment_secrets, github, path)))
        asked.append(pool.submit(partial(_environment_variables, github, path, wanted.values)))
    return [pair for future in asked for pair in future.result()]


def _environment_secrets(github: GitHub, path: str) -> list[tuple[str, Origin]]:
    items = github.pages(f"{path}/secrets", "secrets", whole=True)
    return [
        (str(item["name"]).upper(), Origin(Store.ENVIRONMENT, moment_of(item["updated_at"])))
        for item in items
    ]


def _environment_variables(github: GitHub, path: str, values: Mapping[str, str]) -> list[tuple[str, Origin]]:
    return list(_variable_origins(Store.ENVIRONMENT, read_variables(github, f"{path}/variables"), values))


def _secret_origins(store: Store, secrets: Dates | None) -> Iterator[tuple[str, Origin]]:
    yield from ((name, Origin(store, updated)) for name, updated in secrets or ())


def _variable_origins(
    store: Store, variables: Iterable[Variable], values: Mapping[str, str]
) -> Iterator[tuple[str, Origin]]:
    for variable in variables:
        if variable.name in values:
            yield variable.name, Origin(store, variable.updated_at, variable.value == values[variable.name])


def _note(found: dict[str, list[Origin]], pairs: Iterable[tuple[str, Origin]]) -> None:
    for name, origin in pairs:
        if name in found:
            found[name].append(origin)
