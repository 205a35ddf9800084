"""Renders the plan that repairs an organization: one page that lists every new access, to be reviewed."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crreg.ensure.change import WRITES_OF_VALUES, Change, Result
from crreg.organization.repair import Grant
from crreg.organization.repairing import Repaired
from crreg.organization.report import repositories_counted
from crreg.printable import plural
from crreg.redaction.redact import FixedWord
from crreg.report.change_json import change_json
from crreg.report.escaping import cell_code, code, escape, fenced
from crreg.report.job_documents import RepairDocument
from crreg.report.json import SCHEMA_VERSION, finding_json
from crreg.report.markdown import LONGEST_SUMMARY, STATUS_SIGNS, end_cell, finding_block, table
from crreg.report.tables import MOST, STATUS_STYLES, new_page
from crreg.report.text import failures_lines, findings_lines
from crreg.report.verdict import plan_counts, signed, why_left
from crreg.triple import SecretName

if TYPE_CHECKING:
    from crreg.report.page import Page

_ACCESS = ["Repository", "Triple", "Registry", "Secrets", "Allowed by"]
_VALUES = ["Change", "Secret", "Read by", "Why", "Result"]
_WITHHELD = ["Repository", "Triple", "Why"]
_READ_BY = {
    "all": "all repositories, public ones too",
    "private": "all private and internal repositories",
    "selected": "selected repositories",
}
"""What GitHub's words for a secret's visibility mean."""
_MOST_ROWS = 200
_CARRY_OUT = "To carry out this plan and no other, run the command again and add"
_CARRY_OUT_IN_STEP = (
    "To carry out this plan and no other, run the workflow again and pass the step this input"
)
_AGAIN = "Run it again to complete what is left."
_COVERS = "The file of the reviewed plan covers what is left of it; its digest alone does not."


def repair_verdict(repaired: Repaired) -> str:
    """The sentence that begins a report; it starts with the status."""
    grants = repaired.repair.grants
    count = repositories_counted(len({grant.repository.full_name for grant in grants}))
    access = f"new access for {count}; " if grants else ""
    return f"{repaired.status.capitalize()}: {access}{plan_counts(repaired.ensured)}"


def repair_text(repaired: Repaired, *, color: bool, width: int, in_step: bool) -> str:
    """Render everything that is granted and written; the verdict and the digest come last, above the prompt."""
    page = new_page(color=color, width=width)
    repair, ensured = repaired.repair, repaired.ensured
    page.title(f"Codespaces registry secrets of {repair.plan.repository}")
    for note in ensured.notes:
        page.line(f"Note: {note}")
    if ensured.notes:
        page.blank()
    _text_table(page, "New access", _ACCESS, [_access(grant) for grant in repair.grants])
    values = [
        (signed(change), change.name, _readers(change), change.reason) for change, _ in _values(repaired)
    ]
    _text_table(page, "Values", _VALUES[:4], values)
    withheld = [(each.repository, each.triple, each.why) for each in repair.withheld]
    _text_table(page, "Needed, but not given", _WITHHELD, withheld[:MOST])
    page.more(len(withheld), "repositories")
    findings_lines(page, repair.plan.findings)
    failures_lines(page, ensured)
    for clause in repaired.unread[:MOST]:
        page.line(f"Not read: {clause}.")
    page.more(len(repaired.unread), "reasons")
    page.line(repair_verdict(repaired), STATUS_STYLES[repaired.status])
    if repaired.refusal:
        page.line(repaired.refusal)
    if _is_planned(repaired):
        how, words = _to_carry_out(repaired, in_step=in_step)
        page.line(how)
        page.command(words)
    elif _again(repaired):
        page.line(_again(repaired))
    return page.text()


def _text_table(page: "Page", title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        page.line(f"{title}:", "bold")
        page.table(header, [[page.cell(text) for text in row] for row in rows])


def _is_planned(repaired: Repaired) -> bool:
    """Whether the plan is still to be carried out."""
    return repaired.ensured.dry_run and bool(repaired.repair.plan.writes)


def _to_carry_out(repaired: Repaired, *, in_step: bool) -> tuple[str, str]:
    """Say how to carry out the plan, and what to paste: an input of the action's step, or an option."""
    digest = repaired.repair.digest
    if in_step:
        return f"{_CARRY_OUT_IN_STEP}:", f"plan: {digest}"
    return f"{_CARRY_OUT}:", f"--plan {digest}"


def _again(repaired: Repaired) -> str:
    """Say how to complete what was begun; empty if nothing is left of it."""
    if repaired.ensured.left:
        return f"{why_left(repaired.ensured)} {_COVERS}"
    return _AGAIN if repaired.ensured.failures else ""


def _access(grant: Grant) -> tuple[str, str, str, str, str]:
    """Return the cells of a row."""
    kinds = [grant.repository.visibility] if grant.repository.visibility != "private" else []
    kinds += ["fork"] if grant.repository.is_fork else []
    name = grant.repository.full_name + (f" ({', '.join(kinds)})" if kinds else "")
    return name, grant.triple, grant.registry or "unknown", ", ".join(grant.parts), str(grant.by)


def _values(repaired: Repaired) -> list[tuple[Change, Result]]:
    """Return the changes that send a value."""
    results = zip(repaired.repair.plan.changes, repaired.ensured.results, strict=True)
    return [(change, result) for change, result in results if change.action in WRITES_OF_VALUES]


def _readers(change: Change) -> str:
    """Say which repositories read a value by the secret's visibility."""
    return _READ_BY.get(change.visibility or "", "unknown")


def repair_markdown(repaired: Repaired, *, in_step: bool) -> str:
    """Render the plan for a job summary, within its limit, and count what does not fit."""
    repair, ensured = repaired.repair, repaired.ensured
    blocks = [
        f"## Codespaces registry secrets of {code(repair.plan.repository)}",
        f"{STATUS_SIGNS[repaired.status]} **{escape(repair_verdict(repaired))}**",
    ]
    if repaired.refusal:
        blocks.append(f"❌ {escape(repaired.refusal)}")
    if _is_planned(repaired):
        how, words = _to_carry_out(repaired, in_step=in_step)
        blocks += [how, fenced([words])]
    elif _again(repaired):
        blocks.append(escape(_again(repaired)))
    tail = [
        *_table("Values", _VALUES, _values(repaired), _value_row),
        *_table(
            "Needed, but not given",
            _WITHHELD,
            repair.withheld,
            lambda each: [cell_code(each.repository), cell_code(each.triple), escape(each.why)],
        ),
        *(finding_block(finding) for finding in repair.plan.findings[:_MOST_ROWS]),
        *_table(
            "Not done",
            ["Secret", "For", "Result"],
            (*ensured.failures, *ensured.left),
            lambda failure: [
                cell_code(failure[0].name),
                escape(", ".join(failure[0].repositories[:1])),
                end_cell(failure[1]),
            ],
        ),
        *(escape(f"Not read: {clause}.") for clause in repaired.unread[:_MOST_ROWS]),
        *(escape(f"Note: {note}") for note in ensured.notes),
    ]
    room = LONGEST_SUMMARY - sum(len(block.encode()) + 2 for block in (*blocks, *tail)) - 400
    return "\n\n".join([*blocks, *_grants(repair.grants, room), *tail]) + "\n"


def _grants(grants: Sequence[Grant], room: int) -> Iterator[str]:
    """Yield the table of every new access, as far as there is room for it."""
    if not grants:
        return
    rows: list[list[str]] = []
    for grant in grants:
        row = [cell_code(text) for text in _access(grant)]
        room -= sum(len(cell.encode()) + 3 for cell in row) + 2
        if room < 0:
            break
        rows.append(row)
    yield "### New access"
    if rows:
        yield table(_ACCESS, rows)
    if len(rows) < len(grants):
        yield f"**{len(grants) - len(rows)} more in the JSON report: review them there.**"


def _table(
    title: str, header: list[str], items: Sequence[Any], row: Callable[[Any], list[str]]
) -> Iterator[str]:
    if not items:
        return
    yield f"### {title}"
    yield table(header, [row(item) for item in items[:_MOST_ROWS]])
    if len(items) > _MOST_ROWS:
        yield f"{plural(len(items) - _MOST_ROWS, 'more row')} in the JSON report."


def _value_row(value: tuple[Change, Result]) -> list[str]:
    change, result = value
    readers = escape(_readers(change))
    return [
        cell_code(signed(change)),
        cell_code(change.name),
        readers,
        escape(change.reason),
        end_cell(result),
    ]


def repair_document(repaired: Repaired) -> RepairDocument:
    """The whole plan, each change with its outcome."""
    repair, ensured = repaired.repair, repaired.ensured
    return {
        "schema_version": SCHEMA_VERSION,
        "organization": repair.plan.repository,
        "dry_run": ensured.dry_run,
        "status": repaired.status,
        "digest": FixedWord(repair.digest),
        "left": repaired.left,
        "grants": [
            {
                "repository": grant.repository.full_name,
                "repository_id": grant.repository.id,
                "visibility": FixedWord(grant.repository.visibility),
                "fork": grant.repository.is_fork,
                "triple": grant.triple,
                "registry": grant.registry,
                "secrets": [str(SecretName(grant.triple, part)) for part in grant.parts],
                "allowed_by": str(grant.by),
            }
            for grant in repair.grants
        ],
        "changes": [
            {**change_json(change, result), "registry": repair.registries.get(change.triple)}
            for change, result in zip(repair.plan.changes, ensured.results, strict=True)
        ],
        "withheld": [
            {"repository": each.repository, "triple": each.triple, "why": each.why}
            for each in repair.withheld
        ],
        "findings": [finding_json(finding) for finding in repair.plan.findings],
        "unread": list(repaired.unread),
        "refusal": repaired.refusal,
        "notes": list(ensured.notes),
    }
