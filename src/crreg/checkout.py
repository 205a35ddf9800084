"""What a checkout tells of its repository on GitHub."""

import configparser
import re
from pathlib import Path

_REMOTE = re.compile(
    r"(?:https?://|ssh://|git://)?(?:[^@/\s]+@)?(?P<host>[^/:\s]+)(?::\d+)?[:/]"
    r"(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)
_LARGEST = 256 * 1024


def repository_of(folder: Path, host: str) -> str | None:
    """`owner/name` of the checkout's remote `origin`, if that is on `host`; None where it can't be told.

    Reads `.git/config` and runs nothing.
    """
    path = folder / ".git" / "config"
    parser = configparser.RawConfigParser(strict=False)
    try:
        if path.stat().st_size > _LARGEST:
            return None
        parser.read_string(path.read_text(encoding="utf-8"))
        url = parser.get('remote "origin"', "url")
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    match = _REMOTE.fullmatch(url.strip())
    return match["repository"] if match and match["host"].lower() == host else None
