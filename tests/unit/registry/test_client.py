"""Logins and images against registries that want Basic, a token, or nothing."""

import base64
import json
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.unit.registry.servers import (
    MANIFEST,
    Answer,
    Request,
    Server,
    basic,
    basic_registry,
    bearer_registry,
    serving,
    serving_bearer,
)

from crreg.net import plain_http
from crreg.net.urls import Address
from crreg.registry.client import RegistryClient
from crreg.registry.image import artifact
from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.image.descriptor import OCI_MANIFEST
from crreg.registry.outcome import Fault, LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

MISSPELLED = "The password is misspelled, or it was changed, was revoked or expired after it was stored."
CHALLENGE = {"WWW-Authenticate": 'Basic realm="sandbox"'}


def login(server: Server | str, user: str | None, password: str | None) -> LoginResult:
    address = server if isinstance(server, str) else server.address
    with RegistryClient() as client:
        return client.login(Triple("X", address, user, password))


def image(server: Server, name: str) -> ImageReference:
    return ImageReference.parse(f"{server.address}/{name}")


def test_a_basic_login_costs_two_requests_and_each_image_one_more() -> None:
    with serving(basic_registry("me", "pass", ("a/b/manifests/1",))) as server, RegistryClient() as client:
        triple = Triple("X", server.address, "me", "pass")
        assert client.login(triple) == LoginResult(
            LoginOutcome.SUCCEEDED,
            f"{server.address} accepts this user and password.",
            2,
        )
        assert client.pull(image(server, "a/b:1"), triple) == PullResult(
            PullOutcome.AVAILABLE,
            f"{server.address} serves it with this user and password.",
            1,
        )
        assert server.requests == [
            Request("GET", "/v2/", None),
            Request("GET", "/v2/", basic("me", "pass")),
            Request("GET", "/v2/a/b/manifests/1", basic("me", "pass")),
        ]


def test_a_bearer_login_costs_three_requests_and_each_image_two_more() -> None:
    with serving_bearer("me", "pass", ("a/b/manifests/1",)) as server, RegistryClient() as client:
        triple = Triple("X", server.address, "me", "pass")
        assert client.login(triple) == LoginResult(
            LoginOutcome.SUCCEEDED,
            f"{server.address} accepts this user and password.",
            3,
        )
        assert client.pull(image(server, "a/b:1"), triple) == PullResult(
            PullOutcome.AVAILABLE,
            f"{server.address} serves it with this user and password.",
            2,
        )
        assert server.requests == [
            Request("GET", "/v2/", None),
            Request("GET", "/token", basic("me", "pass"), "me"),
            Request("GET", "/v2/", "Bearer user!None"),
            Request("GET", "/token", basic("me", "pass"), "me", "repository:a/b:pull"),
            Request("GET", "/v2/a/b/manifests/1", "Bearer user!repository:a/b:pull"),
        ]


def test_requests_of_one_client_share_a_connection() -> None:
    with serving_bearer("me", "pass", ("a/b/manifests/1",)) as server, RegistryClient() as client:
        triple = Triple("X", server.address, "me", "pass")
        client.login(triple)
        client.pull(image(server, "a/b:1"), triple)
        assert server.connections == 1


def test_images_without_a_triple_are_asked_for_with_one_ping_for_all() -> None:
    with (
        serving_bearer("me", "pass", ("private/c/manifests/latest",), ("a/b/manifests/1",)) as server,
        RegistryClient() as client,
    ):
        results = [client.pull(image(server, name), None, named=True) for name in ("a/b:1", "private/c")]
        assert results == [
            PullResult(PullOutcome.PUBLIC, f"{server.address} serves it without a password.", 3),
            PullResult(
                PullOutcome.DENIED,
                f"{server.address} asks for a user and a password. The image is private, or there is no repository "
                "private/c.",
                2,
            ),
        ]
        assert [request.account for request in server.requests] == [None] * 5


def test_without_a_triple_a_registry_of_basic_logins_is_asked_all_the_same() -> None:
    with serving(basic_registry("me", "pass")) as server, RegistryClient() as client:
        assert client.pull(image(server, "a/b"), None, named=True) == PullResult(
            PullOutcome.DENIED,
            f'{server.address} refuses access (it says "UNAUTHORIZED: authentication required"). The image is private, '
            "or there is no repository a/b.",
            2,
            codes=("UNAUTHORIZED",),
        )


def test_an_image_of_a_registry_that_asks_for_nothing_is_public_though_there_is_a_password() -> None:
    with serving(lambda _: MANIFEST) as server, RegistryClient() as client:
        assert client.pull(image(server, "a/b"), Triple("X", server.address, "me", "pass")) == PullResult(
            PullOutcome.PUBLIC,
            f"{server.address} serves it without a password.",
            1,
        )
        assert {request.authorization for request in server.requests} == {None}


def test_an_image_that_is_not_there_is_not_found() -> None:
    with serving(basic_registry("me", "pass")) as server, RegistryClient() as client:
        assert client.pull(image(server, "a/b:1"), Triple("X", server.address, "me", "pass")) == PullResult(
            PullOutcome.NOT_FOUND,
            f"{server.address} has the repository a/b, but not the tag 1 "
            '(it says "MANIFEST_UNKNOWN: manifest unknown").',
            1,
            codes=("MANIFEST_UNKNOWN",),
        )


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("NAME_UNKNOWN", '{} has no repository a/b (it says "NAME_UNKNOWN: gone").'),
        (
            "MANIFEST_UNKNOWN",
            '{} has the repository a/b, but not the tag 1 (it says "MANIFEST_UNKNOWN: gone").',
        ),
    ],
)
def test_what_is_missing_is_told_where_the_registry_tells(code: str, detail: str) -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/v2/":
            return Answer()
        return Answer(404, {"errors": [{"code": code, "message": "gone"}]})

    with serving(answer) as server, RegistryClient() as client:
        assert client.pull(image(server, "a/b:1"), None, named=True) == PullResult(
            PullOutcome.NOT_FOUND,
            detail.format(server.address),
            2,
            codes=(code,),
        )


@pytest.mark.parametrize(("user", "password"), [("me", "wrong"), ("you", "pass")])
def test_wrong_values_are_denied_and_tried_once_only(user: str, password: str) -> None:
    with serving(basic_registry("me", "pass")) as server, RegistryClient() as client:
        triple = Triple("X", server.address, user, password)
        result = client.login(triple)
        assert result == LoginResult(
            LoginOutcome.DENIED,
            f"{server.address} does not accept this user and password "
            f'(it says "UNAUTHORIZED: authentication required"). {MISSPELLED}',
            2,
            codes=("UNAUTHORIZED",),
        )
        assert client.login(triple) is result
        assert client.pull(image(server, "a/b"), triple) == PullResult(
            PullOutcome.DENIED,
            f"The login failed: {result.detail}",
        )
        assert len(server.requests) == 2


def test_a_token_server_that_knows_the_user_not_denies_the_login() -> None:
    with serving_bearer("me", "pass") as server:
        assert login(server, "me", "wrong") == LoginResult(
            LoginOutcome.DENIED,
            f"{server.address} does not accept this user and password "
            f'(it says "incorrect username or password"). {MISSPELLED}',
            2,
        )


def test_a_login_that_was_never_asked_for_is_not_tested() -> None:
    with serving(lambda _: Answer()) as server:
        result = login(server, "me", "pass")
        assert result.untested
        assert result == LoginResult(
            LoginOutcome.SKIPPED,
            f"{server.address} did not ask for a password, so this one was not tested.",
            1,
        )


def test_what_a_run_keeps_of_features_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is kept until the run ends, and hostile registries can answer for any number of features."""
    monkeypatch.setattr(artifact, "_MOST_KEPT", 3)
    tree = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.devcontainers", "digest": f"sha256:{'0' * 64}", "size": 2},
        "layers": [],
        "annotations": {"dev.containers.metadata": "{}"},
    }
    answer = Answer(200, tree, {"Content-Type": OCI_MANIFEST})
    with serving(lambda _: answer) as server, RegistryClient() as client:
        kept = [
            client.pull(image(server, name), None, named=True, use=artifact.Artifact.FEATURE).metadata
            for name in ("a:1", "b:1", "a:1")
        ]
    unread = FeatureMetadata(unread="this run's features have more metadata than crreg keeps")
    assert kept == [FeatureMetadata("{}"), unread, FeatureMetadata("{}")]


def test_a_web_page_in_place_of_a_registry_is_remarked_on() -> None:
    with serving(lambda _: Answer(200, b"<html>", {"Content-Type": "text/html; charset=utf-8"})) as server:
        assert login(server, "me", "pass").detail == (
            f"{server.address} did not ask for a password, so this one was not tested. "
            "It returned a web page, so it may not be a registry."
        )


@pytest.mark.parametrize(
    "ping",
    [
        Answer(404),
        Answer(403),
        Answer(401),
        Answer(401, headers={"WWW-Authenticate": "Negotiate"}),
        Answer(405),
    ],
)
def test_docker_pulls_where_nobody_can_log_in_and_so_public_images_are_found(ping: Answer) -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/v2/":
            return ping
        return MANIFEST if request.path == "/v2/a/b/manifests/1" else Answer(404)

    with serving(answer) as server, RegistryClient() as client:
        refused = client.login(Triple("X", server.address, "me", "pass"))
        assert refused.outcome is (
            LoginOutcome.FORBIDDEN if ping.status == 403 else LoginOutcome.NOT_A_REGISTRY
        )
        assert client.pull(image(server, "a/b:1"), None, named=True).outcome is PullOutcome.PUBLIC
        other = client.pull(image(server, "a/b:2"), None, named=True)
        assert (other.outcome, other.detail) == (refused.outcome.as_pull, refused.detail)


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Content-Type": "text/html"}, PullOutcome.NOT_A_REGISTRY),
        ({"Content-Type": "application/json"}, PullOutcome.NOT_A_REGISTRY),
        ({}, PullOutcome.NOT_A_REGISTRY),
        # Docker reads it as schema 1, and containerd not at all.
        (
            {"Content-Type": "application/json", "Docker-Content-Digest": "sha256:0"},
            PullOutcome.NOT_A_REGISTRY,
        ),
        ({"Docker-Content-Digest": "sha256:0"}, PullOutcome.PUBLIC),
        ({"Content-Type": "application/vnd.docker.distribution.manifest.v2+json"}, PullOutcome.PUBLIC),
    ],
)
def test_what_has_no_headers_of_a_manifest_is_no_image(headers: dict[str, str], outcome: PullOutcome) -> None:
    answer = Answer(body=MANIFEST.body, headers=headers)
    with serving(lambda _: answer) as server, RegistryClient() as client:
        assert client.pull(image(server, "a/b:1"), None, named=True).outcome is outcome


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (
            Answer(404),
            LoginOutcome.NOT_A_REGISTRY,
            "is not a container registry: it returned status 404 for /v2/.",
        ),
        (
            Answer(301),
            LoginOutcome.NOT_A_REGISTRY,
            "is not a container registry: it returned status 301 for /v2/.",
        ),
        (Answer(500), LoginOutcome.SERVER_ERROR, "failed with status 500."),
        (
            Answer(403, {"errors": [{"code": "DENIED", "message": "address not allowed"}]}),
            LoginOutcome.FORBIDDEN,
            'refuses access (it says "DENIED: address not allowed").',
        ),
        (
            Answer(401),
            LoginOutcome.NOT_A_REGISTRY,
            "asks for a login, but does not say which (it sends no WWW-Authenticate header).",
        ),
        (
            Answer(401, {}, {"WWW-Authenticate": "Negotiate"}),
            LoginOutcome.NOT_A_REGISTRY,
            "asks for a login that docker does not support (only Bearer and Basic).",
        ),
        (
            Answer(401, {}, {"WWW-Authenticate": 'Bearer realm="/token"'}),
            LoginOutcome.NOT_A_REGISTRY,
            "does not name a usable token server address.",
        ),
        (
            Answer(401, {}, {"WWW-Authenticate": 'Bearer realm="https://me:pass@auth.invalid/"'}),
            LoginOutcome.NOT_A_REGISTRY,
            "does not name a usable token server address.",
        ),
        (
            Answer(401, {}, {"WWW-Authenticate": 'Bearer realm="http://auth.invalid/"'}),
            LoginOutcome.INSECURE,
            "sends logins to auth.invalid over plain http, so the password was not sent.",
        ),
    ],
)
def test_a_first_answer_that_no_login_can_follow_ends_it(
    answer: Answer, outcome: LoginOutcome, detail: str
) -> None:
    with serving(lambda _: answer) as server:
        result = login(server, "me", "pass")
        assert (result.outcome, result.detail, result.requests) == (
            outcome,
            f"{server.address} {detail}",
            1,
        )
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, {}), LoginOutcome.SERVER_ERROR),
        (Answer(200, {"token": 1}), LoginOutcome.NOT_A_REGISTRY),
        (Answer(200, {"token": "two words\r\nX: y"}), LoginOutcome.NOT_A_REGISTRY),
        (Answer(200, b"[" * 100_000), LoginOutcome.SERVER_ERROR),
        (Answer(200, {"token": "a" * 20_000}), LoginOutcome.NOT_A_REGISTRY),
        (Answer(200, {"token": "a" * 100_000}), LoginOutcome.SERVER_ERROR),
        (Answer(200, b"\xff"), LoginOutcome.SERVER_ERROR),
        (Answer(400, {"error": "invalid_grant"}), LoginOutcome.DENIED),
        (Answer(403), LoginOutcome.FORBIDDEN),
        (Answer(403, {"errors": [{"code": "UNAUTHORIZED"}]}), LoginOutcome.DENIED),
        (Answer(404), LoginOutcome.NOT_A_REGISTRY),
        (Answer(500), LoginOutcome.SERVER_ERROR),
    ],
)
def test_a_token_server_that_gives_no_token_ends_the_login(answer: Answer, outcome: LoginOutcome) -> None:
    url: list[str] = []

    def registry(request: Request) -> Answer:
        if request.path == "/token":
            return answer
        return Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{url[0]}/token"'})

    with serving(registry) as server:
        url.append(server.url)
        result = login(server, "me", "pass")
        assert (result.outcome, result.requests) == (outcome, 2)


def test_a_registry_elsewhere_cannot_send_a_password_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    pinged: list[Address] = []

    def may_be_plain(address: Address, _: Collection[str]) -> bool:
        """Only so that the test's registry can be pinged: from then on it counts as one elsewhere."""
        pinged.append(address)
        return len(pinged) == 1 or address not in pinged

    monkeypatch.setattr(plain_http, "may_be_plain", may_be_plain)
    with serving(lambda _: Answer()) as local:
        challenge = {"WWW-Authenticate": f'Bearer realm="{local.url}/token"'}
        with serving(lambda _: Answer(401, {}, challenge)) as server:
            assert login(server, "me", "pass") == LoginResult(
                LoginOutcome.INSECURE,
                f"{server.address} sends logins to {local.address} over plain http, so the password was not sent.",
                1,
            )
        assert local.requests == []


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("me", "pässwörd €"),
        ("mé", "x"),
        ("_json_key", '{\n  "type": "service_account",\n  "private_key": "-----BEGIN\\nEND"\n}'),
        ("00000000-0000-0000-0000-000000000000", "eyJ.refresh.token"),
        ("<token>", "identity"),
        ("AWS", "a" * 2800),
        ("me", "with:colons::"),
        ("me", " spaces "),
    ],
)
def test_values_of_every_provider_travel_unchanged(user: str, password: str) -> None:
    for registry in (serving(basic_registry(user, password)), serving_bearer(user, password)):
        with registry as server:
            assert login(server, user, password).outcome is LoginOutcome.SUCCEEDED


@pytest.mark.parametrize(
    ("user", "password"), [(" me ", "pass"), ("me\n", "pass"), ("me", "pass\n"), ("me", "pass\r\n")]
)
def test_white_space_that_docker_login_drops_is_dropped(user: str, password: str) -> None:
    with serving(basic_registry("me", "pass")) as server:
        assert login(server, user, password).outcome is LoginOutcome.SUCCEEDED


@pytest.mark.parametrize(
    ("server", "user", "password", "outcome", "detail", "fault"),
    [
        (None, "me", "pass", "skipped", "No login was tried, because no value was given for SERVER.", None),
        (
            "a.example",
            None,
            None,
            "skipped",
            "No login was tried, because no value was given for USER, PASSWORD.",
            None,
        ),
        ("", "me", "pass", "invalid", "SERVER is empty.", Fault.SERVER),
        (
            "a b",
            "me",
            "pass",
            "invalid",
            "SERVER contains white space or a control character.",
            Fault.SERVER,
        ),
        *(
            (
                f"{before}a.example{after}",
                "me",
                "pass",
                "invalid",
                f"SERVER has {what} before or after the host, which docker login rejects. Store only the host.",
                Fault.SERVER,
            )
            for before, after, what in (
                ("", "\n", "a line break"),
                ("", "\r\n", "a line break"),
                ("\n", "", "a line break"),
                ("", " ", "white space"),
                ("\t", "", "white space"),
                ("", "\u00a0", "white space"),
            )
        ),
        (
            "\ufeffa.example",
            "me",
            "pass",
            "invalid",
            "SERVER starts with a byte order mark, which some editors put at the start of a file.",
            Fault.SERVER,
        ),
        (
            '"a.example"',
            "me",
            "pass",
            "invalid",
            "SERVER is in quotation marks; store it without them.",
            Fault.SERVER,
        ),
        ("a.example", "", "pass", "invalid", "USER is empty.", Fault.USER),
        ("a.example", "me", " \n", "invalid", "PASSWORD is empty.", Fault.PASSWORD),
        (
            "a.example",
            "me:you",
            "pass",
            "invalid",
            "USER contains a colon, but a colon also separates the user from the password.",
            Fault.USER,
        ),
        (
            "a.example",
            "me",
            "pa\ud800ss",
            "invalid",
            "PASSWORD contains an unpaired surrogate, which can't be encoded as UTF-8.",
            Fault.PASSWORD,
        ),
        (
            "a.example",
            "me\nyou",
            "pass",
            "invalid",
            "USER contains a line break or another control character.",
            Fault.USER,
        ),
    ],
)
def test_a_triple_that_cannot_log_in_sends_nothing(  # noqa: PLR0917 - the columns of a table
    server: str | None,
    user: str | None,
    password: str | None,
    outcome: str,
    detail: str,
    fault: Fault | None,
) -> None:
    with RegistryClient() as client:
        triple = Triple("X", server, user, password)
        assert client.login(triple) == LoginResult(LoginOutcome(outcome), detail, fault=fault)
        assert client.pull(ImageReference.parse("a.example/b"), triple) == PullResult(
            PullOutcome(outcome),
            f"The login failed: {detail}",
            fault=fault,
        )


def test_credentials_are_never_sent_to_another_registry_than_their_server() -> None:
    with (
        serving(basic_registry("me", "pass")) as server,
        serving(basic_registry("me", "pass")) as other,
        RegistryClient() as client,
    ):
        result = client.pull(image(other, "a/b"), Triple("X", server.address, "me", "pass"))
        assert result == PullResult(
            PullOutcome.INVALID,
            f"The image is in {other.address}, but SERVER is {server.address}, so nothing was sent.",
        )
        assert other.requests == []


@pytest.mark.parametrize("registry", [basic_registry, bearer_registry])
def test_threads_that_ask_for_one_registry_ping_it_once(
    registry: Callable[[str, str], Callable[[Request], Answer]],
) -> None:
    start = threading.Barrier(8)
    url: list[str] = []

    def answer(request: Request) -> Answer:
        given = registry("me", "pass")(request)
        headers = {
            name: value.replace("{challenge}", f'Bearer realm="{url[0]}/token"')
            for name, value in given.headers.items()
        }
        return Answer(given.status, given.body, headers)

    with serving(answer) as server, RegistryClient() as client, ThreadPoolExecutor(8) as threads:
        url.append(server.url)

        def ask(_: int) -> LoginOutcome:
            start.wait()
            return client.login(Triple("X", server.address, "me", "pass")).outcome

        assert set(threads.map(ask, range(8))) == {LoginOutcome.SUCCEEDED}
        assert server.paths.count("GET /v2/") == 2


@pytest.mark.parametrize("echoed", ["me-myself", "s3cret-value", "bWUtbXlzZWxmOnMzY3JldC12YWx1ZQ=="])
def test_what_a_server_echoes_is_not_shown(echoed: str) -> None:
    def answer(request: Request) -> Answer:
        body = {"errors": [{"code": "UNAUTHORIZED", "message": f"no {echoed}\x1b[31m" + "!" * 500}]}
        return Answer(403 if request.authorization else 401, body, CHALLENGE)

    with serving(answer) as server:
        result = login(server, "me-myself", "s3cret-value")
        assert result == LoginResult(
            LoginOutcome.FORBIDDEN,
            f'{server.address} refuses access (it says "UNAUTHORIZED").',
            2,
            codes=("UNAUTHORIZED",),
        )


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("pass", ""),
        ("my-self", ""),
        ("me", ""),
        ("no", ""),
        ("el", ' (it says "pass is no password of me-myself-not")'),
        ("another-secret", ' (it says "pass is no password of me-myself-not")'),
    ],
)
def test_a_short_secret_keeps_the_words_that_hold_it_from_being_quoted(password: str, said: str) -> None:
    answer = Answer(401, {"message": "pass is no password of me-myself-not"}, CHALLENGE)
    with serving(lambda _: answer) as server:
        assert f"this user and password{said}." in login(server, "you", password).detail


@pytest.mark.parametrize("challenge", ['Basic realm="x', "Basic realm=two words", "basic;realm=x"])
def test_a_broken_basic_challenge_is_answered_as_docker_does(challenge: str) -> None:
    def answer(request: Request) -> Answer:
        if request.authorization == basic("me", "pass"):
            return Answer()
        return Answer(401, {}, {"WWW-Authenticate": challenge})

    with serving(answer) as server:
        assert login(server, "me", "pass").outcome is LoginOutcome.SUCCEEDED


def test_a_secret_too_short_to_take_out_keeps_the_server_from_being_quoted() -> None:
    answer = Answer(401, {"errors": [{"message": "abc is wrong"}]}, CHALLENGE)
    with serving(lambda _: answer) as server:
        assert login(server, "me", "abc").detail == (
            f"{server.address} does not accept this user and password. {MISSPELLED}"
        )


def test_nothing_that_holds_a_value_shows_it() -> None:
    with serving(basic_registry("me-myself", "s3cret-value")) as server, RegistryClient() as client:
        triple = Triple("X", server.address, "me-myself", "s3cret-value")
        client.login(triple)
        account = client._account(triple)
        shown = f"{client!r} {account!r} {account.credentials!r} {triple!r} {client.__dict__!r}"
        assert "s3cret-value" not in shown
        assert "me-myself" not in shown


def ecr_token(expiration: int) -> str:
    content = {"payload": "x", "datakey": "y", "version": "2", "type": "DATA_KEY", "expiration": expiration}
    return base64.b64encode(json.dumps(content).encode()).decode()


def test_the_expiry_of_a_token_is_told_with_the_login() -> None:
    password = ecr_token(4_000_000_000)
    with serving(basic_registry("AWS", password)) as server:
        assert login(server, "AWS", password) == LoginResult(
            LoginOutcome.SUCCEEDED,
            f"{server.address} accepts this user and password.",
            2,
            datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC),
        )


def test_an_expired_token_is_named_as_the_cause() -> None:
    with serving(basic_registry("AWS", "another")) as server:
        assert login(server, "AWS", ecr_token(1_000_000_000)).detail.endswith(
            "PASSWORD is a token that expired at 2001-09-09 01:46 UTC.",
        )


def test_of_two_schemes_docker_fetches_a_token_and_shows_the_password() -> None:
    url: list[str] = []

    def registry(request: Request) -> Answer:
        if request.path == "/token":
            return Answer(200, {"access_token": "T"})
        if request.authorization == basic("me", "pass"):
            return Answer()
        return Answer(
            401,
            {},
            {"WWW-Authenticate": f'Bearer realm="{url[0]}/token"', "Www-authenticate": 'Basic realm="x"'},
        )

    with serving(registry) as server:
        url.append(server.url)
        assert login(server, "me", "pass").outcome is LoginOutcome.SUCCEEDED
        assert server.paths == ["GET /v2/", "GET /token", "GET /v2/"]
        assert login(server, "me", "wrong").outcome is LoginOutcome.DENIED


@pytest.mark.parametrize(
    "tail",
    [
        '; service="fake"',
        ' service="fake"',
        ",service=my registry",
        ',service="fake",error_description="the "token" is missing"',
    ],
)
def test_a_broken_bearer_challenge_is_answered_as_docker_does(tail: str) -> None:
    url: list[str] = []

    def registry(request: Request) -> Answer:
        if request.path == "/token":
            return Answer(200, {"token": "T"})
        if request.authorization == "Bearer T":
            return Answer()
        return Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{url[0]}/token"{tail}'})

    with serving(registry) as server:
        url.append(server.url)
        assert login(server, "me", "pass").outcome is LoginOutcome.SUCCEEDED


def test_a_token_that_docker_cannot_decode_is_the_token_servers_fault() -> None:
    url: list[str] = []

    def registry(request: Request) -> Answer:
        if request.path == "/token":
            return Answer(200, {"token": "T", "expires_in": "300"})
        return Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{url[0]}/token"'})

    with serving(registry) as server:
        url.append(server.url)
        result = login(server, "me", "pass")
    assert (result.outcome, result.fault) == (LoginOutcome.NOT_A_REGISTRY, Fault.TOKEN_SERVER)
    assert result.detail.endswith(
        "returned an expires_in that is not a whole number, which docker can't use."
    )
