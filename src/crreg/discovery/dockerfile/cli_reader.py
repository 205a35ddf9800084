"""A Dockerfile as the dev containers CLI reads it: with regular expressions, before BuildKit sees it.

The CLI looks for the base image to read its metadata, and for the last stage to start its own stages from. This is
`extractDockerfile`, `findBaseImage` and `ensureDockerfileHasFinalStageName` of
https://github.com/devcontainers/cli/blob/main/src/spec-node/dockerfileUtils.ts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from crreg.discovery.dockerfile.expansion_budget import Budget

# What JavaScript's \s, ^ and . mean.
_SPACE = r"\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_END = r"[\n\r\u2028\u2029]"
_BLANK = r"[\t\v\f \xa0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff]"
_S, _NS = f"[{_SPACE}]", f"[^{_SPACE}]"
_START = r"(?<![^\n\r\u2028\u2029])"
_REST = r"[^\n\r\u2028\u2029]*"
_FLAGS = re.IGNORECASE | re.ASCII


def _after_line_start(words: str) -> str:
    r"""Return a pattern for `^\s*` before one of some words that reads each run of white space only once."""
    whole_run = rf"(?<!{_S})(?={_S}*+(?:{words}))"
    return rf"(?:\A|{whole_run}{_BLANK}*+{_END}){_S}*+"


_STAGE = re.compile(rf"{_START}[\t ]*+FROM", _FLAGS)
_FROM_TEXT = (
    rf"FROM{_S}+(?P<platform>--platform={_NS}+{_S}+)?(?P<image>\"?{_NS}+\"?)"
    rf"({_S}+AS{_S}+(?P<label>{_NS}+))?"
)
_FROM = re.compile(_after_line_start("FROM") + _FROM_TEXT, _FLAGS)
_FROM_IN_LINE = re.compile(_FROM_TEXT, _FLAGS)
_LINE = re.compile(_after_line_start("FROM") + "(?P<from>FROM)", _FLAGS)
_REST_OF_LINE = re.compile(_REST)
_ARGUMENT = re.compile(
    rf"{_after_line_start('ARG|ENV|USER')}(?P<instruction>ARG|ENV|USER){_S}+(?P<name>[^{_SPACE}=]+)"
    rf"([ =]+(\"(?P<quoted>{_NS}+)\"|(?P<plain>{_NS}+)))?",
    _FLAGS,
)
_VARIABLE = re.compile(r"\$\{?(?P<name>[a-zA-Z0-9_]+)(?P<expansion>:(?P<option>[-+])(?P<word>[^}]+))?\}?")
_UNKNOWN_IMAGE = "unknown"


@dataclass(frozen=True, slots=True)
class LastFrom:
    """The line that the CLI reads as the last FROM."""

    line: int
    """The line of its FROM, counted from 1."""
    text: str
    label: str | None
    """The stage's name as the CLI reads it; None if it finds none."""


@dataclass(frozen=True, slots=True)
class _Stage:
    image: str
    label: str | None


@dataclass(slots=True)
class CliDockerfile:
    """A Dockerfile, read as the CLI does."""

    stages: list[_Stage]
    last: LastFrom | None
    """None if there is no FROM that it can read."""
    variables: dict[str, str | None]
    """The values that it knows at the first FROM; None for one that only the codespace knows."""
    budget: Budget
    _by_label: dict[str, _Stage] = field(default_factory=dict)

    def base_image(self, target: str | None) -> str | None:
        """The image that the CLI inspects; empty if it inspects none, None if only the codespace knows it.

        Raises:
            ExpansionLimitError: the budget is spent.
        """
        stage = self._by_label.get(target) if target else self.stages[-1] if self.stages else None
        seen: set[int] = set()
        while stage is not None and id(stage) not in seen:
            seen.add(id(stage))
            image = _expanded(stage.image, self.variables, self.budget)
            if image is None:
                return None
            stage = self._by_label.get(image)
            if stage is None:
                return image
        return ""


def read_as_cli(
    text: str, build_args: Mapping[str, str | None], platform: Mapping[str, str], budget: Budget
) -> CliDockerfile:
    """Read a Dockerfile as the CLI does.

    Args:
        text: the file, with its byte order mark if it has one.
        build_args: the build arguments that the CLI knows; None for a value that only the codespace knows.
        platform: BUILDARCH and the like.
        budget: what it may cost.

    Raises:
        ExpansionLimitError: the budget is spent.
    """
    budget.spend(len(text))
    starts = [match.start() for match in _STAGE.finditer(text)]
    preamble = text[: starts[0]] if starts else text
    stages = [_stage(text[start:end]) for start, end in pairwise([*starts, len(text)])]
    return CliDockerfile(
        stages,
        _last_from(text),
        _arguments(preamble, build_args, platform, budget),
        budget,
        {stage.label: stage for stage in stages if stage.label},
    )


def _stage(text: str) -> _Stage:
    match = _FROM.search(text)
    if match is None:
        return _Stage(_UNKNOWN_IMAGE, None)
    return _Stage(_unquoted(match["image"]), match["label"])


def _last_from(text: str) -> LastFrom | None:
    starts = [match.start("from") for match in _LINE.finditer(text)]
    written = _REST_OF_LINE.match(text, starts[-1]) if starts else None
    match = _FROM_IN_LINE.search(written[0]) if written else None
    if written is None or match is None:
        return None
    line = text.count("\n", 0, written.start() + match.start()) + 1
    return LastFrom(line, written[0].rstrip(), match["label"])


def _arguments(
    preamble: str, build_args: Mapping[str, str | None], platform: Mapping[str, str], budget: Budget
) -> dict[str, str | None]:
    """Return the values of the variables in FROM.

    The CLI searches backwards from FROM, and from there for the variables in a value. The result is the same.
    """
    values: dict[str, str | None] = dict(platform)
    for match in _ARGUMENT.finditer(preamble):
        name, instruction = match["name"], match["instruction"].upper()
        raw = match["quoted"] or match["plain"]
        if instruction == "USER":
            # The CLI stops searching at a USER with this name and a value, but does not use that value.
            if raw is not None or name in build_args:
                values[name] = platform.get(name, "")
            continue
        if instruction == "ARG" and name in build_args:
            raw = build_args[name]
            if raw is None:
                values[name] = None
        if raw is not None:
            values[name] = _expanded(raw, values, budget)
    return values


def _expanded(text: str, values: Mapping[str, str | None], budget: Budget) -> str | None:
    """A text with its variables replaced; None if one of them is not known."""
    parts: list[str] = []
    done = 0
    for match in _VARIABLE.finditer(text):
        name = match["name"]
        value = values.get(name, "")
        if value is None:
            return None
        if match["expansion"]:
            is_word = (match["option"] == "+") == bool(value)
            value = _unquoted(match["word"] if is_word else value)
        parts += (text[done : match.start()], value)
        done = match.end()
        budget.spend(len(value) + 1)
    parts.append(text[done:])
    return "".join(parts)


def _unquoted(text: str) -> str:
    """Return a text without one quote of either kind at each end."""
    return re.sub(r"""^['"]|['"]\Z""", "", text)
