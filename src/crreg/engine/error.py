"""Errors of the Docker Engine, with a remedy for the user."""

from crreg.printable import plain

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
