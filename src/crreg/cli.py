"""The `crreg` command."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from crreg import __version__
from crreg.exit_code import ExitCode
from crreg.interruption import Interrupted, heed

if TYPE_CHECKING:
    from datetime import datetime

    from crreg.redaction import Redactor

_PLAIN_WIDTH = 100
"""Columns of a report that goes to a file or a pipe."""

_ENVIRONMENT = """\b
Environment:
  GITHUB_TOKEN     lists the secrets, for example "$(gh auth token)"
  GITHUB_API_URL   GitHub's API, where that is not https://api.github.com
  CRREG_TIMEOUT    seconds for all of the network, 120 unless set
  ID_CONTAINER_REGISTRY_SERVER, ..._USER, ..._PASSWORD
                   a triple to log in with; any number of them
"""

_path = click.option(
    "--path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="GITHUB_WORKSPACE",
    default=".",
    help="Folder of the checkout.  [default: GITHUB_WORKSPACE, else this folder]",
)
_format = click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
)
_allow_insecure = click.option(
    "--allow-insecure",
    multiple=True,
    metavar="HOST",
    help="A host (with port) that may be sent credentials over plain http. Loopback always may.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def crreg() -> None:
    """Find out why GitHub Codespaces of a repository would fail to pull their images.

    A codespace logs in to a registry with three secrets, the triple: ID_CONTAINER_REGISTRY_SERVER,
    ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD. crreg only looks; it changes nothing.

    Exit codes: 0 healthy; 1 findings; 2 wrong usage or configuration; 3 the check could not be made.
    """


@crreg.command()
@_path
@_format
def images(path: Path, form: str) -> ExitCode:
    """List the images that the dev containers need, and where."""
    from crreg.gather import gather_images
    from crreg.report.json_report import images_json

    facts = gather_images(path, _now())
    if form == "json":
        click.echo(images_json(facts), nl=False)
        for problem in facts.discovery.problems:
            place = problem.location
            click.echo(f"{place.path}:{place.line}:{place.column}: {problem.message}", err=True)
    else:
        from crreg.report.text import images_text

        click.echo(images_text(facts, color=_color(), width=_width()), nl=False)
    return ExitCode.FINDINGS if facts.discovery.problems else ExitCode.HEALTHY


@crreg.command()
@_allow_insecure
@_format
def login(allow_insecure: tuple[str, ...], form: str) -> ExitCode:
    """Try every login whose triple is in the environment.

    Logs in to all registries at once, to each with the password that is stored beside its own SERVER.
    """
    from crreg.deadline import Deadline
    from crreg.facts import Facts
    from crreg.logins import try_logins
    from crreg.progress import Progress
    from crreg.registry.client import RegistryClient
    from crreg.registry.outcome import LoginOutcome
    from crreg.triple import find_triples

    triples = find_triples(os.environ)
    if not triples:
        raise click.UsageError(
            "There is no triple in the environment. A triple is three variables: ID_CONTAINER_REGISTRY_SERVER, "
            "ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD, with a name of your own for ID."
        )
    progress = Progress()
    progress.say(f"Waiting for {len(triples)} logins")
    budget = _budget()
    with RegistryClient(allow_insecure=frozenset(allow_insecure), budget=budget) as registries:
        facts = Facts(_now(), None, triples=try_logins(triples, registries, Deadline.after(budget)))
    progress.done()
    if form == "json":
        from crreg.report.json_report import triples_json

        report = triples_json(facts)
    else:
        from crreg.report.logins_text import logins_text

        report = logins_text(facts.triples, color=_color())
    click.echo(_redactor().redact(report), nl=False)
    outcomes = {triple.login.outcome for triple in facts.triples if triple.login is not None}
    succeeded = outcomes == {LoginOutcome.SUCCEEDED}
    return ExitCode.HEALTHY if succeeded else ExitCode.FINDINGS


@crreg.command(epilog=_ENVIRONMENT)
@click.option(
    "--repository",
    envvar="GITHUB_REPOSITORY",
    metavar="OWNER/NAME",
    help="The repository whose codespaces are checked.  [default: GITHUB_REPOSITORY, else the checkout's origin]",
)
@_path
@click.option(
    "--config", metavar="FILE", help="The configuration file.  [default: .github/crreg.yml, if there]"
)
@_allow_insecure
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown", "sarif", "github")),
    default="text",
    show_default=True,
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to a file instead of standard output.",
)
@click.option(
    "--fail-on",
    type=click.Choice(("error", "warning", "never")),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
def check(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    form: str,
    output: Path | None,
    fail_on: str,
) -> ExitCode:
    """Check everything: files, secrets, logins and images.

    Reads the dev containers, lists the Codespaces secrets with GITHUB_TOKEN, logs in with the triples that are
    in the environment, and asks for every image. What is not at hand is left out, and said.
    """
    from crreg.access import GitHubAccess
    from crreg.check import exit_code, run
    from crreg.configuration import ConfigurationError
    from crreg.progress import Progress
    from crreg.report.render import Format, render
    from crreg.report.report import FailOn
    from crreg.request import Request

    access = GitHubAccess(_api_url(), os.environ.get("GITHUB_TOKEN"))
    if access.is_exposed(frozenset(allow_insecure)):
        raise _Refusal(
            "GITHUB_API_URL is plain http, in which anyone on the way could read the token: use https, or give "
            f"--allow-insecure {urlsplit(access.api_url).hostname}."
        )
    progress = Progress()
    try:
        report = run(
            Request(
                repository=_repository(repository, path, access.web_url),
                workspace=path,
                access=access,
                values=os.environ,
                configuration=config,
                allow_insecure=frozenset(allow_insecure),
                budget=_budget(),
                say=progress.say,
            )
        )
    except ConfigurationError as error:
        raise _Refusal(str(error)) from None
    finally:
        progress.done()
    text = _redactor().redact(render(report, Format(form), color=_color() and output is None, width=_width()))
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text, path)
    return exit_code(report, FailOn(fail_on))


@crreg.command()
@_format
def rules(form: str) -> ExitCode:
    """List every rule with its remedy."""
    from crreg.rules import RULES

    if form == "json":
        from crreg.report.json_report import rules_json

        click.echo(rules_json(RULES), nl=False)
    else:
        from crreg.report.rules_text import render_rules

        click.echo(render_rules(RULES), nl=False)
    return ExitCode.HEALTHY


class _Refusal(click.ClickException):
    """Wrong usage or configuration that is no matter of the command line's grammar."""

    exit_code = ExitCode.WRONG_USAGE


def _repository(given: str | None, path: Path, web_url: str) -> str:
    from crreg.checkout import repository_of
    from crreg.github.name import is_repository

    repository = given or repository_of(path, web_url.partition("://")[2])
    if repository is None:
        raise _Refusal(
            f"Which repository? {path.absolute()} is no checkout of one on GitHub. "
            "Give --repository OWNER/NAME, or set GITHUB_REPOSITORY."
        )
    if not is_repository(repository):
        raise _Refusal(f"{repository!r} is no repository: expected OWNER/NAME, such as octo-org/hello-world.")
    return repository


def _api_url() -> str:
    from crreg.github.name import is_api_url

    url = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    if not is_api_url(url):
        raise _Refusal(
            "GITHUB_API_URL must be the address of a GitHub's API, such as https://api.github.com."
        )
    return url


def _now() -> "datetime":
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _redactor() -> "Redactor":
    from crreg.redaction import Redactor, secret_texts
    from crreg.triple import find_triples

    token = os.environ.get("GITHUB_TOKEN")
    return Redactor(secret_texts(find_triples(os.environ).values(), [token] if token else []))


def _budget() -> float:
    from crreg.deadline import BudgetError, read_budget

    try:
        return read_budget(os.environ)
    except BudgetError as error:
        raise _Refusal(str(error)) from None


def _write(path: Path, text: str, workspace: Path) -> None:
    """Write where the caller says; within the checkout, whose links are a stranger's, follow none."""
    from crreg.runner import write_inside

    target, root = Path(os.path.abspath(path)), Path(os.path.abspath(workspace))  # noqa: PTH100 - follows no link
    try:
        if target.is_relative_to(root):
            write_inside(root, str(target.relative_to(root)), text)
        else:
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _Refusal(f"The report can't be written to {path}: {error.strerror or error}.") from None


def _color() -> bool:
    """Colour on a terminal only; NO_COLOR turns it off and FORCE_COLOR on, see https://no-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PLAIN_WIDTH


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code."""
    heed()
    try:
        code: Any = crreg.main(arguments, prog_name="crreg", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Interrupted as end:
        click.echo("crreg was interrupted before it was done.", err=True)
        code = end.exit_code
    except BrokenPipeError:
        code = _unread()
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback would show the values in errors' texts
        from crreg.unexpected import describe

        click.echo(f"Error: {describe(error)}", err=True)
        code = ExitCode.NOT_CHECKED
    # click gives its own commands' way out, such as --help, as 0.
    _leave(int(code or ExitCode.HEALTHY))


def _leave(code: int) -> NoReturn:
    """End the process here and now.

    Taking the interpreter down takes a tenth of a login's time, and has nothing to do: files are closed, and
    threads that still wait for a server are not waited for.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _unread()
    sys.stderr.flush()
    os._exit(code)


def _unread() -> ExitCode:
    """The exit code where whoever read the report has seen enough, as `head` does."""
    return ExitCode.HEALTHY
