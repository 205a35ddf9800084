"""`crreg ensure --org`: one plan for the secrets of an organization, carried out once it was reviewed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crreg.cli import context, github_options
from crreg.cli.job import may_write
from crreg.cli.organization import OfOrganization, opened_state, requested
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.report.formats import Format

if TYPE_CHECKING:
    from crreg.configuration.settings import Settings
    from crreg.organization.reviewed import Reviewed


def _reviewed(_context: click.Context, _parameter: click.Parameter, given: str | None) -> "Reviewed | None":
    from crreg.organization.reviewed import ReviewedError, reviewed_as

    try:
        return reviewed_as(given, lambda path: Path(path).read_bytes()) if given is not None else None
    except ReviewedError as error:
        raise click.BadParameter(str(error)) from None


OPTIONS = (
    (
        "plan",
        click.option(
            "--plan",
            metavar="DIGEST|FILE",
            callback=_reviewed,
            help="Carry out the plan that was reviewed, and no other. A file with its JSON report can also "
            "complete it after an interruption.",
        ),
    ),
    ("yes", click.option("--yes", is_flag=True, help="Carry out whatever is planned.")),
)


def repair_organization(target: OfOrganization, given: dict[str, Any]) -> ExitCode:
    """Plan, carry the plan out if it was reviewed, and write the report."""
    from crreg.organization.repairing import NothingAllowed, RepairRequest, repair
    from crreg.report.render import render_repair

    if given["level"] not in {None, "organization"}:
        raise click.UsageError("With --org, secrets are stored at organization level only.")
    if given["plan"] is not None and given["yes"]:
        raise click.UsageError("Pass either --plan, for the plan that was reviewed, or --yes, for any.")
    path, output = given["path"], given["output"]
    settings = _settings(path, given["config"])
    is_dry = given["dry_run"] or not may_write("Only planned, nothing written")
    if output is not None:
        context.claim(output, Path.cwd())
    insecure = frozenset(given["allow_insecure"])
    with (
        opened_state(target.state_file) as state,
        requested(target, state, insecure) as request,
    ):
        try:
            asked = RepairRequest(
                request,
                settings,
                repository=github_options.repository_if_known(
                    given["repository"], path, request.access.web_url
                ),
                force=given["force"],
                reviewed=None if is_dry else given["plan"],
                without_review=given["yes"] and not is_dry,
            )
        except NothingAllowed as error:
            raise context.Refusal(str(error)) from None
        repaired = repair(asked)
    text = render_repair(
        repaired,
        Format(given["form"]),
        context.redactor(),
        color=context.color() and output is None,
        width=context.width(),
    )
    context.write(output, text, Path.cwd())
    return repaired.exit_code(FailOn(given["fail_on"]))


def _settings(path: Path, configuration: str | None) -> "Settings":
    """Read the configuration beside the workflow; raises Refusal."""
    from crreg.configuration.load import read_settings
    from crreg.configuration.nodes import ConfigurationError
    from crreg.rules.catalog import RULE_NAMES

    try:
        return read_settings(path, configuration, "", os.environ, RULE_NAMES)
    except ConfigurationError as error:
        raise context.Refusal(str(error)) from None
