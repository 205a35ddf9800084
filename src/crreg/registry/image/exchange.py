"""Requests to one repository: authorized, repeated when a token expires, with readable errors."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

from crreg.net.retry import RETRIES
from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.image.descriptor import LARGEST_MANIFEST
from crreg.registry.image.transfer_error import (
    PassingError,
    TransferError,
    from_registry_error,
    passing,
    refused,
)
from crreg.registry.login.authorization import Authorization
from crreg.registry.login.endpoint import Endpoint
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference
from crreg.registry.transport.answer import Answer, Piece, Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport


class Exchange:
    """Sends requests to one repository. Thread-safe."""

    def __init__(
        self,
        transport: Transport,
        endpoint: Endpoint,
        reference: ImageReference,
        authorization: Authorization,
        tally: Tally,
    ) -> None:
        self.name = reference.name
        """Registry and repository: `ghcr.io/o/r`."""
        self.registry = reference.registry
        self.repository = reference.repository
        self.transport = transport
        self.authorization = authorization
        self.base = endpoint.base
        self.tally = tally
        """Counts every request to this repository and its token server."""

    def address(self, path: str) -> Address:
        """Return an address under the repository."""
        return self.base.at(f"/v2/{self.repository}/{quote(path, safe='/:?=&%')}")

    def ask(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        largest: int = LARGEST_MANIFEST,
        retries: int = RETRIES,
    ) -> Response:
        """Send a request and read the response; an expired token is renewed once.

        Raises:
            TransferError: no response came.
        """
        try:
            for renewable in (True, False):
                shown = self.authorization.headers(address)
                response = self.transport.request(
                    method,
                    address,
                    self.tally,
                    {**shown, **(headers or {})},
                    body=body,
                    retries=retries,
                    largest=largest,
                )
                expired = response.status == HTTPStatus.UNAUTHORIZED
                if not (renewable and expired and self.authorization.renew(shown, response)):
                    break
        except RegistryError as error:
            raise from_registry_error(error) from None
        return response

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        body: Iterable[Piece] | None = None,
    ) -> Iterator[Answer]:
        """Send a request once and read the response in chunks; without a body, an expired token is renewed.

        Raises:
            PassingError: the connection failed, broke or stalled.
            TransferError: no response came for another reason.
        """
        try:
            with contextlib.ExitStack() as stack:
                shown = self.authorization.headers(address)
                sent = {**shown, **headers}
                answer = stack.enter_context(self.transport.stream(method, address, self.tally, sent, body))
                if answer.status == HTTPStatus.UNAUTHORIZED and self.authorization.renew(shown, answer):
                    if body is not None:
                        raise PassingError(
                            TransferCause.DENIED, f"The login at {self.name} expired during the transfer."
                        )
                    stack.close()
                    sent = {**self.authorization.headers(address), **headers}
                    answer = stack.enter_context(self.transport.stream(method, address, self.tally, sent))
                yield answer
        except RegistryError as error:
            raise passing(error) from None

    def refused(self, doing: str, response: Response) -> TransferError:
        """Return the error for a response that is not a success; see `transfer_error.refused`."""
        return refused(self.name, doing, response, self.authorization.secrets)

    def location(self, source: Address, headers: Mapping[str, str]) -> Address:
        """Return the address where an upload continues.

        Raises:
            TransferError: the response has no URL, or one that must not be followed.
        """
        location = headers.get("Location")
        if not location:
            raise TransferError(
                TransferCause.NOT_A_REGISTRY,
                f"{self.name} accepts an upload, but does not say where to send it.",
            )
        return self.lead(source, location)

    def lead(self, source: Address, location: str) -> Address:
        """Return the target of a URL that the registry names, if it may be followed.

        Raises:
            TransferError: it may not be followed.
        """
        try:
            return self.transport.lead(source, self.registry, location)
        except RegistryError as error:
            raise from_registry_error(error) from None

    def wait(self, attempt: int, retry_after: str | None) -> bool:
        """Wait before a retry; return False if there is no time for it."""
        return self.transport.wait(attempt, retry_after)
