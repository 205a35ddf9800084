"""What a run does with a plan if GitHub's limits or its own time end it."""

from typing import Any

import pytest

from crreg.ensure.apply import apply
from crreg.ensure.change import Action, Change, ChangeOutcome, Ensured, Plan
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.exits.status import Status
from crreg.github.errors import Cause, GitHubError, Reason
from crreg.github.levels import Level
from crreg.report.verdict import plan_verdict, why_left
from crreg.triple import Part, SecretName

LIMIT = "GitHub's limits allow the next request in 3000 seconds (at 05:13 UTC), which is longer than this run can take."
LIMITED = GitHubError(Cause.RATE_LIMITED, LIMIT)
OUT_OF_TIME = GitHubError(Cause.UNREACHABLE, "The time limit was reached.", is_unsent=True)
UNREACHABLE = GitHubError(Cause.UNREACHABLE, "It did not answer in time.")


def change(triple: str, part: Part, action: Action = Action.UPDATE, repository: str = "") -> Change:
    name = str(SecretName(triple, part))
    repositories = (repository,) if repository else ()
    return Change(
        action, triple, part, name, Level.ORGANIZATION, "org", "selected", repositories, "it is due"
    )


UPDATES = tuple(change("ACR", part) for part in Part)
GRANT = change("ACR", Part.SERVER, Action.ASSIGN, "org/app")


class Writer:
    """Writes so many values, and then GitHub has an answer of its own."""

    def __init__(self, writes: int, error: GitHubError) -> None:
        self.writes = writes
        self.error = error

    def update(self, *_: object) -> None:
        self.writes -= 1
        if self.writes < 0:
            raise self.error

    def permission(self, _level: Level) -> str:
        return "permission X"


def ensured(writes: int, error: GitHubError) -> Ensured:
    plan = Plan("org", (*UPDATES, GRANT), ())
    writer: Any = Writer(writes, error)
    results = apply(plan, {"ACR": dict.fromkeys(Part, "value")}, writer, lambda _: None)
    return Ensured(plan, results, dry_run=False)


@pytest.mark.parametrize("error", [LIMITED, OUT_OF_TIME], ids=["limit", "time"])
def test_what_a_limit_keeps_from_being_written_is_left_for_another_run(error: GitHubError) -> None:
    run = ensured(1, error)
    assert [result.outcome for result in run.results] == [ChangeOutcome.DONE, *[ChangeOutcome.LEFT] * 3]
    assert {result.detail for _, result in run.left} == {error.detail}
    assert (run.status, run.failures) == (Status.UNKNOWN, ())
    assert [run.exit_code(each) for each in FailOn] == [
        *(ExitCode.NOT_PROVEN, ExitCode.NOT_PROVEN, ExitCode.FINDINGS, ExitCode.NOT_PROVEN)
    ]
    assert plan_verdict(run) == "Unknown: 3 of 4 changes left for another run; 1 updated."
    assert why_left(run) == f"{error.detail} Run it again to complete what is left."


def test_a_write_without_an_answer_failed() -> None:
    run = ensured(1, UNREACHABLE)
    assert [result.outcome for result in run.results] == [
        *(ChangeOutcome.DONE, ChangeOutcome.FAILED, ChangeOutcome.SKIPPED, ChangeOutcome.SKIPPED)
    ]
    assert (run.left, why_left(run)) == ((), "")
    assert run.exit_code(FailOn.NEVER) is ExitCode.FINDINGS


@pytest.mark.parametrize(
    ("says", "reason", "needs"),
    [
        ("Not Found", None, " The token needs the permission X."),
        ("Repository was archived so is read-only.", None, ""),
        ("Resource protected by organization SAML enforcement.", Reason.SINGLE_SIGN_ON, ""),
        ("the `acme` organization has an IP allow list enabled", Reason.IP_ALLOW_LIST, ""),
    ],
)
def test_a_permission_is_named_only_if_it_may_help(says: str, reason: Reason | None, needs: str) -> None:
    run = ensured(0, GitHubError(Cause.REFUSED, f'GitHub answered 403 ("{says}").', 403, reason, says=says))
    assert run.results[0].detail == f'GitHub answered 403 ("{says}").{needs}'


class Shared:
    """Secrets whose readers another run replaces once with those that it had read before, as an update does."""

    def __init__(self) -> None:
        self.readers: dict[str, set[str]] = {}
        self.replaced = False
        self.lists = 0

    def assign(self, _level: Level, name: str, repository: str) -> None:
        self.readers.setdefault(name, set()).add(repository)
        if repository == "org/b" and not self.replaced:
            self.replaced = True
            self.readers[name] = {"org/other"}

    def lacking(self, _level: Level, name: str, repositories: list[str]) -> list[str]:
        self.lists += 1
        return [repository for repository in repositories if repository not in self.readers[name]]


def test_access_that_another_run_took_at_the_same_time_is_given_again() -> None:
    writer: Any = Shared()
    grants = tuple(
        change("ACR", part, Action.ASSIGN, repository) for repository in ("org/a", "org/b") for part in Part
    )
    results = apply(Plan("org", grants, ()), {"ACR": {}}, writer, lambda _: None)

    assert {result.outcome for result in results} == {ChangeOutcome.DONE}
    assert writer.replaced
    assert all(readers >= {"org/a", "org/b"} for readers in writer.readers.values())
    # Each secret's list is read once, however many repositories got access.
    assert writer.lists == len(Part)
