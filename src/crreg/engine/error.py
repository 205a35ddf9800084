"""How work with a Docker Engine fails, for the person who reads it."""

from crreg.text import plain

_LONGEST = 600


class EngineError(Exception):
    """The engine is not there, or did not do what was asked."""

    def __init__(self, detail: str, remedy: str, says: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        """What happened, in plain words, without any value of a secret."""
        self.remedy = remedy
        """What to do about it."""
        self.says = says
        """The words of the engine or registry, made safe to show; empty if it said nothing."""


def words(text: str) -> str:
    """What an engine said, as one printable line of at most 600 characters."""
    return plain(" ".join(text.split()), _LONGEST)
