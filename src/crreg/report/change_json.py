"""Renders what `ensure` and `publish` did as JSON, by version 1 of the public schema."""

from crreg.ensure.change import Change, Ensured, Result
from crreg.net.docker_hub import attested
from crreg.publish.published import Published, Publishing, Sent, source_of
from crreg.redaction.redact import FixedWord
from crreg.registry.reference import ImageReference
from crreg.report.job_documents import (
    ChangeDocument,
    EnsureDocument,
    PublishDocument,
    PublishedDocument,
    SentDocument,
)
from crreg.report.json import SCHEMA_VERSION, finding_json


def plan_document(ensured: Ensured) -> EnsureDocument:
    """The whole plan, each change with its outcome."""
    plan = ensured.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": plan.repository,
        "dry_run": ensured.dry_run,
        "status": ensured.status,
        "changes": [
            change_json(change, result) for change, result in zip(plan.changes, ensured.results, strict=True)
        ],
        "findings": [finding_json(finding) for finding in plan.findings],
        "notes": list(ensured.notes),
    }


def change_json(change: Change, result: Result) -> ChangeDocument:
    """One change of a plan and its outcome, in the form of all documents."""
    return {
        "action": change.action,
        "triple": change.triple,
        "part": change.part,
        "name": change.name,
        "level": change.level,
        "store": change.store,
        "visibility": change.visibility and FixedWord(change.visibility),
        "repositories": list(change.repositories),
        "reason": change.reason,
        "outcome": result.outcome,
        "detail": result.detail,
    }


def publish_document(publishing: Publishing) -> PublishDocument:
    """The results of publishing, with everything known about each image."""
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": publishing.repository,
        "dry_run": publishing.dry_run,
        "status": publishing.status,
        "images": [_published_image(result) for result in publishing.results],
        "findings": [finding_json(finding) for finding in publishing.findings],
        "notes": list(publishing.notes),
    }


def images_output(publishing: Publishing) -> list[dict[str, str | None]]:
    """The images that are now in the registry, for an output of the step.

    `subject-name` and `subject-digest` are inputs of actions/attest-build-provenance, which accepts no tag.
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
        if result.is_there
    ]


def _subject(image: str) -> str:
    """The image's full name, with the host that attestations are pushed to."""
    reference = ImageReference.parse(image)
    return f"{attested(reference.registry)}/{reference.repository}"


def _published_image(result: Published) -> PublishedDocument:
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
        "visibility": result.visibility and FixedWord(result.visibility),
        "sent": _sent(result.sent) if result.sent is not None else None,
        "notes": list(result.notes),
    }


def _sent(sent: Sent) -> SentDocument:
    return {
        "blobs": sent.blobs,
        "bytes": sent.bytes,
        "mounted": sent.mounted,
        "there": sent.there,
        "manifests": sent.manifests,
    }
