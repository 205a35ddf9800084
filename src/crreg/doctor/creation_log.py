"""The log that Codespaces writes while it creates a container, and the line that says why that failed."""

import re

_END = "Creating recovery container."
"""The lines after it are about the recovery container."""
_LONGEST_LINE = 4096
_STAMP = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+Z: ?)+")
_STEP = re.compile(r"^#\d+ (?:\d+\.\d+ )?")
"""What BuildKit puts before a line of a build."""
_COMMAND = ("$ ", "at ", "{")
"""How lines start that are a command, a place in a program, or a program's own data."""
_OF_REGISTRIES = re.compile(
    r"error response from daemon|unauthorized|(?<!permission )\bdenied\b|no basic auth credentials|manifest unknown"
    r"|toomanyrequests|failed to authorize|insufficient_scope|failed to resolve source metadata|x509:|no such host"
    r"|i/o timeout|TLS handshake timeout",
    re.IGNORECASE,
)
"""What engines and registries say about a failed pull."""
_OF_ANY = re.compile(
    r"^error\b|^err!|\berror:|\bcommand failed\b|\bfailed to\b|^unable to find user\b", re.IGNORECASE
)
_HARMLESS = re.compile(r"^error fetching image details\b", re.IGNORECASE)
"""The dev container CLI queries the registry itself before the engine pulls, and continues if that fails.

Source: devcontainers/cli, src/spec-node/utils.ts, `inspectDockerImage`."""


def first_error(log: str) -> str | None:
    """Return the first line that may come from a registry or an engine, else the first error, without its time."""
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
