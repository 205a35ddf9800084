"""One examination: from the given values to the diagnosis."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crreg.configuration.load import read_settings
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnose import diagnose, unasked
from crreg.doctor.diagnosis import Examination
from crreg.facts.gather import Task, gather
from crreg.github.access import GitHubAccess
from crreg.github.connection import Connection
from crreg.net.deadline import DEFAULT_BUDGET, Deadline
from crreg.registry.client import RegistryClient
from crreg.registry.outcome import LoginResult, PullResult
from crreg.registry.providers.github import ANY_USER
from crreg.registry.reference import ImageReference
from crreg.rules.catalog import RULE_NAMES, judge
from crreg.triple import Triple

OWN_LOGIN = "GITHUB_TOKEN"
"""The identifier of a codespace's login with its own token."""
_NO_REPOSITORY = "crreg does not know which repository is meant."
_NO_TOKEN = "There is no GITHUB_TOKEN."  # noqa: S105 - a sentence


@dataclass(frozen=True)
class Examine:
    """What to examine, with which values."""

    repository: str | None
    """`owner/name`; None if that is not known."""
    workspace: Path
    access: GitHubAccess
    codespace: Codespace | None
    values: Mapping[str, str] = field(repr=False)
    """The environment."""
    configuration: str | None = None
    allow_insecure: frozenset[str] = frozenset()
    budget: float = DEFAULT_BUDGET
    """Seconds."""
    say: Callable[[str], None] = lambda _: None
    conceal: Callable[[Sequence[str]], None] = lambda _: None
    """Called with the texts of a token that was created in the run, before any other use; in any thread."""
    logged_in: Callable[[str, LoginResult], None] = lambda *_: None
    """Called with each login as it ends, in the thread that made it."""
    asked: Callable[[ImageReference, PullResult], None] = lambda *_: None
    """Called with each image in the same way."""


def run(order: Examine) -> Examination:
    """Observe everything and diagnose it.

    Raises:
        ConfigurationError: the configuration can't be used.
    """
    settings = read_settings(order.workspace, order.configuration, "", order.values, RULE_NAMES)
    deadline = Deadline.after(order.budget)
    asking = deadline.for_requests(order.budget)
    connection = Connection(order.access, order.repository or "", asking, order.say)
    reason = _NO_REPOSITORY if order.repository is None else "" if order.access.given else _NO_TOKEN
    try:
        with RegistryClient(
            allow_insecure=order.allow_insecure, budget=asking.remaining, conceal=order.conceal
        ) as registries:
            facts = gather(
                Task(
                    registries,
                    deadline,
                    datetime.now(UTC),
                    values=order.values,
                    settings=settings,
                    repository=order.repository,
                    workspace=order.workspace,
                    inventory=None if reason else lambda: connection.inventory(actions_secrets=False),
                    inventory_reason=reason,
                    package=None if reason else connection.package,
                    web_url=order.access.web_url,
                    say=order.say,
                    own_login=_own_login(order),
                    logged_in=order.logged_in,
                    asked=order.asked,
                )
            )
    finally:
        connection.close()
    findings = judge(facts)
    return Examination(
        facts,
        findings,
        order.codespace,
        diagnose(facts, findings, order.codespace),
        unasked(facts, order.codespace),
    )


def _own_login(order: Examine) -> Triple | None:
    """Return a codespace's own login at GitHub's registry; None if somebody replaced its token."""
    registry = order.access.container_registry
    if registry is None or order.codespace is None or not order.codespace.own_token:
        return None
    user = order.codespace.user or ANY_USER
    return Triple(OWN_LOGIN, registry, user, order.access.token)
