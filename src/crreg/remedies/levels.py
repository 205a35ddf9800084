"""What the levels of Codespaces secrets are called in sentences."""

from crreg.github.inventory import Level

_NAMES = {Level.USER: "user", Level.REPOSITORY: "repository", Level.ORGANIZATION: "organization"}


def name_of(level: Level) -> str:
    """The level's name in a sentence."""
    return _NAMES[level]
