"""The variables that a Dockerfile's FROM lines see: predefined ones, and ARG before the first FROM."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.expansion import Budget, ExpansionLimitError, expand
from crreg.discovery.dockerfile.lines import DockerfileError
from crreg.discovery.dockerfile.stages import Program
from crreg.discovery.dockerfile.variable import ExpansionError, Unknown, UnknownValueError, Value
from crreg.platform import LINUX_AMD64, Platform

_NOT_GIVEN = "the build argument's value is not known before the codespace is created"


@dataclass(frozen=True, slots=True)
class GlobalArguments:
    """The global scope of a Dockerfile."""

    values: dict[str, Value]
    """Those that have a value."""
    declared: set[str] = field(default_factory=set)
    """Those that an ARG declares, with or without a value."""


def global_arguments(
    program: Program,
    build_args: Mapping[str, str | None],
    target: str | None,
    platform: Platform,
    budget: Budget,
) -> GlobalArguments:
    """Evaluate the ARG instructions before the first FROM; build arguments win over their defaults.

    Raises:
        DockerfileError: a default is no valid shell word, or demands a variable that is not set.
    """
    scope = GlobalArguments(_predefined(program, build_args, target, platform))
    for instruction in program.arguments:
        for word in instruction.arguments:
            name, equals, default = word.partition("=")
            scope.declared.add(name)
            if name in build_args:
                scope.values[name] = _given(name, build_args[name])
            elif equals:
                try:
                    scope.values[name] = _default(name, default, scope, program.escape, budget)
                except ExpansionError as error:
                    line = instruction.line
                    raise DockerfileError(f"ARG {word}: {error}", line.first, line.last) from error
    return scope


def _default(name: str, default: str, scope: GlobalArguments, escape: str, budget: Budget) -> Value:
    try:
        return expand(default, scope.values, escape=escape, budget=budget).text
    except UnknownValueError as error:
        return Unknown(error.name, error.reason)
    except ExpansionLimitError as error:
        return Unknown(name, str(error))


def _given(name: str, value: str | None) -> Value:
    return Unknown(name, _NOT_GIVEN) if value is None else value


def platform_arguments(platform: Platform) -> dict[str, str]:
    """The variables that tell what is built on, and for `platform`."""
    values: dict[str, str] = {}
    for side, one in (("BUILD", LINUX_AMD64), ("TARGET", platform)):
        values |= {
            f"{side}PLATFORM": str(one),
            f"{side}OS": one.os,
            f"{side}OSVERSION": "",
            f"{side}ARCH": one.architecture,
            f"{side}VARIANT": one.variant,
        }
    return values


def _predefined(
    program: Program, build_args: Mapping[str, str | None], target: str | None, platform: Platform
) -> dict[str, Value]:
    values: dict[str, Value] = {**platform_arguments(platform)}
    values["TARGETSTAGE"] = target or program.stages[-1].name or "default"
    return {
        name: _given(name, build_args[name]) if name in build_args else value
        for name, value in values.items()
    }
