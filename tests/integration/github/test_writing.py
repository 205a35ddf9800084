"""Writing within GitHub's limits: a run with enough time waits for the next hour. Only waiting moves the clock."""

import threading
from concurrent.futures import Future
from typing import Any

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.sealed import SealingKey

from crreg.ensure.apply import apply
from crreg.ensure.change import Action, Change, ChangeOutcome, Plan
from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError
from crreg.github.inventory import Repository
from crreg.github.levels import Level
from crreg.github.pacing import Pacing
from crreg.github.renewed_token import RenewedToken
from crreg.github.sealed_box import StoreKey
from crreg.github.writer import SecretWriter
from crreg.net.deadline import Deadline
from crreg.triple import Part, SecretName

SECRETS = "/orgs/acme/codespaces/secrets"
NAME = str(SecretName("ACR", Part.SERVER))


class Clock:
    """A clock that goes on by waiting alone; several threads may wait at the same time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        with self._lock:
            self.now = max(self.now, until)

    def client(self, github: GitHubSandbox, seconds: float) -> GitHub:
        token = github.add_token("classic", owner="mona", scopes=["repo", "admin:org", "codespace"])
        pacing = Pacing(self.said.append, clock=self, wait=self.wait)
        return GitHub.with_token(
            token,
            api_url=github.url,
            # The requests themselves take real time, which is little.
            deadline=Deadline(self.now + seconds, self),
            say=self.said.append,
            pacing=pacing,
        )


@pytest.fixture
def clock(github: GitHubSandbox) -> Clock:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    return Clock()


def grants(github: GitHubSandbox, count: int) -> tuple[Plan, dict[str, int]]:
    """A plan that gives access to so many repositories, one secret each."""
    name = str(SecretName("ACR", Part.SERVER))
    github.add_secret("organization", "acme", name, "acme.azurecr.io", visibility="selected")
    ids = {f"acme/r{at:03}": github.add_repository(f"acme/r{at:03}", files={}) for at in range(count)}
    changes = tuple(
        Change(
            *(Action.ASSIGN, "ACR", Part.SERVER, name, Level.ORGANIZATION, "acme", "selected"),
            repositories=(repository,),
            reason="it needs it",
        )
        for repository in ids
    )
    return Plan("acme", changes, ()), ids


def writer(client: GitHub, ids: dict[str, int]) -> SecretWriter:
    place = Repository("acme", 0, "private", "acme", owner_is_organization=True)
    return SecretWriter(client, place, ids=ids)


def test_a_run_with_enough_time_makes_more_writes_than_an_hour_allows(
    github: GitHubSandbox, clock: Clock
) -> None:
    plan, ids = grants(github, 510)
    results = apply(plan, {"ACR": {}}, writer(clock.client(github, 9_000), ids), clock.said.append)
    assert {result.outcome for result in results} == {ChangeOutcome.DONE}
    assert 3_600 < clock.now < 4_200
    assert [line.partition(" Waiting ")[0] for line in clock.said] == [
        "Writing 510 changes",
        "GitHub limits how much is written.",
    ]
    assert len(github.secrets("organization", "acme")[plan.changes[0].name].repositories) == 510


def test_a_run_without_that_time_leaves_the_rest(github: GitHubSandbox, clock: Clock) -> None:
    plan, ids = grants(github, 90)
    results = apply(plan, {"ACR": {}}, writer(clock.client(github, 30), ids), clock.said.append)
    outcomes = [result.outcome for result in results]
    assert (outcomes.count(ChangeOutcome.DONE), outcomes.count(ChangeOutcome.LEFT)) == (80, 10)
    assert "which is longer than this run can take" in results[-1].detail
    assert len(github.secrets("organization", "acme")[plan.changes[0].name].repositories) == 80


def test_a_pause_that_github_asks_for_is_made_if_the_run_has_the_time(
    github: GitHubSandbox, clock: Clock
) -> None:
    plan, ids = grants(github, 2)
    github.limits.exceed("secondary", retry_after=1_800, path="/repositories/")
    results = apply(plan, {"ACR": {}}, writer(clock.client(github, 3_000), ids), clock.said.append)
    assert [result.outcome for result in results] == [ChangeOutcome.DONE] * 2
    assert clock.now == 1_800
    github.limits.exceed("secondary", retry_after=1_800, path="/repositories/")
    results = apply(plan, {"ACR": {}}, writer(clock.client(github, 1_000), ids), clock.said.append)
    assert ChangeOutcome.LEFT in {result.outcome for result in results}


def test_the_token_of_an_app_is_renewed_before_its_hour_is_over(clock: Clock) -> None:
    minted = iter(["second", "third"])
    token = RenewedToken("first", lambda: next(minted), clock)
    assert token.token == "first"
    clock.now += 2_999
    assert token.token == "first"
    clock.now += 1
    assert (token.token, token.token) == ("second", "second")
    clock.now += 3_000
    assert token.token == "third"


def test_a_token_that_can_not_be_renewed_says_why(github: GitHubSandbox, clock: Clock) -> None:
    def refused() -> str:
        raise GitHubError(Cause.REFUSED, "The App was uninstalled.")

    client: Any = GitHub.with_token(
        "ghs_first",
        api_url=github.url,
        deadline=Deadline.after(30),
        say=clock.said.append,
        renew=refused,
    )
    # Its hour is over.
    client._auth._due = 0.0
    with pytest.raises(GitHubError, match="The App was uninstalled"):
        client.get(SECRETS)


def shared(github: GitHubSandbox, clock: Clock, *, key: StoreKey | None = None) -> SecretWriter:
    """A writer for one repository of two; `key` is what it was given as the key of every store."""
    here, _ = (github.add_repository(name, files={}) for name in ("acme/app", "acme/api"))
    place = Repository("acme/app", here, "private", "acme", owner_is_organization=True)
    asked: Future[StoreKey] = Future()
    if key is None:
        return SecretWriter(clock.client(github, 600), place)
    asked.set_result(key)
    return SecretWriter(clock.client(github, 600), place, dict.fromkeys(Level, asked))


@pytest.mark.parametrize(("level", "owner"), [("organization", "acme"), ("user", "mona")])
def test_a_secret_that_another_run_created_meanwhile_keeps_its_readers(
    github: GitHubSandbox, clock: Clock, level: Any, owner: str
) -> None:
    writes = shared(github, clock)
    github.add_secret(level, owner, NAME, "theirs", visibility="selected", repositories=["acme/api"])
    writes.create(Level(level), NAME, b"ours", "selected", ["acme/app"])
    stored = github.secrets(level, owner)[NAME]
    assert (stored.value, set(stored.repositories)) == (b"ours", {"acme/api", "acme/app"})


class Overtaken(SecretWriter):
    """A writer whose secret is created again by another run, which had not seen it either."""

    github: GitHubSandbox

    def create(self, *arguments: Any) -> Any:
        answered = super().create(*arguments)
        self.github.add_secret(
            "organization", "acme", NAME, "theirs", visibility="selected", repositories=["acme/api"]
        )
        return answered


def test_access_that_another_run_replaced_is_given_again(github: GitHubSandbox, clock: Clock) -> None:
    here, _ = (github.add_repository(name, files={}) for name in ("acme/app", "acme/api"))
    place = Repository("acme/app", here, "private", "acme", owner_is_organization=True)
    writes = Overtaken(clock.client(github, 600), place)
    writes.github = github
    new = Change(
        *(Action.CREATE, "ACR", Part.SERVER, NAME, Level.ORGANIZATION, "acme", "selected"),
        repositories=("acme/app",),
        reason="it does not exist",
    )
    [result] = apply(Plan("acme", (new,), ()), {"ACR": {Part.SERVER: "ours"}}, writes, clock.said.append)
    assert result.outcome is ChangeOutcome.DONE
    assert set(github.secrets("organization", "acme")[NAME].repositories) == {"acme/api", "acme/app"}


@pytest.mark.parametrize("planned", ["all", "private"])
@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
def test_access_that_was_narrowed_meanwhile_is_not_opened_again(
    github: GitHubSandbox, clock: Clock, planned: str, action: Action
) -> None:
    writes = shared(github, clock)
    github.add_secret("organization", "acme", NAME, "old", visibility="selected", repositories=["acme/api"])
    change = Change(action, "ACR", Part.SERVER, NAME, Level.ORGANIZATION, "acme", planned, (), "it is due")
    [result] = apply(Plan("acme", (change,), ()), {"ACR": {Part.SERVER: "new"}}, writes, clock.said.append)
    assert result.outcome is ChangeOutcome.FAILED
    assert result.detail == (
        f"The access to {NAME} changed after crreg had listed it. Run crreg again to see a new plan."
    )
    stored = github.secrets("organization", "acme")[NAME]
    assert (stored.value, stored.visibility, stored.repositories) == (b"old", "selected", ("acme/api",))


@pytest.mark.parametrize(("level", "visibility"), [("organization", "all"), ("user", "selected")])
def test_an_update_does_not_bring_back_a_shared_secret_that_was_deleted_meanwhile(
    github: GitHubSandbox, clock: Clock, level: str, visibility: str
) -> None:
    writes = shared(github, clock)
    with pytest.raises(GitHubError, match="was deleted after crreg had listed it"):
        writes.update(Level(level), NAME, b"new", visibility)
    assert github.secrets("organization", "acme") == github.secrets("user", "mona") == {}


@pytest.mark.parametrize("level", list(Level))
def test_a_value_is_sealed_again_if_the_stores_key_was_replaced(
    github: GitHubSandbox, clock: Clock, level: Level
) -> None:
    former = SealingKey()
    writes = shared(github, clock, key=StoreKey(former.key_id, former.public))
    writes.create(level, NAME, b"a value", None if level is Level.REPOSITORY else "selected", ["acme/app"])
    owner: Any = {"repository": "acme/app", "organization": "acme", "user": "mona"}[level]
    kind: Any = str(level)
    assert github.secrets(kind, owner)[NAME].value == b"a value"
    asked = [request.path for request in github.requests() if request.path.endswith("/public-key")]
    assert len(asked) == 1


def test_what_a_store_refuses_for_another_reason_is_sent_once(github: GitHubSandbox, clock: Clock) -> None:
    writes = shared(github, clock)
    with pytest.raises(GitHubError, match="must not start with GITHUB_"):
        writes.create(Level.REPOSITORY, "GITHUB_A", b"a value", None, [])
    assert sum(request.method == "PUT" for request in github.requests()) == 1
