"""Requests about one repository: shown who asks, renewed when a token expires, their failures put into words."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

from crreg.registry.errors import RegistryError
from crreg.registry.image.descriptor import LARGEST_MANIFEST
from crreg.registry.image.transfer_error import (
    PassingError,
    TransferCause,
    TransferError,
    from_registry_error,
    passing,
    refused,
)
from crreg.registry.login.authorization import Authorization
from crreg.registry.login.endpoint import Endpoint
from crreg.registry.reference import ImageReference
from crreg.registry.transport.answer import Answer, Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.retry import RETRIES
from crreg.registry.transport.transport import Transport


class Exchange:
    """Asks about one repository; many threads may share it."""

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
        """Every request of this repository and its token server."""

    def url(self, path: str) -> str:
        """An address under the repository."""
        return f"{self.base}/v2/{self.repository}/{quote(path, safe='/:?=&%')}"

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        largest: int = LARGEST_MANIFEST,
        retries: int = RETRIES,
    ) -> Response:
        """Send a request and read its answer; a token that expired is renewed once.

        Raises:
            TransferError: no answer came.
        """
        try:
            for renewable in (True, False):
                shown = self.authorization.headers(url)
                response = self.transport.request(
                    method,
                    url,
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
        url: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | None = None,
    ) -> Iterator[Answer]:
        """Send a request once and read its answer bit by bit; a token that expired is renewed, if there is no body.

        Raises:
            PassingError: the connection broke, stalled or did not come about.
            TransferError: no answer came for another reason.
        """
        try:
            with contextlib.ExitStack() as stack:
                shown = self.authorization.headers(url)
                sent = {**shown, **headers}
                answer = stack.enter_context(self.transport.stream(method, url, self.tally, sent, body))
                if answer.status == HTTPStatus.UNAUTHORIZED and self.authorization.renew(shown, answer):
                    if body is not None:
                        raise PassingError(
                            TransferCause.DENIED, f"{self.name} let the login expire in the middle."
                        )
                    stack.close()
                    sent = {**self.authorization.headers(url), **headers}
                    answer = stack.enter_context(self.transport.stream(method, url, self.tally, sent))
                yield answer
        except RegistryError as error:
            raise passing(error) from None

    def refused(self, doing: str, response: Response) -> TransferError:
        """What an answer means that is no success."""
        return refused(self.name, doing, response, self.authorization.secrets)

    def location(self, url: str, headers: Mapping[str, str]) -> str:
        """Where an upload goes on.

        Raises:
            TransferError: nowhere, or where it must not.
        """
        location = headers.get("Location")
        if not location:
            raise TransferError(
                TransferCause.NOT_A_REGISTRY, f"{self.name} takes an upload, but does not say where."
            )
        return self.lead(url, location)

    def lead(self, url: str, location: str) -> str:
        """Where an address that the registry names leads, if it may be followed.

        Raises:
            TransferError: it may not.
        """
        try:
            return self.transport.lead(url, self.registry, location)
        except RegistryError as error:
            raise from_registry_error(error) from None

    def wait(self, attempt: int, retry_after: str | None) -> bool:
        """Wait before what failed is tried again; False if there is no time for that."""
        return self.transport.wait(attempt, retry_after)
