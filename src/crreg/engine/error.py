"""Errors of the Docker Engine, with a remedy for the user."""

import contextlib
import errno
import tempfile
from collections.abc import Iterator

from crreg.printable import plain, quoted

_LONGEST = 600


class EngineError(Exception):
    """The engine is not available, or did not do what was requested."""

    def __init__(self, detail: str, remedy: str, says: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        """What happened, as a sentence without any secret value."""
        self.remedy = remedy
        """What to do about it."""
        self.says = says
        """The message of the engine or registry, made safe to show; empty if there is none."""


class PushDeniedError(EngineError):
    """The registry does not let this login push."""


def words(text: str) -> str:
    """Return an engine's message as one printable line of at most 600 characters."""
    return plain(" ".join(text.split()), _LONGEST)


@contextlib.contextmanager
def system_errors() -> Iterator[None]:
    """Turn what the operating system raises where a build begins into EngineError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.E2BIG:
            raise EngineError(
                "The build's arguments and labels are too long for a command line.",
                "Shorten args and labels in the configuration, or put what is long into a file of the context.",
            ) from error
        raise EngineError(
            f"docker buildx can't be run: {plain(error.strerror or str(error))}.",
            f"Free some disk space in {quoted(tempfile.gettempdir())}, and check that docker can be run here.",
        ) from error
