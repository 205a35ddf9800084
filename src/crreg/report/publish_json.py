"""A publishing and its end as JSON, by version 1 of its public schema, and the action's output of what is there."""

from dataclasses import asdict
from typing import Any

from crreg.publish.published import Published, Publishing, source_of
from crreg.redaction.redact import Word
from crreg.registry.reference import DOCKER_HUB, ImageReference
from crreg.report.json import SCHEMA_VERSION, finding_json
from crreg.report.publish_verdict import publish_status

_DOCKER_HUB_HOST = "index.docker.io"


def publish_document(publishing: Publishing) -> dict[str, Any]:
    """Everything that is known of each target."""
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": publishing.repository,
        "dry_run": publishing.dry_run,
        "status": publish_status(publishing),
        "images": [_image(result) for result in publishing.results],
        "findings": [finding_json(finding) for finding in publishing.findings],
        "notes": list(publishing.notes),
    }


def images_output(publishing: Publishing) -> list[dict[str, Any]]:
    """The images that stand, for an output of the step.

    `subject-name` and `subject-digest` are the inputs of actions/attest-build-provenance, which wants no tag.
    Source: https://github.com/actions/attest-build-provenance
    """
    return [
        {
            "reference": result.reference,
            "digest": result.digest,
            "subject-name": _subject(result.publication.image),
            "subject-digest": result.digest,
        }
        for result in publishing.results
        if result.stands
    ]


def _subject(image: str) -> str:
    """The image's name in full, with the host that attestations are pushed to."""
    reference = ImageReference.parse(image)
    registry = _DOCKER_HUB_HOST if reference.registry == DOCKER_HUB else reference.registry
    return f"{registry}/{reference.repository}"


def _image(result: Published) -> dict[str, Any]:
    publication = result.publication
    return {
        "image": publication.image,
        "tags": list(publication.tags),
        "reference": result.reference,
        "digest": result.digest,
        "source": {"kind": result.kind, "name": source_of(publication)},
        "outcome": result.outcome,
        "previous": dict(result.previous),
        "linked": result.linked,
        "visibility": result.visibility and Word(result.visibility),
        "sent": asdict(result.sent) if result.sent is not None else None,
        "notes": list(result.notes),
    }
