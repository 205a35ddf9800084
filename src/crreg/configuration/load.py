"""Loads the settings of a run: the repository's configuration file, limited by the `registries` input."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.parse import parse_configuration, parse_registries
from crreg.configuration.settings import Settings
from crreg.findings.location import Location
from crreg.workspace.reading import UnreadableFileError, Workspace

DEFAULT_CONFIGURATION = ".github/crreg.yml"
_OTHER_DEFAULT = ".github/crreg.yaml"
_START = (1, 1, 1, 1)


def read_settings(
    workspace: Path,
    configuration: str | None,
    registries: str,
    environment: Mapping[str, str],
    rules: Collection[str],
) -> Settings:
    """Read the file and the input; `rules` are the names that `ignore` accepts. Raises ConfigurationError.

    The file need not be committed, since a workflow may write it for this run. The target of a symbolic link must be
    committed: otherwise a committed link could make crreg quote another file of the workflow.
    """
    files = Workspace(workspace, environment)
    settings = (
        _read(files, configuration, rules) if configuration is not None else _read_default(files, rules)
    )
    given = parse_registries(registries)
    if not given:
        return settings
    chosen = {
        identifier: settings.registries.get(identifier, entry) if entry.location is None else entry
        for identifier, entry in given.items()
    }
    return replace(settings, registries=chosen)


def _read_default(files: Workspace, rules: Collection[str]) -> Settings:
    """Read the file of one of the two default names, if there is one."""
    found: list[Settings] = []
    for path in (DEFAULT_CONFIGURATION, _OTHER_DEFAULT):
        try:
            found.append(_read(files, path, rules))
        except _MissingError:
            continue
    if len(found) > 1:
        message = f"{DEFAULT_CONFIGURATION} exists, too, and crreg reads only one of them: delete one"
        raise ConfigurationError(message, Location(_OTHER_DEFAULT, *_START))
    return found[0] if found else Settings()


class _MissingError(ConfigurationError):
    """The file does not exist."""


def _read(files: Workspace, path: str, rules: Collection[str]) -> Settings:
    try:
        return parse_configuration(files.read_text(path, is_generated=True), path, rules=rules)
    except UnreadableFileError as error:
        kind = _MissingError if error.missing else ConfigurationError
        raise kind(f"the file {error.reason}", Location(path, *_START)) from None
