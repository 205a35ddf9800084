"""The names of the action's inputs, and which of them a misspelled one probably means."""

from collections.abc import Iterator, Mapping

from crreg.printable import nearest

NAMES = frozenset(
    {
        "token",
        "app-id",
        "app-private-key",
        "mode",
        "dry-run",
        "level",
        "force",
        "receipts",
        "publish",
        "registries",
        "credentials",
        "config",
        "repository",
        "organization",
        "enterprise",
        "runners",
        "default-runner",
        "plan",
        "without-review",
        "public",
        "job",
        "parts",
        "state-file",
        "dashboard",
        "fail-on",
        "allow-insecure",
        "report-file",
        "sarif-file",
        "issue",
        "issues-per-repository",
        "issue-token",
        "github-api-url",
    }
)
"""All inputs of action.yml, which the container does not have."""
_OF_THE_RUNNER = frozenset({"args", "entrypoint"})
"""Inputs that every container action has."""
_PREFIX = "INPUT_"


def misspelled(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each input that does not exist, with the one that was probably meant.

    The runner warns of an input that action.yml lacks, but passes it and goes on. A step with `dry_run` would write.
    A variable whose name is like no input may be another program's.
    Source: https://github.com/actions/runner/issues/514
    """
    for variable in environment:
        name = variable.removeprefix(_PREFIX).lower()
        if variable.startswith(_PREFIX) and name not in NAMES | _OF_THE_RUNNER:
            meant = nearest(name, NAMES)
            if meant is not None:
                yield name, meant
