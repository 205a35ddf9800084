"""Reading `.github/crreg.yml` and the `registries` input; every mistake is told with its line."""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta

import yaml

from crreg.configuration.nodes import (
    ConfigurationError,
    Source,
    choice_of,
    compose,
    entries_of,
    is_null,
    list_of,
    text_of,
)
from crreg.configuration.publications import read_publications
from crreg.configuration.settings import (
    ConfiguredImage,
    Publication,
    RegistrySettings,
    Rotation,
    Settings,
    Visibility,
)
from crreg.findings.location import Location
from crreg.github.inventory import Level
from crreg.github.name import is_repository

_IDENTIFIER = re.compile(r"[A-Z_][A-Z0-9_]{0,80}")
MOST_REGISTRIES = 100
MOST_IMAGES = 1000
"""Of all registries together."""
_AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def parse_configuration(text: str, path: str, *, rules: Collection[str]) -> Settings:
    """The settings of a configuration file; raises ConfigurationError.

    `rules` are the identifiers that `ignore` may name. The keys are those of docs/architecture.md#the-configuration.
    """
    source = Source(path)
    root = compose(text, source)
    if root is None:
        return Settings(path=path)
    registries: Mapping[str, RegistrySettings] = {}
    ignore: frozenset[str] = frozenset()
    publications: tuple[Publication, ...] = ()
    for key, key_node, value in entries_of(root, source, "the configuration"):
        match key:
            case "registries":
                registries = _registries(value, source)
            case "ignore":
                ignore = frozenset(list_of(value, source, "ignore", lambda node: _rule(node, source, rules)))
            case "publish":
                publications = read_publications(value, source)
            case _:
                raise source.error(key_node, f"unknown key {key!r}: expected registries, ignore or publish")
    return Settings(registries, ignore, publications, path)


def parse_registries(text: str) -> Mapping[str, RegistrySettings]:
    """The `registries` input: identifiers separated by blanks, commas or lines, or YAML as in the configuration.

    Raises ConfigurationError.
    """
    source = Source("input registries")
    words = [word for word in re.split(r"[\s,]+", text.strip()) if word]
    if all(re.fullmatch(r"\w+", word) for word in words):
        place = Location(source.path, 1, 1, 1, 1)
        if len(words) > MOST_REGISTRIES:
            raise ConfigurationError(f"there are more than {MOST_REGISTRIES} identifiers", place)
        return {
            identifier: RegistrySettings(identifier, None)
            for identifier in (_identifier(word, place) for word in words)
        }
    root = compose(text, source)
    return _registries(root, source) if root is not None else {}


def _registries(node: yaml.Node, source: Source) -> Mapping[str, RegistrySettings]:
    if is_null(node):
        return {}
    found: dict[str, RegistrySettings] = {}
    images = 0
    for key, key_node, value in entries_of(node, source, "registries"):
        if len(found) == MOST_REGISTRIES:
            raise source.error(key_node, f"registries holds more than {MOST_REGISTRIES} entries")
        identifier = _identifier(key, source.location(key_node))
        if identifier in found:
            raise source.error(
                key_node, f"the identifier {identifier} stands twice in registries (case does not count)"
            )
        found[identifier] = _registry(identifier, key_node, value, source)
        images += len(found[identifier].images)
        if images > MOST_IMAGES:
            raise source.error(key_node, f"registries name more than {MOST_IMAGES} images")
    return found


def _registry(identifier: str, key_node: yaml.Node, node: yaml.Node, source: Source) -> RegistrySettings:
    location = source.location(key_node)
    if is_null(node):
        return RegistrySettings(identifier, location)
    values: dict[str, object] = {}
    for key, entry_key, value in entries_of(node, source, f"registries.{identifier}"):
        name = f"registries.{identifier}.{key}"
        match key:
            case "server":
                values["server"] = text_of(value, source, name, "a host such as acme.azurecr.io")
                values["server_location"] = source.location(value)
            case "level":
                values["level"] = choice_of(value, source, name, Level)
            case "visibility":
                values["visibility"] = choice_of(value, source, name, Visibility)
            case "rotate":
                values["rotate"] = choice_of(value, source, name, Rotation)
            case "max-age":
                values["max_age"] = _age(value, source, name)
            case "repositories":
                values["repositories"] = list_of(value, source, name, lambda item: _repository(item, source))
            case "images":
                values["images"] = list_of(value, source, name, lambda item: _image(item, source))
            case _:
                raise source.error(
                    entry_key,
                    f"unknown key {key!r} in registries.{identifier}: expected server, level, visibility, "
                    "repositories, images, max-age or rotate",
                )
    return RegistrySettings(identifier, location, **values)  # type: ignore[arg-type] # each value was checked above


def _identifier(text: str, location: Location) -> str:
    identifier = text.upper()
    if not _IDENTIFIER.fullmatch(identifier):
        raise ConfigurationError(
            f"{text!r} can't be an identifier: it starts the names of secrets, so letters, digits and underscores, "
            "no digit first, 80 characters at most",
            location,
        )
    if identifier.startswith("GITHUB_"):
        raise ConfigurationError(
            f"{text!r} can't be an identifier: GitHub refuses names that start with GITHUB_", location
        )
    return identifier


def _age(node: yaml.Node, source: Source, name: str) -> timedelta:
    expected = "a number of hours, days or weeks, such as 12h, 90d or 4w"
    match = _AGE.fullmatch(text_of(node, source, name, expected))
    if match is None:
        raise source.error(node, f"{name} must be {expected}")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def _rule(node: yaml.Node, source: Source, rules: Collection[str]) -> str:
    rule = text_of(node, source, "an entry of ignore", "the name of a rule")
    if rule not in rules:
        raise source.error(node, f"ignore names {rule!r}, which is no rule: see `crreg rules`")
    return rule


def _repository(node: yaml.Node, source: Source) -> str:
    text = text_of(node, source, "an entry of repositories", "a repository as OWNER/NAME")
    if not is_repository(text):
        raise source.error(node, f"{text!r} is no repository: expected OWNER/NAME")
    return text


def _image(node: yaml.Node, source: Source) -> ConfiguredImage:
    text = text_of(node, source, "an entry of images", "an image such as acme.azurecr.io/dev/base:1")
    return ConfiguredImage(text, source.location(node))
