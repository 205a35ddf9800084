"""The images that building an image needs: those of its Dockerfile, and those it takes its cache from."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from crreg.discovery.collected import Collected
from crreg.discovery.documents.tree import Text
from crreg.discovery.found import FoundImage, Problem, ProblemKind, Source
from crreg.findings.location import Location
from crreg.net.docker_hub import familiar
from crreg.platform import LINUX_AMD64, Platform
from crreg.workspace.budget import Limit
from crreg.workspace.readable import Decoding, FileText, ReadableFiles, UnreadableFileError


@dataclass(frozen=True, slots=True)
class FoundBuild:
    """How an image is built, as a devcontainer.json or a Compose service says."""

    named_at: Location
    """Where the Dockerfile is named, or where the build is requested if none is named."""
    dockerfile: str | None = None
    """Path of the Dockerfile in the workspace; None if the text is inline or not in this repository."""
    inline: Text | None = None
    """The text of the Dockerfile itself."""
    args: Mapping[str, str | None] = field(default_factory=dict)
    """Build arguments; None for a value that only the codespace knows."""
    target: Text | None = None
    """The stage to build, the last one if None."""
    cache_from: tuple[Text, ...] = ()
    contexts: Mapping[str, str] = field(default_factory=dict)
    """Named contexts, which replace an image of that name."""
    platforms: tuple[Platform, ...] = (LINUX_AMD64,)
    """The platforms to build for, normalized; at least one."""
    is_dev_container: bool = False
    """Whether the dev containers CLI reads the Dockerfile too, since it builds the dev container itself."""
    built_elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The other services of the project that build an image, by the image's familiar name."""
    cli_args: Mapping[str, str | None] | None = None
    """The build arguments that the dev containers CLI knows, which ignores build.options. None for all of `args`."""


_STEPS_A_CHARACTER = 2
"""What a character of a Dockerfile costs besides its variables."""
_STEPS_AN_ARGUMENT = 10
_DEFAULT = "Dockerfile"
_Key = tuple[
    str,
    tuple[tuple[str, str | None], ...],
    str | None,
    tuple[tuple[str, str], ...],
    tuple[Platform, ...],
    bool,
    str,
]


class Builds:
    """Reads the Dockerfiles of one run, each once for the same arguments."""

    def __init__(self, workspace: ReadableFiles) -> None:
        self._workspace = workspace
        self._read: set[_Key] = set()

    def collect(self, build: FoundBuild, collected: Collected) -> None:
        """Add what a build needs."""
        for entry in build.cache_from:
            for cache in _cache_images(entry):
                collected.image(cache, Source.CACHE, "the cache image", build.platforms)
        if build.target is not None and not collected.is_known(build.target, "the stage to build"):
            return
        if build.inline is not None:
            self._collect_inline(build, build.inline, collected)
        elif build.dockerfile is not None:
            self._collect_file(build, build.dockerfile, collected)

    def _collect_file(self, build: FoundBuild, path: str, collected: Collected) -> None:
        target = build.target.value if build.target else None
        # Sorting the names for the key costs this even if the file was read before.
        self._workspace.budget.spend(Limit.WORK, _STEPS_AN_ARGUMENT * (len(build.args) + len(build.contexts)))
        key = (
            path,
            tuple(sorted(build.args.items())),
            target,
            tuple(sorted(build.contexts.items())),
            build.platforms,
            build.is_dev_container,
            repr((build.cli_args, sorted(build.built_elsewhere.items()))),
        )
        if key in self._read:
            return
        try:
            file = self._file(build, path)
        except UnreadableFileError as error:
            collected.unreadable(path, error, build.named_at)
            return
        self._read.add(key)
        collected.add(*self._images_of(build, file.text, file.path))

    def _file(self, build: FoundBuild, path: str) -> FileText:
        """Return the Dockerfile; BuildKit uses `dockerfile` if `Dockerfile` is missing, and the CLI does not.

        Source: https://github.com/moby/buildkit/blob/master/frontend/dockerui/config.go, "also supported casing".
        """
        try:
            return self._workspace.read_file(path, decoding=Decoding.DOCKERFILE)
        except UnreadableFileError as error:
            folder, name = posixpath.split(path)
            lower = posixpath.join(folder, _DEFAULT.lower())
            if not error.missing or name != _DEFAULT or build.is_dev_container:
                raise
            if not self._workspace.has_file(lower):
                raise
            return self._workspace.read_file(lower, decoding=Decoding.DOCKERFILE)

    def _collect_inline(self, build: FoundBuild, inline: Text, collected: Collected) -> None:
        if not collected.is_known(inline, "the inline Dockerfile"):
            return
        place = inline.location
        images, problems = self._images_of(build, inline.value, place.path)
        collected.add(
            [_moved(image, inline) for image in images], [_moved(problem, inline) for problem in problems]
        )

    def _images_of(
        self, build: FoundBuild, text: str, path: str
    ) -> tuple[tuple[FoundImage, ...], tuple[Problem, ...]]:
        images: list[FoundImage] = []
        problems: list[Problem] = []
        for platform in build.platforms:
            found, wrong = self._read_for(platform, build, text, path)
            images += found
            problems += wrong
        pulled = tuple(image for image in images if not _builder_of(image, build))
        unordered = (
            _unordered(image, _builder_of(image, build)) for image in images if _builder_of(image, build)
        )
        return pulled, (*problems, *unordered)

    def _read_for(
        self, platform: Platform, build: FoundBuild, text: str, path: str
    ) -> tuple[tuple[FoundImage, ...], tuple[Problem, ...]]:
        """Read a Dockerfile for one of the build's platforms."""
        # Imported here, since it takes 40 ms, and most dev containers name an image and build none.
        from crreg.discovery.dockerfile.images import images_of_dockerfile, work_for

        # Each reading has its own budget, so that its cost is known afterwards.
        work = work_for(text)
        found = images_of_dockerfile(
            text,
            path,
            build_args=build.args,
            target=build.target.value if build.target else None,
            build_contexts=build.contexts,
            platform=platform,
            cli_args=(build.args if build.cli_args is None else build.cli_args)
            if build.is_dev_container
            else None,
            budget=work,
        )
        self._workspace.budget.spend(Limit.WORK, work.spent + _STEPS_A_CHARACTER * len(text))
        return found


def _builder_of(image: FoundImage, build: FoundBuild) -> str:
    """The other service that builds an image; empty if none does."""
    return build.built_elsewhere.get(familiar(image.text), "") if image.source is Source.BUILD else ""


def _unordered(image: FoundImage, service: str) -> Problem:
    message = (
        f"{image.text} is built by the service {service}, and this build only finds it if {service} is built first: "
        f'add "{image.text}: service:{service}" to additional_contexts'
    )
    return Problem(ProblemKind.UNRESOLVED, message, image.location)


_Located = TypeVar("_Located", FoundImage, Problem)


def _moved(found: _Located, inline: Text) -> _Located:
    """Return what was found in an inline Dockerfile with its place in the file around it."""
    around = inline.location
    if not inline.indent:
        # Folded, quoted or expanded text does not have the lines of the file: point at the whole text.
        return replace(found, location=around)
    inner = found.location
    shift = around.line - 1
    column, end_column = inner.column, inner.end_column
    if inline.raw:
        raw, text = inline.raw.split("\n"), inline.value.split("\n")
        column = _column_before(raw[inner.line - 1], text[inner.line - 1], column, is_end=False)
        end_column = _column_before(
            raw[inner.end_line - 1], text[inner.end_line - 1], end_column, is_end=True
        )
    return replace(
        found,
        location=Location(
            around.path,
            inner.line + shift,
            column + inline.indent,
            inner.end_line + shift,
            end_column + inline.indent,
        ),
    )


def _column_before(raw: str, text: str, column: int, *, is_end: bool) -> int:
    """Return the column before `$$` became `$` in the line.

    If variables were expanded in the line, return its start or (`is_end`) its end.
    """
    if raw.replace("$$", "$") != text:
        return len(raw) + 1 if is_end else len(raw) - len(raw.lstrip()) + 1
    position = 0
    for _ in range(column - 1):
        position += 2 if raw.startswith("$$", position) else 1
    return position + 1


def _cache_images(entry: Text) -> Iterator[Text]:
    """Yield the images of one `--cache-from`: references, or that of `type=registry,ref=REFERENCE`, if it has one.

    Source: https://github.com/docker/buildx/blob/v0.29.1/util/buildflags/cache.go (ParseCacheEntry)
    """
    start = 0
    if "=" not in entry.value:
        for reference in entry.value.split(","):
            if reference:
                yield entry.part(start, start + len(reference))
            start += len(reference) + 1
        return
    options = dict(part.strip().partition("=")[::2] for part in entry.value.split(","))
    reference = options.get("ref", "")
    if options.get("type") == "registry" and reference:
        start = entry.value.find(f"ref={reference}") + len("ref=")
        yield entry.part(start, start + len(reference))
