"""One repository in a registry: its manifests, blobs and uploads."""

import contextlib
import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlencode

from crreg.net.retry import RETRIES
from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.image.descriptor import (
    ACCEPT,
    LARGEST_MANIFEST,
    OCI_INDEX,
    Descriptor,
    Manifest,
    digest_of,
    is_digest,
    parse_manifest,
    tag_of,
)
from crreg.registry.image.exchange import Exchange
from crreg.registry.image.transfer_error import PassingError, TransferError, refused, worth_a_retry
from crreg.registry.outcome import TransferCause
from crreg.registry.transport.answer import Answer, Piece, Response, is_packed

CHUNK = 1024 * 1024
"""Bytes of a blob that are held in memory at a time."""
# Responses of servers that do not support HEAD.
_HEAD_UNKNOWN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_REFUSED_ELSEWHERE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})
"""What a storage answers if the address that the registry redirected to has expired; the registry gives another.

Sources: https://github.com/containerd/stargz-snapshotter/pull/167, https://github.com/distribution/distribution/issues/4175
"""
_BLOB_UNKNOWN = frozenset({"BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"})
_MOST_PAGES = 20
_MOST_REFERRERS = 10_000
"""Most referrers of one manifest, all of which are held in memory."""
_LENGTH = re.compile(r"[0-9]{1,15}")
_NEXT = re.compile(r'<([^<>\s]{1,2000})>\s*;\s*rel="?next"?')
_SUBJECT_HEADER = "OCI-Subject"
_NOTHING = {"Content-Length": "0"}
"""The headers of a POST without a body."""


class Remote(Exchange):
    """Reads and, with the scope `push`, writes one repository. Thread-safe."""

    def resolve(self, target: str) -> Descriptor | None:
        """Return the descriptor of a tag or a digest; None if it does not exist.

        Raises:
            TransferError: the registry does not say.
        """
        response = self.ask("HEAD", self.address(f"manifests/{target}"), {"Accept": ACCEPT})
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        digest = response.headers.get("Docker-Content-Digest", "")
        size = _LENGTH.fullmatch(response.headers.get("Content-Length", ""))
        # A body that is compressed for transport has another length.
        packed = is_packed(response.headers)
        incomplete = response.status == HTTPStatus.OK and (packed or not (size and is_digest(digest)))
        if response.status in _HEAD_UNKNOWN or incomplete:
            return self._resolve_by_reading(target)
        if response.status != HTTPStatus.OK or size is None:
            raise self.refused(f"to resolve {target}", response)
        self._check_digest(target, digest)
        return Descriptor(response.headers.get("Content-Type", "").partition(";")[0], digest, int(size[0]))

    def _resolve_by_reading(self, target: str) -> Descriptor | None:
        response = self._read_manifest(target)
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        if response.status != HTTPStatus.OK:
            raise self.refused(f"to resolve {target}", response)
        algorithm = target.partition(":")[0] if is_digest(target) else "sha256"
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        digest = digest_of(response.body, algorithm)
        self._check_digest(target, digest)
        return Descriptor(kind, digest, len(response.body))

    def _check_digest(self, target: str, digest: str) -> None:
        if is_digest(target) and digest != target:
            raise TransferError(TransferCause.MISMATCH, f"{self.name} returned {digest} for {target}.")

    def fetch(self, target: str) -> Manifest:
        """Fetch and verify the manifest of a tag or a digest.

        Raises:
            TransferError: it does not exist, does not match its digest, or is of a kind that is not copied.
        """
        response = self._read_manifest(target)
        if response.status == HTTPStatus.NOT_FOUND:
            missing = self.refused("", response)
            raise TransferError(
                TransferCause.NOT_FOUND,
                f"{self.name} has no tag or digest {target}, does not exist, or is hidden from this user.",
                missing.says,
            )
        if response.status != HTTPStatus.OK:
            raise self.refused(f"to serve {target}", response)
        if len(response.body) > LARGEST_MANIFEST:
            raise TransferError(
                TransferCause.UNSUPPORTED,
                f"The manifest {target} of {self.name} is larger than {LARGEST_MANIFEST // 1024 // 1024} MiB.",
            )
        announced = response.headers.get("Docker-Content-Digest", "")
        digest = target if is_digest(target) else announced if is_digest(announced) else ""
        return parse_manifest(response.body, response.headers.get("Content-Type", ""), digest)

    def _read_manifest(self, target: str) -> Response:
        return self.ask(
            "GET", self.address(f"manifests/{target}"), {"Accept": ACCEPT}, largest=LARGEST_MANIFEST + 1
        )

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """List the manifests whose subject is `digest`, from the registry's API or else from the referrers tag.

        Raises:
            TransferError: the registry does not say, or its list is malformed.
        """
        listed: list[Descriptor] = []
        address = self.address(f"referrers/{digest}")
        for _ in range(_MOST_PAGES):
            response = self.ask("GET", address, {"Accept": OCI_INDEX}, largest=LARGEST_MANIFEST + 1)
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            if response.status != HTTPStatus.OK or kind != OCI_INDEX:
                if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise self.refused(f"to list the referrers of {digest}", response)
                return self._referrers_by_tag(digest)
            listed += parse_manifest(response.body, kind).manifests
            if len(listed) > _MOST_REFERRERS:
                break
            following = _NEXT.search(response.headers.get("Link", ""))
            if following is None:
                return tuple(listed)
            address = self.lead(address, following[1])
        raise TransferError(
            TransferCause.UNSUPPORTED,
            f"{self.name} lists more than {_MOST_REFERRERS} referrers of {digest}, or more than {_MOST_PAGES} pages.",
        )

    def _referrers_by_tag(self, digest: str) -> tuple[Descriptor, ...]:
        response = self._read_manifest(tag_of(digest))
        # 400 comes from a registry that does not allow such a tag. Any other error must not look like an empty list.
        if response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            return ()
        if response.status != HTTPStatus.OK:
            raise self.refused(f"to list the referrers of {digest}", response)
        return parse_manifest(response.body, response.headers.get("Content-Type", "")).manifests

    @contextlib.contextmanager
    def open_blob(self, blob: Descriptor, offset: int = 0) -> Iterator[Iterator[Piece]]:
        """Open a blob and yield its bytes from `offset` on in chunks, unverified.

        If the rest alone can't be had, the whole blob is requested once.

        Raises:
            PassingError: the connection broke, or the registry had a temporary failure: another attempt may succeed.
            TransferError: the registry does not serve it, or its length is wrong.
        """
        address = self.address(f"blobs/{blob.digest}")
        # The registry of go-containerregistry answers 416 to a range without an end.
        headers = {"Range": f"bytes={offset}-{blob.size - 1}"} if offset else {}
        with contextlib.ExitStack() as stack:
            answer = stack.enter_context(self.stream("GET", address, headers))
            begins = offset if answer.status == HTTPStatus.PARTIAL_CONTENT else 0
            if offset and _is_other_range(answer, offset):
                stack.close()
                answer = stack.enter_context(self.stream("GET", address, {}))
                begins = 0
            if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                raise self._not_served(blob, answer, offset)
            length = answer.headers.get("Content-Length")
            if length is not None and not is_packed(answer.headers) and length != str(blob.size - begins):
                raise TransferError(
                    TransferCause.MISMATCH,
                    f"{self.name} announces {length[:20]} bytes for blob {blob.digest}, but its manifest says "
                    f"{blob.size - begins}.",
                )
            yield _without(answer.chunks(CHUNK), offset - begins)

    def _not_served(self, blob: Descriptor, answer: Answer, offset: int) -> TransferError:
        """Return the error for an unsuccessful answer; `offset` bytes were served before."""
        is_elsewhere = answer.root != self.base.root and answer.status in _REFUSED_ELSEWHERE
        name = f"{answer.address}, to which {self.name} redirects," if is_elsewhere else self.name
        error = refused(name, f"to serve blob {blob.digest}", answer.response(), self.authorization.secrets)
        if is_elsewhere:
            error.cause = TransferCause.SERVER_ERROR
        is_passing = offset > 0 if is_elsewhere else answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
        return worth_a_retry(error) if is_passing else error

    def has_blob(self, digest: str) -> bool:
        """Return whether the repository has a blob and can read it.

        A registry that was stopped while it stored the blob returns 500; sending the blob again repairs it.

        Raises:
            TransferError: the registry does not say.
        """
        response = self.ask("HEAD", self.address(f"blobs/{digest}"))
        if response.status == HTTPStatus.OK:
            return True
        if response.status in _HEAD_UNKNOWN | {HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR}:
            return False
        raise self.refused(f"to look up blob {digest}", response)

    def check_push(self) -> None:
        """Check that this user may push here, by opening an upload and canceling it.

        Raises:
            TransferError: the user may not push; `says` has the registry's own words.
        """
        self.cancel_upload(self.open_upload())

    def open_upload(self) -> Address:
        """Open an upload and return its address.

        Raises:
            TransferError: the registry does not accept an upload.
        """
        address = self.address("blobs/uploads/")
        return self._opened(address, self.ask("POST", address, _NOTHING))

    def mount(self, digest: str, source: str) -> Address | None:
        """Mount a blob of repository `source`; return None, or the address of the upload that was opened instead.

        Raises:
            TransferError: the registry does neither.
        """
        address = self.address(f"blobs/uploads/?{urlencode({'mount': digest, 'from': source})}")
        response = self.ask("POST", address, _NOTHING)
        return None if response.status == HTTPStatus.CREATED else self._opened(address, response)

    def _opened(self, address: Address, response: Response) -> Address:
        if response.status != HTTPStatus.ACCEPTED:
            raise self.refused("to accept an upload", response)
        return self.location(address, response.headers)

    def cancel_upload(self, location: Address) -> None:
        """Cancel an open upload. Not all registries allow it, and errors are ignored.

        The distribution project's registry wants a token with the action `delete` for it, which nobody gets.
        """
        with contextlib.suppress(RegistryError):
            shown = self.authorization.headers(location)
            self.transport.request("DELETE", location, self.tally, shown, retries=0)

    def put(self, manifest: Manifest, target: str) -> bool:
        """Push a manifest by tag or digest; return whether the registry processed its subject.

        It is pushed again if the registry fails once, or does not find a blob yet that it has just accepted.
        Source: https://github.com/infobloxopen/konk/pull/626 (a user, about ghcr.io)

        Raises:
            TransferError: the registry does not accept it, or stores it with another digest.
        """
        attempt = 0
        headers = {"Content-Type": manifest.media_type}
        while True:
            response = self.ask("PUT", self.address(f"manifests/{target}"), headers, body=manifest.raw)
            if response.status in {HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.ACCEPTED}:
                break
            error = self.refused(f"to accept the manifest {manifest.digest}", response)
            passes = error.cause is TransferCause.SERVER_ERROR or not _BLOB_UNKNOWN.isdisjoint(error.codes)
            # A status that `ask` repeats was repeated there.
            repeated = isinstance(error, PassingError)
            if repeated or not passes or attempt >= RETRIES or not self.wait(attempt, None):
                raise error
            attempt += 1
        kept = response.headers.get("Docker-Content-Digest", "")
        if is_digest(kept) and kept.partition(":")[0] == manifest.digest.partition(":")[0]:
            _same(self.name, manifest.digest, kept)
        return _SUBJECT_HEADER in response.headers


def _is_other_range(answer: Answer, offset: int) -> bool:
    """Return whether an answer to a request for what follows `offset` can't be appended to what precedes it."""
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    named = answer.headers.get("Content-Range", f"bytes {offset}-")
    return is_packed(answer.headers) or not named.startswith(f"bytes {offset}-")


def _without(chunks: Iterator[Piece], surplus: int) -> Iterator[Piece]:
    """Skip the first `surplus` bytes, which a registry without range support sends."""
    for chunk in chunks:
        if surplus < len(chunk):
            yield chunk[surplus:] if surplus else chunk
        surplus = max(0, surplus - len(chunk))


def _same(name: str, digest: str, kept: str) -> None:
    if kept != digest:
        raise TransferError(
            TransferCause.MISMATCH,
            f"{name} stored the manifest {digest} as {kept}, so it was changed in transit.",
        )
