"""Whole flows with generated answers of registries and token servers."""

import contextlib
import re
import time

import urllib3
from fuzz.network import Network, generated, raw
from fuzz.secrecy import gives_away
from fuzz.target import SEPARATOR, ensure, target
from urllib3.exceptions import LocationParseError

from crreg.registry.client import RegistryClient
from crreg.registry.copy.read import read
from crreg.registry.copy.transfer import set_tags, transfer
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.reference import ImageReference
from crreg.registry.transport.transport import Transport
from crreg.triple import Triple

_REGISTRY = "registry.example"
_PASSWORD = "Tr0ub4dor-and-3-more"  # noqa: S105 - made up
_TRIPLE = Triple("ACR", _REGISTRY, "octocat", _PASSWORD)
_IMAGE = ImageReference.parse(f"{_REGISTRY}/o/r:1")
_STRANGER = ImageReference.parse("stranger.example/o/r:1")
_LOCAL = ImageReference.parse("localhost:5000/o/r:1")
_REALM = re.compile(rb'realm="?([^",\s]+)', re.IGNORECASE)
_LONGEST = 3_000
"""The most characters in the messages of all flows of an input."""
_PATIENCE = 3.0
"""The most CPU seconds of a flow."""


class _Clock:
    """A clock that sleeping moves forward."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def _client() -> RegistryClient:
    clock = _Clock()
    client = RegistryClient()
    client._transport = Transport(budget=60.0, clock=clock.now, sleep=clock.sleep, chance=lambda: 0.5)
    return client


def _named(answer: bytes) -> set[tuple[str, bool]]:
    """The hosts of the token servers in an answer, and whether they use https."""
    found = set()
    for realm in _REALM.findall(answer):
        with contextlib.suppress(LocationParseError):
            address = urllib3.util.parse_url(realm.decode("latin-1"))
            if address.host and address.auth is None:
                found.add((address.host.strip("[]"), address.scheme == "https"))
    return found


def _check(network: Network, message: str) -> None:
    """Credentials are sent only to the registry and the token servers that it names, and are never shown."""
    allowed = {(_REGISTRY, True)}
    for connection in network.connections:
        if connection.host == _REGISTRY and connection.secure:
            allowed |= _named(raw(connection.answer))
    for connection in network.connections:
        known = (connection.host.strip("[]").lower(), connection.secure) in allowed
        ensure(known or not connection.authorized, f"{connection.host} was shown a credential")
    ensure(message.isprintable() and len(message) < _LONGEST, "the message is not one printable line")
    ensure(not gives_away(message, _PASSWORD), "the message gives the password away")


@target("login", longest=2048, weight=4)
def login(answers: bytes) -> None:
    """Any answers result in an outcome of the login and the requests after it, in time."""
    began = time.process_time()
    with generated(answers, SEPARATOR) as network, _client() as client:
        result = client.login(_TRIPLE)
        pulled = client.pull(_IMAGE, _TRIPLE)
    ensure(result.outcome is not LoginOutcome.SKIPPED or result.untested, "the login was not tried")
    _check(network, f"{result.detail} {pulled.detail}")
    ensure(time.process_time() - began < _PATIENCE, "the flow took too long")


@target("image", longest=2048, weight=3)
def image(answers: bytes) -> None:
    """A check without a triple results in an outcome and sends no password."""
    with generated(answers, SEPARATOR) as network, _client() as client:
        message = " ".join(client.pull(reference, None).detail for reference in (_STRANGER, _LOCAL))
        strangers = [each for each in network.connections if each.host != "localhost"]
    secrets = [each for each in network.connections if b"\nauthorization: basic" in each.sent.lower()]
    ensure(not secrets, "a password was shown")
    ensure(message.isprintable() and strangers, "the message is not one printable line")


@target("copy", longest=4096, weight=4)
def copy(answers: bytes) -> None:
    """A copy results in a digest or in its own error, in time."""
    began = time.process_time()
    message = ""
    with generated(answers, SEPARATOR) as network, _client() as client:
        try:
            source = client.remote(_STRANGER, None)
            content = read(source, "1", referrers=True)
            client.login(_TRIPLE)
            copied_to = client.remote(_IMAGE, _TRIPLE, push=True)
            transfer(content, source, copied_to)
            set_tags(content, copied_to, ["1"])
        except TransferError as error:
            message = f"{error.detail} {error.says}"
    _check(network, message)
    ensure(time.process_time() - began < _PATIENCE, "the flow took too long")
