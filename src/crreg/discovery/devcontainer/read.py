"""What a devcontainer.json says about the images it needs."""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from crreg.discovery.builds import FoundBuild
from crreg.discovery.collected import Collected
from crreg.discovery.devcontainer.options import (
    BUILD_OPTIONS,
    RUN_OPTIONS,
    option_values,
    platforms_of,
)
from crreg.discovery.devcontainer.properties import note_misspelled, note_mounted_images, packages_of
from crreg.discovery.devcontainer.variables import dropped_of_default, expand, resolve
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import DocumentError, Mapping, Node, Scalar, Sequence, Text, without_null
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.platform import LINUX_AMD64, Platform
from crreg.workspace.readable import Decoding, ReadableFiles, UnreadableFileError


@dataclass(frozen=True, slots=True)
class ComposeUse:
    """The Compose project of a dev container."""

    location: Location
    """The span of `dockerComposeFile`'s value."""
    files: tuple[Text, ...]
    """Paths in the workspace, merged in this order."""
    is_default: bool
    """Whether none is named, so that Compose looks for its default files."""
    service: Text | None
    """The service that is the dev container; None if it is missing, which is noted."""
    run_services: tuple[Text, ...]
    """The services that start besides it; empty for all."""


@dataclass(frozen=True, slots=True)
class DevContainer:
    """What a devcontainer.json asks for: one of build, image and compose, and features."""

    build: FoundBuild | None = None
    image: Text | None = None
    platform: Platform = LINUX_AMD64
    """The platform that the image runs on, normalized."""
    compose: ComposeUse | None = None
    features: Mapping | None = None
    feature_order: Node | None = None
    """The value of `overrideFeatureInstallOrder`."""
    packages_of: frozenset[str] = frozenset()
    """The repositories (`owner/name` in lower case) whose packages it asks to read."""
    may_make_files: bool = False
    """Whether its initializeCommand could create a file that is missing.

    It runs before the dev containers CLI reads a Dockerfile or Compose file. Source: `resolveWithLocalFolder` in
    https://github.com/devcontainers/cli/blob/main/src/spec-node/configContainer.ts
    """


def read_devcontainer(workspace: ReadableFiles, path: str, collected: Collected) -> DevContainer:
    """Read one devcontainer.json; what is wrong with it is noted and left out."""
    try:
        file = workspace.read_file(path, decoding=Decoding.LENIENT)
        document = parse_jsonc(file.text, file.path)
    except UnreadableFileError as error:
        collected.unreadable(path, error, Location.start_of(path))
        return DevContainer()
    except DocumentError as error:
        collected.problem(error.problem)
        return DevContainer()
    if not isinstance(document.value, Mapping):
        if document.error is not None:
            collected.problem(replace(document.error, softened=None))
        else:
            collected.mapping(document.value, "devcontainer.json")
        return DevContainer()
    config = document.value
    devcontainer = replace(
        _Reader(path, config, collected).read(),
        feature_order=without_null(config.get("overrideFeatureInstallOrder")),
        packages_of=packages_of(config),
        may_make_files=without_null(config.get("initializeCommand")) is not None,
    )
    if document.error is not None:
        # A codespace works with what the parser recovers, unless that is nothing.
        names_something = (devcontainer.image, devcontainer.build, devcontainer.compose) != (None, None, None)
        softened = document.error.softened if names_something else None
        collected.problem(replace(document.error, softened=softened))
    return devcontainer


class _Reader:
    """Reads the properties of one devcontainer.json."""

    def __init__(self, path: str, config: Mapping, collected: Collected) -> None:
        self._folder = posixpath.dirname(path)
        self._config = config
        self._collected = collected

    def read(self) -> DevContainer:
        """Read the properties; the first of build, image and compose counts, as in the reference implementation."""
        config = self._config
        features = self._collected.mapping(without_null(config.get("features")), "features")
        build = self._collected.mapping(config.get("build"), "build") or Mapping({}, config.location)
        # If both names are there, the older one wins.
        dockerfile = config.get("dockerFile") or build.get("dockerfile")
        if dockerfile is not None:
            self._run_options()
            return DevContainer(build=self._build(dockerfile, build), features=features)
        if "image" in config.entries:
            # The last `--platform` counts.
            on = platforms_of(self._run_options()["--platform"][-1:], self._collected)[0]
            return DevContainer(image=self._image(config.get("image")), platform=on, features=features)
        compose = config.get("dockerComposeFile")
        if compose is not None:
            return DevContainer(compose=self._compose(compose), features=features)
        note_misspelled(config, build, self._collected)
        return DevContainer(features=features)

    def _build(self, dockerfile: Node, build: Mapping) -> FoundBuild:
        path = self._path(dockerfile, "the path of the Dockerfile")
        options = option_values(
            self._texts(without_null(build.get("options")), "build.options"), BUILD_OPTIONS
        )
        args = self._args(without_null(build.get("args")))
        cli_args = dict(args)
        for text in options["--build-arg"]:
            name, equals, value = text.value.partition("=")
            # Without a value, it comes from the environment, which only the codespace knows.
            args[name] = value if equals and not text.unknown else None
        return FoundBuild(
            named_at=dockerfile.location,
            dockerfile=path.value if path else None,
            args=args,
            target=[self._text(without_null(build.get("target")), "build.target"), *options["--target"]][-1],
            cache_from=(
                *self._texts(without_null(build.get("cacheFrom")), "build.cacheFrom"),
                *options["--cache-from"],
            ),
            contexts=dict(self._contexts(options["--build-context"])),
            platforms=platforms_of(options["--platform"], self._collected),
            is_dev_container=True,
            cli_args=cli_args,
        )

    def _contexts(self, given: Iterable[Text]) -> Iterator[tuple[str, str]]:
        """Yield the names and addresses of build contexts.

        Source: https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/context.go
        """
        for text in given:
            name, _, address = text.value.partition("=")
            if not self._collected.is_known(text, "a build context"):
                # No image is then requested for the name.
                yield name, ""
            elif name and address:
                yield name, address
            elif text.value:
                message = f"--build-context must be NAME=ADDRESS, not {text.value!r}"
                self._collected.invalid(message, text.location)

    def _args(self, node: Node | None) -> dict[str, str | None]:
        """The arguments as the CLI puts them on docker's command line."""
        args = self._collected.mapping(node, "build.args")
        values: dict[str, str | None] = {}
        for name, entry in args.entries.items() if args else ():
            value = entry.value
            if isinstance(value, Scalar) and not isinstance(value.value, str):
                values[name] = _as_javascript(value.value)
                continue
            scalar = self._collected.string(value, f"build.args.{name}")
            text = self._expanded(scalar, is_strict=False) if scalar else None
            values[name] = text.known() if text else None
        return values

    def _compose(self, node: Node) -> ComposeUse:
        collected = self._collected
        files = (
            self._path(scalar, "the path of the Compose file")
            for scalar in collected.strings(without_null(node), "dockerComposeFile")
        )
        if self._config.get("service") is None:
            collected.invalid(
                "dockerComposeFile needs service, the name of the dev container's service", node.location
            )
        return ComposeUse(
            location=node.location,
            files=tuple(file for file in files if file is not None),
            is_default=without_null(node) is None or (isinstance(node, Sequence) and not node.items),
            service=self._text(self._config.get("service"), "service"),
            run_services=self._texts(without_null(self._config.get("runServices")), "runServices"),
        )

    def _path(self, node: Node, what: str) -> Text | None:
        """Return a path in the workspace; None if it is not a string or not known, which is noted."""
        scalar = self._collected.string(node, what)
        text = self._expanded(scalar, is_path=True) if scalar else None
        if text is None or not self._collected.is_known(text, what):
            return None
        return Text(resolve(self._folder, text.value), text.location)

    def _image(self, node: Node | None) -> Text | None:
        """Return the image; note a default that loses a part."""
        scalar = self._collected.string(node, "image")
        if scalar is None:
            return None
        dropped = dropped_of_default(scalar)
        text = self._expanded(scalar)
        if dropped and text is not None:
            self._collected.invalid(
                f"a default ends at its second colon, so this means {text.value}, without {dropped}: "
                "write the image without a variable",
                scalar.location,
                Effect.HYGIENE,
            )
        return text

    def _run_options(self) -> dict[str, list[Text]]:
        """Return the options for `docker run`, and note the mounts of images."""
        run = option_values(self._texts(without_null(self._config.get("runArgs")), "runArgs"), RUN_OPTIONS)
        note_mounted_images(self._config.get("mounts"), run["--mount"], self._collected)
        return run

    def _text(self, node: Node | None, what: str) -> Text | None:
        scalar = self._collected.string(node, what)
        return self._expanded(scalar) if scalar else None

    def _texts(self, node: Node | None, what: str) -> tuple[Text, ...]:
        scalars = self._collected.strings(node, what)
        texts = (self._expanded(scalar, is_strict=False) for scalar in scalars)
        return tuple(text for text in texts if text is not None)

    def _expanded(self, scalar: Scalar, *, is_path: bool = False, is_strict: bool = True) -> Text | None:
        try:
            return expand(scalar, is_path=is_path, is_strict=is_strict)
        except DocumentError as error:
            self._collected.problem(error.problem)
            return None


def _as_javascript(value: float | None) -> str:
    """A number, boolean or null as JavaScript puts it into a string."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
