"""Turn the options of `crreg publish` into a publication like those of the configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crreg.configuration.publications import (
    complaint_of_local,
    complaint_of_source,
    complaint_of_target,
    is_platform,
    is_tag,
)
from crreg.configuration.settings import Build, Publication
from crreg.printable import plain

_LATEST = "latest"
_LONGEST = 2000


class ArgumentError(ValueError):
    """The options can't be combined, or one has a wrong value. The text is one line for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(plain(message, _LONGEST))


@dataclass(frozen=True, slots=True)
class Arguments:
    """The options, as they were given."""

    copy: str | None = None
    build: str | None = None
    local: str | None = None
    to: str | None = None
    tags: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    referrers: bool = False
    link: bool = False
    immutable: bool = False
    allow_public: bool = False
    dockerfile: str | None = None
    target: str | None = None
    args: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()

    @property
    def names_a_source(self) -> bool:
        """Whether the options name an image to publish, instead of leaving that to the configuration."""
        return any(source is not None for source in (self.copy, self.build, self.local))


def chosen(
    arguments: Arguments, configured: Iterable[Publication], default_image: str | None
) -> tuple[Publication, ...]:
    """Return what to publish: what the options name, else what the configuration lists.

    Args:
        arguments: the options.
        configured: what the configuration lists.
        default_image: the target without `--to`; None if there is none.

    Raises:
        ArgumentError: the options can't be used like this, or there is nothing to publish.
    """
    if arguments.names_a_source:
        return (_named(arguments, default_image),)
    given = [option for option, value in _only_with_a_source(arguments) if value]
    if given:
        raise ArgumentError(
            f"{given[0]} needs --copy, --build or --local: it says how one image is published."
        )
    listed = tuple(configured)
    if not listed:
        raise ArgumentError(
            "There is nothing to publish: name an image with --copy, --build or --local, or list images under publish "
            "in the configuration."
        )
    if arguments.to is None:
        return listed
    wanted = tuple(publication for publication in listed if publication.image == arguments.to)
    if not wanted:
        images = ", ".join(dict.fromkeys(publication.image for publication in listed))
        raise ArgumentError(
            f"The configuration does not list {arguments.to!r} under publish. It lists {images}."
        )
    return wanted


def _named(arguments: Arguments, default_image: str | None) -> Publication:
    given = [name for name in ("copy", "build", "local") if getattr(arguments, name) is not None]
    if len(given) > 1:
        raise ArgumentError(f"--{given[0]} and --{given[1]} can't be combined: name one source.")
    image, tags = _target(arguments, default_image)
    _check(arguments)
    return Publication(
        image,
        None,
        tags,
        copy=arguments.copy,
        build=_build(arguments) if arguments.build is not None else None,
        local=arguments.local,
        platforms=arguments.platforms if arguments.copy is not None else (),
        referrers=arguments.referrers,
        link=arguments.link,
        immutable=arguments.immutable,
        allow_public=arguments.allow_public,
    )


def _target(arguments: Arguments, default_image: str | None) -> tuple[str, tuple[str, ...]]:
    # A script whose variable is not set passes an empty text, which must not mean the default.
    text = default_image if arguments.to is None else arguments.to
    if text is None:
        raise ArgumentError(
            "The target is not known. Pass --to IMAGE, such as ghcr.io/octo-org/dev, or --repository OWNER/NAME."
        )
    image, tags = text, arguments.tags
    name, colon, tag = text.rpartition(":")
    # A colon before a slash is a port's, and one after an at sign is a digest's.
    if colon and name and "/" not in tag and "@" not in text:
        image, tags = name, (tag, *tags)
    complaint = complaint_of_target(image)
    if complaint:
        raise ArgumentError(f"--to {complaint}.")
    for each in tags:
        if not is_tag(each):
            raise ArgumentError(
                f"{each!r} is not a tag: expected 1 to 128 letters, digits, underscores, periods and hyphens, with "
                "neither a period nor a hyphen at the start."
            )
    return image, tuple(dict.fromkeys(tags)) or (_LATEST,)


def _check(arguments: Arguments) -> None:
    complaint = complaint_of_source(arguments.copy) if arguments.copy is not None else None
    if complaint:
        raise ArgumentError(f"--copy {complaint}.")
    for name, text, example in (
        ("--build", arguments.build, "a folder, such as ."),
        ("--local", arguments.local, "an image that the engine has, such as app:ci"),
    ):
        if text is not None and not text.strip():
            raise ArgumentError(f"{name} is empty: name {example}.")
    complaint = complaint_of_local(arguments.local) if arguments.local is not None else None
    if complaint:
        raise ArgumentError(f"--local {complaint}.")
    for platform in arguments.platforms:
        if not is_platform(platform):
            raise ArgumentError(
                f"{platform!r} is not a platform: expected one such as linux/amd64 or linux/arm/v7."
            )
    for option, value, source in (
        ("--referrers", arguments.referrers, arguments.copy),
        ("--platform", arguments.platforms and arguments.build is None, arguments.copy),
        ("--file", arguments.dockerfile, arguments.build),
        ("--target", arguments.target, arguments.build),
        ("--build-arg", arguments.args, arguments.build),
        ("--label", arguments.labels, arguments.build),
        ("--cache-from", arguments.cache_from, arguments.build),
    ):
        if value and source is None:
            raise ArgumentError(f"{option} can't be used with this source: see crreg publish --help.")


def _build(arguments: Arguments) -> Build:
    return Build(
        arguments.build or "",
        arguments.dockerfile,
        arguments.target,
        _pairs("--build-arg", arguments.args),
        _pairs("--label", arguments.labels),
        arguments.cache_from,
        arguments.platforms,
    )


def _pairs(option: str, texts: Iterable[str]) -> Mapping[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise ArgumentError(f"{option} must have the form NAME=VALUE.")
        pairs[name] = value
    return pairs


def _only_with_a_source(arguments: Arguments) -> tuple[tuple[str, object], ...]:
    return (
        ("--tag", arguments.tags),
        ("--platform", arguments.platforms),
        ("--referrers", arguments.referrers),
        ("--link", arguments.link),
        ("--immutable", arguments.immutable),
        ("--allow-public", arguments.allow_public),
        ("--file", arguments.dockerfile),
        ("--target", arguments.target),
        ("--build-arg", arguments.args),
        ("--label", arguments.labels),
        ("--cache-from", arguments.cache_from),
    )
