"""Renders reports as Markdown for the job summary."""

from collections.abc import Iterator
from itertools import groupby

from crreg.check.report import Report
from crreg.ensure.change import ChangeOutcome, Ensured, Result
from crreg.exits.status import Status
from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import Command, Link, Prose, Remedy, Shell, Snippet, Step
from crreg.github.gh import asked_with
from crreg.publish.published import Publishing, kind_of, source_of
from crreg.report.escaping import cell_code, code, escape, fenced, link, prose
from crreg.report.logins import login_cell
from crreg.report.tables import Mark
from crreg.report.verdict import (
    access_of,
    end_of,
    judged_images,
    plan_verdict,
    publish_verdict,
    signed,
    size,
    store_of,
    tags_of,
    verdict,
    why_left,
)
from crreg.report.wording import ABOUT, image_cell, part_cell, stored_values
from crreg.triple import Part

_SIGNS = {Mark.GOOD: "✅", Mark.BAD: "❌", Mark.UNSURE: "❔"}
STATUS_SIGNS = {Status.HEALTHY: "✅", Status.UNHEALTHY: "❌", Status.UNKNOWN: "❔"}
LONGEST_SUMMARY = 1_000_000
"""Bytes of a job summary; GitHub drops the whole summary of a step if it is larger than 1 MiB.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
"""
_MOST_ROWS = 200
"""The most rows of a table, so that a summary stays below that."""


def render_markdown(report: Report) -> str:
    """Render the verdict, the findings, and the tables of triples and images."""
    source = asked_with(report.facts.token_source)
    blocks = [
        "## Codespaces registry secrets"
        + (f" of {code(report.facts.repository)}" if report.facts.repository else ""),
        f"{STATUS_SIGNS[report.status]} **{escape(verdict(report))}**",
        *(finding_block(finding) for finding in report.findings[:_MOST_ROWS]),
        *_cut(len(report.findings), "findings"),
        *([escape(source)] if source is not None else []),
        *_triples(report),
        *_images(report),
    ]
    return "\n\n".join(blocks) + "\n"


def finding_block(finding: Finding) -> str:
    """Render one finding: heading, message, remedy, and link to the rule."""
    sign = "❌" if finding.severity is Severity.ERROR else "⚠️"
    place = f" · {code(str(finding.location))}" if finding.location else ""
    heading = f"### {sign} {escape(finding.rule)}{place}"
    about = f"{ABOUT}: <{finding.documentation}>"
    return "\n\n".join([heading, prose(finding.message), *_remedy(finding.steps), about])


def _remedy(remedy: Remedy) -> Iterator[str]:
    """Yield prose and addresses as paragraphs, and consecutive commands, or lines for a file, as one block to paste."""
    for kind, run in groupby(remedy, _kind):
        lines: list[str] = []
        for step in run:
            match step:
                case Prose(text):
                    yield prose(text)
                case Link(text, url):
                    yield link(text, url)
                case Command() | Shell() | Snippet():
                    lines.append(step.line)
        if kind is not Prose:
            yield fenced(lines)


def _kind(step: Step) -> type[Step]:
    """The kind of block that a step belongs to: commands, lines for a file, or prose."""
    match step:
        case Command() | Shell():
            return Command
        case Snippet():
            return Snippet
        case Prose() | Link():
            return Prose


def _triples(report: Report) -> Iterator[str]:
    facts = report.facts
    if not facts.triples:
        return
    rows = [
        [
            cell_code(triple.identifier),
            cell_code(triple.server) if triple.server else "unknown",
            *(_marked(*part_cell(facts, triple, part)) for part in Part),
            _marked(*login_cell(triple.login)),
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
            cell_code(str(image.location)),
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
    """Render a table from escaped cells."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def render_plan_markdown(ensured: Ensured) -> str:
    """Render the verdict, the findings, and the plan with the outcome of each change."""
    plan = ensured.plan
    blocks = [
        f"## Codespaces registry secrets of {code(plan.repository)}",
        f"{STATUS_SIGNS[ensured.status]} **{escape(plan_verdict(ensured))}**",
        *([escape(why_left(ensured))] if ensured.left else []),
        *(finding_block(finding) for finding in plan.findings[:_MOST_ROWS]),
        *_changes(ensured),
        *(escape(f"Note: {note}") for note in ensured.notes),
    ]
    return "\n\n".join(blocks) + "\n"


def _changes(ensured: Ensured) -> Iterator[str]:
    changes = ensured.plan.changes
    if not changes:
        return
    rows = [
        [
            cell_code(signed(change)),
            cell_code(change.name),
            escape(store_of(change)),
            escape(change.reason),
            end_cell(result),
        ]
        for change, result in zip(changes[:_MOST_ROWS], ensured.results, strict=False)
    ]
    yield "### Plan" if ensured.dry_run else "### Changes"
    yield table(["Change", "Secret", "Kept in", "Why", "Result"], rows)
    yield from _cut(len(changes), "changes")


def end_cell(result: Result) -> str:
    """Render how a change ended, for a table."""
    outcome = result.outcome
    if outcome is ChangeOutcome.UNCHANGED:
        return ""
    if outcome is ChangeOutcome.DONE:
        return "✅ done"
    if outcome is ChangeOutcome.PLANNED:
        return "not written"
    if outcome is ChangeOutcome.LEFT:
        return "❔ left"
    return f"❌ {outcome}: {escape(result.detail)}"


def render_publish_markdown(publishing: Publishing) -> str:
    """Render the verdict, the findings, and the images."""
    blocks = [
        "## Published images" + (f" of {code(publishing.repository)}" if publishing.repository else ""),
        f"{STATUS_SIGNS[publishing.status]} **{escape(publish_verdict(publishing))}**",
        *(finding_block(finding) for finding in publishing.findings[:_MOST_ROWS]),
        *_published_images(publishing),
        *(escape(f"Note: {note}") for note in _notes(publishing)),
    ]
    return "\n\n".join(blocks) + "\n"


def _published_images(publishing: Publishing) -> Iterator[str]:
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
    yield table(["Image", "Tags", "From", "Digest", "Sent", "Package", "Result"], rows)
    yield from _cut(len(publishing.results), "images")


def _notes(publishing: Publishing) -> Iterator[str]:
    for result in publishing.results[:_MOST_ROWS]:
        for note in result.notes:
            yield f"{result.publication.image}: {note}"
    yield from publishing.notes
