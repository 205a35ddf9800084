"""A server that has stopped answering is no longer waited for, and is again as soon as it answers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.net.urls import Address
from crreg.registry.client import RegistryClient
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome, PullOutcome
from crreg.registry.reference import ImageReference
from crreg.registry.transport import transport
from crreg.registry.transport.failure import UnansweredError
from crreg.registry.transport.silence import MOST, Silence

IMAGE = Address.parse("https://acme.azurecr.io/v2/a/manifests/1")
GIVEN_UP = f"because it did not answer the last {MOST} in time"


def hang(silence: Silence, address: Address = IMAGE) -> None:
    with pytest.raises(UnansweredError), silence.expecting(address):
        raise UnansweredError(LoginOutcome.UNREACHABLE, "It did not answer in time.")


def answer(silence: Silence, address: Address = IMAGE) -> None:
    with silence.expecting(address):
        pass


def silent() -> Silence:
    """What is known of a server after so many requests in a row that it gives up the next one."""
    silence = Silence()
    for _ in range(MOST):
        hang(silence)
    return silence


def test_one_request_at_a_time_tries_a_silent_server() -> None:
    silence = silent()

    with silence.expecting(IMAGE):
        for _ in range(3):
            with pytest.raises(RegistryError, match=GIVEN_UP), silence.expecting(IMAGE):
                pass


def test_a_try_that_gets_no_answer_leaves_room_for_the_next() -> None:
    silence = silent()

    for _ in range(MOST):
        hang(silence)


def test_an_error_that_came_at_once_is_neither_an_answer_nor_silence() -> None:
    silence = silent()
    with pytest.raises(RegistryError), silence.expecting(IMAGE):
        raise RegistryError(LoginOutcome.UNREACHABLE, "It refused the connection.")

    with silence.expecting(IMAGE), pytest.raises(RegistryError, match=GIVEN_UP), silence.expecting(IMAGE):
        pass


def test_one_answer_makes_up_for_all() -> None:
    silence = silent()
    answer(silence)

    with ExitStack() as all_at_once:
        for _ in range(3):
            all_at_once.enter_context(silence.expecting(IMAGE))


def test_what_was_asked_before_an_answer_does_not_count() -> None:
    silence = Silence()
    waiting = [silence.expecting(IMAGE) for _ in range(2 * MOST)]
    for each in waiting:
        each.__enter__()
    answer(silence)
    for each in waiting:
        error = UnansweredError(LoginOutcome.UNREACHABLE, "It did not answer in time.")
        assert not each.__exit__(UnansweredError, error, None)

    with silence.expecting(IMAGE), silence.expecting(IMAGE):
        pass


@pytest.mark.parametrize(
    "other",
    [
        "https://acme.azurecr.io/v2/",
        "https://acme.azurecr.io/oauth2/token",
        "https://acme.azurecr.io/v2/a/blobs/sha256:00",
        "https://acme.azurecr.io:8443/v2/a/manifests/1",
        "https://octo.azurecr.io/v2/a/manifests/1",
    ],
)
def test_another_server_or_kind_of_request_is_apart(other: str) -> None:
    silence = silent()
    answer(silence, Address.parse(other))

    with silence.expecting(Address.parse(other)), silence.expecting(Address.parse(other)):
        pass
    with silence.expecting(IMAGE), pytest.raises(RegistryError, match=GIVEN_UP), silence.expecting(IMAGE):
        pass


def test_many_images_on_a_registry_that_hangs_cost_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_READ_SECONDS", 0.3)
    count, stopping = 400, threading.Event()

    def respond(request: Request) -> Answer:
        if "/manifests/" in request.path:
            stopping.wait(30)
        return Answer()

    with (
        serving(respond) as server,
        RegistryClient(allow_insecure=frozenset({"127.0.0.1"})) as client,
        ThreadPoolExecutor(MOST) as threads,
    ):
        images = [ImageReference.parse(f"{server.address}/a/image-{number}:1") for number in range(count)]
        results = list(threads.map(lambda image: client.pull(image, None, named=True), images))
        stopping.set()

    assert {result.outcome for result in results} == {PullOutcome.UNREACHABLE}
    asked = sum("/manifests/" in path for path in server.paths)
    unsent = [result for result in results if GIVEN_UP in result.detail]
    assert MOST <= asked == count - len(unsent) < count / 4
    assert {result.requests for result in unsent} == {0}
