"""From the desired and the observed state to the plan; pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from crreg.configuration.settings import Visibility
from crreg.ensure.case import Case
from crreg.ensure.change import Action, Change, Plan
from crreg.ensure.desired import Desired, DesiredTriple
from crreg.ensure.due import due
from crreg.ensure.refusals import refusals
from crreg.facts.proof import State
from crreg.findings.finding import Effect, Finding, Severity, errors_of
from crreg.findings.remedy import steps
from crreg.github.inventory import Inventory, LevelInventory, Secret
from crreg.github.levels import Level
from crreg.printable import sentence
from crreg.remedies.wording import name_of
from crreg.rules import secret_limit, unreadable_secrets
from crreg.triple import Part, SecretName

_PRESENT = {
    State.PROVEN: "it is already set, as crreg wrote it",
    State.CHANGED: "it is already set, but it or its source was changed after crreg wrote it; --force writes it again",
    State.NOT_PROVEN: "it is already set",
}


def plan(
    desired: Desired, observed: Inventory | None, now: datetime, ignore: frozenset[str] = frozenset()
) -> Plan:
    """Plan what must be written to reach the desired state.

    Findings of the rules in `ignore` are left out, but still keep their triples from being written.

    Within a triple SERVER comes first and PASSWORD last, each value before the repository is given access to it.
    `steps_of` says which of them are written at the same time. A new user is stored beside an old password for one
    request only. Until its last request, a triple that is being created is incomplete, and a codespace ignores it.
    """
    if observed is None or observed.repository is None:
        return _plan(desired, (), [_unknown(desired, observed)], ignore)
    changes: list[Change] = []
    findings: list[Finding] = []
    room = {level.level: secret_limit.MOST_SECRETS - len(level.secrets) for level in observed.levels}
    for triple in desired.triples:
        case = case_of(desired, triple, observed, now)
        found = list(refusals(case))
        planned = tuple(_changes(case)) if not errors_of(found) else ()
        created = sum(change.action is Action.CREATE for change in planned)
        if created > room[triple.level]:
            found.append(_full(case, room[triple.level], created))
            planned = ()
        room[triple.level] -= sum(change.action is Action.CREATE for change in planned)
        changes += planned
        findings += found
    return _plan(desired, changes, findings, ignore)


def _plan(
    desired: Desired, changes: Iterable[Change], findings: Iterable[Finding], ignore: frozenset[str]
) -> Plan:
    findings = tuple(findings)
    kept = tuple(finding for finding in findings if finding.rule not in ignore)
    ignored = tuple(finding for finding in errors_of(findings) if finding.rule in ignore)
    notes = (*desired.notes, *dict.fromkeys(_left_out(finding) for finding in ignored))
    return Plan(desired.repository, tuple(changes), kept, notes, ignored)


def _left_out(finding: Finding) -> str:
    what = f"of {finding.triple} " if finding.triple else ""
    return f"Nothing {what}is written because of {finding.rule}, which the configuration ignores."


def case_of(desired: Desired, triple: DesiredTriple, observed: Inventory, now: datetime) -> Case:
    """Return one triple, what is stored of it at its level, and what is due."""
    level = next(level for level in observed.levels if level.level is triple.level)
    stored = _stored(triple, level)
    actions = dict(observed.actions_secrets or ())
    return Case(
        desired, triple, observed, level, stored, due(triple, stored, actions, now, force=desired.force)
    )


def _stored(triple: DesiredTriple, level: LevelInventory) -> Mapping[Part, Secret]:
    by_name = {secret.name: secret for secret in level.secrets}
    names = {part: str(SecretName(triple.identifier, part)) for part in Part}
    return {part: by_name[name] for part, name in names.items() if name in by_name}


def _changes(case: Case) -> Iterator[Change]:
    values = case.triple.values
    assignments = _assignments(case)
    assigned = {change.part for change in assignments}
    for part in Part:
        secret = case.stored.get(part)
        if part not in case.due or part not in values:
            known = case.triple.proofs.get(part, State.NOT_PROVEN)
            reason = _PRESENT[known] if part not in case.due else "no value was given"
            if secret is not None and part not in assigned:
                yield _change(case, part, Action.UNCHANGED, reason, secret.visibility)
        elif secret is None:
            visibility = _visibility_of_new(case.triple)
            shared = visibility == Visibility.SELECTED
            yield _change(
                case,
                part,
                Action.CREATE,
                case.due[part],
                visibility,
                repositories=case.triple.repositories if shared else (),
            )
        else:
            yield _change(case, part, Action.UPDATE, case.due[part], secret.visibility)
    yield from assignments


def _assignments(case: Case) -> list[Change]:
    """Return what gives access, one repository after another, so that each soon has the whole triple."""
    return [
        _change(
            case,
            part,
            Action.ASSIGN,
            f"{repository} has no access to it",
            case.stored[part].visibility,
            repositories=(repository,),
        )
        for repository, part in case.unassigned
    ]


def _change(
    case: Case,
    part: Part,
    action: Action,
    reason: str,
    visibility: str | None,
    *,
    repositories: tuple[str, ...] = (),
) -> Change:
    triple, repository = case.triple, case.inventory.repository
    stores = {
        Level.USER: "your account",
        Level.REPOSITORY: repository.full_name if repository else "",
        Level.ORGANIZATION: repository.owner if repository else "",
    }
    return Change(
        action,
        triple.identifier,
        part,
        case.name(part),
        triple.level,
        stores[triple.level],
        visibility,
        repositories,
        reason,
    )


def _visibility_of_new(triple: DesiredTriple) -> str | None:
    """Return the visibility of a created secret: the configured one, else the narrowest."""
    if triple.level is Level.REPOSITORY:
        return None
    if triple.level is Level.ORGANIZATION and triple.visibility is not None:
        return triple.visibility.value
    return Visibility.SELECTED.value


def _full(case: Case, room: int, created: int) -> Finding:
    level = name_of(case.triple.level)
    return case.triple.finding(
        secret_limit.RULE,
        f"{case.triple.identifier} needs {created} new secrets at {level} level, but there is room for "
        f"{max(room, 0)}: GitHub stores at most {secret_limit.MOST_SECRETS} Codespaces secrets there.",
        "Delete secrets that nothing needs, or store the triple at another level.",
    )


def _unknown(desired: Desired, observed: Inventory | None) -> Finding:
    cause = "no GitHub token was given."
    first = (
        "In a terminal, run gh auth login, or set GH_TOKEN. In a workflow, check that the secret in the input token is "
        "set and available to this workflow. crreg needs"
    )
    known = None
    if observed is not None:
        cause = f"the repository's Codespaces secrets could not be read: {sentence(observed.detail)}"
        first = "Check the repository's name. Give crreg"
        known = desired.remedies.get(observed.reason) if observed.reason is not None else None
    grant = (
        f"{first} a personal access token or a GitHub App that can read the repository and write its Codespaces "
        'secrets (repository permission "Codespaces secrets": read and write).'
    )
    return unreadable_secrets.RULE.finding(
        f"Nothing was done, because {cause}",
        known or steps(grant),
        severity=Severity.ERROR,
        effect=Effect.UNPROVEN,
        about=(desired.repository,),
    )
