"""The command `crreg init`."""

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import click

from crreg.cli import context, github_options, options
from crreg.cli.job import Job
from crreg.cli.progress import Progress
from crreg.configuration.nodes import ConfigurationError
from crreg.exits.exit_code import ExitCode, exit_code
from crreg.exits.status import Status
from crreg.facts.masked_values import secrets_of_environment
from crreg.facts.request import Request
from crreg.findings.finding import Effect
from crreg.findings.remedy import Command
from crreg.github.access import is_repository
from crreg.github.gh import gh_host, has_gh, store_with_gh
from crreg.printable import plain
from crreg.report.escaping import inert
from crreg.report.setup import found_lines, next_lines, proposal_lines
from crreg.setup.look import Seen, look
from crreg.setup.needs import Need, is_identifier, needs_of, undecided
from crreg.setup.proposal import CHECK_WORKFLOW, ORGANIZATION_WORKFLOW, Proposal, Setting, propose
from crreg.triple import Part, parse_name
from crreg.workspace.writing import write_inside

_LONGEST_LINE = 4000


@click.command(epilog=options.environment("the token that lists the secrets; --apply stores values with gh"))
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.verbose
@click.option(
    "--org",
    "organization",
    metavar="NAME",
    help="Write the workflow that checks a whole organization; run this in the repository that is to hold it.",
)
@click.option(
    "--apply",
    "store",
    is_flag=True,
    help="Store the missing values with gh, from the environment or as you type them.",
)
@click.option("--yes", is_flag=True, help="Ask nothing and take the defaults.")
@click.option("--dry-run", is_flag=True, help="Show everything, but write and store nothing.")
def init(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    organization: str | None,
    store: bool,
    yes: bool,
    dry_run: bool,
) -> ExitCode:
    """Write the workflow that checks this repository, and list the values that are missing.

    Looks at the dev containers, the secrets and the environment. Shows every file before writing it, and never
    changes an existing file. Run it again to see what is still missing.
    """
    if store and os.environ.get("GITHUB_ACTIONS") == "true":
        raise context.Refusal("--apply stores secrets. Run it in a terminal, not in a workflow.")
    if store and not has_gh(os.environ):
        raise context.Refusal(
            "--apply stores values with gh, which is not installed: see https://cli.github.com. Without --apply, crreg "
            "init prints what to store."
        )
    if organization is not None and not is_repository(f"{organization}/any"):
        raise context.Refusal(f"{organization!r} is not an organization: expected a name, such as octo-org.")
    job = Job.begin(path, allow_insecure)
    github_options.tell_source(job.access)
    request = job.request(repository, config)
    seen = _look(request, job.progress)
    needs = needs_of(seen.facts, organization)
    problems = sum(problem.effect is not Effect.HYGIENE for problem in seen.facts.discovery.problems)
    _say(found_lines(request.repository, needs, undecided(seen.facts), problems))
    asking = not yes and not dry_run and sys.stdin.isatty() and sys.stdout.isatty()
    if asking:
        needs = tuple(_named(needs))
    proposal = propose(seen, needs, organization)
    _say(proposal_lines(proposal))
    writing = not dry_run and (not proposal.files or not asking or click.confirm("Write this?", default=True))
    if writing:
        _write(path, proposal)
    left, failed = proposal.settings, False
    if store and writing:
        left, failed = _store(proposal, gh_host(job.access.web_url), os.environ, asking=asking)
    _say(next_lines(proposal, left, written=writing))
    return exit_code(Status.UNKNOWN, tried=False, failed=failed)


def _look(request: Request, progress: Progress) -> Seen:
    try:
        return look(request, (CHECK_WORKFLOW, ORGANIZATION_WORKFLOW))
    except ConfigurationError as error:
        raise context.Refusal(str(error)) from None
    finally:
        progress.done()


def _say(lines: Iterable[str]) -> None:
    """Write lines that may quote files, without escapes for a terminal or commands for a runner."""
    redactor = context.redactor()
    for line in lines:
        click.echo(inert(plain(redactor.line(line), _LONGEST_LINE)))


def _named(needs: Iterable[Need]) -> Iterator[Need]:
    """Let the user change the identifiers that crreg suggests."""
    for need in needs:
        if need.settled:
            yield need
            continue
        text = f"Identifier for {plain(need.registry or '')}"
        yield replace(need, identifier=click.prompt(text, default=need.identifier, value_proc=_identifier))


def _identifier(text: str) -> str:
    typed = text.strip().upper()
    if not is_identifier(typed):
        raise click.UsageError(
            "An identifier has letters, digits and underscores. It does not start with a digit or with GITHUB_."
        )
    return typed


def _write(workspace: Path, proposal: Proposal) -> None:
    for file in proposal.files:
        try:
            if os.path.lexists(workspace / file.path):
                raise FileExistsError(errno.EEXIST, "it exists by now")
            write_inside(workspace, file.path, file.text)
        except OSError as error:
            raise context.Refusal(f"{file.path} can't be written: {error.strerror or error}.") from None
        _say([f"Wrote {file.path}."])


def _store(
    proposal: Proposal, host: str, environment: Mapping[str, str], *, asking: bool
) -> tuple[tuple[Setting, ...], bool]:
    """Store what has a value; return what is left to paste, and whether anything failed."""
    if proposal.token is not None and asking:
        _say(["", f"{proposal.token.text}:", f"  {proposal.token.url}"])
    typed: dict[str, str] = {}
    left: list[Setting] = []
    failed = False
    for setting in proposal.settings:
        name, line = setting.name, setting.line
        given = environment.get(name) or setting.value or typed.get(name)
        # A line with a pipe, which keeps the readers of a shared secret, is for a shell.
        wanted = asking and name not in typed and isinstance(line, Command)
        value = typed[name] = given or (_typed(name) if wanted else "")
        if not value or not isinstance(line, Command):
            left.append(setting)
            continue
        other = () if parse_name(name) else (value,)
        context.redactor().hide(secrets_of_environment({name: value}, other))
        wrong = store_with_gh(line.words, value, host, environment)
        if wrong:
            failed = True
            left.append(setting)
            context.tell(f"Not stored: {line.line}: {wrong}")
        else:
            _say([f"Stored: {line.line}"])
    return tuple(left), failed


def _typed(name: str) -> str:
    """Ask for a value, without showing a secret; empty if the user skips it."""
    value: str = click.prompt(
        f"Value of {name} (Enter to skip)", default="", show_default=False, hide_input=_is_secret(name)
    )
    return value


def _is_secret(name: str) -> bool:
    parsed = parse_name(name)
    return parsed is None or parsed.part is Part.PASSWORD
