"""The check of one repository that is not checked out: its files are read from GitHub, at its default branch."""

from dataclasses import replace

from crreg.check.report import Report
from crreg.check.run import run
from crreg.configuration.load import settings_of_text
from crreg.facts.request import Request
from crreg.github.connection import open_client
from crreg.github.errors import Cause, GitHubError
from crreg.github.graphql import GraphQL
from crreg.net.deadline import Deadline
from crreg.organization.listed import Files
from crreg.organization.reading import read_repository_files
from crreg.rules.catalog import RULE_NAMES


def run_without_checkout(request: Request) -> Report:
    """Read the files, then check as with a checkout; `request.workspace` is not read. Both share the time limit.

    Raises:
        GitHubError: the repository or its files can't be read.
        ConfigurationError: the configuration can't be used.
    """
    deadline = Deadline.after(request.budget)
    files = _files(request, deadline.for_requests(request.budget))
    settings = settings_of_text(
        files.configuration, files.configuration_path, files.configuration_trouble, RULE_NAMES
    )
    return run(replace(request, budget=deadline.remaining), settings, files.discovery)


def _files(request: Request, deadline: Deadline) -> Files:
    request.say(f"Reading the files of {request.repository}")
    github, _ = open_client(
        request.access, request.repository, deadline=deadline, say=request.say, conceal=request.conceal
    )
    try:
        read = read_repository_files(GraphQL(github), request.repository, request.say)
    finally:
        github.close()
    if read.files is None:
        raise GitHubError(Cause.UNREACHABLE, f"{request.repository} {read.trouble}.")
    return read.files
