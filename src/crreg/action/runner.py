"""A step's output to GitHub's runner: workflow commands, job summary and outputs."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from crreg.findings.remedy import Prose
from crreg.printable import plain
from crreg.redaction.redact import Redactor, mask_texts
from crreg.report.annotations import bounded
from crreg.report.escaping import escape_data, escape_property, inert
from crreg.report.markdown import LONGEST_SUMMARY
from crreg.workspace.writing import append_to_file

_LONGEST_LINE = 4000


@dataclass
class Runner:
    """The outputs of a step; everything that is written is free of masked values."""

    stream: TextIO
    summary_path: Path | None = None
    output_path: Path | None = None
    in_actions: bool = True
    """Outside GitHub Actions nothing reads workflow commands, and a mask would print what it should hide."""
    redactor: Redactor = field(default_factory=lambda: Redactor(()))

    @classmethod
    def of(cls, environment: Mapping[str, str], stream: TextIO) -> "Runner":
        """Return the runner that this environment describes."""
        summary, output = environment.get("GITHUB_STEP_SUMMARY"), environment.get("GITHUB_OUTPUT")
        return cls(
            stream,
            Path(summary) if summary else None,
            Path(output) if output else None,
            environment.get("GITHUB_ACTIONS") == "true",
        )

    def mask(self, texts: Iterable[str]) -> None:
        """Make the runner replace each text, or each line of it, in all later output; we replace them ourselves too.

        Texts that were masked before stay masked.
        """
        hidden = tuple(texts)
        masks = "".join(f"::add-mask::{escape_data(text)}\n" for text in mask_texts(hidden))
        self.redactor.hide(hidden)
        if self.in_actions:
            # In one write, since a token may be created in any thread.
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
        text = escape_data(bounded(title, (Prose(self.redactor.line(line)) for line in message.split("\n"))))
        self.stream.write(f"::{command} title={escape_property(title)}::{text}\n")
        self.stream.flush()

    def commands(self, text: str) -> None:
        """Write workflow commands that are already escaped, one a line."""
        self.stream.write(self.redactor.commands(text))
        self.stream.flush()

    def text(self, text: str) -> None:
        """Write lines of a log; the runner reads none of them as a workflow command.

        Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
        """
        word = secrets.token_hex(16)
        before, after = (f"::stop-commands::{word}\n", f"::{word}::\n") if self.in_actions else ("", "")
        self.stream.write(f"{before}{self.redactor.redact(text)}{after}")
        self.stream.flush()

    def line(self, text: str) -> None:
        """Write one line of a log at once; neither the runner nor a terminal interprets anything in it."""
        self.stream.write(f"{inert(plain(self.redactor.line(text), _LONGEST_LINE))}\n")
        self.stream.flush()

    def summarize(self, markdown: str) -> None:
        """Append to the job summary, cut at a line's end to what GitHub accepts."""
        if self.summary_path is None:
            return
        content = self.redactor.redact(markdown).encode()
        if len(content) > LONGEST_SUMMARY:
            kept = content[:LONGEST_SUMMARY]
            content = (
                kept[: kept.rfind(b"\n") + 1] + b"\nThe rest is too long for a job summary; see the log.\n"
            )
        append_to_file(self.summary_path, content)

    def output(self, name: str, value: object) -> None:
        """Set an output of the step: a string or number as it is, a list or object as JSON."""
        if self.output_path is None:
            return
        redacted = self.redactor.document(value)
        text = str(redacted) if isinstance(redacted, str | int) else json.dumps(redacted)
        # A delimiter that nobody can guess: a value that contained it could forge another output.
        delimiter = f"crreg_{secrets.token_hex(16)}"
        append_to_file(self.output_path, f"{name}<<{delimiter}\n{text}\n{delimiter}\n".encode())
