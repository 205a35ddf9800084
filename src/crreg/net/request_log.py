"""A record of each request: what was asked of which server, how that ended, and how long it took.

It has no values, headers or query strings, which may carry tokens.
"""

import enum
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crreg.printable import plain

DEBUG_VARIABLE = "CRREG_DEBUG"
"""Environment variable that turns the lines on: `json` for JSON lines, any other value but `0` for text."""
_RUNNER_VARIABLE = "RUNNER_DEBUG"
"""`1` in a workflow whose debug logging is on.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
"""
_LOGGER = logging.getLogger("crreg.requests")
_LOGGER.propagate = False
_LONGEST_PATH = 300
_TOKEN = re.compile(r"[^/]{136,}")
"""A part of a path that is longer than every digest and tag. It may be a token with which anyone may read a blob:
Google's Artifact Registry redirects to such addresses.

Source: users, https://github.com/ahmetb/serverless-registry-proxy/issues/8
"""
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


class LogForm(enum.Enum):
    """How a request is written."""

    TEXT = "text"
    JSON = "json"


def log_form(environment: Mapping[str, str], *, verbose: bool = False) -> LogForm | None:
    """Return how to write requests, as the environment and the option `--verbose` say; None to write none."""
    asked = environment.get(DEBUG_VARIABLE, "").strip().lower()
    if asked == "json":
        return LogForm.JSON
    wanted = verbose or asked not in ("", "0", "false") or environment.get(_RUNNER_VARIABLE) == "1"
    return LogForm.TEXT if wanted else None


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that has ended. Its host and path may be a server's text: write it without escapes or commands."""

    method: str
    host: str
    """With the port, unless it is the scheme's own."""
    path: str
    """Without the query."""
    status: int | None
    """None if no response came."""
    milliseconds: int
    """Until the body was read, or until the error."""
    received: int
    """Bytes of the body, as they were transferred."""
    error: str = ""
    """The kind of error; empty if a response came."""

    def line(self) -> str:
        """Return it as one line of text."""
        end = self.error if self.status is None else str(self.status)
        return f"{self.method} {self.host} {self.path} {end} {self.milliseconds} ms {self.received} bytes"

    def document(self) -> dict[str, str | int | None]:
        """Return it as an object for JSON."""
        return {
            "method": self.method,
            "host": self.host,
            "path": self.path,
            "status": self.status,
            "milliseconds": self.milliseconds,
            "bytes": self.received,
            "error": self.error or None,
        }


class Exchange:
    """A request that is being sent. Its record is written once, when a response was read or an error came."""

    def __init__(self, method: str, host: str, path: str) -> None:
        self._asked = (method, host, path.partition("?")[0])
        self.restart()

    @classmethod
    def to(cls, method: str, url: str) -> Self:
        """Begin the record of a request to a URL, without the user and password that it may have."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].removesuffix(_DEFAULT_PORTS.get(parts.scheme, "@"))
        return cls(method, host, parts.path)

    def restart(self) -> None:
        """Begin a new record: the same request is sent again."""
        self._start = time.monotonic()
        self._open = True

    def answered(self, status: int, received: int) -> None:
        """Write the record of a response with that many bytes of a body."""
        self._write(status, received, "")

    def failed(self, error: BaseException) -> None:
        """Write the record of an error. Only its type is kept, since its text may quote a header or an address."""
        self._write(None, 0, type(error).__name__)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.failed(error)

    def _write(self, status: int | None, received: int, error: str) -> None:
        if self._open and is_on():
            method, host, path = self._asked
            milliseconds = round((time.monotonic() - self._start) * 1000)
            shown = plain(_TOKEN.sub("…", path), _LONGEST_PATH)
            sent = Sent(method, host, shown, status, milliseconds, received, error)
            _LOGGER.debug("%s", sent)
        self._open = False


def is_on() -> bool:
    """Return whether somebody reads the records."""
    return _LOGGER.isEnabledFor(logging.DEBUG)


def write_to(write: Callable[[Sent], None]) -> None:
    """Call `write` with every record from now on, in any thread, but never in two at once."""
    for handler in tuple(_LOGGER.handlers):
        _LOGGER.removeHandler(handler)
    _LOGGER.addHandler(_Handler(write))
    _LOGGER.setLevel(logging.DEBUG)


class _Handler(logging.Handler):
    def __init__(self, write: Callable[[Sent], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the record; logging holds this handler's lock meanwhile."""
        sent = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if isinstance(sent, Sent):
            self._write(sent)
