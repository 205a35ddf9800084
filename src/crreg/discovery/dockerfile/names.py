"""What the image and the platform of a FROM come to, with the variables of the global scope."""

from dataclasses import dataclass

from crreg.discovery.dockerfile.arguments import GlobalArguments
from crreg.discovery.dockerfile.expansion import Budget, ExpansionLimitError, expand
from crreg.discovery.dockerfile.variable import ExpansionError, UnknownValueError
from crreg.discovery.found import ProblemKind
from crreg.platform import InvalidPlatform, Platform, normalized, parse_platform


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """A name after expansion, or why there is none."""

    text: str | None
    """None if it can't be told."""
    kind: ProblemKind | None = None
    """What kind of problem it is; None if it is none."""
    message: str = ""
    always: bool = True
    """Whether the problem stands even if the target does not reach the stage, as when BuildKit refuses it."""


@dataclass(frozen=True, slots=True)
class ResolvedPlatform:
    """A platform after expansion, or why there is none."""

    platform: Platform | None
    """None if none is named, or if it can't be told which."""
    kind: ProblemKind | None = None
    """What kind of problem it is; None if it is none."""
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
            return ResolvedName(None, kind, f"{written} names no image{reason}")
        if expanded.unset and _is_cut_off(expanded.text):
            message = f"{written} becomes {expanded.text!r}, which names no image{reason}"
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
            return _no_platform(f"{written} names no platform{self._why_unset(expanded.unset)}")
        try:
            return ResolvedPlatform(normalized(parse_platform(expanded.text)))
        except InvalidPlatform as error:
            return _no_platform(f"{expanded.text!r} names no platform: {error}")

    def _why_unset(self, unset: tuple[str, ...]) -> str:
        """The end of a sentence that says which variables are not set, and why."""
        reasons = [
            f"ARG {name} has no default, and no build argument gives it a value"
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
