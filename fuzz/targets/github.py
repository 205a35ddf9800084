"""Whole flows with generated answers of GitHub."""

import threading
import types
from unittest.mock import patch

import requests  # noqa: F401 - loaded here, where its import is not timed
from fuzz.network import Network, generated
from fuzz.secrecy import gives_away
from fuzz.target import SEPARATOR, ensure, target
from github import Auth

import crreg.github.transport
from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Repository
from crreg.github.issues import Issues
from crreg.github.origins import OriginsWanted
from crreg.github.origins_reading import read_origins
from crreg.github.packages import read_package
from crreg.github.secrets import read_inventory
from crreg.github.token import TokenKind
from crreg.net.deadline import Deadline
from crreg.triple import parse_name

_TOKEN = "ghp_Tr0ub4dor5and6more7"  # noqa: S105 - made up
_HOST, _PORT = "api.github.com", 443
_SECONDS = 20.0
_NAME = "ACR_CONTAINER_REGISTRY_USER"


class _Impatient:
    """An event without waiting."""

    def wait(self, seconds: float) -> None:
        del seconds


_THREADING = types.SimpleNamespace(Event=_Impatient, local=threading.local)


def _check(network: Network, message: str) -> None:
    for connection in network.connections:
        ensure((connection.host, connection.port) == (_HOST, _PORT), f"{connection.host} was asked")
    ensure(not gives_away(message, _TOKEN), "the message gives the token away")


def _client() -> GitHub:
    return GitHub(
        Auth.Token(_TOKEN), kind=TokenKind.CLASSIC, deadline=Deadline.after(_SECONDS), say=lambda _: None
    )


@target("inventory", longest=4096, weight=4)
def inventory(answers: bytes) -> None:
    """Any answers of GitHub result in an inventory, without an exception."""
    with (
        patch.object(crreg.github.transport, "threading", _THREADING),
        generated(answers, SEPARATOR) as network,
    ):
        client = _client()
        found = read_inventory(
            client, "octo/app", relevant=lambda name: parse_name(name) is not None, actions_secrets=True
        )
        client.close()
    details = [level.detail for level in found.levels]
    _check(network, " ".join(filter(None, [found.detail, *details])))


@target("origins", longest=4096, weight=2)
def origins(answers: bytes) -> None:
    """Any answers of GitHub result in known or unknown origins, without an exception."""
    with (
        patch.object(crreg.github.transport, "threading", _THREADING),
        generated(answers, SEPARATOR) as network,
    ):
        client = _client()
        repository = Repository("octo/app", 1, "private", "octo", owner_is_organization=True)
        wanted = OriginsWanted("17", "CRREG_RECEIPTS", {_NAME: "octocat"}, always=True)
        found = read_origins(client, repository, wanted, lambda: ((), ()))
        client.close()
    ensure(not found.unreadable or found.gap, "nobody learns why it is not known")
    _check(network, found.gap)


@target("package", longest=2048, weight=2)
def package(answers: bytes) -> None:
    """Any answers of GitHub result in a known or unknown package."""
    with (
        patch.object(crreg.github.transport, "threading", _THREADING),
        generated(answers, SEPARATOR) as network,
    ):
        client = _client()
        found = read_package(client, "octo", "app/dev")
        client.close()
    _check(network, found.detail or "")


@target("issues", longest=2048, weight=2)
def issues(answers: bytes) -> None:
    """An issue is read, opened and changed, or GitHubError gives the reason."""
    message = ""
    with (
        patch.object(crreg.github.transport, "threading", _THREADING),
        generated(answers, SEPARATOR) as network,
    ):
        client = _client()
        found = Issues(client, "octo/app")
        try:
            account = found.account()
            for each in found.written_by(account, is_open=True):
                found.change(each.number, state="closed")
            found.comment(found.open("title", "body").number, "more")
        except GitHubError as error:
            message = error.detail
        client.close()
    _check(network, message)
