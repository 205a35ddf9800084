"""What decides which images a Compose service needs, and how two services of one name merge."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TypeVar

from crreg.discovery.compose.twins import Said
from crreg.discovery.compose.uses import Uses
from crreg.discovery.documents.tree import Text
from crreg.findings.location import Location

_REMOTE_CONTEXT = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")
"""Prefixes of what BuildKit reads as an address, not a folder."""
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Extends:
    """The service that another one extends."""

    service: str
    file: Text | None
    """Path in the workspace of the file it is in; None for the same file."""
    location: Location


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A file that Compose reads for a service, of variables or of labels."""

    file: Text
    """Path in the workspace."""
    is_required: bool = True
    """Whether Compose refuses the project without it."""
    is_raw: bool = False
    """Whether its values are taken as they are: `format: raw`."""


@dataclass(frozen=True, slots=True)
class ServiceBuild:
    """`build` of a service."""

    location: Location
    folder: str
    """The folder of the project, which is the context if none is named in any file."""
    context: Text | None = None
    """Path of a folder in the workspace, or an address."""
    dockerfile: Text | None = None
    """Relative to the context."""
    inline: Text | None = None
    target: Text | None = None
    args: Mapping[str, str | None] = field(default_factory=dict)
    cache_from: tuple[Text, ...] = ()
    contexts: Mapping[str, Text] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    replaced: frozenset[str] = frozenset()
    """Keys that replace what they are merged into: tagged `!reset` or `!override`."""
    unset: frozenset[str] = frozenset()
    """Arguments and contexts that lose the value they are merged into (`args.NAME`): tagged `!reset`, or an argument
    without a value."""

    @property
    def size(self) -> int:
        """How many values it holds, all of which a merge copies."""
        return len(self.args) + len(self.cache_from) + len(self.contexts)

    @property
    def has_remote_context(self) -> bool:
        """Whether the context is an address."""
        return self.context is not None and is_remote(self.context.value)


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a Compose project."""

    name: str
    location: Location
    """The span of its name."""
    given: frozenset[str] = frozenset()
    """Its keys that have a value, as `Presence` names them."""
    nulls: Mapping[str, Location] = field(default_factory=dict)
    """Where its keys without a value are; Compose refuses them unless a merged file gives them one."""
    is_defined: bool = False
    """Whether it defines what runs: image, build or provider."""
    image: Text | None = None
    build: ServiceBuild | None = None
    needs: tuple[str, ...] = ()
    """Services that start with it."""
    optional_needs: tuple[str, ...] = ()
    """Services that start with it if they are on: those of depends_on with `required: false`."""
    other_images: tuple[Text, ...] = ()
    """Images besides its own: those of volumes of type image, and of containers that run before it."""
    env_files: tuple[EnvFile, ...] = ()
    uses: Uses = field(default_factory=dict)
    """What the files must define for it."""
    network_mode: Text | None = None
    test: Text | None = None
    """The first word of its healthcheck."""
    said: Said = field(default_factory=dict)
    """What it says of its size, which it may say in two places."""
    container_name: Text | None = None
    platform: str = ""
    """What it runs on, such as linux/arm64; empty for the engine's own."""
    profiles: tuple[str, ...] = ()
    pull_policy: str = ""
    extends: Extends | None = None
    is_removed: bool = False
    """Whether it removes the service of its name: tagged `!reset`."""
    replaced: frozenset[str] = frozenset()
    """Keys that replace what they are merged into, as in `ServiceBuild`."""

    @property
    def size(self) -> int:
        """How many values it holds, all of which a merge copies."""
        lists = (self.needs, self.optional_needs, self.profiles, self.other_images, self.env_files, self.uses)
        return sum(map(len, lists)) + (self.build.size if self.build else 0)

    def built_in(self, folder: str) -> "Service":
        """Return the service with the default context of its project, not that of a service that it extends."""
        return replace(self, build=replace(self.build, folder=folder)) if self.build is not None else self


def merge(base: Service, over: Service) -> Service:
    """Return `base` with `over` merged into it, by the rules of compose-go's package `override`."""

    def replaces(key: str) -> bool:
        return bool(over.replaced) and not over.replaced.isdisjoint(
            accumulate(key.split("."), "{}.{}".format)
        )

    def kept(key: str, value: _Value, nothing: _Value) -> _Value:
        return nothing if replaces(key) else value

    build = kept("build", base.build, None)
    return replace(
        over,
        given=frozenset(key for key in base.given if not replaces(key)) | over.given,
        nulls={**base.nulls, **over.nulls},
        is_defined=base.is_defined or over.is_defined,
        image=over.image or kept("image", base.image, None),
        build=_merge_builds(build, over.build) if build and over.build else over.build or build,
        needs=_merge_names(kept("depends_on", base.needs, ()), over.needs, without=over.optional_needs),
        optional_needs=_merge_names(
            kept("depends_on", base.optional_needs, ()), over.optional_needs, without=over.needs
        ),
        other_images=(*kept("volumes", base.other_images, ()), *over.other_images),
        env_files=(*kept("env_file", base.env_files, ()), *over.env_files),
        uses={
            **{(key, where): use for (key, where), use in base.uses.items() if not replaces(key)},
            **over.uses,
        },
        network_mode=over.network_mode or kept("network_mode", base.network_mode, None),
        test=over.test or kept("healthcheck.test", base.test, None),
        said={**{key: text for key, text in base.said.items() if not replaces(key)}, **over.said},
        container_name=over.container_name or kept("container_name", base.container_name, None),
        platform=over.platform or kept("platform", base.platform, ""),
        profiles=tuple(dict.fromkeys((*kept("profiles", base.profiles, ()), *over.profiles))),
        pull_policy=over.pull_policy or kept("pull_policy", base.pull_policy, ""),
    )


def _merge_builds(base: ServiceBuild, over: ServiceBuild) -> ServiceBuild:
    def kept(key: str, value: _Value, nothing: _Value) -> _Value:
        return nothing if key in over.replaced else value

    return replace(
        over,
        context=over.context or kept("context", base.context, None),
        dockerfile=over.dockerfile or kept("dockerfile", base.dockerfile, None),
        inline=over.inline or kept("dockerfile_inline", base.inline, None),
        target=over.target or kept("target", base.target, None),
        args={**_without("args", kept("args", base.args, {}), over.unset), **over.args},
        cache_from=(*kept("cache_from", base.cache_from, ()), *over.cache_from),
        contexts={
            **_without("additional_contexts", kept("additional_contexts", base.contexts, {}), over.unset),
            **over.contexts,
        },
        platforms=tuple(dict.fromkeys((*kept("platforms", base.platforms, ()), *over.platforms))),
    )


def _merge_names(base: Iterable[str], over: Iterable[str], *, without: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(name for name in base if name not in without), *over)))


def _without(key: str, values: Mapping[str, _Value], unset: Collection[str]) -> Mapping[str, _Value]:
    return {name: value for name, value in values.items() if f"{key}.{name}" not in unset}


def is_remote(context: str) -> bool:
    """Whether a path leads outside the repository: an address, or `~` for the home folder."""
    return "://" in context or context.startswith((*_REMOTE_CONTEXT, "~"))
