"""The report as Markdown, for the job summary."""

import re
from collections.abc import Iterator

from crreg.exits import Status
from crreg.findings import Finding, Severity
from crreg.report.escaping.markdown import cell_code, code, escape, fenced, prose
from crreg.report.logins_text import login_cell
from crreg.report.mark import Mark
from crreg.report.report import Report
from crreg.report.verdict import judged_images, verdict
from crreg.report.wording import asked_with, at, image_cell, part_cell, stored_values
from crreg.rules.remedies import INDENT
from crreg.triple import Part

_SIGNS = {Mark.GOOD: "✅", Mark.BAD: "❌", Mark.UNSURE: "❔"}
_STATUS = {Status.HEALTHY: "✅", Status.UNHEALTHY: "❌", Status.UNKNOWN: "❔"}
_PATH = re.compile(r"[A-Za-z0-9/._%-]+(?:\?[A-Za-z0-9_=&:%.-]+)?")
HOMES = (
    *("https://github.com/", "https://app.docker.com/", "https://org.ngc.nvidia.com/"),
    *("https://cloud.digitalocean.com/", "https://console.scaleway.com/", "https://access.redhat.com/"),
)
"""The sites that remedies send a person to, besides the GitHub in use."""
_MOST_ROWS = 200
"""A job summary is cut off at one MiB."""


def render_markdown(report: Report) -> str:
    """Verdict, what to fix, and the tables of triples and images."""
    homes = (f"{report.facts.web_url}/", *HOMES)
    source = asked_with(report.facts.token_source)
    blocks = [
        "## Codespaces registry secrets"
        + (f" of {code(report.facts.repository)}" if report.facts.repository else ""),
        f"{_STATUS[report.status]} **{escape(verdict(report))}**",
        *(finding_block(finding, homes) for finding in report.findings[:_MOST_ROWS]),
        *_cut(len(report.findings), "findings"),
        *([escape(source)] if source is not None else []),
        *_triples(report),
        *_images(report),
    ]
    return "\n\n".join(blocks) + "\n"


def finding_block(finding: Finding, homes: tuple[str, ...] = HOMES) -> str:
    """One finding: heading, message, remedy, whose addresses link to `homes` alone."""
    sign = "❌" if finding.severity is Severity.ERROR else "⚠️"
    place = f" · {code(at(finding.location))}" if finding.location else ""
    heading = f"### {sign} {escape(finding.rule)}{place}"
    return "\n\n".join([heading, prose(finding.message), *_remedy(finding.remedy, homes)])


def _remedy(remedy: str, homes: tuple[str, ...]) -> Iterator[str]:
    """Prose as paragraphs, and each run of commands as one block to paste."""
    commands: list[str] = []
    for line in remedy.splitlines():
        if line.startswith(INDENT):
            commands.append(line.removeprefix(INDENT))
            continue
        if commands:
            yield fenced(commands)
            commands = []
        yield _prose_with_address(line, homes)
    if commands:
        yield fenced(commands)


def _prose_with_address(line: str, homes: tuple[str, ...]) -> str:
    """A line of a remedy; an address at its end becomes one to click, if it is on a site that remedies name."""
    words, space, last = line.rpartition(" ")
    home = next((home for home in homes if last.startswith(home)), None)
    if space and home is not None and _PATH.fullmatch(last.removeprefix(home)):
        return f"{prose(words)} <{last}>"
    return prose(line)


def _triples(report: Report) -> Iterator[str]:
    facts = report.facts
    if not facts.triples:
        return
    rows = [
        [
            cell_code(triple.identifier),
            cell_code(triple.server) if triple.server else "unknown",
            *(_marked(*part_cell(facts, triple, part)) for part in Part),
            _marked(*login_cell(triple)),
        ]
        for triple in facts.triples[:_MOST_ROWS]
    ]
    yield "### Secrets"
    explained = stored_values(facts)
    if explained:
        yield escape(explained)
    yield table(["Triple", "Registry", *(f"{part}" for part in Part), "Login"], rows)
    yield from _cut(len(facts.triples), "triples")


def _images(report: Report) -> Iterator[str]:
    images = report.facts.images
    if not images:
        return
    rows = [
        [
            cell_code(image.text),
            cell_code(at(image.location)),
            _marked(*image_cell(report.facts, image, error)),
        ]
        for image, error in judged_images(report)[:_MOST_ROWS]
    ]
    yield "### Images"
    yield table(["Image", "Named at", "Result"], rows)
    yield from _cut(len(images), "images")


def _cut(count: int, what: str) -> Iterator[str]:
    if count > _MOST_ROWS:
        yield f"{count - _MOST_ROWS} more {what} in the JSON report."


def _marked(mark: Mark, words: str) -> str:
    return f"{_SIGNS[mark]} {escape(words)}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table whose cells are escaped already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
