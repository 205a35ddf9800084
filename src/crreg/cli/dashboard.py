"""`crreg dashboard`: a page about the organizations that a state file remembers."""

from pathlib import Path

import click

from crreg.cli import context
from crreg.exits.exit_code import DONE, ExitCode
from crreg.organization.database import StateError, readable
from crreg.organization.state import State
from crreg.printable import plural
from crreg.report.dashboard.files import MARKER, OURS, boards_of, dashboard_files
from crreg.workspace.own_folder import NotOursError, replace_files


@click.command()
@click.option(
    "--state",
    "state_file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file that `crreg check --org NAME --state FILE` wrote.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where to write the page: a new or empty folder, or one with an earlier page.",
)
def dashboard(*, state_file: Path, output: Path) -> ExitCode:
    """Write a web page about an organization, and badges.

    The page is static: it opens from the folder in a browser, and from any web server. It shows the
    newest report of every organization in the state file, and how verdicts changed.
    """
    try:
        made = _files(state_file)
    except StateError as error:
        raise context.Refusal(str(error)) from None
    with context.reporting(output):
        try:
            replace_files(output, MARKER, OURS, made, context.checkouts(Path.cwd()))
        except NotOursError as error:
            raise context.Refusal(f"{error} Choose a new or empty folder.") from None
    context.tell(f"Wrote {plural(len(made), 'file')} to {output}. Open {output / 'index.html'} in a browser.")
    return DONE


def _files(path: Path) -> dict[str, str]:
    """Read the state and render all files; raises StateError."""
    with State.existing(path, context.checkouts(Path.cwd())) as state, readable(path):
        boards = boards_of(state)
    if not boards:
        raise StateError(
            f"The state file {path} has no report yet. A run of crreg check --org NAME --state {path} that lists the "
            "whole organization, without filters, adds one."
        )
    try:
        return dashboard_files(boards, context.redactor())
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise StateError(
            f"A report in the state file {path} does not have the form that this version of crreg writes. Run "
            f"crreg check --org NAME --state {path} again."
        ) from None
