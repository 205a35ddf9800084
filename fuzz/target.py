"""Fuzz targets: functions that take generated input, and the errors that they may raise."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

SEPARATOR = b"\xff"
"""The separator between the fields of an input, which never occurs in UTF-8."""


class BrokenInvariantError(Exception):
    """The code accepted an input, but the result violates an invariant."""


@dataclass(frozen=True, slots=True)
class Target:
    """A fuzz target."""

    name: str
    """The name for `make fuzz TARGET=`, which is also that of the folder of seeds."""
    call: Callable[..., object]
    """The function that takes the fields of an input, and raises an exception for a finding."""
    raises: tuple[type[Exception], ...]
    """The errors that the code under test may raise; every other exception is a finding."""
    longest: int
    """The most bytes of an input."""
    weight: int
    """The share of the time, relative to other targets."""
    kinds: tuple[type, ...]
    """The type of each field, `str` or `bytes`."""

    def run(self, data: bytes) -> None:
        """Try one input.

        Raises:
            Exception: it is a finding.
        """
        fields = data.split(SEPARATOR, len(self.kinds) - 1)
        fields += [b""] * (len(self.kinds) - len(fields))
        try:
            self.call(
                *(
                    field if kind is bytes else field.decode("utf-8", "replace")
                    for field, kind in zip(fields, self.kinds, strict=True)
                )
            )
        except self.raises:
            return


TARGETS: dict[str, Target] = {}
"""Every target whose module was imported, by name."""


def target(
    name: str, *, raises: tuple[type[Exception], ...] = (), longest: int = 1024, weight: int = 1
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Make a function a target; each of its parameters, `str` or `bytes`, is a field of the input."""

    def register(call: Callable[..., object]) -> Callable[..., object]:
        kinds = tuple(parameter.annotation for parameter in inspect.signature(call).parameters.values())
        TARGETS[name] = Target(name, call, raises, longest, weight, kinds)
        return call

    return register


def ensure(condition: object, message: str) -> None:
    """Check an invariant.

    Raises:
        BrokenInvariantError: the invariant is broken; the message says which.
    """
    if not condition:
        raise BrokenInvariantError(message)
