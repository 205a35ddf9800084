"""The names of the Actions secrets and variables that workflows of a repository see."""

from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.secrets import list_actions_secrets
from crreg.github.variables import read_variables
from crreg.net.concurrency import Pool

_PLACES = ("", "organization-")
"""The prefix of a list: the repository's own, and the organization's that the repository may use."""


@dataclass(frozen=True, slots=True)
class ActionsSettings:
    """Names in upper case."""

    secrets: frozenset[str] | None = None
    """None if they could not be listed."""
    variables: frozenset[str] | None = None
    """None if they could not be listed."""

    def has(self, name: str, *, variable: bool) -> bool | None:
        """Whether a secret or variable exists; None if that is not known."""
        known = self.variables if variable else self.secrets
        return None if known is None else name in known


def read_actions_settings(github: GitHub, repository: str) -> ActionsSettings:
    """List both kinds at the same time; raises nothing. Values of variables are not kept."""
    pool = Pool(2 * len(_PLACES))
    base = f"/repos/{repository}/actions"
    secrets = [pool.submit(partial(_secrets, github, f"{base}/{place}secrets")) for place in _PLACES]
    variables = [pool.submit(partial(_variables, github, f"{base}/{place}variables")) for place in _PLACES]
    return ActionsSettings(_joined(secrets), _joined(variables))


def _secrets(github: GitHub, path: str) -> frozenset[str] | None:
    listed = list_actions_secrets(github, path)
    return None if listed is None else frozenset(name for name, _ in listed)


def _variables(github: GitHub, path: str) -> frozenset[str] | None:
    try:
        return frozenset(variable.name for variable in read_variables(github, path))
    except GitHubError:
        return None


def _joined(lists: list[Future[frozenset[str] | None]]) -> frozenset[str] | None:
    """Join the lists; None if one could not be read."""
    names = [future.result() for future in lists]
    return None if None in names else frozenset().union(*(each for each in names if each is not None))
