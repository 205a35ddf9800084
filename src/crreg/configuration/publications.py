"""Parses the entries of `publish`, from the configuration file or the input of that name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from crreg.configuration.nodes import (
    ConfigurationError,
    compose,
    entries_of,
    list_of,
    text_of,
    values_of,
)
from crreg.configuration.settings import Build, Publication
from crreg.discovery.documents.tree import Node, Scalar, is_null
from crreg.findings.location import Location
from crreg.printable import plain, quoted
from crreg.registry.reference import ImageReference, InvalidReference

MOST_PUBLICATIONS = 100
MOST_TAGS = 100
"""The most tags of one image."""
_INPUT = "input publish"
_CONFIGURED = "true"
"""The value of the input that selects the images of the configuration."""
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_IMAGE_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")
PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?")
SOURCES = ("copy", "build", "local")
_SWITCHES = {"true": True, "false": False}
OF_COPY = ("platforms", "referrers")


def parse_publications(text: str, configured: tuple[Publication, ...]) -> tuple[Publication, ...]:
    """Parse the `publish` input: `true` for the images of the configuration, or a YAML list of the same form.

    Raises ConfigurationError.
    """
    root = compose(text, _INPUT)
    if root is None:
        return ()
    if isinstance(root, Scalar):
        if root.text.strip().lower() != _CONFIGURED:
            raise ConfigurationError(
                "expected a list of images as in the configuration's publish, or true to publish the images there",
                root.location,
            )
        if not configured:
            raise ConfigurationError("the configuration lists no images under publish", root.location)
        return configured
    # The lines of an input are in no file, so no finding may point to them.
    return tuple(replace(publication, location=None) for publication in read_publications(root))


def read_publications(node: Node) -> tuple[Publication, ...]:
    """Parse a list of entries; raises ConfigurationError, also if two of them would write the same tag."""
    publications = list_of(
        node, "publish", lambda entry: (entry, _publication(entry)), most=MOST_PUBLICATIONS
    )
    seen: set[tuple[str, str]] = set()
    for entry, publication in publications:
        # `org/app` and `docker.io/org/app` are the same image, and case does not matter in host names.
        name = ImageReference.parse(publication.image).name.lower()
        for tag in publication.tags:
            if (name, tag) in seen:
                raise ConfigurationError(
                    f"{publication.image}:{tag} appears twice in publish", entry.location
                )
            seen.add((name, tag))
    return tuple(publication for _, publication in publications)


def complaint_of_target(text: str) -> str | None:
    """Return why an image can't be published under that name, as half a sentence; None if it can."""
    try:
        reference = ImageReference.parse(text)
    except InvalidReference as error:
        if text != text.lower():
            return (
                f"{text!r} has upper-case letters, which no registry accepts in an image's name: write "
                f"{quoted(text.lower())} (on GHCR, an owner's name is in lower case even if GitHub shows it otherwise)"
            )
        return f"{text!r} is not a valid image name: {error}"
    if reference.tag or reference.digest:
        return f"{text!r} has a tag or a digest, but must be only the image's name: list tags under tags"
    return None


def complaint_of_source(text: str) -> str | None:
    """Return why no image can be copied from there, as half a sentence; None if one can."""
    try:
        ImageReference.parse(text)
    except InvalidReference as error:
        return f"{text!r} is not a valid image name: {error}"
    return None


def complaint_of_local(text: str) -> str | None:
    """Return why no engine can have an image of that name or identifier, as half a sentence; None if one can."""
    return None if _IMAGE_ID.fullmatch(text) else complaint_of_source(text)


def is_tag(text: str) -> bool:
    """Whether it is a valid tag by the distribution specification."""
    return TAG.fullmatch(text) is not None


def is_platform(text: str) -> bool:
    """Whether it has the form of a platform, such as `linux/arm64` or `linux/arm/v7`."""
    return PLATFORM.fullmatch(text) is not None


def _publication(node: Node) -> Publication:
    values = values_of(node, "publish", READERS, what="an entry of publish")
    entries = entries_of(node, "an entry of publish")
    places = {key: entry.key for key, entry in entries.items()}
    if "image" in values:
        values["location"] = entries["image"].value.location
    _check_together(node, values, places)
    return Publication(**values)  # type: ignore[arg-type] # each value was checked above


def _check_together(node: Node, values: Mapping[str, object], places: Mapping[str, Location]) -> None:
    if "image" not in values:
        raise ConfigurationError("an entry of publish must name its image", node.location)
    if len(values.keys() & set(SOURCES)) != 1:
        raise ConfigurationError(
            "an entry of publish must have exactly one of copy, build and local", node.location
        )
    for key in OF_COPY:
        if key in values and "copy" not in values:
            hint = (
                ": list a build's platforms under build" if key == "platforms" and "build" in values else ""
            )
            raise ConfigurationError(f"publish.{key} works only with copy{hint}", places[key])
    if values.get("link") and "build" in values:
        raise ConfigurationError(
            "publish.link works only with copy and local: built images are always linked", places["link"]
        )


def _named(complaint_of: Callable[[str], str | None], expected: str) -> Callable[[Node, str], str]:
    """Return a reader of an image's name that refuses one that `complaint_of` gives a reason against."""

    def read(node: Node, name: str) -> str:
        text = text_of(node, name, expected)
        complaint = complaint_of(text)
        if complaint:
            raise ConfigurationError(f"{name} {complaint}", node.location)
        return text

    return read


def _tags(node: Node, name: str) -> tuple[str, ...]:
    tags = list_of(node, name, _tag, most=MOST_TAGS)
    if not tags:
        raise ConfigurationError(
            f"{name} must list at least one tag; remove the key to use latest", node.location
        )
    return tuple(dict.fromkeys(tags))


def _tag(node: Node) -> str:
    text = text_of(node, "an entry of tags", "a tag")
    if not is_tag(text):
        raise ConfigurationError(
            f"{text!r} is not a valid tag: a tag has 1 to 128 letters, digits, underscores, periods and hyphens, and "
            "does not start with a period or hyphen",
            node.location,
        )
    return text


def _platforms(node: Node, name: str) -> tuple[str, ...]:
    return list_of(node, name, lambda entry: _platform(entry, name))


def _platform(node: Node, name: str) -> str:
    text = text_of(node, f"an entry of {name}", "a platform such as linux/arm64")
    if not is_platform(text):
        raise ConfigurationError(
            f"{text!r} is not a platform: expected one such as linux/amd64 or linux/arm/v7", node.location
        )
    return text


def _switch(node: Node, name: str) -> bool:
    text = text_of(node, name, "true or false").lower()
    if text not in _SWITCHES:
        raise ConfigurationError(f"{name} is {text!r}, but must be true or false", node.location)
    return _SWITCHES[text]


def _build(node: Node, name: str) -> Build:
    if isinstance(node, Scalar) and not is_null(node):
        return Build(context=text_of(node, name, "a folder"))
    values = values_of(node, name, BUILD_READERS)
    return Build(**values)  # type: ignore[arg-type] # each value was checked above


def _texts(node: Node, name: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, entry in entries_of(node, name).items():
        if not isinstance(entry.value, Scalar):
            raise ConfigurationError(f"{name}.{plain(key)} must be a string", entry.value.location)
        found[key] = "" if is_null(entry.value) else entry.value.text
    return found


READERS: Mapping[str, Callable[[Node, str], object]] = {
    "image": _named(complaint_of_target, "an image such as ghcr.io/org/app-dev"),
    "tags": _tags,
    "copy": _named(complaint_of_source, "an image such as acme.azurecr.io/dev/base:1"),
    "build": _build,
    "local": _named(complaint_of_local, "an image that the engine has"),
    "platforms": _platforms,
    "referrers": _switch,
    "link": _switch,
    "immutable": _switch,
    "allow-public": _switch,
}
"""The keys of an entry of `publish`."""
BUILD_READERS: Mapping[str, Callable[[Node, str], object]] = {
    "context": lambda node, name: text_of(node, name, "a path"),
    "dockerfile": lambda node, name: text_of(node, name, "a path"),
    "target": lambda node, name: text_of(node, name, "a stage"),
    "args": _texts,
    "labels": _texts,
    "cache-from": lambda node, name: list_of(
        node, name, lambda image: text_of(image, "an entry of cache-from", "an image")
    ),
    "platforms": _platforms,
}
"""The keys of `build` in it."""
