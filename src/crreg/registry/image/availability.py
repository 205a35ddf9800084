"""Check whether an engine could pull an image: its manifest, and the parts for the platform.

The manifest is read with GET because only its body lists the platforms. For an index, a HEAD request then checks the
image that an engine would choose; for a single image, its configuration is read, which has the platform.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus

from crreg.platform import Platform
from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError, codes_of, passing_fault, said
from crreg.registry.image.descriptor import (
    ACCEPT,
    INDEXES,
    LARGEST_MANIFEST,
    Descriptor,
    Manifest,
    is_schema_1,
    parse_manifest,
)
from crreg.registry.image.platform import accepts, chosen
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.login.authorization import Authorization
from crreg.registry.login.endpoint import Endpoint, offers, outage
from crreg.registry.outcome import Fault, Lack, LoginOutcome, PullOutcome, PullResult
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
_MOST_PLATFORMS = 10
"""That a message lists."""
_DEEPEST = 3
"""How deep an index may be within others."""
_SCHEMA_1 = (
    "has it only in Docker's schema 1, which docker no longer pulls: "
    "https://docs.docker.com/go/deprecated-image-specs/"
)


@dataclass(frozen=True, slots=True)
class _End:
    """The result of the check."""

    outcome: PullOutcome
    detail: str
    lack: Lack | None = None
    codes: tuple[str, ...] = ()
    fault: Fault | None = None


class _EndedError(Exception):
    def __init__(self, end: _End) -> None:
        super().__init__(end.outcome)
        self.end = end


def ask(
    transport: Transport,
    endpoint: Endpoint,
    reference: ImageReference,
    credentials: Credentials | None,
    tally: Tally,
    *,
    platform: Platform,
) -> PullResult:
    """Request `reference` from the registry at `endpoint` as an engine on a platform does, anonymously or not."""
    authorization = Authorization(
        transport, endpoint, credentials, (f"repository:{reference.repository}:pull",), tally
    )
    base = f"{endpoint.base}/v2/{reference.repository}"
    question = _Question(transport, base, reference, authorization, tally, platform)
    try:
        end = question.end()
    except RegistryError as error:
        end = _End(error.outcome.as_pull, error.detail, None, error.codes, error.fault)
    if end.outcome in {PullOutcome.DENIED, PullOutcome.FORBIDDEN} and end.fault is None:
        # Registries don't distinguish a missing repository from a private one.
        why = "The user may not pull it" if authorization.is_shown else "The image is private"
        if credentials is not None and not authorization.is_shown:
            why = "It did not ask for the password"
        end = _End(
            PullOutcome.DENIED,
            f"{end.detail} {why}, or there is no repository {reference.repository}.",
            codes=end.codes,
        )
    return PullResult(end.outcome, end.detail, tally.requests, end.lack, end.codes, end.fault)


@dataclass(frozen=True, slots=True)
class _Question:
    """The check of one image for one account and platform."""

    _transport: Transport
    _base: str
    """The repository's URL."""
    _reference: ImageReference
    _authorization: Authorization
    _tally: Tally
    _platform: Platform

    def end(self) -> _End:
        """Run the check; raises RegistryError if the registry gives no answer."""
        response = self._request("GET", f"manifests/{self._reference.target}")
        try:
            self._judge(response)
            self._check_platform(response)
        except _EndedError as ended:
            return ended.end
        registry = self._reference.registry
        if self._authorization.is_shown:
            return _End(PullOutcome.AVAILABLE, f"{registry} serves it with this user and password.")
        return _End(PullOutcome.PUBLIC, f"{registry} serves it without a password.")

    def _request(self, method: str, path: str) -> Response:
        """Send one request, and repeat it if the response asks for a different login from `/v2/`."""
        url = f"{self._base}/{path}"
        while True:
            shown = self._authorization.headers(url)
            response = self._transport.request(
                method, url, self._tally, {**shown, "Accept": ACCEPT}, largest=LARGEST_MANIFEST
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
            raise _EndedError(
                _End(
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
            raise _EndedError(_End(PullOutcome.DENIED, detail, codes=codes))
        if status == HTTPStatus.NOT_FOUND:
            detail = _not_found(reference, says, codes)
            raise _EndedError(_End(PullOutcome.NOT_FOUND, detail, codes=codes))
        raise _EndedError(
            _End(
                PullOutcome.NOT_A_REGISTRY,
                f"{registry} returned status {status}, which no registry should{says}.",
                codes=codes,
            )
        )

    def _check_platform(self, response: Response, depth: int = 0) -> None:
        """End the question if an engine of the platform finds nothing to run; `depth` indexes led here."""
        if is_schema_1(response.body, response.headers.get("Content-Type", "")):
            detail = f"{self._reference.registry} {_SCHEMA_1}."
            raise _EndedError(_End(PullOutcome.NOT_FOUND, detail, Lack.FORMAT))
        try:
            manifest = parse_manifest(response.body, response.headers.get("Content-Type", ""))
        except TransferError:
            # crreg does not support this kind. All that is known is that the registry has it.
            return
        if manifest.is_index:
            self._check_index(manifest, depth + 1)
        elif manifest.config is not None and manifest.config.media_type in _CONFIGURATIONS:
            self._check_image(manifest.config)

    def _check_index(self, index: Manifest, depth: int) -> None:
        if depth > _DEEPEST:
            detail = (
                f"{self._reference.registry} has it in indexes of indexes, which crreg reads {_DEEPEST} deep."
            )
            raise _EndedError(_End(PullOutcome.NOT_A_REGISTRY, detail))
        entry = chosen(index.manifests, self._platform)
        if entry is None:
            raise self._no_platform(list(dict.fromkeys(_named(each) for each in index.manifests)))
        # Where the entry does not say what is in it, containerd reads it as well.
        is_read = entry.media_type in INDEXES or entry.platform is None
        response = self._child(entry, is_read=is_read)
        if is_read:
            self._check_platform(response, depth)

    def _child(self, entry: Descriptor, *, is_read: bool) -> Response:
        """Ask for an image that an index lists, and for its content if that `is_read`."""
        path = f"manifests/{entry.digest}"
        response = self._request("GET" if is_read else "HEAD", path)
        if response.status != HTTPStatus.OK and not is_read:
            # A registry may know no HEAD, and the answer to one says nothing of why it refuses.
            response = self._request("GET", path)
        if response.status == HTTPStatus.NOT_FOUND:
            detail = (
                f"{self._reference.registry} has its index, but not the image for {self._platform} that the index "
                f"lists ({entry.digest}): a clean-up job may have deleted it because it has no tag."
            )
            raise _EndedError(_End(PullOutcome.NOT_FOUND, detail, Lack.CHILD, codes_of(response.body)))
        self._judge(response)
        return response

    def _check_image(self, config: Descriptor) -> None:
        """Check the platform of a single image."""
        response = self._request("GET", f"blobs/{config.digest}")
        registry = self._reference.registry
        if response.status == HTTPStatus.NOT_FOUND:
            raise _EndedError(
                _End(
                    PullOutcome.NOT_FOUND,
                    f"{registry} has the manifest, but not the configuration that the manifest lists "
                    f"({config.digest}). A clean-up job may have deleted it.",
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
                f"{registry} serves its manifest, but answers with status {response.status} for its configuration"
                f"{says}.",
                codes=codes,
            )
        found = _platform_of(response.body)
        if found is not None and accepts(self._platform, found) is None:
            raise self._no_platform([str(found)])

    def _no_platform(self, found: list[str]) -> _EndedError:
        shown = ", ".join(found[:_MOST_PLATFORMS])
        there = (
            f"only for {shown}{' and others' if len(found) > _MOST_PLATFORMS else ''}"
            if found
            else "for none"
        )
        return _EndedError(
            _End(
                PullOutcome.NO_PLATFORM,
                f"{self._reference.registry} does not have it for {self._platform}, {there}.",
                Lack.PLATFORM,
            )
        )


_WANTS_A_LOGIN = "asks for a user and a password"


def _named(entry: Descriptor) -> str:
    return str(entry.platform or "an unnamed platform")


def _platform_of(body: bytes) -> Platform | None:
    """Return the platform in an image's configuration; None if it has none or can't be parsed."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return None
    members = tree if isinstance(tree, dict) else {}
    os, architecture, variant = (members.get(name, "") for name in ("os", "architecture", "variant"))
    if not isinstance(os, str) or not isinstance(architecture, str) or not os or not architecture:
        return None
    return Platform(os[:40], architecture[:40], variant[:40] if isinstance(variant, str) else "")


def _is_manifest(response: Response) -> bool:
    """Return whether the headers belong to a manifest (distribution specification, pulling manifests)."""
    kind = response.headers.get("Content-Type", "").lower()
    return kind.startswith("application/vnd.") or "Docker-Content-Digest" in response.headers


def _not_found(reference: ImageReference, says: str, codes: tuple[str, ...]) -> str:
    registry, repository = reference.registry, reference.repository
    kind = "digest" if reference.digest else "tag"
    if "NAME_UNKNOWN" in codes:
        return f"{registry} has no repository {repository}{says}."
    if "MANIFEST_UNKNOWN" in codes:
        return f"{registry} has the repository {repository}, but not the {kind} {reference.target}{says}."
    return f"{registry} has no repository {repository}, or not the {kind} {reference.target} in it{says}."
