"""The token server's answers in each of its flavors; the registries' tests cover what its tokens allow."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import jwt
import pytest
import urllib3
from sandbox import credentials
from sandbox.authority import Authority
from sandbox.credentials import Credential
from sandbox.token_server import AZURE_TOKEN_USER, Account, Flavor, TokenServer

_SERVICE = "registry.example"
_PULL = "repository:dev/base:pull"
_PUSH = "repository:dev/base:pull,push"
_OWNER = credentials.credential("octocat")
_ACCOUNTS = [Account(_OWNER, {"dev/base": frozenset({"pull"})})]
_WRONG = Credential("octocat", "wrong")


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as pool:
        yield pool


@pytest.fixture
def servers(authority: Authority) -> Iterator[dict[Flavor, TokenServer]]:
    with ExitStack() as stack:
        yield {
            flavor: stack.enter_context(
                TokenServer(
                    authority, service=_SERVICE, flavor=flavor, accounts=_ACCOUNTS, public=["public/base"]
                )
            )
            for flavor in Flavor
        }


class _Client:
    def __init__(self, pool: urllib3.PoolManager, server: TokenServer) -> None:
        self._pool = pool
        self._server = server

    def get(self, scope: str, credential: Credential | None = None, **more: str) -> tuple[int, Any]:
        headers = {"Authorization": credential.basic} if credential else {}
        fields = {"service": _SERVICE, "scope": scope, **more}
        answer = self._pool.request("GET", f"{self._server.url}/token", fields=fields, headers=headers)
        return answer.status, answer.json()

    def post(self, **fields: str) -> tuple[int, Any]:
        form = {"service": _SERVICE, **fields}
        answer = self._pool.request("POST", f"{self._server.url}/token", fields=form, encode_multipart=False)
        return answer.status, answer.json()


def _access(token: str) -> Any:
    return jwt.decode(token, options={"verify_signature": False})["access"]


@pytest.mark.parametrize(
    ("flavor", "names"),
    [
        (Flavor.DOCKER_HUB, {"token", "access_token", "expires_in"}),
        (Flavor.GHCR, {"token"}),
        (Flavor.AZURE, {"access_token"}),
        (Flavor.IDENTITY, {"token", "access_token", "expires_in", "refresh_token"}),
    ],
)
def test_each_names_its_token_in_its_own_way(
    servers: dict[Flavor, TokenServer], pool: urllib3.PoolManager, flavor: Flavor, names: set[str]
) -> None:
    status, body = _Client(pool, servers[flavor]).get(_PULL, _OWNER, offline_token="true")
    assert (status, set(body)) == (200, names)


@pytest.mark.parametrize(
    ("flavor", "status"),
    [(Flavor.DOCKER_HUB, 401), (Flavor.GHCR, 403), (Flavor.AZURE, 401), (Flavor.IDENTITY, 401)],
)
def test_each_refuses_a_wrong_password_in_its_own_way(
    servers: dict[Flavor, TokenServer], pool: urllib3.PoolManager, flavor: Flavor, status: int
) -> None:
    assert _Client(pool, servers[flavor]).get(_PULL, _WRONG)[0] == status


def test_a_token_grants_no_more_than_its_user_may(
    servers: dict[Flavor, TokenServer], pool: urllib3.PoolManager
) -> None:
    client = _Client(pool, servers[Flavor.DOCKER_HUB])
    asked = [client.get(_PUSH, _OWNER), client.get(_PUSH), client.get("repository:public/base:pull,push")]
    granted = [_access(body["token"]) for _, body in asked]
    assert granted == [
        [{"type": "repository", "name": "dev/base", "actions": ["pull"]}],
        [],
        [{"type": "repository", "name": "public/base", "actions": ["pull"]}],
    ]


def test_ghcr_gives_nobody_a_token_for_what_is_private(
    servers: dict[Flavor, TokenServer], pool: urllib3.PoolManager
) -> None:
    client = _Client(pool, servers[Flavor.GHCR])
    assert [client.get(_PULL)[0], client.get("repository:public/base:pull")[0]] == [401, 200]


def test_a_token_is_signed_by_the_certificate_it_carries(
    servers: dict[Flavor, TokenServer], authority: Authority
) -> None:
    token = servers[Flavor.AZURE].access_token(_OWNER.user, [_PULL])
    (certificate,) = jwt.get_unverified_header(token)["x5c"]
    signer = authority.leaf(f"signer.{_SERVICE}", signing=True).certificate.read_text()
    assert base64.b64decode(certificate) == base64.b64decode("".join(signer.splitlines()[1:-1]))


def test_a_password_is_exchanged_for_a_refresh_token_and_that_for_access(
    servers: dict[Flavor, TokenServer], pool: urllib3.PoolManager
) -> None:
    client = _Client(pool, servers[Flavor.AZURE])
    login = {"username": _OWNER.user, "password": _OWNER.password, "access_type": "offline"}
    _, first = client.post(grant_type="password", scope=_PULL, **login)
    refresh = first["refresh_token"]
    status, second = client.post(grant_type="refresh_token", refresh_token=refresh, scope=_PULL)
    assert (status, _access(second["access_token"])) == (200, _access(first["access_token"]))
    by_basic = client.get(_PULL, Credential(AZURE_TOKEN_USER, refresh))
    assert by_basic[0] == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 401),
        ({"grant_type": "password", "username": "octocat", "password": "wrong"}, 401),
        ({"grant_type": "magic"}, 400),
        ({"grant_type": "refresh_token", "service": "another"}, 400),
    ],
    ids=json.dumps,
)
def test_an_exchange_of_what_is_wrong_is_refused(
    servers: dict[Flavor, TokenServer], pool: urllib3.PoolManager, form: dict[str, str], status: int
) -> None:
    answer = _Client(pool, servers[Flavor.AZURE]).post(**form)
    assert (answer[0], set(answer[1])) == (status, {"errors"})
