"""A run that is killed between any two writes to GitHub is repaired by the next."""

import itertools
import subprocess
import threading

import pytest
from sandbox.command import CRREG, surroundings
from sandbox.faults import Fault, FaultHandler, FaultProxy
from sandbox.github.control import Level
from sandbox.github.raw import RawClient
from tests.integration.ensure.scene import OWNERS, REPOSITORY, Scene, changes, names

STORES = {
    "repository": f"/repos/{REPOSITORY}/codespaces/secrets",
    "organization": "/orgs/acme/codespaces/secrets",
    "user": "/user/codespaces/secrets",
}
OLD = {name: f"old {name}" for name in names("ACR")}
CURRENT = [("unchanged", name, "unchanged") for name in names("ACR")]
State = tuple[tuple[bytes, tuple[str, ...]] | None, ...]
READER = {"a due triple": "acme/api", "a forced triple": REPOSITORY}
"""Who may read what was there before, in each case."""


class Stop:
    """Lets some requests through; others never get an answer."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._lock = threading.Lock()

    def fault(self) -> Fault:
        """The fault that does it."""

        def answer(handler: FaultHandler) -> None:
            with self._lock:
                passes = self.passes(handler)
            if not passes:
                self.held()
                handler.server.stopping.wait()
                return
            handler.relay(handler.server.backend)
            self.answered(handler)

        return Fault("stop", answer)

    def passes(self, handler: FaultHandler) -> bool:
        """Whether this request, of which there is one at a time, is let through."""
        raise NotImplementedError

    def held(self) -> None:
        """Take note of a request that is not let through."""
        self.reached.set()

    def answered(self, handler: FaultHandler) -> None:
        """Take note of a request that was answered."""

    def heed(self, process: subprocess.Popen[bytes]) -> None:
        """Take the end of the run for the end of the wait."""
        process.wait()
        self.reached.set()


class StopAfter(Stop):
    """Lets so many writes through, and everything that changes nothing."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._left = writes

    def passes(self, handler: FaultHandler) -> bool:
        self._left -= handler.command != "GET"
        return self._left >= 0 or handler.command == "GET"


class StopWrites(Stop):
    """Lets only the writes of these secrets through, of three that are sent at the same time."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets
        self._left = 3

    def passes(self, handler: FaultHandler) -> bool:
        return handler.command != "PUT" or handler.path.rpartition("/")[2] in self._secrets

    def held(self) -> None:
        self._one_less()

    def answered(self, handler: FaultHandler) -> None:
        if handler.command == "PUT":
            self._one_less()

    def _one_less(self) -> None:
        with self._lock:
            self._left -= 1
            if not self._left:
                self.reached.set()


def killed(stop: Stop, scene: Scene, *arguments: str) -> bool:
    """Run ensure and kill it at that stop; whether it came to that."""
    with FaultProxy(scene.github.url) as proxy:
        proxy.go_wrong(stop.fault())
        with subprocess.Popen(
            [CRREG, "ensure", *arguments],
            cwd=scene.folder,
            env={**surroundings(), **scene.environment(GITHUB_API_URL=proxy.url)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            threading.Thread(target=lambda: stop.heed(process), daemon=True).start()
            assert stop.reached.wait(60)
            came_to_that = process.poll() is None
            process.kill()
    return came_to_that


def state(scene: Scene, level: Level) -> State:
    """Value and readers of each part."""
    secrets = [scene.secret(level, name) for name in names("ACR")]
    return tuple((secret.value, secret.repositories) if secret else None for secret in secrets)


@pytest.mark.parametrize("before", list(READER))
@pytest.mark.parametrize("level", list(OWNERS))
def test_whatever_a_killed_run_leaves_behind_the_next_makes_right(
    scene: Scene, level: Level, before: str
) -> None:
    scene.values = scene.azure()
    scene.configure(
        f"registries: {{ACR: {{level: {level}{', max-age: 9h' if before == 'a due triple' else ''}}}}}"
    )
    force = ("--force",) if before == "a forced triple" else ()
    client = RawClient(scene.github.url, scene.token)
    left_behind: set[State] = set()
    for writes in itertools.count():
        for name in names("ACR"):
            client("DELETE", f"{STORES[level]}/{name}")
        scene.store(level, OLD, hours=10, readers=(READER[before],))
        at_first = state(scene, level)
        if not killed(StopAfter(writes), scene, *force):
            break
        if state(scene, level) == at_first:
            continue
        left_behind.add(state(scene, level))
        assert scene.ensure().code == 0
        assert scene.stored(level) == scene.azure() | (
            {} if force else {names("ACR")[0]: OLD[names("ACR")[0]]}
        )
        assert changes(scene.ensure()) == CURRENT
    # Values are written one after the other. Then the repository is given access to all of them at the same time.
    assert len(left_behind) >= (1 if before == "a due triple" and level == "repository" else 2)


@pytest.mark.parametrize(
    ("level", "arrived"),
    [
        *(
            ("repository", arrived)
            for count in (1, 2)
            for arrived in itertools.combinations(names("ACR"), count)
        ),
        ("organization", (names("ACR")[2],)),
        ("user", (names("ACR")[1],)),
    ],
)
def test_parts_that_are_created_at_the_same_time_are_completed_whichever_arrived(
    scene: Scene, level: Level, arrived: tuple[str, ...]
) -> None:
    scene.values = scene.azure()
    options = ("--level", level)

    assert killed(StopWrites(arrived), scene, *options)

    assert scene.stored(level).keys() == set(arrived)
    assert scene.ensure(*options).code == 0
    assert scene.stored(level) == scene.azure()
    assert changes(scene.ensure(*options)) == CURRENT
