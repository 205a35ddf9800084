"""Ask before building or copying: does the source exist, may this token push, what do the tags point at?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crreg.configuration.settings import Build
from crreg.engine.error import EngineError
from crreg.engine.image import LocalImage
from crreg.findings.finding import Finding
from crreg.github.inventory import Repository
from crreg.github.package import Package
from crreg.printable import quoted, sentence
from crreg.publish.explain import push_refused, source_refused, unforeseen
from crreg.publish.exposure import exposure, is_new
from crreg.publish.labels import Provenance, link_labels
from crreg.publish.published import Kind, kind_of
from crreg.publish.target import Target, TargetRefusedError, complaint
from crreg.registry.client import RegistryClient
from crreg.registry.copy.read import Root, read, read_root
from crreg.registry.copy.source import Content
from crreg.registry.copy.transfer import tag_state
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import PullOutcome, TransferCause
from crreg.registry.reference import ImageReference
from crreg.rules import registry_unreachable
from crreg.rules.publish_rules import ENGINE_UNAVAILABLE, IMMUTABLE_TAG, SOURCE_NOT_READABLE

if TYPE_CHECKING:
    from crreg.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Asked:
    """A target, with the answers about it."""

    target: Target
    remote: Remote | None = None
    """The target's repository; None if it could not be reached."""
    source: Remote | None = None
    """The repository to copy from (only with `copy`)."""
    root: Root | None = None
    """What the source's name resolves to (only with `copy`)."""
    content: Content | None = None
    """Everything to copy (only with `copy`); None if the target has it already."""
    image: LocalImage | None = None
    """The engine's image (only with `local`)."""
    previous: Mapping[str, str | None] = field(default_factory=dict)
    """Tag to the digest that it points at now; None if the tag does not exist."""
    unchanged: bool = False
    """Whether every tag already points at the image, and nothing of it is missing."""
    digest: str | None = None
    """The image's digest, if it is known before anything is done."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Asker:
    """Asks registries, the engine and GitHub about targets."""

    registries: RegistryClient
    origin: Provenance
    engine: "Callable[[], Engine]"
    """Return the engine. The first thread that asks connects to it; raises EngineError."""
    package: Callable[[str, str], Package] | None
    """Ask GitHub for a package, by owner and name; None if GitHub can't be asked."""
    repository: Callable[[], Repository | None] = lambda: None
    """Ask GitHub for the repository; returns None if GitHub does not say."""

    def ask(self, target: Target) -> Asked:
        """Ask everything about one target. Raises nothing: whatever prevents publishing is a finding."""
        try:
            finding = complaint(target)
            return (
                self._target(self._source(target)) if finding is None else Asked(target, findings=(finding,))
            )
        except TargetRefusedError as refused:
            return Asked(target, findings=(refused.finding,))
        except Exception as error:  # noqa: BLE001 - no error of one target may stop the others
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
        triple = target.publisher.keys.triple(reference.registry)
        try:
            source = self.registries.remote(reference, triple, named=target.publication.by_caller)
            root = read_root(source, reference.target, target.publication.platforms)
        except TransferError as error:
            raise TargetRefusedError(
                source_refused(target, text, error, has_triple=triple is not None)
            ) from None
        return Asked(target, source=source, root=root)

    def _content(self, asked: Asked) -> Content:
        """Read everything to copy; only called if the target does not have it already."""
        target, publication = asked.target, asked.target.publication
        text = publication.copy or ""
        if asked.source is None:
            raise AssertionError("only a copy has a source")
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
            has_triple = target.publisher.keys.triple(ImageReference.parse(text).registry) is not None
            raise TargetRefusedError(source_refused(target, text, error, has_triple=has_triple)) from None

    def _local(self, target: Target, name: str) -> LocalImage:
        try:
            image = self._engine(target).image(name)
        except EngineError as error:
            raise TargetRefusedError(_engine_finding(target, error)) from None
        if image is None:
            raise TargetRefusedError(
                target.finding(
                    SOURCE_NOT_READABLE,
                    f"The engine has no image {quoted(name)} to publish as {quoted(target.publication.image)}.",
                    "Build or pull it in an earlier step on the same machine. `docker image ls` lists its images.",
                )
            )
        return image

    def _builder(self, target: Target, build: Build) -> None:
        try:
            self._engine(target).check_platforms(build.platforms)
        except EngineError as error:
            raise TargetRefusedError(_engine_finding(target, error)) from None

    def _engine(self, target: Target) -> "Engine":
        try:
            return self.engine()
        except EngineError as error:
            raise TargetRefusedError(_engine_finding(target, error)) from None

    def _target(self, asked: Asked) -> Asked:
        target = replace(asked.target, package=self._package(asked.target))
        asked = replace(asked, target=target)
        triple = target.publisher.keys.triple(target.reference.registry)
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
        except TargetRefusedError as refused:
            return replace(asked, findings=(refused.finding,))
        found = tuple(filter(None, (_moved(asked), self._exposed(asked))))
        return replace(asked, findings=found)

    def _compared(self, asked: Asked, remote: Remote) -> Asked:
        """Add what the tags point at, and whether that is the image to publish."""
        publication = asked.target.publication
        if asked.root is None:
            previous = {tag: _digest(remote, tag) for tag in publication.tags}
            asked = replace(asked, previous=previous)
            return _with_local_state(asked, remote, set(previous.values()))
        plain_copy = not (publication.link or publication.referrers)
        root = asked.root.wanted
        if not plain_copy:
            asked = replace(asked, content=self._content(asked))
            root = asked.content.root if asked.content is not None else root
        state = tag_state(root, remote, publication.tags)
        # More may have been attached since.
        unchanged = state.complete and not publication.referrers
        asked = replace(asked, digest=root.digest, previous=state.tags, unchanged=unchanged)
        if unchanged or asked.content is not None:
            return asked
        return replace(asked, content=self._content(asked))

    def _exposed(self, asked: Asked) -> Finding | None:
        """Return why a new package must not be created; None if everybody may see the image anyway."""
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


def _in_full(remote: Remote, error: TransferError) -> TransferError:
    """Return the refusal in the registry's own words: the answer to an upload has some, unlike that to a HEAD."""
    if error.says or error.cause not in {TransferCause.DENIED, TransferCause.FORBIDDEN}:
        return error
    try:
        remote.check_push()
    except TransferError as detailed:
        return detailed
    return error


def _with_local_state(asked: Asked, remote: Remote, pointed: set[str | None]) -> Asked:
    """Add whether all tags point at the engine's image, whose identifier is the digest of its configuration."""
    digest = next(iter(pointed)) if len(pointed) == 1 else None
    if asked.image is None or asked.target.publication.link or digest is None:
        return asked
    try:
        config = remote.fetch(digest).config
    except TransferError as error:
        # A manifest that crreg does not support is not the engine's image.
        if error.cause is TransferCause.UNSUPPORTED:
            return asked
        raise
    # With containerd's image store, the identifier is the digest of the manifest.
    same = asked.image.id in {digest, config.digest if config else None}
    return replace(asked, digest=digest, unchanged=True) if same else asked


def _digest(remote: Remote, tag: str) -> str | None:
    found = remote.resolve(tag)
    return found.digest if found is not None else None


def moved_since(asked: Asked, remote: Remote) -> Finding | None:
    """Ask again for tags that must not move, right before they are set: building may have taken long.

    Raises TransferError.
    """
    if not asked.target.publication.immutable:
        return None
    return _moved(replace(asked, previous={tag: _digest(remote, tag) for tag in asked.previous}))


def _moved(asked: Asked) -> Finding | None:
    """Return a finding if a tag that must not move would move."""
    target, digest = asked.target, asked.digest
    if not target.publication.immutable or asked.unchanged:
        return None
    moved = {tag: before for tag, before in asked.previous.items() if before is not None and before != digest}
    if not moved:
        return None
    tag, before = next(iter(moved.items()))
    return target.finding(
        IMMUTABLE_TAG,
        f"{quoted(f'{target.publication.image}:{tag}')} is immutable, and already points at {before}."
        + (
            f" The image to publish is {digest}."
            if digest
            else " An image that is built or pushed again gets another digest."
        ),
        "Publish it under another tag, or remove immutable to let the tag move.",
        tag=tag,
    )


def _engine_finding(target: Target, error: EngineError) -> Finding:
    return target.finding(
        ENGINE_UNAVAILABLE,
        f"{quoted(target.publication.image)} can't be published. {sentence(error.detail)}",
        error.remedy,
        "Copying an image that is already in a registry (copy, --copy) needs no engine.",
    )


def late(target: Target, budget: float) -> Asked:
    """Return the finding for a target about which not everything was answered in time."""
    return Asked(
        target,
        findings=(
            target.finding(
                registry_unreachable.RULE,
                f"{quoted(target.publication.image)} was not published: checking it took longer than {budget:g} "
                "seconds.",
                "Run crreg again. Set CRREG_TIMEOUT to give it more seconds.",
            ),
        ),
    )
