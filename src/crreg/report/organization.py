"""Renders the report about an organization: the verdict first, then causes, then repositories."""

from collections.abc import Iterator, Sequence

from crreg.exits.status import Status, worst_status
from crreg.findings.finding import Severity
from crreg.organization.causes import Cause
from crreg.organization.report import Checked, OrganizationReport, repositories_counted
from crreg.printable import plain, plural
from crreg.remedies.wording import some_of
from crreg.report.documents import CheckDocument, OrganizationDocument, OrganizationsDocument
from crreg.report.escaping import cell_code, code, escape
from crreg.report.json import SCHEMA_VERSION, finding_json, image_json, triple_json
from crreg.report.markdown import LONGEST_SUMMARY, STATUS_SIGNS, finding_block, table
from crreg.report.tables import STATUS_STYLES, Mark, new_page
from crreg.report.text import finding_lines
from crreg.report.verdict import in_words

_MOST_NAMES = 10
"""Repositories that a text names for one cause."""
_MOST_ROWS = 50
_MOST_CAUSES = 100
_MOST_CLAUSES = 5
_MOST_SHORT = 3
"""Causes in the verdict."""
_MARKS = {Status.HEALTHY: Mark.GOOD, Status.UNHEALTHY: Mark.BAD, Status.UNKNOWN: Mark.UNSURE}
_ORDER = (Status.UNHEALTHY, Status.UNKNOWN, Status.HEALTHY)


def organization_verdict(report: OrganizationReport) -> str:
    """The sentence that begins a report: `3 of 412 repositories would fail: ...`."""
    count = len(report.repositories)
    failing = len(report.having(Status.UNHEALTHY))
    unknown = len(report.having(Status.UNKNOWN))
    of_all = f"of {repositories_counted(count)} with a dev container"
    looked = f"{repositories_counted(report.listed)} listed"
    if failing:
        main = f"{failing:,} {of_all} would fail"
        causes = [_short(cause) for cause in report.errors[:_MOST_SHORT]]
        rest = len(report.errors) - len(causes)
        why = ", ".join([*causes, *([f"and {plural(rest, 'more cause')}"] if rest else [])])
        more = f" {unknown:,} could not be proven." if unknown else ""
        return f"Unhealthy: {main}: {why}.{more}" if why else f"Unhealthy: {main}.{more}"
    if report.status is Status.UNKNOWN:
        proven = f"{unknown:,} {of_all} could not be proven: " if unknown else ""
        return f"Unknown: {proven}{'; '.join(report.unchecked[:_MOST_CLAUSES])}."
    if not count:
        return f"Healthy: no repository has a dev container ({looked})."
    proven = f"codespaces of {repositories_counted(count)} with a dev container can pull their images"
    return f"Healthy: {proven} ({looked})."


def _short(cause: Cause) -> str:
    finding = cause.finding
    about = finding.triple or finding.registry
    named = f" ({about})" if about else ""
    return f"{plain(finding.rule)}{plain(named)} in {len(cause.repositories):,}"


def organization_text(report: OrganizationReport, *, color: bool, width: int) -> str:
    """Render the verdict, the causes, and a table of the repositories that are not healthy."""
    page = new_page(color=color, width=width)
    page.line(organization_verdict(report), STATUS_STYLES[report.status])
    page.blank()
    for note in report.notes:
        page.line(f"Note: {note}")
    if report.notes:
        page.blank()
    for cause in report.causes[:_MOST_CAUSES]:
        if cause.repositories:
            page.line(f"In {_names(cause)}:", "dim")
        finding_lines(page, cause.finding)
    if len(report.causes) > _MOST_CAUSES:
        page.line(f"{len(report.causes) - _MOST_CAUSES} more causes in the JSON report.")
        page.blank()
    rows = _rows(report)
    if rows:
        page.table(
            ["Repository", "Status", "Images", "Why"],
            [
                [
                    page.cell(each.name),
                    page.marked(_MARKS[each.status], each.status),
                    page.cell(str(len(each.images))),
                    page.cell(_why(each)),
                ]
                for each in rows
            ],
        )
    rest = len(report.repositories) - len(rows)
    if rest:
        page.line(f"{_left_out(rest)} In total: {_counts(report)}.")
    for clause in _not_proven(report):
        page.line(f"Not proven: {clause}.")
    return page.text()


def _rows(report: OrganizationReport) -> tuple[Checked, ...]:
    """Return the repositories to show one by one: those that fail, then those that are not proven."""
    failing = (*report.having(Status.UNHEALTHY), *report.having(Status.UNKNOWN))
    return (failing or report.repositories)[:_MOST_ROWS]


def _why(each: Checked) -> str:
    rules = dict.fromkeys(finding.rule for finding in each.findings if finding.severity is Severity.ERROR)
    return ", ".join(rules) or "; ".join(each.unchecked)


def _names(cause: Cause) -> str:
    return some_of([*map(plain, cause.repositories)], _MOST_NAMES)


def _left_out(count: int) -> str:
    more = "1 more repository is" if count == 1 else f"{count} more repositories are"
    return f"{more} in the JSON report."


def _not_proven(report: OrganizationReport) -> tuple[str, ...]:
    """Return the clauses to repeat at the end, without those that the verdict right above names."""
    is_above = report.status is Status.UNKNOWN and not report.repositories and not report.causes
    return report.unchecked[_MOST_CLAUSES:] if is_above else report.unchecked


def _counts(report: OrganizationReport) -> str:
    counts = ((len(report.having(status)), status) for status in _ORDER)
    return ", ".join(f"{count:,} {status}" for count, status in counts if count)


def organization_markdown(report: OrganizationReport) -> str:
    """Render the report for a job summary, within its limit, and count what does not fit."""
    head = [
        *_head(report),
        *(escape(f"Note: {note}") for note in report.notes),
    ]
    tail = [*_repositories(report), *(escape(f"Not proven: {clause}.") for clause in _not_proven(report))]
    room = LONGEST_SUMMARY - sum(len(block.encode()) + 2 for block in (*head, *tail)) - 200
    blocks: list[str] = []
    for cause in report.causes:
        block = cause_block(cause)
        room -= len(block.encode()) + 2
        if room < 0 or len(blocks) >= _MOST_CAUSES:
            break
        blocks.append(block)
    rest = len(report.causes) - len(blocks)
    more = [f"{plural(rest, 'more cause')} in the JSON report."] if rest else []
    return "\n\n".join([*head, *blocks, *more, *tail]) + "\n"


def organizations_markdown(reports: Sequence[OrganizationReport]) -> str:
    """Render several reports for one job summary: only the verdicts if the rest does not fit."""
    whole = "\n".join(map(organization_markdown, reports))
    if len(whole.encode()) <= LONGEST_SUMMARY:
        return whole
    return "\n\n".join(line for each in reports for line in _head(each)) + "\n"


def _head(report: OrganizationReport) -> list[str]:
    return [
        f"## Codespaces registry secrets of {code(report.organization)}",
        f"{STATUS_SIGNS[report.status]} **{escape(organization_verdict(report))}**",
    ]


def cause_block(cause: Cause) -> str:
    """Render a cause with the names of its repositories."""
    if not cause.repositories:
        return finding_block(cause.finding)
    names = some_of([*map(code, cause.repositories)], _MOST_NAMES)
    count = repositories_counted(len(cause.repositories))
    return f"{finding_block(cause.finding)}\n\n{count}: {names}"


def _repositories(report: OrganizationReport) -> Iterator[str]:
    rows = _rows(report)
    if not rows:
        return
    yield f"### Repositories\n\n{escape(_counts(report))}"
    yield table(
        ["Repository", "Status", "Images", "Why"],
        [
            [
                cell_code(each.name),
                f"{STATUS_SIGNS[each.status]} {each.status}",
                str(len(each.images)),
                escape(_why(each)),
            ]
            for each in rows
        ],
    )
    rest = len(report.repositories) - len(rows)
    if rest:
        yield _left_out(rest)


def organization_document(report: OrganizationReport) -> OrganizationDocument:
    """The whole report; a repository refers to causes by their position."""
    return {
        "schema_version": SCHEMA_VERSION,
        "organization": report.organization,
        "status": report.status,
        "verdict": organization_verdict(report),
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "unchecked": list(report.unchecked),
        "notes": list(report.notes),
        "listed": report.listed,
        "repositories": [
            {
                "repository": each.name,
                "status": each.status,
                "unchecked": list(each.unchecked),
                "findings": list(references),
                "images": [image_json(image) for image in each.images],
                "triples": [triple_json(triple) for triple in each.triples],
            }
            for each, references in zip(report.repositories, report.references, strict=True)
        ],
        "findings": [
            {**finding_json(cause.finding), "repositories": list(cause.repositories)}
            for cause in report.causes
        ],
    }


def organizations_document(reports: Sequence[OrganizationReport]) -> OrganizationsDocument:
    """The reports about several organizations."""
    return {
        "schema_version": SCHEMA_VERSION,
        "status": worst_status(report.status for report in reports),
        "errors": sum(len(report.errors) for report in reports),
        "warnings": sum(len(report.warnings) for report in reports),
        "organizations": [organization_document(report) for report in reports],
    }


def checked_verdict(each: Checked) -> str:
    """The sentence that sums up one repository; it starts with the status."""
    severities = [finding.severity for finding in each.findings]
    errors = severities.count(Severity.ERROR)
    shown = f" ({in_words(errors, len(severities) - errors)})" if severities else ""
    if each.status is Status.UNHEALTHY:
        return f"Unhealthy{shown}: codespaces of this repository would not start as configured."
    if each.status is Status.UNKNOWN:
        return f"Unknown{shown}: {'; '.join(each.unchecked[:_MOST_CLAUSES])}."
    if not each.images:
        return f"Healthy{shown}: no image has to be pulled."
    return f"Healthy{shown}: {plural(len(each.images), 'image')} can be pulled."


def checked_document(each: Checked) -> CheckDocument:
    """One repository with all its findings, as a check of it alone would report it; a line of NDJSON."""

    def count(severity: Severity) -> int:
        return sum(finding.severity is severity for finding in each.findings)

    return {
        "schema_version": SCHEMA_VERSION,
        "repository": each.name,
        "status": each.status,
        "errors": count(Severity.ERROR),
        "warnings": count(Severity.WARNING),
        "unchecked": list(each.unchecked),
        "triples": [triple_json(triple) for triple in each.triples],
        "images": [image_json(image) for image in each.images],
        "findings": [finding_json(finding) for finding in each.findings],
    }
