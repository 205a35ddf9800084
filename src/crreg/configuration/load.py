"""Loads the settings of a run: the repository's configuration file, limited by the `registries` input."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.parse import parse_configuration, parse_registries
from crreg.configuration.settings import Settings
from crreg.findings.location import Location
from crreg.workspace.readable import ReadableFiles, UnreadableFileError
from crreg.workspace.reading import Workspace

DEFAULT_CONFIGURATION = ".github/crreg.yml"
DEFAULT_CONFIGURATIONS = (DEFAULT_CONFIGURATION, ".github/crreg.yaml")


def read_settings(
    workspace: Path,
    configuration: str | None,
    registries: str,
    environment: Mapping[str, str],
    rules: Collection[str],
) -> Settings:
    """Read the file below `workspace`, which may be named by its whole path, and the input; see `settings_in`."""
    named = Path(configuration) if configuration else None
    for root in (workspace.absolute(), workspace.resolve()):
        if named is not None and named.is_relative_to(root):
            configuration = named.relative_to(root).as_posix()
    return settings_in(Workspace(workspace, environment), configuration, registries, rules)


def settings_in(
    files: ReadableFiles, configuration: str | None, registries: str, rules: Collection[str]
) -> Settings:
    """Read the file and the input; `rules` are the names that `ignore` accepts. Raises ConfigurationError.

    The file need not be committed, since a workflow may write it for this run. The target of a symbolic link must be
    committed: otherwise a committed link could make crreg quote another file of the workflow.
    """
    settings = settings_of_text(*read_configuration(files, configuration), rules)
    given = parse_registries(registries)
    if not given:
        return settings
    chosen = {
        identifier: settings.registries.get(identifier, entry) if entry.location is None else entry
        for identifier, entry in given.items()
    }
    return replace(settings, registries=chosen)


def settings_of_text(text: str | None, path: str, reason: str, rules: Collection[str]) -> Settings:
    """Parse what `read_configuration` returns; raises ConfigurationError."""
    if reason:
        raise ConfigurationError(f"the file {reason}", Location.start_of(path))
    return Settings() if text is None else parse_configuration(text, path, rules=rules)


def read_configuration(files: ReadableFiles, configuration: str | None = None) -> tuple[str | None, str, str]:
    """Return the text of the configuration file, its path, and why it can't be read, to follow the path.

    The text is None if it can't be read, or if no file is named and none has a default name; the path is then empty.
    """
    found: list[tuple[str, str, str]] = []
    for path in (configuration,) if configuration else DEFAULT_CONFIGURATIONS:
        try:
            found.append((files.read_text(path, is_generated=True), path, ""))
        except UnreadableFileError as error:
            if configuration or not error.missing:
                return None, path, error.reason
    if len(found) > 1:
        return (
            None,
            DEFAULT_CONFIGURATIONS[1],
            f"can't be used beside {DEFAULT_CONFIGURATION}: delete one of them",
        )
    return found[0] if found else (None, "", "")
