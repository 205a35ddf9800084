"""The command `crreg publish`."""

import os
from pathlib import Path
from typing import Any

import click

from crreg.cli import context, github_options, options
from crreg.cli.job import Job
from crreg.cli.publish_options import ArgumentError, Arguments, chosen
from crreg.configuration.load import read_settings
from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.settings import Publication
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.publish.run import Publish, run
from crreg.report.formats import OF_A_CHANGE, Format
from crreg.report.render import render_publishing
from crreg.rules.catalog import RULE_NAMES

_SECTIONS = {
    "Source (one of the first three, else the configuration)": (
        "copy",
        "build",
        "local",
        "platforms",
        "referrers",
    ),
    "Target": ("to", "tags", "link", "immutable", "allow_public"),
    "Build": ("dockerfile", "target", "args", "labels", "cache_from"),
    "Repository and network": ("repository", "path", "config", "allow_insecure"),
    "Run and report": ("dry_run", "form", "output", "fail_on"),
}


@click.command(
    cls=options.SectionedCommand,
    sections=_SECTIONS,
    epilog=options.environment(
        "a workflow's token, or a classic one with write:packages, to push to GHCR",
        "seconds for all requests before anything is sent",
    ),
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
    help="Publish even if GitHub may make the new package public, permanently.",
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
@click.option(
    "--dry-run", is_flag=True, help="Check whether everything can be published, but publish nothing."
)
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
    job = Job.begin(path, allow_insecure)
    github_options.tell_source(job.access)
    name = github_options.repository_if_known(repository, path, job.access.web_url)
    is_dry = job.is_dry("Only checked, nothing published", dry_run=dry_run)
    try:
        settings = read_settings(path, config, "", os.environ, RULE_NAMES)
        publications = chosen(Arguments(**named), settings.publications, _default_target(job, name))
        context.claim(output, path)
        publishing = run(_order(job, name, publications, settings.ignore, is_dry=is_dry))
    except (ConfigurationError, ArgumentError) as error:
        raise context.Refusal(str(error)) from None
    finally:
        job.progress.done()
    color = context.color() and output is None
    text = render_publishing(publishing, Format(form), job.redactor, color=color, width=context.width())
    context.write(output, text, path)
    return publishing.exit_code(FailOn(fail_on))


def _default_target(job: Job, repository: str | None) -> str | None:
    """Return the image of the repository's own name in GitHub's registry; None if either is not known."""
    own = job.access.container_registry
    return f"{own}/{repository.lower()}" if own and repository else None


def _order(
    job: Job,
    repository: str | None,
    publications: tuple[Publication, ...],
    ignore: frozenset[str],
    *,
    is_dry: bool,
) -> Publish:
    def log(line: str) -> None:
        job.progress.done()
        context.tell(line)

    return Publish(
        publications,
        repository,
        job.path,
        job.access,
        os.environ,
        allow_insecure=job.insecure,
        ignore=ignore,
        budget=context.budget(),
        dry_run=is_dry,
        say=job.progress.say,
        progress=job.progress.say,
        conceal=job.redactor.hide,
        log=log,
    )
