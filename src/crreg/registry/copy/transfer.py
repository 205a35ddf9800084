"""Copy what was read: blobs in parallel, then manifests after their parts, and tags in a separate call."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from crreg.net.concurrency import in_parallel
from crreg.registry.copy.referrers import list_referrers, would_lose
from crreg.registry.copy.source import WORKERS, Content, ContentSource
from crreg.registry.copy.upload import BlobPlacer, Placement, Uploader
from crreg.registry.image.descriptor import INDEXES, Descriptor, Manifest, digest_of
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import PassingError, TransferError
from crreg.registry.outcome import TransferCause

_READ_BACKS = 6
"""How often a tag is read again until it shows what was written: 12 to 38 seconds in total."""
_WORTH_LEARNING = 16
"""Number of blobs from which on it pays to find out whether the registry supports a cheaper existence check."""


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """How far a copy has come."""

    blobs: int
    """Blobs at the target."""
    of_blobs: int
    bytes: int
    """Bytes of blobs at the target, including those that were already there."""
    of_bytes: int


@dataclass(frozen=True, slots=True)
class Transferred:
    """Statistics of a copy."""

    blobs_sent: int = 0
    bytes_sent: int = 0
    """Bytes of blobs."""
    blobs_mounted: int = 0
    blobs_there: int = 0
    """Blobs that the repository already had."""
    manifests_sent: int = 0


@dataclass(frozen=True, slots=True)
class Tagged:
    """The result of setting tags."""

    written: tuple[str, ...]
    there: tuple[str, ...]
    """Tags that already pointed to the content."""
    kept: tuple[str, ...] = ()
    """Cosign's tags that were left as they are, because the target has something attached that the source lacks."""


def transfer(
    content: Content,
    source: ContentSource,
    target: Remote,
    progress: Callable[[TransferProgress], None] = lambda _: None,
) -> Transferred:
    """Copy the content to the target by digest, without changing a tag.

    `progress` is called from several threads, one at a time.

    Raises:
        TransferError: a part could not be read, does not match its digest, or was refused. Open uploads are canceled.
    """
    there = _there(content, target)
    missing = tuple(manifest for manifest in content.manifests if manifest.digest not in there)
    wanted = {blob.digest for manifest in missing for blob in manifest.blobs}
    blobs = tuple(blob for blob in content.blobs if blob.digest in wanted)
    sending = _BlobTransfer(content, blobs, source, target, progress)
    sending.send()
    kept_lists = _put(missing, target)
    list_referrers(target, content.manifests, kept_lists)
    return replace(sending.result(), manifests_sent=len(missing))


def set_tags(content: Content, target: Remote, tags: Sequence[str]) -> Tagged:
    """Set each tag to the content's root, which must be at the target, and read it back.

    Raises:
        TransferError: a tag was refused, or pointed elsewhere when read back (`moved`).
    """
    by_digest = {manifest.digest: manifest for manifest in content.manifests}
    kept: list[str] = []
    for tag, digest in content.attached:
        if would_lose(target, tag, by_digest[digest]):
            kept.append(tag)
        else:
            set_tag(by_digest[digest], target, tag)
    return replace(_set(content.root, target, tuple(dict.fromkeys(tags))), kept=tuple(kept))


def set_tag(manifest: Manifest, target: Remote, tag: str) -> bool:
    """Set one tag to a manifest; return False if it already pointed to it.

    Raises:
        TransferError: see `set_tags`.
    """
    return bool(_set(manifest, target, (tag,)).written)


def _set(manifest: Manifest, target: Remote, tags: tuple[str, ...]) -> Tagged:
    """Set tags: look at all, write what is missing, then read it back.

    A registry of the distribution project that stores files fails to read any tag of a manifest (status 500) while
    another tag of it is written, so the three steps don't overlap.
    Source: https://github.com/distribution/distribution/issues/4489
    """
    found = in_parallel(lambda tag: points_at(resolve_if_there(target, tag), manifest), tags, WORKERS)
    there = tuple(tag for tag, is_there in zip(tags, found, strict=True) if is_there)
    written = tuple(tag for tag in tags if tag not in there)
    in_parallel(lambda tag: target.put(manifest, tag), written, WORKERS)
    in_parallel(lambda tag: _read_back(manifest, target, tag), written, WORKERS)
    return Tagged(written, there)


def _read_back(manifest: Manifest, target: Remote, tag: str) -> None:
    """Wait until the tag points to the manifest."""
    attempt = 0
    while not points_at(now := resolve_if_there(target, tag), manifest):
        # Many registries show a new tag only after some seconds. Until then there is no tag, or the old one.
        if attempt >= _READ_BACKS or not target.wait(attempt, None):
            raise TransferError(
                TransferCause.MOVED if now else TransferCause.NOT_FOUND,
                _not_read_back(target, tag, manifest, now),
            )
        attempt += 1


def _not_read_back(target: Remote, tag: str, manifest: Manifest, now: Descriptor | None) -> str:
    set_to = f"The tag {tag} of {target.name} was set to {manifest.digest}, but"
    if now is None:
        return f"{set_to} the registry still does not show it after many seconds."
    return (
        f"{set_to} many seconds later it still points to {now.digest}. Something else may be writing the tag."
    )


def resolve_if_there(target: Remote, name: str) -> Descriptor | None:
    """Return the descriptor of a tag or digest at the target; None also if the registry fails to read it.

    That happens after the registry was stopped during a write; writing it again repairs it.

    Raises:
        TransferError: the registry does not say.
    """
    try:
        return target.resolve(name)
    except PassingError:
        raise
    except TransferError as error:
        if error.cause is not TransferCause.SERVER_ERROR:
            raise
        return None


def points_at(descriptor: Descriptor | None, manifest: Manifest) -> bool:
    """Return whether a descriptor refers to the manifest, whichever digest algorithm the registry uses."""
    if descriptor is None:
        return False
    algorithm = descriptor.digest.partition(":")[0]
    return descriptor.digest == manifest.digest or descriptor.digest == digest_of(manifest.raw, algorithm)


def _put(manifests: Sequence[Manifest], target: Remote) -> dict[str, bool]:
    """Push manifests by digest; return, for each digest, whether the registry lists it as a referrer by itself."""
    leaves = [manifest for manifest in manifests if not manifest.is_index]
    answers = in_parallel(lambda manifest: target.put(manifest, manifest.digest), leaves, WORKERS)
    kept_lists = {manifest.digest: answer for manifest, answer in zip(leaves, answers, strict=True)}
    # An index may list another index, which comes first in the sequence.
    for index in (manifest for manifest in manifests if manifest.is_index):
        kept_lists[index.digest] = target.put(index, index.digest)
    return kept_lists


def _there(content: Content, target: Remote) -> set[str]:
    """Return the manifests that the target has. Check each one, because clean-up jobs delete untagged manifests."""
    digests = [manifest.digest for manifest in content.manifests]
    found = in_parallel(lambda digest: resolve_if_there(target, digest), digests, WORKERS)
    return {digest for digest, descriptor in zip(digests, found, strict=True) if descriptor is not None}


class _BlobTransfer:
    """Transfers the blobs of one copy and tracks the progress."""

    def __init__(
        self,
        content: Content,
        blobs: tuple[Descriptor, ...],
        source: ContentSource,
        target: Remote,
        progress: Callable[[TransferProgress], None],
    ) -> None:
        self._blobs = blobs
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._report = progress
        self._placed: dict[Placement, int] = dict.fromkeys(Placement, 0)
        self._skipped = len(content.blobs) - len(blobs)
        self._bytes_sent = 0
        self._at = TransferProgress(
            self._skipped,
            len(content.blobs),
            content.size - sum(blob.size for blob in blobs),
            content.size,
        )
        origin = ""
        if isinstance(source, Remote) and source.base == target.base:
            origin = source.repository
            target.authorization.widen(f"repository:{origin}:pull")
        self._placer = BlobPlacer(target, origin, learn=len(blobs) >= _WORTH_LEARNING)
        self._uploader = Uploader(source, target, self._stop, self._sent)

    def send(self) -> None:
        # The largest first, so that a large blob does not start last.
        largest_first = sorted(self._blobs, key=lambda blob: -blob.size)
        in_parallel(self._send, largest_first, WORKERS, self._stop)

    def result(self) -> Transferred:
        return Transferred(
            blobs_sent=self._placed[Placement.SENT],
            bytes_sent=self._bytes_sent,
            blobs_mounted=self._placed[Placement.MOUNTED],
            blobs_there=self._placed[Placement.THERE] + self._skipped,
        )

    def _send(self, blob: Descriptor) -> None:
        placement, opened = self._placer.place(blob)
        if opened is not None:
            self._uploader.send(blob, opened)
            self._placer.learn_from(blob)
        with self._lock:
            self._placed[placement] += 1
            there = 0 if placement is Placement.SENT else blob.size
            self._at = replace(self._at, blobs=self._at.blobs + 1, bytes=self._at.bytes + there)
            self._report(self._at)

    def _sent(self, size: int) -> None:
        with self._lock:
            self._bytes_sent += size
            self._at = replace(self._at, bytes=self._at.bytes + size)
            self._report(self._at)


@dataclass(frozen=True, slots=True)
class TagState:
    """The state of a root and its tags at a target."""

    tags: Mapping[str, str | None]
    """The digest that each tag points to; None if the tag does not exist."""
    right: tuple[str, ...]
    """The tags that already point to the root."""
    missing: tuple[Descriptor, ...] = ()
    """Manifests that the root lists and the target lacks, as after a clean-up job; only checked if all tags match."""
    nested: bool = False
    """Whether the root lists an index, and what that one lists was not looked up."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return len(self.right) == len(self.tags) and not self.missing and not self.nested


def tag_state(root: Manifest, target: Remote, tags: Sequence[str]) -> TagState:
    """Check where the tags point and, if all of them point to `root`, whether the manifests that it lists exist.

    Raises:
        TransferError: the registry does not say.
    """
    distinct = tuple(dict.fromkeys(tags))
    found = in_parallel(lambda tag: resolve_if_there(target, tag), distinct, WORKERS)
    current = {
        tag: descriptor.digest if descriptor else None
        for tag, descriptor in zip(distinct, found, strict=True)
    }
    right = tuple(tag for tag, descriptor in zip(distinct, found, strict=True) if points_at(descriptor, root))
    if not distinct or len(right) < len(distinct):
        return TagState(current, right)
    children = in_parallel(lambda entry: resolve_if_there(target, entry.digest), root.manifests, WORKERS)
    missing = [entry for entry, child in zip(root.manifests, children, strict=True) if child is None]
    nested = any(entry.media_type in INDEXES for entry in root.manifests)
    return TagState(current, right, tuple(missing), nested)
