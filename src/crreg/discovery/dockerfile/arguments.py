"""The variables that a Dockerfile's FROM lines see: predefined ones, and ARG before the first FROM."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.expansion import Budget, ExpansionLimitError, expand
from crreg.discovery.dockerfile.lines import DockerfileError
from crreg.discovery.dockerfile.stages import Program
from crreg.discovery.dockerfile.variable import ExpansionError, Unknown, UnknownValueError, Value
from crreg.discovery.found import ProblemKind
from crreg.platform import LINUX_AMD64, InvalidPlatform, Platform, normalized, parse_platform

_NOT_GIVEN = "the build argument's value is not known before the codespace is created"


@dataclass(frozen=True, slots=True)
class GlobalArguments:
    """The global scope of a Dockerfile."""

    values: dict[str, Value]
    """The variables that have a value."""
    declared: set[str] = field(default_factory=set)
    """The variables that an ARG declares, with or without a value."""


def global_arguments(
    program: Program,
    build_args: Mapping[str, str | None],
    target: str | None,
    platform: Platform,
    budget: Budget,
) -> GlobalArguments:
    """Evaluate the ARG instructions before the first FROM; build arguments win over their defaults.

    Raises:
        DockerfileError: a default is not a valid shell word, or requires a variable that is not set.
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


@functools.cache
def platform_arguments(platform: Platform) -> Mapping[str, str]:
    """Return the variables that describe the build machine and the target `platform`."""
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


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """A name after expansion, or why it is not known."""

    text: str | None
    """None if it is not known."""
    kind: ProblemKind | None = None
    """The kind of the problem; None if there is none."""
    message: str = ""
    always: bool = True
    """Whether the problem counts even if the target does not reach the stage, as when BuildKit refuses it."""


@dataclass(frozen=True, slots=True)
class ResolvedPlatform:
    """A platform after expansion, or why it is not known."""

    platform: Platform | None
    """None if none is named, or if it is not known."""
    kind: ProblemKind | None = None
    """The kind of the problem; None if there is none."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class NameResolver:
    """Expands the names in FROM lines."""

    arguments: GlobalArguments
    escape: str
    budget: Budget

    def image(self, written: str) -> ResolvedName:
        """The image or stage that a FROM names."""
        try:
            expanded = expand(written, self.arguments.values, escape=self.escape, budget=self.budget)
        except ExpansionError as error:
            return ResolvedName(None, ProblemKind.INVALID, f"{written}: {error}")
        except UnknownValueError as error:
            return _unknown(f"{written} depends on {error.name}: {error.reason}")
        except ExpansionLimitError as error:
            return _unknown(f"{written}: {error}")
        reason = self._why_unset(expanded.unset)
        without_value = any(name in self.arguments.declared for name in expanded.unset)
        kind = ProblemKind.UNRESOLVED if without_value else ProblemKind.INVALID
        if not expanded.text:
            return ResolvedName(None, kind, f"the image name {written} is empty{reason}")
        if expanded.unset and _is_cut_off(expanded.text):
            message = f"{written} becomes {expanded.text!r}, which is not an image name{reason}"
            return ResolvedName(None, kind, message, always=False)
        return ResolvedName(expanded.text)

    def platform(self, written: str) -> ResolvedPlatform:
        """The platform that the `--platform` of a FROM names."""
        try:
            expanded = expand(written, self.arguments.values, escape=self.escape, budget=self.budget)
        except ExpansionError as error:
            return _no_platform(f"{written}: {error}")
        except UnknownValueError as error:
            message = f"the platform {written} depends on {error.name}: {error.reason}"
            return ResolvedPlatform(None, ProblemKind.UNRESOLVED, message)
        except ExpansionLimitError as error:
            return ResolvedPlatform(None, ProblemKind.UNRESOLVED, f"{written}: {error}")
        if not expanded.text:
            return _no_platform(f"the platform {written} is empty{self._why_unset(expanded.unset)}")
        try:
            return ResolvedPlatform(normalized(parse_platform(expanded.text)))
        except InvalidPlatform as error:
            return _no_platform(f"{expanded.text!r} is not a platform: {error}")

    def _why_unset(self, unset: tuple[str, ...]) -> str:
        """Return the end of a message that says which variables are not set, and why."""
        reasons = [
            f"ARG {name} has no default, and no build argument sets it"
            if name in self.arguments.declared
            else f"no ARG before the first FROM declares {name}"
            for name in unset
        ]
        return f": {'; '.join(reasons)}" if reasons else ""


def _no_platform(message: str) -> ResolvedPlatform:
    return ResolvedPlatform(None, ProblemKind.INVALID, message)


def _unknown(message: str) -> ResolvedName:
    return ResolvedName(None, ProblemKind.UNRESOLVED, message, always=False)


def _is_cut_off(text: str) -> bool:
    """Whether a part of the name is missing, so that no registry could have an image of that name."""
    return text[0] in "/:@" or text[-1] in "/:@" or "//" in text or "/:" in text
