"""What a fuzz target is: a function that takes generated input, and the errors that it may raise."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

SEPARATOR = b"\xff"
"""Between the fields of an input; no UTF-8 text holds it."""


class BrokenInvariantError(Exception):
    """The code took an input, but what came of it is not what it promises."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to fuzz."""

    name: str
    """As `make fuzz TARGET=` takes it, and as the folder of its seeds is called."""
    call: Callable[..., object]
    """Takes the fields of an input, and raises where something is wrong."""
    raises: tuple[type[Exception], ...]
    """The errors of its own that the code under test may raise; every other exception is a finding."""
    longest: int
    """Bytes of an input."""
    weight: int
    """Share of the time, compared with other targets."""
    kinds: tuple[type, ...]
    """Of each field, `str` or `bytes`."""

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
    """Hold the code to a promise.

    Raises:
        BrokenInvariantError: the promise is broken; the message says which.
    """
    if not condition:
        raise BrokenInvariantError(message)
