"""The codespace that the command runs in, as seen from inside."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crreg.doctor.kept_files import (
    FOLDER,
    completed,
    creation_error,
    is_recovery_container,
    recovery_reason,
)
from crreg.printable import plain
from crreg.workspace.checkout import root_of

WORKSPACES = Path("/workspaces")
PROCESSES = Path("/proc")
_OWN_TOKEN = "ghu_"  # noqa: S105 - the prefix of a kind of token
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_START_TIME = 19
"""Index of a process's start time among the fields that follow its name (proc_pid_stat(5), field 22)."""


@dataclass(frozen=True, slots=True)
class Codespace:
    """A codespace from inside; holds no value of a secret."""

    name: str | None
    """As `gh codespace list` shows it; None if that is not known."""
    user: str | None
    """The login of the user who started it; None if that is not known."""
    started_at: datetime | None
    """When its container was started, in UTC; None if that is not known."""
    has_token: bool
    """Whether there is a GITHUB_TOKEN. Codespaces passes it together with the secrets, so a process without it may
    lack them too."""
    own_token: bool
    """Whether GITHUB_TOKEN is the codespace's own, and not one that somebody replaced it with."""
    recovery: bool = False
    """Whether this is the recovery container, which Codespaces starts if it can't create the dev container."""
    recovery_reason: str | None = None
    """Why the recovery container runs, in Codespaces' own words, free of secrets; None if it does not say."""
    creation_error: str | None = None
    """The first error of the log of the start that failed, free of secrets; None if it is not known."""
    from_files: tuple[str, ...] = ()
    """Names of the variables that the environment lacks and Codespaces' files have, sorted."""


def observe_codespace(
    environment: Mapping[str, str],
    kept: Mapping[str, str],
    *,
    folder: Path = FOLDER,
    processes: Path = PROCESSES,
    redact: Callable[[str], str] = str,
) -> Codespace | None:
    """Return what the environment, the files of `folder` and the machine show; None outside of a codespace.

    `kept` are the variables in the files. `redact` removes secrets from quoted text.
    Source: https://docs.github.com/en/codespaces/developing-in-a-codespace/default-environment-variables-for-your-codespace
    """
    known = completed(environment, kept)
    recovery = is_recovery_container(environment, folder)
    if known.get("CODESPACES") != "true" and not recovery:
        return None
    token = known.get("GITHUB_TOKEN", "")
    reason, error = (recovery_reason(folder), creation_error(folder)) if recovery else (None, None)
    return Codespace(
        name=_name(known.get("CODESPACE_NAME")),
        user=_name(known.get("GITHUB_USER")),
        started_at=started_at(processes),
        has_token=bool(token),
        own_token=token.startswith(_OWN_TOKEN),
        recovery=recovery,
        recovery_reason=plain(redact(reason)) if reason is not None else None,
        creation_error=plain(redact(error)) if error is not None else None,
        from_files=tuple(sorted(name for name, value in known.items() if environment.get(name) != value)),
    )


def checkout_around(folder: Path, repository: str | None, *, workspaces: Path = WORKSPACES) -> Path:
    """Return the checkout that `folder` is in, else a codespace's usual one of `repository`, else `folder` itself.

    Source: https://docs.github.com/en/codespaces/about-codespaces/deep-dive
    """
    root = root_of(folder)
    if root is not None:
        return root
    usual = workspaces / (repository or "").rpartition("/")[2]
    return usual if repository is not None and (usual / ".git").exists() else folder


def started_at(processes: Path) -> datetime | None:
    """Return when the first process of this container was started; None if that is not known.

    Stopping a codespace ends its container, and starting it starts the container again with the secrets of that
    moment. So a secret that was updated after the first process started is certainly not in effect. The reverse does
    not hold: rebuilding the container starts it too. GitHub's API shows the last start of a codespace only to a token
    with the scope `codespace`, which a codespace's own token lacks; files that Codespaces writes change while it runs.
    """
    try:
        _, _, fields = (
            (processes / "1" / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")
        )
        ticks = int(fields.split()[_START_TIME])
        boot = re.search(
            r"^btime (\d{1,12})$", (processes / "stat").read_text(encoding="ascii"), re.MULTILINE
        )
        if boot is None:
            return None
        return datetime.fromtimestamp(int(boot[1]) + ticks // os.sysconf("SC_CLK_TCK"), UTC)
    except (OSError, ValueError, IndexError, OverflowError):
        return None


def _name(text: str | None) -> str | None:
    """Return the text if it has the form of GitHub's names; somebody put anything else there."""
    return text if text is not None and _NAME.fullmatch(text) else None
