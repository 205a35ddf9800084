"""Whether an image is there, asked with a HEAD of its manifest, which counts as no pull."""

from http import HTTPStatus

from crreg.registry.answer import Response
from crreg.registry.authentication import authorize
from crreg.registry.credentials import Credentials
from crreg.registry.endpoint import Endpoint
from crreg.registry.errors import RegistryError, passing_fault, said
from crreg.registry.failure import Tally
from crreg.registry.outcome import PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.registry.transport import Transport

_ACCEPT = (
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Servers that know no HEAD answer so.
_HEAD_UNKNOWN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


def ask(
    transport: Transport,
    endpoint: Endpoint,
    reference: ImageReference,
    credentials: Credentials | None,
    tally: Tally,
) -> PullResult:
    """Ask for the manifest of `reference` in the registry at `endpoint`, anonymously without credentials."""
    registry, fault = reference.registry, None
    try:
        headers = authorize(
            transport, endpoint, credentials, f"repository:{reference.repository}:pull", tally
        )
        response = _manifest(transport, endpoint, reference, headers, tally)
        says = said(response.body, (*(credentials.secrets if credentials else ()), *headers.values()))
        outcome, detail = _judge(reference, response, says)
    except RegistryError as error:
        outcome, detail, fault = PullOutcome(error.outcome.value), error.detail, error.fault
    # A registry that asks for nothing is sent nothing, even where there is a password for it.
    if outcome is PullOutcome.AVAILABLE and (credentials is None or endpoint.challenge is None):
        outcome, detail = PullOutcome.PUBLIC, f"{registry} serves it without a password."
    if outcome in {PullOutcome.DENIED, PullOutcome.FORBIDDEN}:
        # Registries don't tell a repository that is missing from one that is private.
        why = "The image is private" if credentials is None else "The user may not pull it"
        outcome, detail = (
            PullOutcome.DENIED,
            f"{detail} {why}, or there is no repository {reference.repository}.",
        )
    return PullResult(outcome, detail, tally.requests, fault)


def _manifest(
    transport: Transport,
    endpoint: Endpoint,
    reference: ImageReference,
    headers: dict[str, str],
    tally: Tally,
) -> Response:
    url = f"{endpoint.base}/v2/{reference.repository}/manifests/{reference.target}"
    headers = {**headers, "Accept": _ACCEPT}
    response = transport.request("HEAD", url, tally, headers)
    if response.status in _HEAD_UNKNOWN:
        response = transport.request("GET", url, tally, headers)
    return response


def _judge(reference: ImageReference, response: Response, says: str) -> tuple[PullOutcome, str]:
    registry, status = reference.registry, response.status
    fault = passing_fault(status, registry, says, response.headers.get("Retry-After"))
    if fault is not None:
        raise fault
    if status == HTTPStatus.OK and not _is_manifest(response):
        return (
            PullOutcome.NOT_A_REGISTRY,
            f"{registry} answers with something other than an image, as a proxy's or a network's sign-in page does.",
        )
    if status == HTTPStatus.OK:
        return PullOutcome.AVAILABLE, f"{registry} serves it with this user and password."
    if status in _REFUSED:
        return PullOutcome.DENIED, f"{registry} refuses access{says}."
    if status == HTTPStatus.NOT_FOUND:
        return PullOutcome.NOT_FOUND, _not_found(reference, says)
    return (
        PullOutcome.NOT_A_REGISTRY,
        f"{registry} answers with status {status}, as no registry should{says}.",
    )


def _is_manifest(response: Response) -> bool:
    """Whether the headers are those of a manifest (distribution specification, pulling manifests)."""
    kind = response.headers.get("Content-Type", "").lower()
    return kind.startswith("application/vnd.") or "Docker-Content-Digest" in response.headers


def _not_found(reference: ImageReference, says: str) -> str:
    registry, repository = reference.registry, reference.repository
    kind = "digest" if reference.digest else "tag"
    if "NAME_UNKNOWN" in says:
        return f"{registry} has no repository {repository}{says}."
    if "MANIFEST_UNKNOWN" in says:
        return f"{registry} has {repository}, but not its {kind} {reference.target}{says}."
    return f"{registry} has no {repository} with the {kind} {reference.target}: one or the other is missing{says}."
