"""Requests to the services, one at a time: no redirect is followed and nothing is repeated."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

USER_AGENT = "crreg-live"
_LARGEST = 4 << 20
"""Bytes that are read of an answer."""
_SECONDS = urllib3.Timeout(connect=10, read=60)


class UnansweredError(Exception):
    """A service did not answer; the text names no address and no value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case."""
    body: bytes = field(default=b"", repr=False)

    @property
    def document(self) -> Any:
        """The body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


Send = Callable[[Asked], Answered]


@contextlib.contextmanager
def network() -> Iterator[Send]:
    """Yield what sends requests; it raises UnansweredError."""
    with urllib3.PoolManager(timeout=_SECONDS, retries=False) as pool:

        def send(asked: Asked) -> Answered:
            try:
                response = pool.request(
                    asked.method,
                    asked.url,
                    headers={"User-Agent": USER_AGENT, **asked.headers},
                    body=asked.body or None,
                    redirect=False,
                    preload_content=False,
                )
                body = response.read(_LARGEST)
                response.drain_conn()
            except urllib3.exceptions.HTTPError as error:
                raise UnansweredError(f"no answer: {type(error).__name__}") from None
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answered(response.status, headers, body)

        yield send
