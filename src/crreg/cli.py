"""The `crreg` command."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from crreg import __version__, surroundings
from crreg.exit_code import ExitCode
from crreg.interruption import Interrupted, heed

if TYPE_CHECKING:
    from crreg.ensure.change import Plan
    from crreg.triple import Triple

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

_repository = click.option(
    "--repository",
    envvar="GITHUB_REPOSITORY",
    metavar="OWNER/NAME",
    help="The repository whose codespaces are meant.  [default: GITHUB_REPOSITORY, else the checkout's origin]",
)
_config = click.option(
    "--config", metavar="FILE", help="The configuration file.  [default: .github/crreg.yml, if there]"
)
_output = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to a file instead of standard output.",
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(("error", "warning", "never")),
    default="error",
    show_default=True,
    help="The least severity that makes the exit code 1.",
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

    facts = gather_images(path, surroundings.now())
    if form == "json":
        click.echo(images_json(facts), nl=False)
        for problem in facts.discovery.problems:
            place = problem.location
            click.echo(f"{place.path}:{place.line}:{place.column}: {problem.message}", err=True)
    else:
        from crreg.report.text import images_text

        click.echo(images_text(facts, color=surroundings.color(), width=surroundings.width()), nl=False)
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
    budget = surroundings.budget()
    with RegistryClient(allow_insecure=frozenset(allow_insecure), budget=budget) as registries:
        facts = Facts(
            surroundings.now(), None, triples=try_logins(triples, registries, Deadline.after(budget))
        )
    progress.done()
    if form == "json":
        from crreg.report.json_report import triples_json

        report = triples_json(facts)
    else:
        from crreg.report.logins_text import logins_text

        report = logins_text(facts.triples, color=surroundings.color())
    click.echo(surroundings.redactor().redact(report), nl=False)
    outcomes = {triple.login.outcome for triple in facts.triples if triple.login is not None}
    succeeded = outcomes == {LoginOutcome.SUCCEEDED}
    return ExitCode.HEALTHY if succeeded else ExitCode.FINDINGS


@crreg.command(epilog=_ENVIRONMENT)
@_repository
@_path
@_config
@_allow_insecure
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown", "sarif", "github")),
    default="text",
    show_default=True,
)
@_output
@_fail_on
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
    from crreg.check import exit_code, run
    from crreg.configuration import ConfigurationError
    from crreg.progress import Progress
    from crreg.report.render import Format, render
    from crreg.report.report import FailOn
    from crreg.request import Request

    insecure = frozenset(allow_insecure)
    access = surroundings.access(insecure)
    progress = Progress()
    try:
        report = run(
            Request(
                repository=surroundings.repository(repository, path, access.web_url),
                workspace=path,
                access=access,
                values=os.environ,
                configuration=config,
                allow_insecure=insecure,
                budget=surroundings.budget(),
                say=progress.say,
            )
        )
    except ConfigurationError as error:
        raise surroundings.Refusal(str(error)) from None
    finally:
        progress.done()
    text = surroundings.redactor().redact(
        render(
            report, Format(form), color=surroundings.color() and output is None, width=surroundings.width()
        )
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        surroundings.write(output, text, path)
    return exit_code(report, FailOn(fail_on))


@crreg.command(epilog=_ENVIRONMENT)
@_repository
@_path
@_config
@_allow_insecure
@click.option("--dry-run", is_flag=True, help="Print the plan, and write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Write every value at hand, also where nothing is out of date, and where a login fails.",
)
@click.option(
    "--level",
    type=click.Choice(("repository", "organization", "user")),
    help="Where to keep the secrets.  [default: as configured, else where they are, else repository]",
)
@click.option(
    "--format", "form", type=click.Choice(("text", "json", "markdown")), default="text", show_default=True
)
@_output
@_fail_on
def ensure(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    dry_run: bool,
    force: bool,
    level: str | None,
    form: str,
    output: Path | None,
    fail_on: str,
) -> ExitCode:
    """Create, update and assign the secrets that codespaces need.

    Writes the triples that the configuration names, else those in the environment, as Codespaces secrets: what is
    missing, what is out of date, and what this repository may not read yet. A triple that does not log in is left
    as it is.
    """
    from crreg.configuration import ConfigurationError
    from crreg.ensure.run import Ensure, NothingToEnsure, run
    from crreg.github.inventory import Level
    from crreg.progress import Progress
    from crreg.report.plan_render import exit_code, render_end, render_plan
    from crreg.report.render import Format
    from crreg.report.report import FailOn
    from crreg.request import Request

    insecure = frozenset(allow_insecure)
    access = surroundings.access(insecure)
    progress = Progress()
    minted: list[Triple] = []
    color, width = surroundings.color() and output is None, surroundings.width()
    in_steps = form == Format.TEXT and output is None

    def announce(plan: "Plan") -> None:
        progress.done()
        if in_steps:
            text = render_plan(plan, color=color, width=width)
            click.echo(surroundings.redactor(minted).redact(text), nl=False)

    try:
        ensured = run(
            Ensure(
                Request(
                    repository=surroundings.repository(repository, path, access.web_url),
                    workspace=path,
                    access=access,
                    values=os.environ,
                    configuration=config,
                    allow_insecure=insecure,
                    budget=surroundings.budget(),
                    say=progress.say,
                ),
                level=Level(level) if level else None,
                force=force,
                dry_run=dry_run,
                announce=announce,
                conceal=minted.append,
            )
        )
    except (ConfigurationError, NothingToEnsure) as error:
        raise surroundings.Refusal(str(error)) from None
    finally:
        progress.done()
    rest = render_end(ensured, Format(form), color=color, width=width, with_plan=not in_steps)
    text = surroundings.redactor(minted).redact(rest)
    if output is None:
        click.echo(text, nl=False)
    else:
        surroundings.write(output, text, path)
    return exit_code(ensured, FailOn(fail_on))


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
