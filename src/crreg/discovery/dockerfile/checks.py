"""What BuildKit refuses in one instruction before it builds anything (`frontend/dockerfile/instructions`)."""

import enum
import re
from collections.abc import Callable, Mapping

from crreg.discovery.dockerfile.instructions import Instruction

STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
"""The names that a stage may have, in lower case."""


class InstructionError(Exception):
    """An instruction that BuildKit refuses."""


class _Flag(enum.Enum):
    """The kind of value that a flag takes."""

    SWITCH = enum.auto()
    TEXT = enum.auto()
    TEXTS = enum.auto()
    """A text, and the flag may be repeated."""


_FLAGS: Mapping[str, Mapping[str, _Flag]] = {
    "add": {
        "chown": _Flag.TEXT,
        "chmod": _Flag.TEXT,
        "link": _Flag.SWITCH,
        "keep-git-dir": _Flag.SWITCH,
        "checksum": _Flag.TEXT,
        "unpack": _Flag.SWITCH,
        "exclude": _Flag.TEXTS,
    },
    "copy": {
        "chown": _Flag.TEXT,
        "from": _Flag.TEXT,
        "chmod": _Flag.TEXT,
        "link": _Flag.SWITCH,
        "exclude": _Flag.TEXTS,
        "parents": _Flag.SWITCH,
    },
    "from": {"platform": _Flag.TEXT},
    "run": {
        "mount": _Flag.TEXTS,
        "network": _Flag.TEXT,
        "security": _Flag.TEXT,
        "device": _Flag.TEXTS,
    },
    "healthcheck": {
        "interval": _Flag.TEXT,
        "timeout": _Flag.TEXT,
        "start-period": _Flag.TEXT,
        "start-interval": _Flag.TEXT,
        "retries": _Flag.TEXT,
    },
}
_RUN_MODES: Mapping[str, frozenset[str]] = {
    "network": frozenset({"default", "none", "host"}),
    "security": frozenset({"sandbox", "insecure"}),
}
_NAME = re.compile(r"[A-Za-z]{1,20}")
_HEREDOC = re.compile(r"[0-9]*<<-?[\t\n\f\r ]*[^<]+")
_FLAGS_UNREAD = frozenset({"arg", "stopsignal"})


def check_instruction(instruction: Instruction) -> None:
    """Refuse what BuildKit refuses.

    Raises:
        InstructionError: BuildKit refuses the instruction; the message says why.
    """
    keyword = instruction.keyword
    check = _CHECKS.get(keyword)
    if check is None:
        # The path may name any file, even one of credentials: show only what may be an instruction's name.
        shown = f": {instruction.name}" if _NAME.fullmatch(instruction.name) else ""
        shown = ": // (a comment starts with #)" if instruction.name.startswith("//") else shown
        raise InstructionError(f"unknown instruction{shown}")
    check(instruction)
    disabled = keyword == "healthcheck" and instruction.arguments[0].upper() == "NONE"
    if keyword not in _FLAGS_UNREAD and not disabled:
        _check_flags(instruction)


def _check_flags(instruction: Instruction) -> None:
    known = _FLAGS.get(instruction.keyword, {})
    seen: set[str] = set()
    for flag in instruction.flags:
        name, equals, value = flag.text.removeprefix("--").partition("=")
        kind = known.get(name)
        if kind is None:
            raise InstructionError(f"unknown flag of {instruction.keyword.upper()}: --{name}")
        if name in seen and kind is not _Flag.TEXTS:
            raise InstructionError(f"the flag --{name} is used twice")
        seen.add(name)
        if kind is _Flag.SWITCH:
            if value.lower() not in {"true", "false"} and (equals or value):
                raise InstructionError(f"the flag --{name} must be true or false, not {value!r}")
        elif not equals:
            raise InstructionError(f"the flag --{name} needs a value")
        modes = _RUN_MODES.get(name)
        if modes is not None and value not in modes:
            raise InstructionError(
                f"the flag --{name} must be one of {', '.join(sorted(modes))}, not {value!r}"
            )


def _at_least_one(instruction: Instruction) -> None:
    if not instruction.arguments:
        raise InstructionError(f"{instruction.keyword.upper()} requires at least one argument")


def _exactly_one(instruction: Instruction) -> None:
    if len(instruction.arguments) != 1:
        raise InstructionError(f"{instruction.keyword.upper()} requires exactly one argument")


def _anything(_instruction: Instruction) -> None:
    """RUN, CMD and ENTRYPOINT may even be empty."""


def _pairs(instruction: Instruction) -> None:
    _at_least_one(instruction)
    if not all(instruction.arguments[::2]):
        raise InstructionError(f"{instruction.keyword.upper()} names can not be blank")


def _sources_and_destination(instruction: Instruction) -> None:
    name = instruction.keyword.upper()
    if len(instruction.arguments) <= 1:
        raise InstructionError(f"{name} requires at least two arguments, a source and a destination")
    if _HEREDOC.fullmatch(instruction.arguments[-1]):
        raise InstructionError(f"{name} cannot accept a heredoc as a destination")


def _from(instruction: Instruction) -> None:
    match instruction.arguments:
        case [_]:
            return
        case [_, word, name] if word.lower() == "as":
            if not STAGE_NAME.fullmatch(name.lower()):
                raise InstructionError(
                    f"invalid name for build stage: {name!r}, name can't start with a number or contain symbols"
                )
        case _:
            raise InstructionError("FROM requires either one or three arguments (image AS stage)")


def _arg(instruction: Instruction) -> None:
    _at_least_one(instruction)
    if any(argument.startswith("=") for argument in instruction.arguments):
        raise InstructionError("ARG names can not be blank")


def _onbuild(instruction: Instruction) -> None:
    if instruction.trigger is None:
        raise InstructionError("ONBUILD requires at least one argument")
    if instruction.trigger.keyword in {"from", "maintainer"}:
        raise InstructionError(f"{instruction.trigger.keyword.upper()} isn't allowed as an ONBUILD trigger")


def _volume(instruction: Instruction) -> None:
    _at_least_one(instruction)
    if not all(argument.strip() for argument in instruction.arguments):
        raise InstructionError("a VOLUME can not be an empty string")


def _health_check(instruction: Instruction) -> None:
    _at_least_one(instruction)
    kind, *command = instruction.arguments
    if kind.upper() == "NONE":
        if command:
            raise InstructionError("HEALTHCHECK NONE takes no arguments")
    elif kind.upper() != "CMD":
        raise InstructionError(f"unknown type {kind!r} in HEALTHCHECK (try CMD)")
    elif not command:
        raise InstructionError("missing command after HEALTHCHECK CMD")


def _shell(instruction: Instruction) -> None:
    _at_least_one(instruction)
    if not instruction.is_json:
        raise InstructionError("SHELL requires its arguments as a JSON array")


_CHECKS: Mapping[str, Callable[[Instruction], None]] = {
    "add": _sources_and_destination,
    "arg": _arg,
    "cmd": _anything,
    "copy": _sources_and_destination,
    "entrypoint": _anything,
    "env": _pairs,
    "expose": _at_least_one,
    "from": _from,
    "healthcheck": _health_check,
    "label": _pairs,
    "maintainer": _exactly_one,
    "onbuild": _onbuild,
    "run": _anything,
    "shell": _shell,
    "stopsignal": _exactly_one,
    "user": _exactly_one,
    "volume": _volume,
    "workdir": _exactly_one,
}
