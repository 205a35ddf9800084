"""What `crreg check` is run on: checkouts by their paths, and repositories by name or address."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource

from crreg.cli import context, github_options
from crreg.github.access import GitHubAccess, is_repository
from crreg.report.formats import OF_SEVERAL_CHECKS, Format
from crreg.workspace.checkout import is_empty, repository_at, repository_of

_FORMS = "expected OWNER/NAME, the address of a repository, or a path that starts with . or /"


@dataclass(frozen=True, slots=True)
class Target:
    """A repository to check, with its files."""

    repository: str
    """`owner/name`."""
    folder: Path | None
    """None to read the files from GitHub."""


def read_targets(
    given: Sequence[str], repository: str | None, path: Path, access: GitHubAccess
) -> tuple[Target, ...]:
    """Return what to check.

    Args:
        given: the arguments; without any, the options decide.
        repository: the option `--repository`, or GITHUB_REPOSITORY.
        path: the option `--path`, or its default.
        access: how to ask GitHub; without a token, it gives no files.

    Raises:
        Refusal: an argument is none of the forms, a folder is no checkout, or the files of a repository are neither
            here nor, without a token, to be had from GitHub.
        UsageError: an option contradicts the arguments.
    """
    if not given:
        return (_in_folder(path, repository, access.web_url),)
    return tuple(_target(text, access, repository, path, alone=len(given) == 1) for text in given)


def form_of_each(form: Format, count: int) -> Format:
    """Return the format of each of `count` reports; raises UsageError for one that makes a single document."""
    if count == 1:
        return form
    if form not in OF_SEVERAL_CHECKS:
        raise click.UsageError(f"--format {form} makes one document: give one target, or use text or json.")
    return OF_SEVERAL_CHECKS[form]


def _in_folder(folder: Path, repository: str | None, web_url: str) -> Target:
    if is_empty(folder):
        raise context.Refusal(f"{folder.absolute()} is empty: run crreg in a checkout of the repository.")
    return Target(github_options.repository(repository, folder, web_url), folder)


def _target(text: str, access: GitHubAccess, repository: str | None, path: Path, *, alone: bool) -> Target:
    host = access.web_url.partition("://")[2]
    is_path = text.startswith((".", "/"))
    for option, is_free in (("path", not is_path and alone), ("repository", is_path and alone)):
        if _is_given(option) and not is_free:
            raise click.UsageError(f"--{option} can't be combined with {text}: leave one out.")
    if is_path:
        folder = Path(text)
        if not folder.is_dir():
            raise context.Refusal(f"{text} is not a folder.")
        own = None if _is_given("repository") else repository_of(folder, host)
        # GITHUB_REPOSITORY names one repository, and each of several paths is of another.
        return _in_folder(folder, own or (repository if alone else None), access.web_url)
    name = _name(text, host)
    here = repository_of(path, host) or (repository if os.environ.get("GITHUB_WORKSPACE") else None)
    if not _is_given("path") and (here is None or here.lower() != name.lower()):
        if access.given:
            return Target(name, None)
        raise context.Refusal(
            f"The files of {name} are not here: {path.absolute()} is not a checkout of it. Log in with gh auth login, "
            "or set GH_TOKEN, and crreg reads them from GitHub. Or clone it with "
            f"gh repo clone {name}, and then run crreg check ./{name.rpartition('/')[2]}"
        )
    return _in_folder(path, name, access.web_url)


def _name(text: str, host: str) -> str:
    name = text if is_repository(text) else repository_at(text, host)
    if name is None:
        folder = f" To check the folder, write ./{text}." if Path(text).is_dir() else ""
        raise context.Refusal(f"{text} is not a repository on {host}: {_FORMS}.{folder}")
    return name


def _is_given(option: str) -> bool:
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE
