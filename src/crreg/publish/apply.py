"""Carry out a plan: build and send every image, then move the tags of all targets."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from crreg.configuration.settings import Build
from crreg.discovery.found import Source as FoundIn
from crreg.engine.error import EngineError
from crreg.engine.image import Base, RegistryLogin
from crreg.findings.finding import Finding
from crreg.platform import LINUX_AMD64, normalized, parse_platform
from crreg.printable import quoted, sentence
from crreg.publish.ask import Asked, moved_since
from crreg.publish.explain import (
    copy_notes,
    engine_push_failed,
    kept_note,
    tagging_failed,
    transfer_failed,
    unforeseen,
)
from crreg.publish.labels import Provenance, build_labels, link_labels
from crreg.publish.published import Outcome, Published, Sent
from crreg.publish.target import TargetRefusedError
from crreg.registry.copy.read import read
from crreg.registry.copy.source import Content, ContentSource
from crreg.registry.copy.transfer import TransferProgress, set_tag, set_tags, transfer
from crreg.registry.credentials import Credentials
from crreg.registry.image.layout import LayoutSource
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.reference import ImageReference, InvalidReference
from crreg.registry.server import registry_of
from crreg.rules.publish_rules import BUILD_FAILED
from crreg.triple import Triple

if TYPE_CHECKING:
    # A copy from registry to registry starts without it.
    from crreg.engine.engine import Engine

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Tools:
    """The tools to build and send targets with."""

    engine: "Callable[[], Engine]"
    origin: Provenance
    workspace: Path
    logins: Sequence[Triple]
    """Every available login, for the images that a build is based on."""
    shown: Callable[[Triple], Credentials]
    """Return the credentials that a registry gets for a triple; raises TransferError if there are none."""
    scratch: Path
    """A folder that is removed at the end."""
    say: Callable[[str], None]
    progress: Callable[[str], None]
    """Called whenever there is progress to show."""
    log: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Made:
    """A target and its image, wherever that is now."""

    asked: Asked
    remote: Remote
    source: ContentSource | None = None
    content: Content | None = None
    """What to copy from `source`."""
    image: str | None = None
    """Identifier of the image in the engine, if it is pushed from there."""
    sent: Sent | None = None
    digest: str | None = None
    notes: tuple[str, ...] = ()


Before = TypeVar("Before")
After = TypeVar("After")


def apply(todo: Sequence[Asked], tools: Tools) -> tuple[tuple[Published | None, ...], tuple[Finding, ...]]:
    """Publish all targets; return one result per item of `todo`, None if not started, and a finding per failure.

    If building or sending one target fails, no target goes on to the next step: nothing is visible before it is tagged,
    and the next run finds what was sent. Each target is then tagged, even if tagging another one fails.
    """
    made = _each([(asked, asked) for asked in todo], lambda asked: _make(asked, tools))
    sent = _each(_paired(todo, made), lambda each: _send(each, tools)) if _all_succeeded(made) else made
    ends: Sequence[Published | Finding | None]
    if _all_succeeded(sent):
        ends = _each(_paired(todo, sent), lambda each: _tag(each, tools))
    else:
        ends = [end if isinstance(end, Finding) else None for end in sent]
    return (
        tuple(
            Published(asked.target.publication, Outcome.FAILED) if isinstance(end, Finding) else end
            for asked, end in zip(todo, ends, strict=True)
        ),
        tuple(end for end in ends if isinstance(end, Finding)),
    )


def _each(jobs: Sequence[tuple[Asked, Before]], step: Callable[[Before], After]) -> list[After | Finding]:
    """Run a step for each target, also after a failure; return each result, or a finding that says why it failed."""
    ends: list[After | Finding] = []
    for asked, before in jobs:
        try:
            ends.append(step(before))
        except TargetRefusedError as failed:
            ends.append(failed.finding)
        except Exception as error:  # noqa: BLE001 - no error of one target may stop the others
            ends.append(unforeseen(asked.target, error))
    return ends


def _all_succeeded(ends: Sequence[object]) -> bool:
    return not any(isinstance(end, Finding) for end in ends)


def _paired(todo: Sequence[Asked], ends: Sequence["_Made | Finding"]) -> list[tuple[Asked, "_Made"]]:
    return [(asked, end) for asked, end in zip(todo, ends, strict=True) if isinstance(end, _Made)]


def _make(asked: Asked, tools: Tools) -> _Made:
    """Build the image, or find it where it is."""
    target = asked.target
    if asked.remote is None:
        raise AssertionError("a target that could not be reached has a finding and is not due")
    if asked.content is not None:
        return _Made(
            asked,
            asked.remote,
            asked.source,
            asked.content,
            notes=copy_notes(target.publication, asked.content),
        )
    try:
        if asked.image is not None:
            return _local(asked, asked.remote, asked.image.id, tools)
        return _built(asked, asked.remote, target.publication.build or Build(), tools)
    except EngineError as error:
        raise TargetRefusedError(
            target.finding(
                BUILD_FAILED,
                f"{quoted(target.publication.image)} was not built. {sentence(error.detail)}",
                error.remedy,
            )
        ) from None
    except TransferError as error:
        raise TargetRefusedError(transfer_failed(target, error)) from None


def _local(asked: Asked, remote: Remote, image: str, tools: Tools) -> _Made:
    if not asked.target.publication.link:
        return _Made(asked, remote, image=image)
    tools.say(f"Linking {asked.target.publication.image}")
    return _Made(asked, remote, image=tools.engine().labelled(image, link_labels(tools.origin)))


def _built(asked: Asked, remote: Remote, build: Build, tools: Tools) -> _Made:
    publication = asked.target.publication
    tools.say(f"Building {publication.image}")
    built = tools.engine().build(
        build,
        tools.workspace,
        build_labels(publication, tools.origin),
        bases=lambda dockerfile: bases_of(dockerfile, build),
        pull_credentials=_logins(tools),
        scratch=tools.scratch,
        say=tools.log,
        progress=lambda step: tools.progress(f"Building {publication.image}: {step}"),
    )
    if built.layout is None:
        return _Made(asked, remote, image=built.image)
    layout = LayoutSource(built.layout)
    return _Made(asked, remote, layout, read(layout, ""))


def _send(made: _Made, tools: Tools) -> _Made:
    """Send the image by its digest; the engine can only push one with its first tag, which comes later."""
    target = made.asked.target
    image = target.publication.image
    if made.content is None or made.source is None:
        return made
    tools.say(f"Copying {image}")
    try:
        sent = transfer(
            made.content,
            made.source,
            made.remote,
            lambda progress: tools.progress(f"Copying {image}: {_so_far(progress)}"),
        )
    except TransferError as error:
        raise TargetRefusedError(transfer_failed(target, error)) from None
    return replace(
        made,
        digest=made.content.digest,
        sent=Sent(
            sent.blobs_sent, sent.bytes_sent, sent.blobs_mounted, sent.blobs_there, sent.manifests_sent
        ),
    )


def _so_far(progress: TransferProgress) -> str:
    return (
        f"{progress.blobs} of {progress.of_blobs} blobs, {progress.bytes // _MEGABYTE} of "
        f"{progress.of_bytes // _MEGABYTE} MB"
    )


def _tag(made: _Made, tools: Tools) -> Published:
    """Point every tag at the image, and read each back."""
    target, publication = made.asked.target, made.asked.target.publication
    tools.say(f"Tagging {publication.image}")
    try:
        finding = moved_since(made.asked, made.remote)
        if finding is not None:
            raise TargetRefusedError(finding)
        if made.content is not None:
            tagged = set_tags(made.content, made.remote, publication.tags)
            moved = bool(tagged.written)
            made = replace(made, notes=(*made.notes, *map(kept_note, tagged.kept)))
        else:
            made = _pushed(made, tools)
            moved = set(made.asked.previous.values()) != {made.digest}
    except EngineError as error:
        raise TargetRefusedError(engine_push_failed(target, error)) from None
    except TransferError as error:
        raise TargetRefusedError(tagging_failed(target, error)) from None
    return Published(
        publication,
        Outcome.PUBLISHED if moved or (made.sent and made.sent.manifests) else Outcome.UNCHANGED,
        made.digest,
        made.asked.previous,
        made.sent,
        notes=made.notes,
    )


def _pushed(made: _Made, tools: Tools) -> _Made:
    """Have the engine push under the first tag, since it can't push by digest; then set the other tags."""
    target = made.asked.target
    image, tags = target.publication.image, target.publication.tags
    triple = target.publisher.keys.triple(target.reference.registry)
    digest = tools.engine().push(
        made.image or "",
        target.reference.name,
        tags[0],
        _login(triple, tools) if triple else None,
        progress=lambda step: tools.progress(f"Pushing {image}: {step}"),
    )
    manifest = made.remote.fetch(digest)
    for tag in tags:
        set_tag(manifest, made.remote, tag)
    return replace(made, digest=digest)


def _logins(tools: Tools) -> list[RegistryLogin]:
    """Return the logins for a build's base images. If it needs one that is left out, the build's own error says so."""
    logins = []
    for triple in tools.logins:
        with contextlib.suppress(TransferError):
            logins.append(_login(triple, tools))
    return logins


def _login(triple: Triple, tools: Tools) -> RegistryLogin:
    credentials = tools.shown(triple)
    return RegistryLogin(registry_of(triple.server) or "", credentials.user, credentials.password)


def bases_of(dockerfile: str, build: Build) -> tuple[Base, ...]:
    """Return the images that building this Dockerfile pulls, each once, as far as their names are known."""
    # Imported here, since only a build has a Dockerfile.
    from crreg.discovery.dockerfile.images import images_of_dockerfile

    images, _ = images_of_dockerfile(
        dockerfile,
        build.dockerfile or "Dockerfile",
        build_args=build.args,
        target=build.target,
        platform=normalized(parse_platform(build.platforms[0])) if build.platforms else LINUX_AMD64,
    )
    found: dict[str, Base] = {}
    for image in images:
        if image.source is FoundIn.BUILD:
            with contextlib.suppress(InvalidReference):
                found[image.text] = Base(image.text, ImageReference.parse(image.text).registry.lower())
    return tuple(found.values())
