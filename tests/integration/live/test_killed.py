"""Whatever ends a run, the next `clean` deletes what it created, and nothing else."""

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from live.app import AppError, installation_token
from live.clean import clean
from live.journal import Journal, JournalError, Thing
from live.reference import running_reference
from live.scenario import play
from live.web import Answered, Asked, network
from sandbox.github.service import Service
from sandbox.relay import RelayHandler
from sandbox.serving import Server
from tests.integration.live.stand_in import ACCOUNT, StandIn, serving_in_process

ROOT = Path(__file__).parents[3]
ONE = {"classic-repo": None}
DECOYS = ("crreg-live-old", "crreg-live-0000000000000000")


class Killed(BaseException):
    """Ends a run as a signal does that nothing can handle."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, Service]]:
    """An organization that has repositories, secrets and a package with names like the run's."""
    folder = tmp_path_factory.mktemp("killed")
    with (
        serving_in_process() as (github, service),
        running_reference(folder, ACCOUNT, github) as reference,
        network() as send,
    ):
        for name in DECOYS:
            github.add_repository(f"acme/{name}")
            github.add_package("acme", f"{name}-image")
        for level, owner in (("organization", "acme"), ("user", "mona"), ("repository", f"acme/{DECOYS[0]}")):
            github.add_secret(level, owner, "CRREG_LIVE_0000000000000000")  # type: ignore[arg-type] # a level
        yield StandIn(reference, send), service


def everything(service: Service) -> dict[str, list[str]]:
    """The names of all that a run could have left."""
    world = service.world
    return {
        "repositories": sorted(world.repositories),
        "packages": sorted(f"{each.owner}/{each.name}" for each in world.packages),
        "secrets": sorted(f"{key}: {name}" for key, store in world.stores.items() for name in store.secrets),
        "variables": sorted(f"{key}: {name}" for key, names in world.variables.items() for name in names),
    }


def killed_after(number: int, send: Callable[[Asked], Answered]) -> Callable[[Asked], Answered]:
    """Send, and end the process as soon as request `number` has reached the service."""
    left = itertools.count(1)

    def sending(asked: Asked) -> Answered:
        answered = send(asked)
        if next(left) == number:
            raise Killed
        return answered

    return sending


def test_a_run_killed_at_any_request_leaves_nothing_after_the_next_clean(
    served: tuple[StandIn, Service], tmp_path: Path
) -> None:
    stand_in, service = served
    before = everything(service)
    tokens = stand_in.reference.tokens(ONE)
    dirty = 0
    for number in itertools.count(1):
        path = tmp_path / str(number)
        stage = stand_in.stage(stand_in.begin(path), killed_after(number, stand_in.send))
        try:
            play(stage, tokens)
        except Killed:
            dirty += everything(service) != before
            assert clean(stand_in.stage(Journal.resume(path))) == [], number
            assert everything(service) == before, number
            assert not path.exists()
            continue
        break
    assert number > 90
    assert dirty > 80
    # The run that nothing killed is cleaned, too, and its cleaning may be killed at any request.
    for attempt in itertools.count(1):
        try:
            clean(stand_in.stage(Journal.resume(path), killed_after(attempt, stand_in.send)))
        except Killed:
            continue
        break
    assert attempt > 3
    assert everything(service) == before
    assert not path.exists()


def test_what_has_another_id_now_is_not_deleted(served: tuple[StandIn, Service], tmp_path: Path) -> None:
    stand_in, service = served
    github = stand_in.reference.github
    identifier = github.add_repository("acme/crreg-live-again")
    path = tmp_path / "journal"
    journal = stand_in.begin(path)
    thing = Thing("repository", "acme", "crreg-live-again")
    journal.intend(thing)
    journal.created(thing, identifier - 1)
    [problem] = clean(stand_in.stage(Journal.resume(path)))
    assert problem == "repository acme/crreg-live-again: something else has that name now, so it stays."
    assert "acme/crreg-live-again" in service.world.repositories
    assert path.exists()
    journal.created(thing, identifier)
    assert clean(stand_in.stage(Journal.resume(path))) == []
    assert "acme/crreg-live-again" not in service.world.repositories


def test_a_name_that_is_taken_is_neither_used_nor_deleted(
    served: tuple[StandIn, Service], tmp_path: Path
) -> None:
    stand_in, service = served
    journal = stand_in.begin(tmp_path / "journal")
    stand_in.reference.github.add_repository(f"acme/crreg-live-{journal.target.run}")
    before = everything(service)
    play(stand_in.stage(journal), {})
    assert clean(stand_in.stage(journal)) == []
    assert everything(service) == before


def test_a_second_run_does_not_begin_over_the_journal_of_a_first(
    served: tuple[StandIn, Service], tmp_path: Path
) -> None:
    stand_in, _ = served
    stand_in.begin(tmp_path / "journal")
    with pytest.raises(JournalError, match="first delete what that left"):
        stand_in.begin(tmp_path / "journal")


class Between(Server):
    """Stands between the suite's own process and the API: runs workflows, alters an answer, and may kill."""

    def __init__(self, stand_in: StandIn) -> None:
        super().__init__(_BetweenHandler)
        self.stand_in = stand_in
        self.victim: subprocess.Popen[str] | None = None
        self.kill_at = 0
        self.count = 0
        self.rename: tuple[str, str] | None = None


class _BetweenHandler(RelayHandler):
    server: Between

    def answer(self) -> None:
        self.server.count += 1
        if self.path.endswith("/runs"):
            self.server.stand_in.reference.run_workflows()
        self.relay(self.server.stand_in.reference.services.api)

    def send_upstream_response(self, response: Any) -> None:
        if self.server.count == self.server.kill_at and self.server.victim is not None:
            os.kill(self.server.victim.pid, signal.SIGKILL)
            self.server.victim.wait()
        if self.server.rename is None:
            super().send_upstream_response(response)
            return
        old, new = (text.encode() for text in self.server.rename)
        body = response.read().replace(old, new)
        headers = {name: value for name, value in response.getheaders() if name.lower() != "content-length"}
        self.respond(response.status, body, headers)


@pytest.fixture
def between(served: tuple[StandIn, Service]) -> Iterator[Between]:
    with Between(served[0]) as between:
        yield between


def suite(between: Between, folder: Path, *arguments: str, answer: str = "") -> tuple[int, str, str]:
    """Run the suite's command against the stand-in: exit code and both outputs."""
    services = asdict(between.stand_in.reference.services) | {"api": between.url}
    (folder / "services").write_text(json.dumps(services))
    environment = {
        "PATH": os.environ["PATH"],
        "CRREG_LIVE_TOKEN": between.stand_in.reference.token,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "live", *arguments, "--services", "services"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        between.victim = process
        output, errors = process.communicate(answer, timeout=120)
    return process.returncode, output, errors


RUN = ("run", "--owner", "acme", "--yes")


@pytest.mark.parametrize("kill_at", [15, 70])
def test_the_command_that_was_killed_is_cleaned_up_by_the_next(
    kill_at: int, between: Between, served: tuple[StandIn, Service], tmp_path: Path
) -> None:
    before = everything(served[1])
    between.kill_at = kill_at
    code, _, _ = suite(between, tmp_path, *RUN)
    assert code == -signal.SIGKILL
    assert everything(served[1]) != before
    between.kill_at = 0
    assert suite(between, tmp_path, *RUN)[0] == 2
    assert suite(between, tmp_path, "clean")[0] == 0
    assert everything(served[1]) == before
    assert (
        suite(between, tmp_path, "clean")[2]
        == "There is no journal crreg-live.journal, so nothing is left.\n"
    )


def test_the_command_finds_an_altered_answer_and_writes_its_record(
    between: Between, served: tuple[StandIn, Service], tmp_path: Path
) -> None:
    before = everything(served[1])
    between.rename = ('"key_id"', '"keyId"')
    code, output, errors = suite(between, tmp_path, *RUN)
    assert code == 1, errors
    assert "DIFFERS  secrets-key (GET /repos/OWNER/crreg-live-RUN/codespaces/secrets/public-key)\n" in output
    assert "           .key_id: nothing, the sandbox has string\n" in output
    record = json.loads((tmp_path / "crreg-live.json").read_text())
    assert record["verdicts"]["GH-SECRET-STORES"] == "differs"
    assert everything(served[1]) == before
    assert not (tmp_path / "crreg-live.journal").exists()


def test_the_command_says_what_it_will_create_and_asks(
    between: Between, served: tuple[StandIn, Service], tmp_path: Path
) -> None:
    before = everything(served[1])
    code, output, errors = suite(between, tmp_path, "run", "--owner", "acme", answer="no\n")
    assert (code, output) == (2, "")
    assert errors.startswith(
        "This works as mona, in the account acme. It creates:\n  - the private repository"
    )
    assert errors.endswith('Type "yes" to begin: ')
    assert everything(served[1]) == before
    assert not (tmp_path / "crreg-live.journal").exists()


def test_an_apps_token_is_made_for_its_installation(served: tuple[StandIn, Service]) -> None:
    stand_in, _ = served
    github, services = stand_in.reference.github, stand_in.reference.services
    app = github.add_app("crreg-live", owner="acme", permissions={"packages": "read"})
    with pytest.raises(AppError, match="is not installed on acme: GitHub answers 404 and"):
        installation_token(stand_in.send, services, ACCOUNT.owner, str(app.id), app.private_key)
    github.add_installation(app, "acme")
    token = installation_token(stand_in.send, services, ACCOUNT.owner, str(app.id), app.private_key)
    assert token.startswith("ghs_")
    with pytest.raises(AppError, match="not a private key") as refused:
        installation_token(stand_in.send, services, ACCOUNT.owner, str(app.id), "hunter2")
    assert "hunter2" not in str(refused.value)
