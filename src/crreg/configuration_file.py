"""The settings of a run: the repository's configuration file with the `registries` input laid over it."""

from dataclasses import replace
from pathlib import Path

from crreg.configuration import parse_configuration, parse_registries
from crreg.configuration_nodes import ConfigurationError
from crreg.location import Location
from crreg.rules import RULES
from crreg.settings import Settings
from crreg.workspace.reading import UnreadableFileError, Workspace

DEFAULT_CONFIGURATION = ".github/crreg.yml"
_RULES = frozenset(rule.id for rule in RULES)


def read_settings(workspace: Path, configuration: str | None, registries: str) -> Settings:
    """Read both; raises ConfigurationError."""
    path = configuration or DEFAULT_CONFIGURATION
    try:
        settings = parse_configuration(Workspace(workspace).read_text(path), path, rules=_RULES)
    except UnreadableFileError as error:
        if configuration is None and error.missing:
            settings = Settings()
        else:
            raise ConfigurationError(f"the file {error.reason}", Location(path, 1, 1, 1, 1)) from None
    given = parse_registries(registries)
    if not given:
        return settings
    chosen = {
        identifier: settings.registries.get(identifier, entry) if entry.location is None else entry
        for identifier, entry in given.items()
    }
    return replace(settings, registries=chosen)
