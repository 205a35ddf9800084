"""The exit codes of the command and the action."""

import enum


class ExitCode(enum.IntEnum):
    """How a run ended, as the design's section on the command line lists it."""

    HEALTHY = 0
    FINDINGS = 1
    """Findings at or above --fail-on."""
    WRONG_USAGE = 2
    """Wrong usage, input or configuration."""
    NOT_CHECKED = 3
    """The check could not be made: GitHub is out of reach, or the token lacks permission."""
