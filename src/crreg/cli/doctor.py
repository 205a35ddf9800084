"""The command `crreg doctor`."""

import contextlib
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click
from click.core import ParameterSource

from crreg.cli import context, github_options, options
from crreg.cli.progress import Progress
from crreg.configuration.nodes import ConfigurationError
from crreg.doctor.codespace import checkout_around, observe_codespace
from crreg.doctor.diagnosis import Examination
from crreg.doctor.kept_files import completed, kept_variables
from crreg.doctor.recommended import recommended_secrets, unasked_images
from crreg.doctor.run import Examine, run
from crreg.exits.exit_code import ExitCode, exit_code
from crreg.exits.status import Status
from crreg.facts.masked_values import probable_secrets, secrets_of_environment
from crreg.redaction.redact import Redactor
from crreg.report.doctor import (
    Check,
    checks,
    image_check,
    image_key,
    login_check,
    login_key,
    place_check,
    repository_check,
)
from crreg.report.formats import Format
from crreg.report.render import render_diagnosis, render_recommended
from crreg.report.rendering import rendered

_ENVIRONMENT = f"""\b
Environment:
  ID_CONTAINER_REGISTRY_SERVER, ..._USER, ..._PASSWORD
                   the triples, as a codespace has them from its secrets
  GITHUB_TOKEN     the codespace's own token, which pulls from ghcr.io
  CRREG_TIMEOUT    seconds for all network requests ({options.of_budget()})
  CRREG_DEBUG      1 is the same as --verbose; json writes JSON lines
"""
_MOST_NAMED = 20
"""The most images that one line names."""
_SOURCES: dict[ParameterSource | None, str] = {
    ParameterSource.COMMANDLINE: "as given",
    ParameterSource.ENVIRONMENT: "as GITHUB_REPOSITORY says",
}


@click.command(epilog=_ENVIRONMENT)
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.verbose
@options.form()
@click.option(
    "--write-recommended",
    is_flag=True,
    help="Print only the `secrets` property for devcontainer.json, with the secrets that the images need.",
)
def doctor(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    form: str,
    write_recommended: bool,
) -> ExitCode:
    """Find out, inside a codespace, why it can't pull its images.

    Logs in with every triple that the codespace has, and requests every image that its dev containers need, as the
    codespace itself would. Then says what is wrong, which secret to change, and who can change it.
    """
    insecure = frozenset(allow_insecure)
    kept = kept_variables()
    values = completed(os.environ, kept)
    redactor = Redactor(secrets_of_environment(values))
    access = github_options.access_with(values.get("GITHUB_TOKEN"), insecure)
    of_log = Redactor(secrets_of_environment(values, probable_secrets(os.environ, kept)))
    codespace = observe_codespace(os.environ, kept, redact=of_log.redact)
    source = _source(repository, values.get("GITHUB_REPOSITORY"))
    repository = repository or values.get("GITHUB_REPOSITORY") or None
    if click.get_current_context().get_parameter_source("path") is ParameterSource.DEFAULT:
        # A terminal of a codespace may have been opened in any folder.
        path = checkout_around(path, repository if codespace is not None else None)
    progress = Progress()
    order = Examine(
        github_options.repository_if_known(repository, path, access.web_url),
        path,
        access,
        codespace,
        values,
        configuration=config,
        allow_insecure=insecure,
        budget=context.budget(),
        say=progress.say,
        conceal=redactor.hide,
    )
    noted = Format(form).is_for_a_reader and not write_recommended
    note = _Note(sys.stdout, redactor, progress, color=context.color()) if noted else None
    try:
        examination = run(note.attached(order, source) if note is not None else order)
    except ConfigurationError as error:
        raise context.Refusal(str(error)) from None
    finally:
        progress.done()
    if write_recommended:
        return _recommend(examination, redactor, Format(form))
    if note is not None:
        note.complete(examination)
    color, width = context.color(), context.width()
    text = render_diagnosis(examination, Format(form), redactor, color=color, width=width)
    click.echo(text, nl=False)
    return exit_code(examination.status)


def _source(repository: str | None, kept_repository: str | None) -> str:
    """Return where the repository's name comes from, as the end of a sentence."""
    if repository:
        return _SOURCES[click.get_current_context().get_parameter_source("repository")]
    return "as Codespaces' files say" if kept_repository else "as the checkout's origin says"


class _Note:
    """Writes one line for each check: on a terminal as it ends, else in the report's order, so that runs compare."""

    def __init__(self, stream: TextIO, redactor: "Redactor", progress: "Progress", *, color: bool) -> None:
        self._stream = stream
        self._redactor = redactor
        self._progress = progress
        self._color = color
        self._live = stream.isatty()
        self._lock = threading.Lock()
        self._written: set[str] = set()
        self._over = False
        self._waiting = ""

    def attached(self, order: "Examine", source: str) -> "Examine":
        """Write what is known beforehand; return the order with callbacks that write each result."""
        self._write("place", place_check(order.codespace, context.now()))
        self._write("repository", repository_check(order.repository, source))
        if not self._live:
            return order
        return replace(
            order,
            say=self._wait_for,
            logged_in=lambda name, result: self._on_result(login_key(name), login_check(name, result)),
            asked=lambda image, result: self._on_result(image_key(image), image_check(image, result)),
        )

    def complete(self, examination: "Examination") -> None:
        """Write the checks that were not written yet, and nothing after that."""
        for key, check in checks(examination):
            self._write(key, check)
        with self._lock:
            self._over = True
            self._progress.done()

    def _on_result(self, key: str, check: "Check") -> None:
        """Write a result from a gathering thread, which has no way to report that the terminal is gone."""
        with contextlib.suppress(OSError):
            self._write(key, check)
            self._wait_for(self._waiting)

    def _wait_for(self, text: str) -> None:
        """Show what crreg waits for, below the lines that were written."""
        with self._lock:
            self._waiting = text
            if not self._over:
                self._progress.say(text)

    def _write(self, key: str, check: "Check") -> None:
        with self._lock:
            if self._over or key in self._written:
                return
            self._written.add(key)
            self._progress.done()
            line = rendered(check, self._redactor, lambda shown: shown.line(color=self._color))
            self._stream.write(f"{line}\n")
            self._stream.flush()


def _recommend(examination: "Examination", redactor: "Redactor", form: Format) -> ExitCode:
    """Print the recommended secrets; what could not be judged goes to standard error."""
    secrets = recommended_secrets(examination.facts)
    click.echo(render_recommended(secrets, form, redactor), nl=False)
    if not secrets:
        click.echo("No image is known to need a secret.", err=True)
    left = unasked_images(examination.facts)
    if left:
        more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
        context.tell(
            f"It is not known whether these images need a secret: {', '.join(left[:_MOST_NAMED])}{more}"
        )
    return exit_code(Status.UNKNOWN if left else Status.HEALTHY)
