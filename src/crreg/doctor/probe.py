"""What `live/codespace/probe.sh` recorded in a codespace: the file is anyone's, so everything in it is checked."""

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LARGEST = 256 * 1024
"""Bytes; a real file has 4 KB."""
_MOST = 200
"""Entries of a list or an object."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_VARIABLE = re.compile(r"(?:CRREG_LIVE_|CODESPACE|GITHUB_)[A-Z0-9_]{0,100}")
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,100}")
_LOG_TEXT = re.compile(r"[A-Za-z0-9 .:_-]{1,64}")
_LEVELS = frozenset({"user", "repository", "organization", "other", "absent"})
_USERS = frozenset({"s1", "s2", "s3", "s4", "s5", "s6", "bad", "other"})
_LARGEST_NUMBER = 10**9


class ProbeError(Exception):
    """The file is not one that the probe wrote; the text says what is wrong, and quotes nothing of the file."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login in docker's configuration."""

    host: str
    scheme: bool
    """Whether its key has a scheme."""
    path: bool
    """Whether its key has a path."""
    user: str
    """`s1` to `s6` for a planted triple with that spelling of SERVER, `bad` for the one with a wrong password, else
    `other`."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One file of the probe."""

    date: str
    """YYYY-MM-DD."""
    recovery: bool
    """Whether it ran in the recovery container."""
    reason: int | None
    """The code of the error for which that was started."""
    variables: frozenset[str]
    """Names of variables of Codespaces, GitHub and the probe."""
    formats: Mapping[str, bool]
    """Whether each of Codespaces' files has the form that is known from users, by its name."""
    levels: Mapping[str, Mapping[str, str]]
    """The level of the planted secrets `level` and `below`, in the `environment` and in the `files`."""
    configured: bool
    """Whether docker has a configuration."""
    logins: tuple[Login, ...]
    log: Mapping[str, int]
    """How often the creation log has each known text."""
    programs: frozenset[str]
    lists: Mapping[str, int]
    """GitHub's status to a list of secrets with the codespace's own token, by level."""
    public_image: Mapping[str, int]
    """GHCR's status for a public image, `without` a login and with a `wrong` one; 0 is no answer."""
    hub: Mapping[str, int]
    """Docker Hub's `limit`, and what is `remaining` of it."""


def read_probe(path: Path) -> Probe:
    """Read and check a file.

    Raises:
        ProbeError: it can't be read, or is not one of the probe.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ProbeError("It is not a regular file.")
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ProbeError(f"It can't be read: {error.strerror}.") from None
    return parse_probe(content)


def parse_probe(content: bytes) -> Probe:
    """Check the content of a file; raises ProbeError."""
    if len(content) > _LARGEST:
        raise ProbeError(f"It is larger than {_LARGEST // 1024} KiB, which no file of the probe is.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise ProbeError("It is not JSON.") from None
    try:
        return _probe(document)
    except (KeyError, TypeError, AttributeError):
        raise ProbeError("It does not have the form that the probe writes.") from None


def _probe(document: Any) -> Probe:
    _require(document["schema_version"] == 1, "schema_version")
    own, levels, reason = document["own_token"], document["levels"], document["reason"]
    return Probe(
        date=_text(document["date"], _DATE),
        recovery=_truth(document["recovery"]),
        reason=None if reason is None else _number(reason),
        variables=frozenset(_text(each, _VARIABLE) for each in _list(document["variables"])),
        formats={_text(name, _NAME): _truth(each) for name, each in _object(document["formats"])},
        levels={
            place: {name: _choice(levels[place][name], _LEVELS) for name in ("level", "below")}
            for place in ("environment", "files")
        },
        configured=_truth(document["config"]),
        logins=tuple(_login(each) for each in _list(document["logins"])),
        log={_text(name, _LOG_TEXT): _number(each) for name, each in _object(document["log"])},
        programs=frozenset(_text(each, _NAME) for each in _list(document["programs"])),
        lists=_numbers(own["lists"]),
        public_image=_numbers(document["public_image"]),
        hub=_numbers(document["hub"]),
    )


def _login(document: Any) -> Login:
    return Login(
        _text(document["host"], _HOST),
        _truth(document["scheme"]),
        _truth(document["path"]),
        _choice(document["user"], _USERS),
    )


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - a condition is what it is
    if not condition:
        raise ProbeError(f"Its {what} is not one that the probe writes.")


def _text(value: Any, form: re.Pattern[str]) -> str:
    _require(isinstance(value, str) and form.fullmatch(value) is not None, "text")
    return str(value)


def _choice(value: Any, choices: frozenset[str]) -> str:
    _require(isinstance(value, str) and value in choices, "text")
    return str(value)


def _truth(value: Any) -> bool:
    _require(isinstance(value, bool), "true or false")
    return bool(value)


def _number(value: Any) -> int:
    _require(type(value) is int and 0 <= value <= _LARGEST_NUMBER, "number")
    return int(value)


def _numbers(value: Any) -> dict[str, int]:
    return {_text(name, _NAME): _number(each) for name, each in _object(value)}


def _list(value: Any) -> list[Any]:
    _require(isinstance(value, list) and len(value) <= _MOST, "list")
    return list(value)


def _object(value: Any) -> list[tuple[str, Any]]:
    _require(isinstance(value, dict) and len(value) <= _MOST, "object")
    return list(value.items())
