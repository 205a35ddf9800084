"""The command `crreg publish`."""

import os
from pathlib import Path
from typing import Any

import click

from crreg.cli import context, options
from crreg.cli.progress import Progress
from crreg.cli.publish_options import ArgumentError, Arguments, chosen
from crreg.configuration.load import read_settings
from crreg.configuration.nodes import ConfigurationError
from crreg.exits import ExitCode, FailOn
from crreg.facts.workflow_event import read_event_of_command
from crreg.publish.run import Publish, run
from crreg.report.formats import OF_A_CHANGE, Format
from crreg.report.render import render_publishing
from crreg.rules import RULE_NAMES


@click.command(
    epilog=options.environment(
        "pushes to GHCR: a workflow's, or a classic one with write:packages",
        "seconds for all questions before anything is sent (default: 120)",
    )
)
@click.option("--copy", metavar="IMAGE", help="Copy an image from another registry, with all its platforms.")
@click.option("--build", metavar="DIR", help="Build the Dockerfile of a folder, with the Docker Engine.")
@click.option("--local", metavar="IMAGE", help="Push an image that the Docker Engine has.")
@click.option(
    "--to",
    metavar="IMAGE",
    help="The target image, with or without a tag.  [default: ghcr.io/OWNER/NAME of the repository]",
)
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="A tag; can be repeated.  [default: latest]"
)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="OS/ARCH",
    help="Copy or build only this platform; can be repeated.",
)
@click.option("--referrers", is_flag=True, help="Also copy attached signatures, SBOMs and the like.")
@click.option(
    "--link",
    is_flag=True,
    help="Add the label that links the package to the repository. It changes a copy's digest. A build always has it.",
)
@click.option("--immutable", is_flag=True, help="Refuse to move a tag that points elsewhere.")
@click.option(
    "--allow-public",
    is_flag=True,
    help="Publish even if GitHub may make the new package public, for good.",
)
@click.option(
    "--file", "dockerfile", metavar="FILE", help="The Dockerfile to build.  [default: DIR/Dockerfile]"
)
@click.option("--target", metavar="STAGE", help="The stage to build.")
@click.option("--build-arg", "args", multiple=True, metavar="NAME=VALUE", help="A build argument.")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="A label of the built image.")
@click.option("--cache-from", multiple=True, metavar="IMAGE", help="An image to reuse layers from.")
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.verbose
@click.option("--dry-run", is_flag=True, help="Ask whether everything may be published, but publish nothing.")
@options.form(OF_A_CHANGE)
@options.output
@options.fail_on
def publish(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    dry_run: bool,
    form: str,
    output: Path | None,
    fail_on: str,
    **named: Any,
) -> ExitCode:
    """Publish images to GHCR, where a codespace needs no secret.

    Copies, builds or pushes what the options name, else what the configuration lists under publish. crreg first
    asks every registry whether it may push. If one refuses, nothing is built, copied or published.
    """
    insecure = frozenset(allow_insecure)
    access = context.access(insecure)
    context.tell_source(access)
    name = context.repository_if_known(repository, path, access.web_url)
    progress = Progress()
    redactor = context.redactor()

    def log(line: str) -> None:
        progress.done()
        context.tell(line)

    event = read_event_of_command(os.environ)
    if not event.may_write and not dry_run:
        context.tell(f"Only checked, nothing published: {event.held_back}")
    try:
        settings = read_settings(path, config, "", os.environ, RULE_NAMES)
        own = access.container_registry
        default = f"{own}/{name.lower()}" if own and name else None
        publications = chosen(Arguments(**named), settings.publications, default)
        context.claim(output, path)
        publishing = run(
            Publish(
                publications,
                name,
                path,
                access,
                os.environ,
                allow_insecure=insecure,
                ignore=settings.ignore,
                budget=context.budget(),
                dry_run=dry_run or not event.may_write,
                say=progress.say,
                progress=progress.say,
                conceal=redactor.hide,
                log=log,
            )
        )
    except (ConfigurationError, ArgumentError) as error:
        raise context.Refusal(str(error)) from None
    finally:
        progress.done()
    color, width = context.color() and output is None, context.width()
    text = render_publishing(publishing, Format(form), redactor, color=color, width=width)
    if output is None:
        click.echo(text, nl=False)
    else:
        context.write(output, text, path)
    return publishing.exit_code(FailOn(fail_on))
