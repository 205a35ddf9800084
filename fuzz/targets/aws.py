"""The exchange of AWS keys for a registry's token, with generated answers of AWS."""

import functools
import types
from collections.abc import Callable
from concurrent.futures import Future
from unittest.mock import patch

import botocore.endpoint
import botocore.loaders
from fuzz.network import generated
from fuzz.secrecy import gives_away
from fuzz.target import SEPARATOR, ensure, target

import crreg.registry.aws
from crreg.registry.aws.tokens import exchange
from crreg.registry.credentials import Credentials
from crreg.registry.ecr import EcrRegistry
from crreg.registry.errors import RegistryError

_REGISTRY = EcrRegistry("123456789012", "eu-west-1")
_KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
_SECONDS = 20.0
_AWS, _PORT = ".amazonaws.com", 443

_IMPATIENT = types.SimpleNamespace(sleep=lambda _: None)
"""A clock without waits before a retry."""
# Otherwise each client would load the descriptions of all services, which takes longer than everything else.
botocore.loaders.create_loader = functools.cache(botocore.loaders.create_loader)


class _Now:
    """A pool that runs work at once, so that no thread of one input sends requests during the next."""

    def __init__(self, most: int) -> None:
        del most

    def submit(self, call: Callable[[], str]) -> Future[str]:
        future: Future[str] = Future()
        future.set_result(call())
        return future


@target("aws", longest=2048, weight=3)
def aws(answers: bytes) -> None:
    """Keys are sent only to AWS, and result in a token or in an error that does not quote them."""
    message = ""
    with (
        patch.object(botocore.endpoint, "time", _IMPATIENT),
        patch.object(crreg.registry.aws.tokens, "Pool", _Now),
        generated(answers, SEPARATOR) as network,
    ):
        try:
            credentials, message = exchange(_REGISTRY, _KEYS, _SECONDS)
        except RegistryError as error:
            message = error.detail
        else:
            ensure(credentials.user and credentials.password, "a token has no user or no password")
    ensure(
        message.isprintable() and not gives_away(message, _KEYS.password), "the message gives the key away"
    )
    for connection in network.connections:
        ensure(connection.port == _PORT and connection.host.endswith(_AWS), f"{connection.host} was asked")
