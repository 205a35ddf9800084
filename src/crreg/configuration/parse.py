"""Parses `.github/crreg.yml` and the `registries` input; every error names its line."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from functools import partial

from crreg.configuration.nodes import (
    ConfigurationError,
    choice_of,
    compose,
    each_of,
    entries_of,
    guess,
    list_of,
    text_of,
    values_of,
)
from crreg.configuration.publications import read_publications
from crreg.configuration.servers import check_rotation, server_of
from crreg.configuration.settings import (
    Allowed,
    ConfiguredImage,
    RegistrySettings,
    Rotation,
    Settings,
    Visibility,
)
from crreg.discovery.documents.tree import Entry, Node, is_null
from crreg.findings.location import Location
from crreg.github.access import is_repository
from crreg.github.levels import Level
from crreg.triple import identifier_in, is_reserved

_INPUT = "input registries"
KEYS = ("registries", "ignore", "publish")
IDENTIFIER = re.compile(r"[A-Z_][A-Z0-9_]{0,80}")
MOST_REGISTRIES = 100
MOST_IMAGES = 1000
"""The most images of all registries together."""
MOST_ALLOWED = 1000
"""The most entries of `allow` of one registry."""
AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def parse_configuration(text: str, path: str, *, rules: Collection[str]) -> Settings:
    """Parse a configuration file; `rules` are the names that `ignore` accepts. Raises ConfigurationError."""
    root = compose(text, path)
    if root is None:
        return Settings(path=path)
    readers: Mapping[str, Callable[[Node, str], object]] = {
        "registries": lambda node, _: _registries(node),
        "ignore": lambda node, _: frozenset(list_of(node, "ignore", lambda each: _rule(each, rules))),
        "publish": lambda node, _: read_publications(node),
    }
    values = values_of(root, "", readers, what="the configuration")
    values["publications"] = values.pop("publish", ())
    return Settings(**values, path=path)  # type: ignore[arg-type] # each value was read above


def parse_registries(text: str) -> Mapping[str, RegistrySettings]:
    """Parse the `registries` input: identifiers separated by spaces, commas or lines, or YAML as in the configuration.

    Raises ConfigurationError.
    """
    words = [word for word in re.split(r"[\s,]+", text.strip()) if word]
    if all(re.fullmatch(r"\w+", word) for word in words):
        place = Location.start_of(_INPUT)
        if len(words) > MOST_REGISTRIES:
            raise ConfigurationError(f"there are more than {MOST_REGISTRIES} identifiers", place)
        return {
            identifier: RegistrySettings(identifier, None)
            for identifier in (_identifier(word, place) for word in words)
        }
    root = compose(text, _INPUT)
    return _registries(root) if root is not None else {}


def _registries(node: Node) -> Mapping[str, RegistrySettings]:
    if is_null(node):
        return {}
    found: dict[str, RegistrySettings] = {}

    def read(key: str, entry: Entry) -> None:
        place = entry.key
        identifier = _identifier(key, place)
        if identifier in found:
            raise ConfigurationError(
                f"the identifier {identifier} appears twice in registries (case does not matter)", place
            )
        found[identifier] = registry = _registry(identifier, place, entry.value)
        check_rotation(registry, entry.value)
        if sum(len(each.images) for each in found.values()) > MOST_IMAGES:
            raise ConfigurationError(f"registries name more than {MOST_IMAGES} images", place)

    entries = entries_of(node, "registries")
    if len(entries) > MOST_REGISTRIES:
        place = list(entries.values())[MOST_REGISTRIES].key
        raise ConfigurationError(f"registries has more than {MOST_REGISTRIES} entries", place)
    each_of(partial(read, key, entry) for key, entry in entries.items())
    return found


def _registry(identifier: str, place: Location, node: Node) -> RegistrySettings:
    if is_null(node):
        return RegistrySettings(identifier, place)
    name = f"registries.{identifier}"
    values = values_of(node, name, READERS)
    if "server" in values:
        values["server_location"] = entries_of(node, name)["server"].value.location
    if "allow" in values:
        _check_allow(name, node, values)
    return RegistrySettings(identifier, place, **values)  # type: ignore[arg-type] # each value was checked above


def _identifier(text: str, location: Location) -> str:
    identifier = text.upper()
    if not IDENTIFIER.fullmatch(identifier):
        raise ConfigurationError(
            f"{text!r} can't be an identifier: the names of secrets start with it, so it may have only letters, "
            "digits and underscores, may not start with a digit, and may have at most 80 characters",
            location,
        )
    if is_reserved(identifier):
        raise ConfigurationError(
            f"{text!r} can't be an identifier: GitHub refuses names that start with GITHUB_, such as "
            f"{identifier}_CONTAINER_REGISTRY_SERVER; choose another, such as GHCR",
            location,
        )
    meant = identifier_in(identifier)
    if meant is not None:
        raise ConfigurationError(
            f"{text!r} can't be an identifier: it is what comes before _CONTAINER_REGISTRY_ in the names of the "
            f"secrets, so write {meant or 'a name of your own'}",
            location,
        )
    return identifier


def _age(node: Node, name: str) -> timedelta:
    expected = "a number of hours, days or weeks, such as 12h, 90d or 4w"
    match = AGE.fullmatch(text_of(node, name, expected))
    if match is None:
        raise ConfigurationError(f"{name} must be {expected}", node.location)
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def _rule(node: Node, rules: Collection[str]) -> str:
    rule = text_of(node, "an entry of ignore", "the name of a rule")
    if rule not in rules:
        raise ConfigurationError(
            f"ignore names {rule!r}{guess(rule, rules)}, which is not a rule: see `crreg rules`",
            node.location,
        )
    return rule


def _repository(node: Node) -> str:
    text = text_of(node, "an entry of repositories", "a repository as OWNER/NAME")
    if not is_repository(text):
        raise ConfigurationError(f"{text!r} is not a repository: expected OWNER/NAME", node.location)
    return text


def _allowed(node: Node) -> Allowed:
    expected = "a glob for names of repositories, topic:NAME or property:NAME=VALUE"
    text = text_of(node, "an entry of allow", expected)
    kind, colon, rest = text.partition(":")
    name, equals, value = rest.partition("=")
    # No name of a repository has a colon.
    if (
        (colon and not rest)
        or kind not in {"topic", "property", text}
        or (kind == "property" and not (name and equals and value))
    ):
        raise ConfigurationError(f"{text!r} can't be an entry of allow: expected {expected}", node.location)
    if not colon:
        return Allowed(name=text)
    return Allowed(topic=rest) if kind == "topic" else Allowed(property=(name, value))


def _check_allow(name: str, node: Node, values: Mapping[str, object]) -> None:
    """Refuse what contradicts `allow`, which names the repositories that may read an organization's secrets."""
    for key, fitting in (("level", Level.ORGANIZATION), ("visibility", Visibility.SELECTED)):
        if values.get(key, fitting) is not fitting:
            place = entries_of(node, name)[key].value.location
            raise ConfigurationError(f"{name}.{key} must be {fitting}, because {name} has allow", place)


def _image(node: Node) -> ConfiguredImage:
    text = text_of(node, "an entry of images", "an image such as acme.azurecr.io/dev/base:1")
    return ConfiguredImage(text, node.location)


READERS: Mapping[str, Callable[[Node, str], object]] = {
    "server": server_of,
    "level": lambda node, name: choice_of(node, name, Level),
    "visibility": lambda node, name: choice_of(node, name, Visibility),
    "repositories": lambda node, name: list_of(node, name, _repository),
    "images": lambda node, name: list_of(node, name, _image),
    "max-age": _age,
    "rotate": lambda node, name: choice_of(node, name, Rotation),
    "allow": lambda node, name: list_of(node, name, _allowed, most=MOST_ALLOWED),
}
"""The keys of an entry of `registries`."""
