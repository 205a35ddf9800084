"""Check whether an engine could pull an image, or the dev containers CLI a feature: its manifest, and what that lists.

The manifest is read with GET because only its body lists the platforms. For an index, a HEAD request then checks the
image that an engine would choose; for a single image, its configuration is read, which has the platform. For a feature,
its archive is read if the manifest does not say which other features it needs.
"""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from crreg.net.urls import Address
from crreg.platform import Platform
from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError, codes_of, passing_fault, said
from crreg.registry.image.artifact import Artifact, Use
from crreg.registry.image.descriptor import (
    ACCEPT,
    INDEXES,
    LARGEST_MANIFEST,
    Descriptor,
    Manifest,
    digest_of,
    is_schema_1,
    parse_manifest,
)
from crreg.registry.image.ending import (
    End,
    EndedError,
    another_kind,
    no_manifest,
    no_platform,
    not_found,
)
from crreg.registry.image.feature import metadata_of
from crreg.registry.image.platform import accepts, chosen, platform_of
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.login.authorization import Authorization
from crreg.registry.login.endpoint import Endpoint, offers, outage
from crreg.registry.outcome import Lack, LoginOutcome, PullOutcome, PullResult, TransferCause
from crreg.registry.reference import ImageReference
from crreg.registry.transport.answer import Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport

_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_CONFIGURATIONS = frozenset(
    {
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.oci.image.config.v1+json",
    }
)
_UNNAMED_CONFIGURATIONS = frozenset({"application/octet-stream", "application/json", "text/html"})
"""Kinds of configuration that docker takes for an image's, since old registries returned them.

Source: https://github.com/moby/moby/blob/v28.2.2/distribution/registry.go (defaultImageTypes)
"""
_FEATURE = "application/vnd.devcontainers"
"""The kind of configuration that a feature has.

Source: https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-configuration/containerCollectionsOCI.ts
"""
_FEATURES = frozenset({Artifact.FEATURE, Artifact.FEATURE_MANIFEST})
_DEEPEST = 3
"""How deep an index may be within others."""
_SCHEMA_1 = (
    "has it only in Docker's schema 1, which docker no longer pulls: "
    "https://docs.docker.com/go/deprecated-image-specs/"
)


def ask(
    transport: Transport,
    endpoint: Endpoint,
    reference: ImageReference,
    credentials: Credentials | None,
    tally: Tally,
    *,
    use: Use,
) -> PullResult:
    """Request `reference` from the registry at `endpoint` as a codespace does for a use of it, anonymously or not."""
    authorization = Authorization(
        transport, endpoint, credentials, (f"repository:{reference.repository}:pull",), tally
    )
    question = _Question(transport, endpoint.base, reference, authorization, tally, use)
    try:
        end = question.end()
    except RegistryError as error:
        end = End(error.outcome.as_pull, error.detail, None, error.codes, error.fault)
    refused = endpoint.refused
    if refused is not None and not end.outcome.served:
        # The first response says more of such a host than its answer for one image.
        return PullResult(
            refused.outcome.as_pull, refused.detail, tally.requests, None, refused.codes, refused.fault
        )
    if end.outcome in {PullOutcome.DENIED, PullOutcome.FORBIDDEN} and end.fault is None:
        # Registries don't distinguish a missing repository from a private one.
        why = "The user may not pull it" if authorization.is_shown else "The image is private"
        if credentials is not None and not authorization.is_shown:
            why = "It did not ask for the password"
        end = End(
            PullOutcome.DENIED,
            f"{end.detail} {why}, or there is no repository {reference.repository}.",
            codes=end.codes,
        )
    return PullResult(
        end.outcome, end.detail, tally.requests, end.lack, end.codes, end.fault, metadata=end.metadata
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """The check of one image for one account and platform."""

    _transport: Transport
    _base: Address
    """The registry."""
    _reference: ImageReference
    _authorization: Authorization
    _tally: Tally
    _use: Use

    def end(self) -> End:
        """Run the check; raises RegistryError if the registry gives no answer."""
        response = self._request("GET", f"manifests/{self._reference.target}")
        try:
            self._judge(response)
            manifest = self._check(response, self._reference.digest or "")
            is_feature = self._use is Artifact.FEATURE
            metadata = metadata_of(manifest, partial(self._blob, what="archive")) if is_feature else None
        except EndedError as ended:
            return ended.end
        registry = self._reference.registry
        if self._authorization.is_shown:
            detail = f"{registry} serves it with this user and password."
            return End(PullOutcome.AVAILABLE, detail, metadata=metadata)
        return End(PullOutcome.PUBLIC, f"{registry} serves it without a password.", metadata=metadata)

    def _request(self, method: str, path: str) -> Response:
        """Send one request, and repeat it if the response asks for a different login from `/v2/`."""
        address = self._base.at(f"/v2/{self._reference.repository}/{path}")
        while True:
            shown = self._authorization.headers(address)
            response = self._transport.request(
                method, address, self._tally, {**shown, "Accept": ACCEPT}, largest=LARGEST_MANIFEST
            )
            refused = response.status == HTTPStatus.UNAUTHORIZED
            if not (refused and self._authorization.learn(shown, response)):
                return response

    def _judge(self, response: Response) -> None:
        """Raise the result unless the response is a manifest."""
        reference, status = self._reference, response.status
        registry = reference.registry
        says = said(response.body, self._authorization.secrets)
        codes = codes_of(response.body)
        if status == HTTPStatus.OK:
            if _is_manifest(response):
                return
            raise EndedError(
                End(
                    PullOutcome.NOT_A_REGISTRY,
                    f"{registry} did not return an image, but perhaps the sign-in page of a proxy or a network.",
                )
            )
        fault = outage(registry, registry, response, says, codes)
        if fault is not None:
            raise fault
        if status in _REFUSED:
            wants = "" if self._authorization.is_shown or says or not offers(response) else _WANTS_A_LOGIN
            detail = f"{registry} {wants or f'refuses access{says}'}."
            raise EndedError(End(PullOutcome.DENIED, detail, codes=codes))
        if status == HTTPStatus.NOT_FOUND:
            raise EndedError(not_found(reference, says, codes))
        raise EndedError(
            End(
                PullOutcome.NOT_A_REGISTRY,
                f"{registry} returned status {status}, which no registry should{says}.",
                codes=codes,
            )
        )

    def _check(self, response: Response, digest: str, depth: int = 0) -> Manifest:
        """Return the manifest; end the question if it is nothing that a codespace can use. `depth` indexes led here."""
        if is_schema_1(response.body, response.headers.get("Content-Type", "")):
            detail = f"{self._reference.registry} {_SCHEMA_1}."
            raise EndedError(End(PullOutcome.NOT_FOUND, detail, Lack.FORMAT))
        manifest = self._parsed(response, digest)
        kind = manifest.config.media_type if manifest.config is not None else "an index"
        if self._use in _FEATURES:
            if kind != _FEATURE:
                raise EndedError(another_kind(self._reference.registry, "feature", kind))
        elif isinstance(self._use, Artifact):
            pass
        elif manifest.is_index:
            self._check_index(manifest, self._use, depth + 1)
        elif manifest.config is not None and kind in _CONFIGURATIONS:
            self._check_image(manifest.config, self._use)
        elif kind not in _UNNAMED_CONFIGURATIONS:
            raise EndedError(another_kind(self._reference.registry, "image", kind))
        return manifest

    def _parsed(self, response: Response, digest: str) -> Manifest:
        registry = self._reference.registry
        try:
            manifest = parse_manifest(response.body, response.headers.get("Content-Type", ""), digest)
        except TransferError as error:
            other = digest if error.cause is TransferCause.MISMATCH else ""
            raise EndedError(no_manifest(registry, other)) from None
        if not manifest.is_index and manifest.config is None:
            raise EndedError(no_manifest(registry, ""))
        return manifest

    def _check_index(self, index: Manifest, platform: Platform, depth: int) -> None:
        if depth > _DEEPEST:
            detail = (
                f"{self._reference.registry} has it in indexes of indexes, which crreg reads {_DEEPEST} deep."
            )
            raise EndedError(End(PullOutcome.NOT_A_REGISTRY, detail))
        entry = chosen(index.manifests, platform)
        if entry is None:
            raise EndedError(no_platform(self._reference.registry, platform, index.manifests))
        # Where the entry does not say what is in it, containerd reads it as well.
        is_read = entry.media_type in INDEXES or entry.platform is None
        response = self._child(entry, is_read=is_read)
        if is_read:
            self._check(response, entry.digest, depth)

    def _child(self, entry: Descriptor, *, is_read: bool) -> Response:
        """Ask for an image that an index lists, and for its content if that `is_read`."""
        path = f"manifests/{entry.digest}"
        response = self._request("GET" if is_read else "HEAD", path)
        if response.status != HTTPStatus.OK and not is_read:
            # A registry may know no HEAD, and the answer to one says nothing of why it refuses.
            response = self._request("GET", path)
        if response.status == HTTPStatus.NOT_FOUND:
            detail = (
                f"{self._reference.registry} has its index, but not the image for {self._use} that the index "
                f"lists ({entry.digest}): a clean-up job may have deleted it because it has no tag."
            )
            raise EndedError(End(PullOutcome.NOT_FOUND, detail, Lack.CHILD, codes_of(response.body)))
        self._judge(response)
        return response

    def _check_image(self, config: Descriptor, platform: Platform) -> None:
        """Check the platform of a single image."""
        found = platform_of(self._blob(config, "configuration"))
        if found is not None and accepts(platform, found) is None:
            raise EndedError(no_platform(self._reference.registry, platform, [found]))

    def _blob(self, blob: Descriptor, what: str) -> bytes:
        """Return a blob that the manifest lists; `what` it is goes into messages.

        At most `LARGEST_MANIFEST` bytes are read. What has as many was perhaps cut off, so its digest is not checked.
        """
        response = self._request("GET", f"blobs/{blob.digest}")
        registry = self._reference.registry
        if response.status == HTTPStatus.NOT_FOUND:
            raise EndedError(
                End(
                    PullOutcome.NOT_FOUND,
                    f"{registry} has the manifest, but not the {what} that the manifest lists ({blob.digest}). "
                    "A clean-up job may have deleted it.",
                    Lack.CHILD,
                    codes_of(response.body),
                )
            )
        if response.status != HTTPStatus.OK:
            says = said(response.body, self._authorization.secrets)
            codes = codes_of(response.body)
            fault = passing_fault(response, registry, says, codes)
            raise fault or RegistryError(
                LoginOutcome.SERVER_ERROR,
                f"{registry} serves its manifest, but answers with status {response.status} for its {what}{says}.",
                codes=codes,
            )
        algorithm = blob.digest.partition(":")[0]
        if len(response.body) < LARGEST_MANIFEST and digest_of(response.body, algorithm) != blob.digest:
            raise RegistryError(
                LoginOutcome.NOT_A_REGISTRY,
                f"{registry} serves its manifest, but something else for its {what} ({blob.digest}), perhaps the "
                "sign-in page of a proxy or a network.",
            )
        return response.body


_WANTS_A_LOGIN = "asks for a user and a password"


def _is_manifest(response: Response) -> bool:
    """Return whether the headers belong to a manifest (distribution specification, pulling manifests)."""
    kind = response.headers.get("Content-Type", "").lower()
    return kind.startswith("application/vnd.") or (not kind and "Docker-Content-Digest" in response.headers)
