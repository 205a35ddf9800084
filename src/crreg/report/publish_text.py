"""A publishing and its end as text, for a person in a terminal."""

from crreg.exits import Status
from crreg.publish.published import Publishing, kind_of, source_of
from crreg.report.page import Page
from crreg.report.publish_verdict import (
    access_of,
    end_of,
    publish_status,
    publish_verdict,
    short,
    tags_of,
)
from crreg.report.text import findings_lines

_STATUS = {Status.HEALTHY: "bold green", Status.UNHEALTHY: "bold red", Status.UNKNOWN: "bold yellow"}


def render_publish_text(publishing: Publishing, *, color: bool, width: int) -> str:
    """The images, what stands against them, and the verdict last, right above a prompt."""
    page = Page(color=color, width=width)
    page.title("Published images" + (f" of {publishing.repository}" if publishing.repository else ""))
    rows = [
        [
            page.cell(
                result.publication.image,
                f"from {kind_of(result.publication)} {source_of(result.publication)}",
            ),
            page.cell(tags_of(result)),
            page.cell(short(result.digest), access_of(result)),
            page.marked(*end_of(result)),
        ]
        for result in publishing.results
    ]
    page.table(["Image", "Tags", "Digest", "End"], rows)
    for result in publishing.results:
        for note in result.notes:
            page.line(f"Note: {result.publication.image}: {note}")
    for note in publishing.notes:
        page.line(f"Note: {note}")
    if publishing.notes or any(result.notes for result in publishing.results):
        page.blank()
    findings_lines(page, publishing.findings)
    page.line(publish_verdict(publishing), _STATUS[publish_status(publishing)])
    return page.text()
