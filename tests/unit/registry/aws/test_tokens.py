"""The exchange of AWS keys, against a server that plays AWS."""

import base64
import dataclasses
import json
import math
import socket
import threading
from collections.abc import Iterator

import boto3
import pytest
import urllib3
from moto.server import ThreadedMotoServer
from tests.unit.registry.servers import Answer, Request, basic, basic_registry, serving, talking

from crreg.net.retry import RETRIES
from crreg.registry.aws import tokens
from crreg.registry.client import RegistryClient
from crreg.registry.credentials import Credentials
from crreg.registry.ecr import EcrRegistry
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome, LoginResult, PullOutcome
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

PRIVATE = EcrRegistry("123456789012", "eu-west-1")
PUBLIC = EcrRegistry("", "us-east-1", public=True)
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAOTHEROTHEROTHER0",
    "AWS_SECRET_ACCESS_KEY": "another",
    "AWS_SESSION_TOKEN": "another",
    "AWS_REGION": "us-west-2",
    "AWS_DEFAULT_REGION": "us-west-2",
}


@pytest.fixture(autouse=True)
def misleading_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a runner may have of its own, and a test login must not use."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def users(moto: str) -> Iterator[dict[str, Credentials]]:
    """Two users, of whom one may do nothing; from here on the server checks who asks."""
    iam = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1").client(
        "iam",
        endpoint_url=moto,
    )
    keys = {}
    for name in ("puller", "nobody"):
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys[name] = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="puller", PolicyName="pull", PolicyDocument=json.dumps(policy))
    _check_keys_after(moto, "0")
    yield keys
    _check_keys_after(moto, "inf")


def _check_keys_after(moto: str, actions: str) -> None:
    urllib3.request("POST", f"{moto}/moto-api/reset-auth", body=actions).release_conn()


@pytest.fixture
def endpoint(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    return moto


def failure(registry: EcrRegistry, keys: Credentials, seconds: float = 20) -> tuple[LoginOutcome, str]:
    with pytest.raises(RegistryError) as raised:
        tokens.exchange(registry, keys, seconds)
    assert raised.value.__cause__ is None
    assert keys.password not in str(raised.value)
    return raised.value.outcome, raised.value.detail


@pytest.mark.usefixtures("endpoint")
def test_keys_give_a_token_and_the_name_of_their_owner(users: dict[str, Credentials]) -> None:
    assert tokens.exchange(PRIVATE, users["puller"], 20) == (
        Credentials("AWS", "123456789012-auth-token"),
        "arn:aws:iam::123456789012:user/puller",
    )


@pytest.mark.usefixtures("endpoint")
def test_keys_that_may_do_nothing_are_forbidden(users: dict[str, Credentials]) -> None:
    assert failure(PRIVATE, users["nobody"]) == (
        LoginOutcome.FORBIDDEN,
        (
            'AWS did not issue a registry token (it says "AccessDenied: User: '
            'arn:aws:iam::123456789012:user/nobody is not authorized to perform: ecr:GetAuthorizationToken"): '
            "the keys are valid, but a policy does not let them get a registry token."
        ),
    )


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("wrong", ["user", "password"])
def test_wrong_keys_are_denied(users: dict[str, Credentials], wrong: str) -> None:
    outcome, detail = failure(
        PRIVATE, dataclasses.replace(users["puller"], **{wrong: "AKIAIOSFODNN7EXAMPLE"})
    )
    assert outcome is LoginOutcome.DENIED
    assert detail.endswith(
        "USER must be the ID of an active access key, and PASSWORD the secret key that belongs to it.",
    )


def test_the_public_registry_has_its_own_way_to_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    token = base64.b64encode(b"AWS:public-token").decode()

    def answer(request: Request) -> Answer:
        if "us-east-1/ecr-public/aws4_request" in (request.authorization or ""):
            return Answer(200, {"authorizationData": {"authorizationToken": token, "expiresAt": 4e9}})
        return Answer(403)

    with serving(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert tokens.exchange(PUBLIC, KEYS, 20) == (Credentials("AWS", "public-token"), "")


def test_only_the_keys_at_hand_sign_and_for_the_region_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with serving(lambda _: Answer(400, {"__type": "UnrecognizedClientException"})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        failure(PRIVATE, KEYS)
        signed = [request.authorization or "" for request in server.requests]
    assert signed
    assert all(f"Credential={KEYS.user}/" in header and "/eu-west-1/" in header for header in signed)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("UnrecognizedClientException", LoginOutcome.DENIED),
        ("InvalidSignatureException", LoginOutcome.DENIED),
        ("ExpiredTokenException", LoginOutcome.DENIED),
        ("AccessDeniedException", LoginOutcome.FORBIDDEN),
        ("NeverHeardOfException", LoginOutcome.SERVER_ERROR),
    ],
)
def test_each_refusal_has_its_outcome(
    monkeypatch: pytest.MonkeyPatch, code: str, outcome: LoginOutcome
) -> None:
    echo = f"no {KEYS.password} for {KEYS.user}"
    with serving(lambda _: Answer(400, {"__type": code, "message": echo})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        ended, detail = failure(PRIVATE, KEYS)
    assert ended is outcome
    assert detail.startswith(f'AWS did not issue a registry token (it says "{code}"): ')


@pytest.mark.parametrize("message", [{}, {"a": "b"}, [], 1, None])
def test_a_message_that_is_no_text_is_left_out(monkeypatch: pytest.MonkeyPatch, message: object) -> None:
    with serving(lambda _: Answer(400, {"__type": "AccessDeniedException", "message": message})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        ended, detail = failure(PRIVATE, KEYS)
    assert ended is LoginOutcome.FORBIDDEN
    assert detail.startswith('AWS did not issue a registry token (it says "AccessDeniedException"): ')


def test_too_many_requests_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(429, b"slow down")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert failure(PRIVATE, KEYS)[0] is LoginOutcome.RATE_LIMITED


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"authorizationData": []},
        {"authorizationData": [{}]},
        {"authorizationData": [{"authorizationToken": "!"}]},
        {"authorizationData": [{"authorizationToken": "QVdTOng=", "expiresAt": 1e300}]},
        {"authorizationData": [{"authorizationToken": "QVdTOng=", "expiresAt": math.inf}]},
        [],
        "text",
    ],
)
def test_an_answer_without_a_token_is_the_servers_error(
    monkeypatch: pytest.MonkeyPatch, data: object
) -> None:
    with serving(lambda _: Answer(200, data)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert failure(PRIVATE, KEYS)[0] is LoginOutcome.SERVER_ERROR


def test_aws_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with talking(lambda _: None) as address:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
    assert failure(PRIVATE, KEYS) == (
        LoginOutcome.UNREACHABLE,
        "Could not reach AWS in time to get a registry token (EndpointConnectionError).",
    )


def test_aws_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    closing = threading.Event()

    def stall(_: socket.socket) -> None:
        closing.wait(10)

    with talking(stall) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        assert failure(PRIVATE, KEYS, 0.3)[0] is LoginOutcome.UNREACHABLE
        closing.set()


def test_an_answer_that_is_cut_off_is_a_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        connection.shutdown(socket.SHUT_WR)

    with talking(cut) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        assert failure(PRIVATE, KEYS) == (
            LoginOutcome.UNREACHABLE,
            "Could not reach AWS in time to get a registry token (ConnectionClosedError).",
        )


def test_an_answer_without_end_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while len(sent) < 1000:
            sent.append(connection.send(b"10000\r\n" + b"a" * 65536 + b"\r\n"))

    with talking(flood) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", f"http://{address}")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
        assert failure(PRIVATE, KEYS) == (
            LoginOutcome.SERVER_ERROR,
            "AWS did not issue a registry token (AnswerTooLarge).",
        )
    assert sum(sent) < 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("AKIA\nX: y", "secret-key"),
        ("me@example.org", "secret-key"),
        ("AKIAIOSFODNN7EXAMPLE", "secret\r\nkey"),
        ("AKIAIOSFODNN7EXAMPLE", "secrét-key"),
        ("ASIAIOSFODNN7EXAMPLE", "secret-key"),
    ],
)
def test_what_can_be_no_key_is_sent_nowhere(
    monkeypatch: pytest.MonkeyPatch, user: str, password: str
) -> None:
    with serving(lambda _: Answer()) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert failure(PRIVATE, Credentials(user, password))[0] is LoginOutcome.INVALID
        assert server.requests == []


@pytest.mark.usefixtures("endpoint")
def test_keys_that_may_get_no_token_still_name_their_user(
    users: dict[str, Credentials],
) -> None:
    keys = users["nobody"]
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    with RegistryClient() as client:
        result = client.login(Triple("ECR", host, keys.user, keys.password))

    assert (result.outcome, result.account) == (LoginOutcome.FORBIDDEN, "nobody")


@pytest.mark.usefixtures("endpoint")
def test_keys_that_do_not_exist_name_nobody(users: dict[str, Credentials]) -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    with RegistryClient() as client:
        result = client.login(Triple("ECR", host, "AKIAIOSFODNN7EXAMPLE", users["nobody"].password))

    assert (result.outcome, result.account) == (LoginOutcome.DENIED, None)


@pytest.mark.usefixtures("endpoint")
def test_a_login_exchanges_the_keys_and_shows_the_registry_only_the_token(
    users: dict[str, Credentials],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("crreg.registry.client.parse_host", lambda _: PRIVATE)
    keys = users["puller"]
    registry = basic_registry("AWS", "123456789012-auth-token", ("a/manifests/1",))
    concealed: list[str] = []
    with serving(registry) as server, RegistryClient(conceal=concealed.extend) as client:
        triple = Triple("ECR", server.address, keys.user, keys.password)
        assert client.login(triple) == LoginResult(
            LoginOutcome.SUCCEEDED,
            f"{server.address} accepts this user and password. "
            "The keys belong to arn:aws:iam::123456789012:user/puller.",
            2,
        )
        reference = ImageReference.parse(f"{server.address}/a:1")
        assert client.pull(reference, triple).outcome is PullOutcome.AVAILABLE
        assert {request.authorization for request in server.requests} == {
            None,
            basic("AWS", "123456789012-auth-token"),
        }
    assert "123456789012-auth-token" in concealed
    assert basic("AWS", "123456789012-auth-token").partition(" ")[2] in concealed


def test_a_token_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("crreg.registry.client.parse_host", lambda _: PRIVATE)
    with serving(basic_registry("AWS", "token")) as server, RegistryClient() as client:
        assert client.login(Triple("ECR", server.address, "AWS", "token")).outcome is LoginOutcome.SUCCEEDED


def test_aws_is_asked_again_as_often_as_any_registry_and_when_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy = Answer(503, {"__type": "ServiceUnavailable"}, {"Retry-After": "0"})
    with serving(lambda _: busy) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(RegistryError):
            tokens.mint(PRIVATE, 20)
        assert len(server.requests) == 1 + RETRIES


def test_a_wait_that_outlasts_the_budget_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Answer(429, {"__type": "ThrottlingException"}, {"Retry-After": "30"})
    with serving(lambda _: busy) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(RegistryError) as raised:
            tokens.mint(PRIVATE, 20)
        assert (raised.value.outcome, len(server.requests)) == (LoginOutcome.RATE_LIMITED, 1)
