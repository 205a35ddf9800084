"""The log that Codespaces writes while it makes a container: which line says why that failed."""

import re

_END = "Creating recovery container."
"""What stands after it is about the recovery container."""
_LONGEST_LINE = 4096
_STAMP = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+Z: ?)+")
_STEP = re.compile(r"^#\d+ (?:\d+\.\d+ )?")
"""What BuildKit puts before a line of a build."""
_COMMAND = ("$ ", "at ", "{")
"""How lines begin that are a command, a place in a program, or a program's own data."""
_OF_REGISTRIES = re.compile(
    r"error response from daemon|unauthorized|(?<!permission )\bdenied\b|no basic auth credentials|manifest unknown"
    r"|toomanyrequests|failed to authorize|insufficient_scope|failed to resolve source metadata|x509:|no such host"
    r"|i/o timeout|TLS handshake timeout",
    re.IGNORECASE,
)
"""What engines and registries say of a pull that fails."""
_OF_ANY = re.compile(
    r"^error\b|^err!|\berror:|\bcommand failed\b|\bfailed to\b|^unable to find user\b", re.IGNORECASE
)
_HARMLESS = re.compile(r"^error fetching image details\b", re.IGNORECASE)
"""The dev container CLI looks at the registry by itself before it has the engine pull, and goes on where that fails.

Source: devcontainers/cli, src/spec-node/utils.ts, `inspectDockerImage`."""


def first_error(log: str) -> str | None:
    """The first line that a registry or an engine may have said, else the first error of any kind, without its time."""
    lines = []
    for raw in log.split("\n"):
        line = _STEP.sub("", _STAMP.sub("", raw[:_LONGEST_LINE].strip())).strip()
        if line == _END:
            break
        if line and not line.startswith(_COMMAND):
            lines.append(line)
    errors = [line for line in lines if _OF_ANY.search(line) and not _HARMLESS.search(line)]
    pulls = [line for line in lines if _OF_REGISTRIES.search(line) and not _HARMLESS.search(line)]
    harmless = [line for line in lines if _HARMLESS.search(line)]
    return next(iter((*pulls[:1], *errors[:1], *harmless[:1])), None)
