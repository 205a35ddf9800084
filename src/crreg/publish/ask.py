"""Asking before anything is built or copied: is the source there, may this token push, what do the tags point at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from crreg.configuration.settings import Build
from crreg.engine.engine import Engine, EngineError, LocalImage
from crreg.findings.finding import Finding
from crreg.github.inventory import Repository
from crreg.github.package import Package
from crreg.publish.explain import push_refused, source_refused, unforeseen
from crreg.publish.exposure import exposure, is_new
from crreg.publish.labels import Origin, link_labels
from crreg.publish.published import Kind, kind_of
from crreg.publish.target import Target, complaint
from crreg.registry.client import RegistryClient
from crreg.registry.copy.read import Root, read, read_root
from crreg.registry.copy.source import Content
from crreg.registry.copy.transfer import tag_state
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferCause, TransferError
from crreg.registry.outcome import PullOutcome
from crreg.registry.reference import ImageReference
from crreg.rules import registry_unreachable
from crreg.rules.publish_rules import ENGINE_UNAVAILABLE, IMMUTABLE_TAG, SOURCE_NOT_READABLE
from crreg.text import quoted, sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answers come to."""

    target: Target
    remote: Remote | None = None
    """The target's repository; None where it could not be reached."""
    source: Remote | None = None
    """Of a copy."""
    root: Root | None = None
    """Of a copy: what the source's name stands for."""
    content: Content | None = None
    """Of a copy: everything that is to be there; None where it is."""
    image: LocalImage | None = None
    """Of an image that the engine has."""
    previous: Mapping[str, str | None] = field(default_factory=dict)
    """Tag to the digest that it points at now, None where the tag does not exist."""
    unchanged: bool = False
    """Whether every tag points at the image already, and nothing of it is missing."""
    digest: str | None = None
    """The image's, where it is known before anything is done."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Asker:
    """What the questions are put with."""

    registries: RegistryClient
    origin: Origin
    engine: Callable[[], Engine]
    """The engine, connected to by the first thread that asks; raises EngineError."""
    package: Callable[[str, str], Package] | None
    """Asks GitHub for a package, by owner and name; None if there is nothing to ask with."""
    repository: Callable[[], Repository | None] = lambda: None
    """Asks GitHub for the repository; None if it does not tell."""

    def ask(self, target: Target) -> Asked:
        """Put every question about one target; raises nothing, what stands against it is a finding."""
        try:
            finding = complaint(target)
            return (
                self._target(self._source(target)) if finding is None else Asked(target, findings=(finding,))
            )
        except _RefusedError as refused:
            return Asked(target, findings=(refused.finding,))
        except Exception as error:  # noqa: BLE001 - whatever one registry or engine raises, others are asked
            return Asked(target, findings=(unforeseen(target, error),))

    def _source(self, target: Target) -> Asked:
        publication = target.publication
        match kind_of(publication):
            case Kind.COPY:
                return self._copied(target, publication.copy or "")
            case Kind.LOCAL:
                return Asked(target, image=self._local(target, publication.local or ""))
            case Kind.BUILD:
                self._builder(target, publication.build or Build())
                return Asked(target)

    def _copied(self, target: Target, text: str) -> Asked:
        reference = ImageReference.parse(text)
        triple = target.place.keys.triple(reference.registry)
        try:
            source = self.registries.remote(reference, triple, named=target.publication.by_caller)
            root = read_root(source, reference.target, target.publication.platforms)
        except TransferError as error:
            raise _RefusedError(source_refused(target, text, error, has_triple=triple is not None)) from None
        return Asked(target, source=source, root=root)

    def _content(self, asked: Asked) -> Content:
        """Everything that is to be copied; asked for only where it is not there already."""
        target, publication = asked.target, asked.target.publication
        text = publication.copy or ""
        if asked.source is None:
            raise AssertionError("what is not copied has no source")
        try:
            return read(
                asked.source,
                ImageReference.parse(text).target,
                platforms=publication.platforms,
                referrers=publication.referrers,
                link=link_labels(self.origin) if publication.link else None,
                root=asked.root,
            )
        except TransferError as error:
            has_triple = target.place.keys.triple(ImageReference.parse(text).registry) is not None
            raise _RefusedError(source_refused(target, text, error, has_triple=has_triple)) from None

    def _local(self, target: Target, name: str) -> LocalImage:
        try:
            image = self._engine(target).image(name)
        except EngineError as error:
            raise _RefusedError(_engine_finding(target, error)) from None
        if image is None:
            raise _RefusedError(
                target.finding(
                    SOURCE_NOT_READABLE,
                    f"The engine has no image {quoted(name)} to publish as {quoted(target.publication.image)}.",
                    "Build or pull it in a step before this one, on the same machine; `docker image ls` lists what is "
                    "there.",
                )
            )
        return image

    def _builder(self, target: Target, build: Build) -> None:
        try:
            self._engine(target).check_platforms(build.platforms)
        except EngineError as error:
            raise _RefusedError(_engine_finding(target, error)) from None

    def _engine(self, target: Target) -> Engine:
        try:
            return self.engine()
        except EngineError as error:
            raise _RefusedError(_engine_finding(target, error)) from None

    def _target(self, asked: Asked) -> Asked:
        target = replace(asked.target, package=self._package(asked.target))
        asked = replace(asked, target=target)
        triple = target.place.keys.triple(target.reference.registry)
        try:
            named = target.publication.by_caller
            remote = self.registries.remote(target.reference, triple, push=True, named=named)
        except TransferError as error:
            return replace(asked, findings=(push_refused(target, error),))
        try:
            asked = self._compared(replace(asked, remote=remote), remote)
            if not asked.unchanged:
                remote.check_push()
        except TransferError as error:
            return replace(asked, findings=(push_refused(target, _in_full(remote, error)),))
        except _RefusedError as refused:
            return replace(asked, findings=(refused.finding,))
        found = tuple(filter(None, (_moved(asked), self._exposed(asked))))
        return replace(asked, findings=found)

    def _compared(self, asked: Asked, remote: Remote) -> Asked:
        """What the tags point at, and whether that is what is to be published."""
        publication = asked.target.publication
        if asked.root is None:
            previous = {tag: _digest(remote, tag) for tag in publication.tags}
            asked = replace(asked, previous=previous)
            return _with_standing(asked, remote, set(previous.values()))
        plain_copy = not (publication.link or publication.referrers)
        root = asked.root.wanted
        if not plain_copy:
            asked = replace(asked, content=self._content(asked))
            root = asked.content.root if asked.content is not None else root
        standing = tag_state(root, remote, publication.tags)
        # What is attached may have become more since.
        unchanged = standing.complete and not publication.referrers
        asked = replace(asked, digest=root.digest, previous=standing.tags, unchanged=unchanged)
        if unchanged or asked.content is not None:
            return asked
        return replace(asked, content=self._content(asked))

    def _exposed(self, asked: Asked) -> Finding | None:
        """Why a package that is not there yet is not to be created; None where everybody may see the image anyway."""
        target, publication = asked.target, asked.target.publication
        if publication.allow_public or asked.unchanged or not is_new(target, asked.previous.values()):
            return None
        found = exposure(target, self.repository())
        if found is None or publication.copy is None:
            return found
        source = ImageReference.parse(publication.copy)
        shown = self.registries.pull(source, None, named=publication.by_caller)
        return None if shown.outcome is PullOutcome.PUBLIC else found

    def _package(self, target: Target) -> Package | None:
        if self.package is None or not target.at_github or not target.package_name:
            return None
        return self.package(target.owner, target.package_name)


class _RefusedError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding


def _in_full(remote: Remote, error: TransferError) -> TransferError:
    """The refusal in the registry's own words: the answer to a HEAD has none, that to an upload does."""
    if error.says or error.cause not in {TransferCause.DENIED, TransferCause.FORBIDDEN}:
        return error
    try:
        remote.check_push()
    except TransferError as told:
        return told
    return error


def _with_standing(asked: Asked, remote: Remote, pointed: set[str | None]) -> Asked:
    """Whether the engine's image is what all tags point at, told by its configuration, whose digest is its name."""
    digest = next(iter(pointed)) if len(pointed) == 1 else None
    if asked.image is None or asked.target.publication.link or digest is None:
        return asked
    try:
        config = remote.fetch(digest).config
    except TransferError as error:
        # What is not even read is not what the engine has.
        if error.cause is TransferCause.UNSUPPORTED:
            return asked
        raise
    # An engine with containerd's store names an image by its manifest.
    same = asked.image.id in {digest, config.digest if config else None}
    return replace(asked, digest=digest, unchanged=True) if same else asked


def _digest(remote: Remote, tag: str) -> str | None:
    found = remote.resolve(tag)
    return found.digest if found is not None else None


def _moved(asked: Asked) -> Finding | None:
    """A tag that must not move and would."""
    target, digest = asked.target, asked.digest
    if not target.publication.immutable or asked.unchanged:
        return None
    moved = {tag: before for tag, before in asked.previous.items() if before is not None and before != digest}
    if not moved:
        return None
    tag, before = next(iter(moved.items()))
    return target.finding(
        IMMUTABLE_TAG,
        f"{quoted(f'{target.publication.image}:{tag}')} points at {before} already, and is immutable."
        + (
            f" What is to be published is {digest}."
            if digest
            else " An image that is built or pushed again has another digest."
        ),
        "Publish it under another tag, or take immutable out to let the tag move.",
        tag=tag,
    )


def _engine_finding(target: Target, error: EngineError) -> Finding:
    return target.finding(
        ENGINE_UNAVAILABLE,
        f"{quoted(target.publication.image)} can't be published. {sentence(error.detail)}",
        error.remedy,
        "An image that is in a registry already is copied without an engine: see copy.",
    )


def late(target: Target, budget: float) -> Asked:
    """What stands for answers that did not come in time."""
    return Asked(
        target,
        findings=(
            target.finding(
                registry_unreachable.RULE,
                f"What must be known to publish {quoted(target.publication.image)} was not answered within {budget:g} "
                "seconds.",
                "Run crreg again; CRREG_TIMEOUT gives it more seconds.",
            ),
        ),
    )
