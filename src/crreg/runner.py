"""GitHub's runner, as a step talks to it: workflow commands, job summary, outputs, and the event."""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from crreg.redaction import Redactor
from crreg.report.escaping.workflow import escape_data, escape_property, inert

LARGEST_SUMMARY = 1_000_000
"""Bytes; GitHub drops a step's summary of more than 1 MiB as a whole."""
_LARGEST_EVENT = 32 * 1024 * 1024


@dataclass
class Runner:
    """Where the step writes; whatever it writes is free of the values that were masked."""

    stream: TextIO
    summary_path: Path | None = None
    output_path: Path | None = None
    in_actions: bool = True
    """Outside GitHub Actions nobody reads workflow commands, and a mask would print what it should hide."""
    redactor: Redactor = field(default_factory=lambda: Redactor(()))

    @classmethod
    def of(cls, environment: Mapping[str, str], stream: TextIO) -> "Runner":
        """The runner that this environment tells of."""
        summary, output = environment.get("GITHUB_STEP_SUMMARY"), environment.get("GITHUB_OUTPUT")
        return cls(
            stream,
            Path(summary) if summary else None,
            Path(output) if output else None,
            environment.get("GITHUB_ACTIONS") == "true",
        )

    def mask(self, texts: Iterable[str], users: Iterable[str] = ()) -> None:
        """Have the runner replace each text in all that follows; secrets we replace ourselves, too.

        What was masked before stays so.
        """
        hidden = tuple(texts)
        masks = "".join(f"::add-mask::{escape_data(text)}\n" for text in (*hidden, *users))
        self.redactor.hide(hidden)
        if self.in_actions:
            # In one piece, since a token may be made in any thread.
            self.stream.write(masks)
            self.stream.flush()

    def error(self, title: str, message: str) -> None:
        """Annotate the step with an error."""
        self._command("error", title, message)

    def warning(self, title: str, message: str) -> None:
        """Annotate the step with a warning."""
        self._command("warning", title, message)

    def notice(self, title: str, message: str) -> None:
        """Annotate the step with a notice."""
        self._command("notice", title, message)

    def _command(self, command: str, title: str, message: str) -> None:
        text = escape_data(self.redactor.redact(message))
        self.stream.write(f"::{command} title={escape_property(title)}::{text}\n")
        self.stream.flush()

    def commands(self, text: str) -> None:
        """Write workflow commands that are already escaped, one a line."""
        self.stream.write(self.redactor.redact(text))
        self.stream.flush()

    def text(self, text: str) -> None:
        """Write lines of a log; none of them is taken for a workflow command.

        Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
        """
        word = secrets.token_hex(16)
        before, after = (f"::stop-commands::{word}\n", f"::{word}::\n") if self.in_actions else ("", "")
        self.stream.write(f"{before}{self.redactor.redact(text)}{after}")
        self.stream.flush()

    def line(self, text: str) -> None:
        """Write one line of a log, as it comes; it is not taken for a workflow command."""
        self.stream.write(f"{inert(self.redactor.redact(text))}\n")
        self.stream.flush()

    def summarize(self, markdown: str) -> None:
        """Append to the job summary, cut at a line's end to what GitHub takes."""
        if self.summary_path is None:
            return
        content = self.redactor.redact(markdown).encode()
        if len(content) > LARGEST_SUMMARY:
            kept = content[:LARGEST_SUMMARY]
            content = (
                kept[: kept.rfind(b"\n") + 1] + b"\nThe rest is too long for a job summary; see the log.\n"
            )
        with self.summary_path.open("ab") as file:
            file.write(content)

    def output(self, name: str, value: str) -> None:
        """Set an output of the step."""
        if self.output_path is None:
            return
        # A delimiter that nobody can guess: a value that held it could forge another output.
        delimiter = f"crreg_{secrets.token_hex(16)}"
        with self.output_path.open("a", encoding="utf-8") as file:
            file.write(f"{name}<<{delimiter}\n{self.redactor.redact(value)}\n{delimiter}\n")


def withheld_secrets(environment: Mapping[str, str]) -> str:
    """Why GitHub handed this run no secrets, in plain words; empty where it hands them out.

    A pull request from a fork gets none, nor does one of Dependabot's (which has secrets of its own).
    Source: https://docs.github.com/en/actions/reference/security/secure-use
    """
    if environment.get("GITHUB_EVENT_NAME") != "pull_request":
        return ""
    if environment.get("GITHUB_ACTOR") == "dependabot[bot]":
        return "GitHub hands the workflows of Dependabot's pull requests no secrets but Dependabot's own."
    if _is_fork(_event(environment.get("GITHUB_EVENT_PATH", ""))):
        return "GitHub hands the workflows of a fork's pull request no secrets."
    return ""


def _event(path: str) -> object:
    try:
        file = Path(path)
        if not path or file.stat().st_size > _LARGEST_EVENT:
            return None
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def _is_fork(event: object) -> bool:
    """Whether the pull request's branch is in another repository than its target (or in none any more)."""
    match event:
        case {
            "pull_request": {
                "head": {"repo": {"full_name": str(head)}},
                "base": {"repo": {"full_name": str(base)}},
            }
        }:
            return head.lower() != base.lower()
        case {"pull_request": {"head": {"repo": None}}}:
            return True
        case _:
            return False


def write_inside(workspace: Path, path: str, text: str) -> None:
    """Write a file of the workspace; raises OSError, also where the path leads out of it.

    The workspace's links are those of a pull request: none is followed for the file itself, nor out of the
    workspace for its folder.
    """
    root = os.path.realpath(workspace)
    folder, name = os.path.split(os.path.normpath(os.path.join(root, path)))  # noqa: PTH118 - normpath has no pathlib form
    real = os.path.realpath(folder)
    if os.path.commonpath([root, real]) != root or not name:
        raise PermissionError(f"{path} is outside the workspace")
    if ".git" in Path(real, name).relative_to(root).parts:
        raise PermissionError(f"{path} is in .git")
    Path(real).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(
        os.path.join(real, name),  # noqa: PTH118 - os.open wants a string
        # O_NONBLOCK: to open a fifo would otherwise wait for its reader.
        os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
        0o644,
    )
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
