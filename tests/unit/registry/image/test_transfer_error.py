"""Why an image could not be copied, as data: the cause and the registry's own codes."""

import pytest
from urllib3 import HTTPHeaderDict

from crreg.registry.errors import RegistryError
from crreg.registry.image.transfer_error import PassingError, passing, refused
from crreg.registry.outcome import LoginOutcome, TransferCause
from crreg.registry.transport.answer import Response


@pytest.mark.parametrize(
    ("status", "code", "cause", "is_passing"),
    [
        (400, "TAG_INVALID", TransferCause.IMMUTABLE, False),
        (400, "DIGEST_INVALID", TransferCause.MISMATCH, False),
        (403, "DENIED", TransferCause.FORBIDDEN, False),
        (404, "NAME_UNKNOWN", TransferCause.NO_REPOSITORY, False),
        (404, "BLOB_UNKNOWN", TransferCause.NOT_FOUND, False),
        (429, "TOOMANYREQUESTS", TransferCause.RATE_LIMITED, True),
        (503, "UNAVAILABLE", TransferCause.SERVER_ERROR, True),
    ],
)
def test_a_refusal_keeps_the_registrys_code(
    status: int, code: str, cause: TransferCause, *, is_passing: bool
) -> None:
    body = f'{{"errors": [{{"code": "{code}", "message": "no"}}]}}'.encode()
    error = refused("r.example/a", "to take it", Response(status, HTTPHeaderDict(), body), ())
    assert (error.cause, error.codes, isinstance(error, PassingError)) == (cause, (code,), is_passing)
    assert error.says == f"{code}: no"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("Quota has been exceeded on namespace", TransferCause.QUOTA),
        (
            "adding 10 MiB of storage resource will exceed the configured upper limit of 10 MiB",
            TransferCause.QUOTA,
        ),
        ("Your action has been rejected because the storage size limit is exceeded", TransferCause.QUOTA),
        ("write /var/lib/registry: no space left on device", TransferCause.QUOTA),
        ("Repository has Immutable tags enabled", TransferCause.IMMUTABLE),
        ("configured as immutable, cannot be updated", TransferCause.IMMUTABLE),
    ],
)
def test_what_providers_say_without_a_code_of_their_own_is_recognized(
    message: str, cause: TransferCause
) -> None:
    body = f'{{"errors": [{{"code": "UNKNOWN", "message": "{message}"}}]}}'.encode()
    assert refused("r.example/a", "to take it", Response(403, HTTPHeaderDict(), body), ()).cause is cause


def test_a_connection_that_breaks_keeps_what_was_said_before() -> None:
    error = passing(RegistryError(LoginOutcome.UNREACHABLE, "It broke.", codes=("UNKNOWN",)))
    assert (error.cause, error.codes) == (TransferCause.UNREACHABLE, ("UNKNOWN",))
