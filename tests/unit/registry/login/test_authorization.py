import itertools
import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.registry.servers import Answer, Request, Server, serving
from urllib3 import HTTPHeaderDict

from crreg.net.urls import Address
from crreg.registry.challenge import Challenge
from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError
from crreg.registry.login import authentication
from crreg.registry.login.authorization import Authorization
from crreg.registry.login.endpoint import Endpoint
from crreg.registry.login.endpoint import refusal as endpoint_refusal
from crreg.registry.login.token_answer import InvalidTokenAnswer, read_token
from crreg.registry.server import parse_server
from crreg.registry.transport.answer import Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport


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
    endpoint = Endpoint(parse_server(server.address), Address.parse(server.url), challenge)
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
            tokens.append(shown.headers(Address.parse(url))["Authorization"])

    assert tokens == ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"]
    assert shown.secrets == ("t1", "t2", "t3")


@pytest.mark.parametrize("told", [None, 0, -5])
def test_a_token_whose_lifetime_is_not_told_is_used_for_a_minute_at_most(told: object) -> None:
    numbers = itertools.count(1)
    body = {} if told is None else {"expires_in": told}
    with serving(lambda _: Answer(body={"token": f"t{next(numbers)}", **body})) as server:
        clock = Clock()
        shown = authorization(server, clock)
        first = shown.headers(Address.parse(server.url))
        clock.now = 61.0
        second = shown.headers(Address.parse(server.url))

    assert (first, second) == ({"Authorization": "Bearer t1"}, {"Authorization": "Bearer t2"})


def test_threads_that_were_refused_together_fetch_one_new_token() -> None:
    numbers = itertools.count(1)
    with serving(lambda _: Answer(body={"token": f"t{next(numbers)}"})) as server:
        shown = authorization(server, Clock())
        old = shown.headers(Address.parse(server.url))
        threads = [
            threading.Thread(target=shown.renew, args=(old, Response(401, HTTPHeaderDict(), b"")))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert shown.headers(Address.parse(server.url)) == {"Authorization": "Bearer t2"}
    assert len(server.requests) == 2


def test_a_wider_scope_needs_another_token_and_the_same_none() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return Answer(body={"token": "t"})

    with serving(answer) as server:
        shown = authorization(server, Clock())
        shown.headers(Address.parse(server.url))
        shown.widen("repository:o/r:pull")
        shown.headers(Address.parse(server.url))
        shown.widen("repository:o/other:pull")
        shown.headers(Address.parse(server.url))

    assert [request.scope for request in seen] == ["repository:o/r:pull", "repository:o/r:pull"]


def test_a_login_is_shown_to_its_own_origin_alone() -> None:
    with serving(lambda _: Answer(body={"token": "t"})) as server:
        shown = authorization(server, Clock(), Credentials("me", "pass"), scheme="basic")

        assert shown.headers(Address.parse(f"{server.url}/v2/")) == {"Authorization": "Basic bWU6cGFzcw=="}
        others = ("http://127.0.0.1:1/", server.url.replace("http://", "https://"), "http://localhost/v2/")
        assert [shown.headers(Address.parse(url)) for url in others] == [{}, {}, {}]
        assert not shown.renew(shown.headers(Address.parse(server.url)), Response(401, HTTPHeaderDict(), b""))
    assert server.requests == []


def test_where_a_password_is_wanted_and_missing_nothing_is_shown() -> None:
    with serving(lambda _: Answer()) as server:
        shown = authorization(server, Clock(), scheme="basic")
        assert shown.headers(Address.parse(server.url)) == {}
        assert not shown.is_shown


NUMBERS = (
    *(
        "1" + "0" * 400,
        "9" * 4300,
        "9" * 5000,
        "-" + "9" * 400,
        "1e400",
        "-1e400",
        "1e-400",
        "NaN",
        "Infinity",
    ),
    *("-Infinity", "true", "null", "[]", "{}", '""', '"60"', "[" * 100_000, "0.0", "-0.0"),
)


@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
def test_no_lifetime_that_a_token_server_tells_ends_the_run(number: str) -> None:
    answer = Answer(body=f'{{"token": "t", "expires_in": {number}}}'.encode())
    with serving(lambda _: answer) as server:
        shown = authorization(server, Clock())
        ended = ""
        try:
            assert shown.headers(Address.parse(server.url)) == {"Authorization": "Bearer t"}
        except RegistryError as error:
            ended = error.outcome
    assert ended in {"", "server-error", "not-a-registry"}
    assert ended or 0 < shown._until <= 86_400


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "token",
    "access_token",
    "expires_in",
    "errors",
    "error",
    "error_description",
    "message",
    "details",
)
ANSWERS = st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, JSON))


@settings(deadline=None, max_examples=300)
@given(answer=ANSWERS | JSON, status=st.sampled_from((200, 400, 401, 403, 404, 418, 429, 500, 503)))
def test_nothing_that_a_token_server_answers_raises_another_error(answer: object, status: int) -> None:
    body = json.dumps(answer).encode()
    endpoint = Endpoint(parse_server("r.example"), Address.parse("https://r.example"), None)
    response = Response(status, HTTPHeaderDict({"Retry-After": "9" * 50}), body)
    try:
        token = read_token(body)
        assert 0 < token.lifetime <= 86_400
    except InvalidTokenAnswer:
        pass
    for refusal in (
        authentication._token_refusal(endpoint, "r.example", response, Credentials("me", "hunter2-hunter2")),
        endpoint_refusal(endpoint.server, response, ("hunter2-hunter2",)),
    ):
        assert refusal.detail.isprintable()
