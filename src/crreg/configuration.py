"""Reading `.github/crreg.yml` and the `registries` input; every mistake is told with its line."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

import yaml

from crreg.github.inventory import Level
from crreg.github.name import is_repository
from crreg.location import Location
from crreg.settings import ConfiguredImage, RegistrySettings, Rotation, Settings, Visibility

MAXIMUM_SIZE = 256 * 1024
"""Characters that a configuration may have; YAML of that size is read in well under a second."""
_IDENTIFIER = re.compile(r"[A-Z_][A-Z0-9_]{0,80}")
_AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


class ConfigurationError(Exception):
    """The configuration is wrong; the text names the file, the line, the key and what was expected."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(f"{location.path}:{location.line}:{location.column}: {message}")
        self.message = message
        self.location = location


@dataclass(frozen=True)
class _Source:
    """The file that is read, for locations, and the rules whose names it may hold."""

    path: str
    rules: frozenset[str]

    def location(self, node: yaml.Node) -> Location:
        start, end = node.start_mark, node.end_mark
        return Location(self.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def error(self, node: yaml.Node, message: str) -> ConfigurationError:
        return ConfigurationError(message, self.location(node))


def parse_configuration(text: str, path: str, *, rules: frozenset[str]) -> Settings:
    """The settings of a configuration file; raises ConfigurationError.

    `rules` are the identifiers that `ignore` may name. Source: the design's section on `.github/crreg.yml`.
    """
    source = _Source(path, rules)
    root = _compose(text, source)
    if root is None:
        return Settings(path=path)
    registries: Mapping[str, RegistrySettings] = {}
    ignore: frozenset[str] = frozenset()
    for key, key_node, value in _entries(root, source, "the configuration"):
        match key:
            case "registries":
                registries = _registries(value, source)
            case "ignore":
                ignore = frozenset(_list(value, source, "ignore", lambda node: _rule(node, source)))
            case "publish":
                _list(value, source, "publish", lambda node: _check_publication(node, source))
            case _:
                raise source.error(key_node, f"unknown key {key!r}: expected registries, ignore or publish")
    return Settings(registries, ignore, path=path)


def parse_registries(text: str, *, rules: frozenset[str]) -> Mapping[str, RegistrySettings]:
    """The `registries` input: identifiers separated by blanks, commas or lines, or YAML as in the configuration.

    Raises ConfigurationError.
    """
    source = _Source("input registries", rules)
    words = [word for word in re.split(r"[\s,]+", text.strip()) if word]
    if all(re.fullmatch(r"\w+", word) for word in words):
        place = Location(source.path, 1, 1, 1, 1)
        return {
            identifier: RegistrySettings(identifier, None)
            for identifier in (_identifier(word, place) for word in words)
        }
    root = _compose(text, source)
    return _registries(root, source) if root is not None else {}


def _compose(text: str, source: _Source) -> yaml.Node | None:
    place = Location(source.path, 1, 1, 1, 1)
    if len(text) > MAXIMUM_SIZE:
        raise ConfigurationError(f"the file is larger than {MAXIMUM_SIZE} characters", place)
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is not None:
            place = Location(source.path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
        raise ConfigurationError(f"this is no YAML: {error.problem}", place) from None
    except yaml.YAMLError:
        raise ConfigurationError("this is no YAML: it holds a character that YAML forbids", place) from None
    except RecursionError:
        raise ConfigurationError("this is nested too deeply", place) from None
    return None if node is not None and _is_null(node) else node


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _entries(node: yaml.Node, source: _Source, what: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise source.error(node, f"{what} must be a mapping of keys to values")
    seen: set[str] = set()
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise source.error(key_node, f"a key of {what} must be a word")
        key = key_node.value
        if key in seen:
            raise source.error(key_node, f"the key {key!r} stands twice in {what}")
        seen.add(key)
        yield key, key_node, value


def _registries(node: yaml.Node, source: _Source) -> Mapping[str, RegistrySettings]:
    if _is_null(node):
        return {}
    found: dict[str, RegistrySettings] = {}
    for key, key_node, value in _entries(node, source, "registries"):
        identifier = _identifier(key, source.location(key_node))
        if identifier in found:
            raise source.error(
                key_node, f"the identifier {identifier} stands twice in registries (case does not count)"
            )
        found[identifier] = _registry(identifier, key_node, value, source)
    return found


def _registry(identifier: str, key_node: yaml.Node, node: yaml.Node, source: _Source) -> RegistrySettings:
    location = source.location(key_node)
    if _is_null(node):
        return RegistrySettings(identifier, location)
    values: dict[str, object] = {}
    for key, entry_key, value in _entries(node, source, f"registries.{identifier}"):
        name = f"registries.{identifier}.{key}"
        match key:
            case "server":
                values["server"] = _text(value, source, name, "a host such as acme.azurecr.io")
                values["server_location"] = source.location(value)
            case "level":
                values["level"] = _choice(value, source, name, Level)
            case "visibility":
                values["visibility"] = _choice(value, source, name, Visibility)
            case "rotate":
                values["rotate"] = _choice(value, source, name, Rotation)
            case "max-age":
                values["max_age"] = _age(value, source, name)
            case "repositories":
                values["repositories"] = _list(value, source, name, lambda item: _repository(item, source))
            case "images":
                values["images"] = _list(value, source, name, lambda item: _image(item, source))
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


def _text(node: yaml.Node, source: _Source, name: str, expected: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or _is_null(node) or not node.value.strip():
        raise source.error(node, f"{name} must be {expected}")
    return str(node.value.strip())


def _choice(node: yaml.Node, source: _Source, name: str, choices: type[_E]) -> _E:
    names = [choice.value for choice in choices]
    expected = f"one of {', '.join(names)}" if len(names) > 1 else names[0]
    text = _text(node, source, name, expected)
    if text not in names:
        raise source.error(node, f"{name} is {text!r}, but must be {expected}")
    return choices(text)


def _age(node: yaml.Node, source: _Source, name: str) -> timedelta:
    expected = "a number of hours, days or weeks, such as 12h, 90d or 4w"
    match = _AGE.fullmatch(_text(node, source, name, expected))
    if match is None:
        raise source.error(node, f"{name} must be {expected}")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def _list(node: yaml.Node, source: _Source, name: str, item: Callable[[yaml.Node], _T]) -> tuple[_T, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise source.error(node, f"{name} must be a list")
    return tuple(item(child) for child in node.value)


def _rule(node: yaml.Node, source: _Source) -> str:
    rule = _text(node, source, "an entry of ignore", "the name of a rule")
    if rule not in source.rules:
        raise source.error(node, f"ignore names {rule!r}, which is no rule: see `crreg rules`")
    return rule


def _repository(node: yaml.Node, source: _Source) -> str:
    text = _text(node, source, "an entry of repositories", "a repository as OWNER/NAME")
    if not is_repository(text):
        raise source.error(node, f"{text!r} is no repository: expected OWNER/NAME")
    return text


def _image(node: yaml.Node, source: _Source) -> ConfiguredImage:
    text = _text(node, source, "an entry of images", "an image such as acme.azurecr.io/dev/base:1")
    return ConfiguredImage(text, source.location(node))


def _check_publication(node: yaml.Node, source: _Source) -> None:
    """Hold an entry of `publish` to its shape, so that a mistake shows in the pull request that makes it."""
    entries = {
        key: (key_node, value) for key, key_node, value in _entries(node, source, "an entry of publish")
    }
    for key, (key_node, value) in entries.items():
        match key:
            case "image" | "copy" | "local":
                _text(value, source, f"publish.{key}", "an image")
            case "tags":
                _list(
                    value, source, "publish.tags", lambda tag: _text(tag, source, "an entry of tags", "a tag")
                )
            case "build":
                _check_build(value, source)
            case _:
                raise source.error(
                    key_node,
                    f"unknown key {key!r} in publish: expected image, tags and one of copy, build or local",
                )
    if "image" not in entries:
        raise source.error(node, "an entry of publish must name its image")
    if len(entries.keys() & {"copy", "build", "local"}) != 1:
        raise source.error(node, "an entry of publish must have exactly one of copy, build and local")


def _check_build(node: yaml.Node, source: _Source) -> None:
    for key, key_node, value in _entries(node, source, "publish.build"):
        match key:
            case "context" | "dockerfile" | "target":
                _text(value, source, f"publish.build.{key}", "a path" if key != "target" else "a stage")
            case "args":
                for name, _, argument in _entries(value, source, "publish.build.args"):
                    if not isinstance(argument, yaml.ScalarNode):
                        raise source.error(argument, f"publish.build.args.{name} must be a text")
            case _:
                raise source.error(
                    key_node,
                    f"unknown key {key!r} in publish.build: expected context, dockerfile, target or args",
                )
