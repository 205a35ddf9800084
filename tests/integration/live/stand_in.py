"""The sandbox in the role of the real services, for the suite that compares both."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from live.clean import clean
from live.journal import Journal, Target
from live.reference import Account, Reference
from live.scenario import new_run, play
from live.stage import Owner, Record, Stage
from live.web import Answered, Asked, Send
from sandbox.github.control import GitHubSandbox
from sandbox.github.description import Unchecked
from sandbox.github.operations import Server, Service

ACCOUNT = Account("mona", Owner("acme", is_organization=True))
Alter = Callable[[str, Answered], Answered]
"""Changes the answer to a step."""


@dataclass
class StandIn:
    """The services that a run is told are the real ones."""

    reference: Reference
    send: Send
    steps: list[str] = field(default_factory=list)
    """The step of each request so far."""

    def stage(self, journal: Journal, send: Send | None = None) -> Stage:
        account = self.reference.account
        return Stage(
            send or self.send,
            self.reference.services,
            account.owner,
            account.person,
            self.reference.token,
            journal,
            self.reference.run_workflows,
            self.steps.append,
        )

    def begin(self, path: Path) -> Journal:
        target = Target(self.reference.services.api, self.reference.account.owner.login, new_run())
        return Journal.begin(path, target)

    def run(self, path: Path, profiles: dict[str, object], alter: Alter | None = None) -> Record:
        """A whole run, with the cleaning at its end."""

        def altered(asked: Asked) -> Answered:
            return (alter or (lambda _, answered: answered))(self.steps[-1], self.send(asked))

        stage = self.stage(self.begin(path), altered)
        play(stage, self.reference.tokens(profiles))
        clean(replace(stage, send=self.send))
        return stage.record


@contextlib.contextmanager
def serving_in_process() -> Iterator[tuple[GitHubSandbox, Service]]:
    """A GitHub in this process, whose data a test can look at."""
    service = Service(Unchecked())
    server = Server(0, service)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield GitHubSandbox(server.url), service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
