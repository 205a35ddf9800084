"""A publishing and its end as Markdown, for the job summary."""

from collections.abc import Iterator

from crreg.exits import Status
from crreg.publish.published import Publishing, kind_of, source_of
from crreg.report.escaping.markdown import cell_code, code, escape
from crreg.report.markdown import finding_block, table
from crreg.report.publish_verdict import (
    access_of,
    end_of,
    publish_status,
    publish_verdict,
    size,
    tags_of,
)

_STATUS = {Status.HEALTHY: "✅", Status.UNHEALTHY: "❌", Status.UNKNOWN: "❔"}
_MOST_ROWS = 200
"""A job summary is cut off at one MiB."""


def render_publish_markdown(publishing: Publishing) -> str:
    """Verdict, what stands against it, and the images."""
    blocks = [
        "## Published images" + (f" of {code(publishing.repository)}" if publishing.repository else ""),
        f"{_STATUS[publish_status(publishing)]} **{escape(publish_verdict(publishing))}**",
        *(finding_block(finding) for finding in publishing.findings[:_MOST_ROWS]),
        *_images(publishing),
        *(escape(f"Note: {note}") for note in _notes(publishing)),
    ]
    return "\n\n".join(blocks) + "\n"


def _images(publishing: Publishing) -> Iterator[str]:
    if not publishing.results:
        return
    rows = [
        [
            cell_code(result.publication.image),
            escape(tags_of(result)),
            f"{kind_of(result.publication)} {cell_code(source_of(result.publication))}",
            cell_code(result.digest) if result.digest else "",
            escape(size(result.sent.bytes)) if result.sent else "",
            escape(access_of(result)),
            escape(end_of(result)[1]),
        ]
        for result in publishing.results[:_MOST_ROWS]
    ]
    yield table(["Image", "Tags", "From", "Digest", "Sent", "Package", "End"], rows)
    if len(publishing.results) > _MOST_ROWS:
        yield f"{len(publishing.results) - _MOST_ROWS} more in the JSON report."


def _notes(publishing: Publishing) -> Iterator[str]:
    for result in publishing.results[:_MOST_ROWS]:
        for note in result.notes:
            yield f"{result.publication.image}: {note}"
    yield from publishing.notes
