"""The options that commands share."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from crreg.exits.exit_code import FailOn
from crreg.net.deadline import DEFAULT_BUDGET, ORGANIZATION_BUDGET
from crreg.printable import nearest
from crreg.report.formats import DEFAULT, OF_A_LIST, Format
from crreg.workspace.checkout import root_of

Command = TypeVar("Command", bound=Callable[..., Any])


def environment(token: str, limits: str = "seconds for all network requests", *, org: bool = False) -> str:
    """Return the variables for a command's help.

    Args:
        token: what the command does with GitHub's token.
        limits: what its budget limits.
        org: whether it has the option --org.
    """
    budget = f"{limits} ({of_budget(org=org)})"
    return f"""\b
Environment:
  GH_TOKEN, GITHUB_TOKEN
                   {token};
                   if neither is set, the token of gh auth token is used,
                   except in GitHub Actions
  GITHUB_API_URL   GitHub's API, if it is not https://api.github.com
  CRREG_TIMEOUT    {budget}
  CRREG_DEBUG      1 is the same as --verbose; json writes JSON lines
  ID_CONTAINER_REGISTRY_SERVER, ..._USER, ..._PASSWORD
                   a triple to log in with; any number of them
"""


def of_budget(*, org: bool = False) -> str:
    """Return the default budget of a command for its help; `org` is whether it has the option --org."""
    others = f";\n                   with --org: {ORGANIZATION_BUDGET:,.0f}" if org else ""
    return f"default: {DEFAULT_BUDGET:.0f}{others}"


class Words(click.Choice[str]):
    """One of several words; the message about any other names the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return the text of the error."""
        message = super().get_invalid_choice_message(value, ctx)
        meant = nearest(str(value), self.choices)
        return f"{message} Did you mean {meant!r}?" if meant is not None else message


class SectionedCommand(click.Command):
    """A command whose help lists its options in sections."""

    def __init__(self, *arguments: Any, sections: Mapping[str, Sequence[str]], **named: Any) -> None:
        """Take click's arguments, and the names of the parameters of each section; the last also gets the rest."""
        super().__init__(*arguments, **named)
        self._sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections in their order, each with its options in the order of `sections`."""
        records = {
            parameter.name: record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None
        }
        listed = {title: [records.pop(name) for name in names] for title, names in self._sections.items()}
        listed[list(listed)[-1]] += records.values()
        for title, rows in listed.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def _path(_context: click.Context, _parameter: click.Parameter, given: Path | None) -> Path:
    return given or root_of(Path()) or Path()


path = click.option(
    "--path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="GITHUB_WORKSPACE",
    callback=_path,
    help="The folder of the checkout.  [default: GITHUB_WORKSPACE, else the root of the checkout around this folder]",
)


def form(formats: tuple[Format, ...] = OF_A_LIST) -> Callable[[Command], Command]:
    """Make the option `--format` of a command that has these formats."""
    choice = Words([each.value for each in formats])
    return click.option("--format", "form", type=choice, default=DEFAULT.value, show_default=True)


def _verbose(_context: click.Context, _parameter: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's signature
    from crreg.cli.context import log_requests

    log_requests(verbose=given)


verbose = click.option(
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_verbose,
    help="Write one line for each request to standard error: method, host, path, status, time and size.",
)
allow_insecure = click.option(
    "--allow-insecure",
    multiple=True,
    metavar="HOST",
    help="A host (with port) that crreg may contact over plain http or on this machine, with credentials too. "
    "Loopback addresses in triples and options are always allowed.",
)

repository = click.option(
    "--repository",
    envvar="GITHUB_REPOSITORY",
    metavar="OWNER/NAME",
    help="The GitHub repository.  [default: GITHUB_REPOSITORY, else the checkout's origin]",
)
config = click.option(
    "--config",
    metavar="FILE",
    help="The configuration file.  [default: .github/crreg.yml or .github/crreg.yaml, if one exists]",
)
output = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to a file instead of standard output.",
)
fail_on = click.option(
    "--fail-on",
    type=Words([each.value for each in FailOn]),
    default="error",
    show_default=True,
    help="What makes the exit code 1: errors, also warnings, or also anything that was not proven (unknown).",
)
