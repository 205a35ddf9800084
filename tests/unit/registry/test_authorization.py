import itertools
import threading

import pytest
from tests.unit.registry.servers import Answer, Request, Server, serving

from crreg.registry.authorization import Authorization
from crreg.registry.challenge import Challenge
from crreg.registry.credentials import Credentials
from crreg.registry.endpoint import Endpoint
from crreg.registry.errors import RegistryError
from crreg.registry.failure import Tally
from crreg.registry.outcome import LoginOutcome
from crreg.registry.server import parse_server
from crreg.registry.transport import Transport


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def authorization(
    server: Server, clock: Clock, credentials: Credentials | None = None, scheme: str = "bearer"
) -> Authorization:
    challenge = Challenge(scheme, {"realm": f"{server.url}/token", "service": "s"})
    endpoint = Endpoint(parse_server(server.address), server.url, challenge)
    return Authorization(
        Transport(budget=10), endpoint, credentials, ("repository:o/r:pull",), Tally(), clock=clock
    )


def test_a_token_is_fetched_once_and_again_before_it_expires() -> None:
    numbers = itertools.count(1)
    with serving(lambda _: Answer(body={"token": f"t{next(numbers)}", "expires_in": 100})) as server:
        clock = Clock()
        shown = authorization(server, clock)
        url = f"{server.url}/v2/o/r/blobs/x"
        tokens = []
        for clock.now in (0.0, 79.0, 81.0, 150.0, 162.0):
            tokens.append(shown.headers(url)["Authorization"])

    assert tokens == ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"]
    assert shown.secrets == ("t1", "t2", "t3")


@pytest.mark.parametrize("told", [None, 0, -5, "100", True, float("inf")])
def test_a_token_whose_lifetime_is_not_told_is_used_for_a_minute_at_most(told: object) -> None:
    numbers = itertools.count(1)
    body = {} if told is None else {"expires_in": told}
    with serving(lambda _: Answer(body={"token": f"t{next(numbers)}", **body})) as server:
        clock = Clock()
        shown = authorization(server, clock)
        first = shown.headers(server.url)
        clock.now = 61.0 if told != float("inf") else 86_401.0
        second = shown.headers(server.url)

    assert (first, second) == ({"Authorization": "Bearer t1"}, {"Authorization": "Bearer t2"})


def test_threads_that_were_refused_together_fetch_one_new_token() -> None:
    numbers = itertools.count(1)
    with serving(lambda _: Answer(body={"token": f"t{next(numbers)}"})) as server:
        shown = authorization(server, Clock())
        old = shown.headers(server.url)
        threads = [threading.Thread(target=shown.renew, args=(old,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert shown.headers(server.url) == {"Authorization": "Bearer t2"}
    assert len(server.requests) == 2


def test_a_wider_scope_needs_another_token_and_the_same_none() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return Answer(body={"token": "t"})

    with serving(answer) as server:
        shown = authorization(server, Clock())
        shown.headers(server.url)
        shown.widen("repository:o/r:pull")
        shown.headers(server.url)
        shown.widen("repository:o/other:pull")
        shown.headers(server.url)

    assert [request.scope for request in seen] == ["repository:o/r:pull", "repository:o/r:pull"]


def test_a_login_is_shown_to_its_own_origin_alone() -> None:
    with serving(lambda _: Answer(body={"token": "t"})) as server:
        shown = authorization(server, Clock(), Credentials("me", "pass"), scheme="basic")

        assert shown.headers(f"{server.url}/v2/") == {"Authorization": "Basic bWU6cGFzcw=="}
        others = ("http://127.0.0.1:1/", server.url.replace("http://", "https://"), "http://localhost/v2/")
        assert [shown.headers(url) for url in others] == [{}, {}, {}]
        assert not shown.renew(shown.headers(server.url))
    assert server.requests == []


def test_a_password_that_is_wanted_and_missing_is_said() -> None:
    with serving(lambda _: Answer()) as server, pytest.raises(RegistryError) as raised:
        authorization(server, Clock(), scheme="basic").headers(server.url)

    assert raised.value.outcome is LoginOutcome.DENIED
