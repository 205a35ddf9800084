"""Causes: findings of several repositories that are one thing to repair; pure functions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import Prose, command, steps
from crreg.printable import quoted
from crreg.rules import not_assigned

_HERE = "the repository"


@dataclass(frozen=True, slots=True)
class Cause:
    """Something to repair, with everything that it breaks."""

    finding: Finding
    """What is wrong and what to do, in words that fit each of the repositories."""
    repositories: tuple[str, ...]
    """`owner/name` of each repository with this finding, sorted; empty for what concerns the organization alone."""
    key: tuple[str, ...] = field(default=(), repr=False)
    """What its findings have in common; see `cause_key`."""


def causes_of(
    findings: Mapping[str, Sequence[Finding]],
    unneeded: Iterable[Finding],
    grantable: Collection[tuple[str, str]] = (),
) -> tuple[Cause, ...]:
    """Group the findings of repositories by what must be repaired.

    Args:
        findings: those of each repository, by `owner/name`.
        unneeded: those about credentials that no repository needs.
        grantable: repositories with the identifiers of the triples that the organization may give them access to.
    """
    groups: dict[tuple[str, ...], dict[str, Finding]] = {}
    for repository, found in findings.items():
        for finding in found:
            groups.setdefault(cause_key(finding, repository), {}).setdefault(repository, finding)
    causes = [
        Cause(_joined(group, grantable), tuple(sorted(group, key=str.lower)), key)
        for key, group in groups.items()
    ]
    causes += [Cause(replace(finding, location=None), ()) for finding in unneeded]
    return tuple(sorted(causes, key=_order))


def cause_key(finding: Finding, repository: str) -> tuple[str, ...]:
    """Return what findings have in common that one repair removes.

    A finding about a triple or a registry is the same in every repository. One about a file is the same only if it
    has the same text, as in repositories that were made from one template.
    """
    about = (finding.triple or "", finding.registry or "")
    text = "" if any(about) else _general(finding.message, repository)
    return (finding.rule, finding.severity, finding.effect, *about, *finding.subject, "\0", text)


def _joined(group: Mapping[str, Finding], grantable: Collection[tuple[str, str]]) -> Finding:
    """Return one finding for all, in the words of the first repository."""
    (name, first), *others = group.items()
    if not others:
        return first
    message = _general(first.message, name)
    if any(_general(finding.message, repository) != message for repository, finding in others):
        message += f" This is the text for {quoted(name)}; the others differ in names and places."
    remedy = tuple(
        Prose(_general(step.text, name)) if isinstance(step, Prose) else step for step in first.steps
    )
    if any(finding.steps != first.steps for _, finding in others):
        remedy += steps(
            f"These steps are for {quoted(name)}. `--format ndjson` has those of each repository."
        )
    is_grantable = any((repository, first.triple) in grantable for repository in group)
    if first.rule == not_assigned.RULE.id and is_grantable:
        remedy += steps(
            "Or list the repositories under allow of this triple in .github/crreg.yml, and give access to all of them; "
            "this shows a plan first:",
            command("crreg", "ensure", "--org", name.partition("/")[0]),
        )
    same_place = all(finding.location == first.location for _, finding in others)
    return replace(first, message=message, steps=remedy, location=first.location if same_place else None)


def _general(text: str, repository: str) -> str:
    return text.replace(quoted(repository), _HERE)


def _order(cause: Cause) -> tuple[bool, int, str, str, str]:
    finding = cause.finding
    return (
        finding.severity is Severity.WARNING,
        -len(cause.repositories),
        finding.rule,
        finding.triple or finding.registry or "",
        finding.message,
    )
