"""Processes a step's output as GitHub's runner does: masks secrets, cuts messages, and drops outputs.

It follows https://github.com/actions/runner at 258d6c8, file by file below.
"""

import base64
import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

MASK = "***"
LONGEST_MESSAGE = 4096
"""`_maxIssueMessageLength` in src/Runner.Worker/ExecutionContext.cs, in UTF-16 code units."""
_SHORTEST_STOP = 6
_LINES = re.compile(r"[\r\n]+")
_ANNOTATIONS = ("error", "warning", "notice")
_COMMANDS = (*_ANNOTATIONS, "add-mask", "stop-commands", "group", "endgroup", "debug")
# UnescapeData and UnescapeProperty in src/Runner.Common/ActionCommand.cs; the percent sign comes last.
_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
# JsonConvert.ToString of Newtonsoft.Json escapes these three as well.
_JSON_TOO = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029", "\x7f": "\x7f"}


def _shifted(shift: int) -> Callable[[str], str]:
    def encode(value: str) -> str:
        data = value.encode()
        return base64.b64encode(data[shift:] if len(data) > shift else data).decode()

    return encode


def _json(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)[1:-1]
    return "".join(_JSON_TOO.get(letter, letter) for letter in text)


def _without_quotes(value: str) -> str:
    quoted = len(value) > 8 and value.startswith('"') and value.endswith('"')
    return value[1:-1] if quoted else ""


def _before_ampersand(value: str) -> str:
    if "&" not in value:
        return ""
    end = value.index("&+") + 2 if "&+" in value else value.rindex("&") + 1
    return value[:end] if end >= _SHORTEST_STOP else ""


def _after_ampersand(value: str) -> str:
    if "&" not in value:
        return ""
    # The letter after `&+` is skipped: PowerShell colors it.
    start = value.index("&+") + 3 if "&+" in value else value.rindex("&") + 1
    return value[start:] if len(value) - start >= _SHORTEST_STOP else ""


ENCODERS: tuple[Callable[[str], str], ...] = (
    _shifted(0),
    _shifted(1),
    _shifted(2),
    lambda value: value.replace('"', '\\"'),
    lambda value: value.replace("'", "''"),
    _json,
    lambda value: urllib.parse.quote(value, safe="-_.~"),
    lambda value: escape(value, {'"': "&quot;", "'": "&apos;"}),
    _without_quotes,
    _before_ampersand,
    _after_ampersand,
)
"""src/Sdk/DTLogging/Logging/ValueEncoders.cs, in the order in which src/Runner.Common/HostContext.cs adds them."""


class SecretMasker:
    """src/Sdk/DTLogging/Logging/SecretMasker.cs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Start with these values of `secrets.`, as `InitializeSecretMasker` in src/Runner.Worker/Worker.cs does."""
        self._values: set[str] = set()
        for secret in secrets:
            self.add_lines(secret.strip())

    def add(self, value: str) -> None:
        """Mask a value and its encodings from now on."""
        # Assumes RUNNER-MASKS.
        self._values.update(filter(None, [value, *(encode(value) for encode in ENCODERS)] if value else []))

    def add_lines(self, value: str) -> None:
        """Mask a value and each of its lines, however short."""
        self.add(value)
        for line in _LINES.split(value):
            self.add(line.strip())

    def mask(self, text: str) -> str:
        """Replace what is masked; ranges that overlap or touch become one."""
        # Assumes RUNNER-MASKS.
        shown: list[str] = []
        end = 0
        for start, stop in _merged(self._positions(text)):
            shown += [text[end:start], MASK]
            end = stop
        return "".join([*shown, text[end:]])

    def _positions(self, text: str) -> Iterator[tuple[int, int]]:
        for value in self._values:
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value)
                start = text.find(value, start + 1)


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@dataclass(frozen=True, slots=True)
class ShownAnnotation:
    """A workflow command as GitHub shows it."""

    command: str
    properties: Mapping[str, str]
    """`title`, `file`, `line`, ...; the runner does not mask them."""
    message: str


@dataclass(slots=True)
class Seen:
    """Everything that users or later jobs see of a step."""

    log: list[str] = field(default_factory=list)
    """The log without the lines that stop and resume workflow commands."""
    annotations: list[ShownAnnotation] = field(default_factory=list)
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    """Names of outputs that no later job gets, "since it may contain secret"."""
    cut: list[str] = field(default_factory=list)
    """The parts cut off from messages."""

    @property
    def texts(self) -> list[str]:
        """Everything that users read."""
        shown = (text for one in self.annotations for text in (*one.properties.values(), one.message))
        return [*self.log, *shown, self.summary]


def seen(printed: str, summary: str, output: str, secrets: Iterable[str]) -> Seen:
    """Show what a step printed, wrote to GITHUB_STEP_SUMMARY and to GITHUB_OUTPUT, in a job with these secrets."""
    # Assumes RUNNER-COMMANDS, RUNNER-OUTPUTS.
    masker = SecretMasker(secrets)
    result = Seen()
    stop = ""
    for line in re.split(r"\r\n|[\r\n]", printed):
        name, properties, data = _command(line, stop)
        if stop:
            if name == stop:
                stop = ""
            else:
                result.log.append(masker.mask(line))
        elif name == "stop-commands":
            stop = data
            if len(stop) > _SHORTEST_STOP:
                masker.add(stop)
        elif name == "add-mask":
            # AddMaskCommandExtension in src/Runner.Worker/ActionCommandManager.cs.
            masker.add_lines(data)
        elif name in _ANNOTATIONS:
            message, lost = _cut(masker.mask(data))
            result.annotations.append(ShownAnnotation(name, properties, message))
            result.cut += [lost] if lost else []
        else:
            result.log.append(masker.mask(line))
    # CreateStepSummaryCommand in src/Runner.Worker/FileCommandManager.cs.
    result.summary = "".join(f"{masker.mask(line)}\n" for line in summary.split("\n"))
    for name, value in outputs_of(output).items():
        # "Skip output" in src/Runner.Worker/JobExtension.cs.
        if masker.mask(value) == value:
            result.outputs[name] = value
        else:
            result.dropped.append(name)
    return result


def outputs_of(text: str) -> dict[str, str]:
    """The outputs in a file, which are in the form with a delimiter."""
    # Assumes RUNNER-OUTPUTS.
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, here, delimiter = line.partition("<<")
        if here:
            value: list[str] = []
            for each in lines:
                if each == delimiter:
                    break
                value.append(each)
            found[name] = "\n".join(value)
    return found


def _command(line: str, stop: str) -> tuple[str, dict[str, str], str]:
    """`TryParseV2` in src/Runner.Common/ActionCommand.cs; the name is empty if the line is not a command."""
    head, ends, data = line.lstrip().removeprefix("::").partition("::")
    name, _, rest = head.partition(" ")
    if not line.lstrip().startswith("::") or not ends or name not in (*_COMMANDS, stop or None):
        return "", {}, ""
    pairs = (pair.split("=", 1) for pair in rest.strip().split(",") if pair)
    properties = {pair[0]: _unescaped(pair[1], _PROPERTY) for pair in pairs if len(pair) == len("kv")}
    return name, properties, _unescaped(data, _DATA)


def _cut(message: str) -> tuple[str, str]:
    # Assumes RUNNER-CUT.
    units = message.encode("utf-16-le", "surrogatepass")
    most = 2 * LONGEST_MESSAGE
    return units[:most].decode("utf-16-le", "replace"), units[most:].decode("utf-16-le", "replace")


def _unescaped(text: str, escapes: Mapping[str, str]) -> str:
    for spelled, letter in escapes.items():
        text = text.replace(spelled, letter)
    return text
