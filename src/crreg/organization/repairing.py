"""One run of `crreg ensure --org`: check, plan, and write the plan if it was reviewed."""

from dataclasses import dataclass, replace
from datetime import datetime

from crreg.configuration.settings import Settings
from crreg.ensure.apply import apply, not_applied
from crreg.ensure.change import ChangeOutcome, Ensured, Plan
from crreg.ensure.desired import tidy
from crreg.ensure.receipts import ReceiptScope, Recorder
from crreg.ensure.rotation import Mint, with_fresh_tokens
from crreg.exits.exit_code import ExitCode, FailOn, exit_code
from crreg.exits.status import Status
from crreg.facts.model import Facts
from crreg.facts.receipts import DEFAULT_VARIABLE
from crreg.facts.workflow_event import run_of
from crreg.github.errors import GitHubError
from crreg.github.levels import Level
from crreg.github.origins_reading import read_times
from crreg.github.secrets import read_actions_secrets
from crreg.github.token import permission_for
from crreg.github.writer import SecretWriter
from crreg.organization.allowing import needs_of
from crreg.organization.check import Checking, Count
from crreg.organization.reading import read_repositories
from crreg.organization.repair import Found, Repair, Wanted, repair_of, wanted
from crreg.organization.report import OrganizationReport
from crreg.organization.reviewed import Reviewed
from crreg.organization.run import OrganizationRequest, Session, opened, scope
from crreg.rules.unreadable_secrets import remedies_apart_from_access
from crreg.triple import find_triples


class NothingAllowed(Exception):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The configuration allows no repository any access; the text is for a person."""


@dataclass(frozen=True)
class RepairRequest:
    """What a caller asks to be repaired, and what was reviewed."""

    request: OrganizationRequest
    settings: Settings
    """The configuration beside the workflow."""
    repository: str | None = None
    """`owner/name` of the repository that runs the workflow, whose Actions secrets are compared; None if unknown."""
    force: bool = False
    reviewed: Reviewed | None = None
    """The plan that was reviewed; None if none was."""
    without_review: bool = False
    """Whether to carry out any plan."""
    receipts: str = DEFAULT_VARIABLE
    """Name of the Actions variable that holds receipts; empty for none."""

    def __post_init__(self) -> None:
        """Raise NothingAllowed if the configuration has no `allow`."""
        settings = self.settings
        if not any(registry.allow is not None for registry in settings.registries.values()):
            raise NothingAllowed(
                f"No registry in {settings.path or 'the configuration'} has allow, so no repository may be given "
                "access. Add the repositories that may have it, as in registries: {ACR: {allow: [app, web-*]}}."
            )


@dataclass(frozen=True, slots=True)
class Repaired:
    """The plan, and what became of it."""

    repair: Repair
    ensured: Ensured
    unread: tuple[str, ...] = ()
    """What could not be read, so that nothing is granted for it, as clauses."""
    refusal: str = ""
    """Why a reviewed plan was not carried out, as a sentence; empty if it was, or if none was reviewed."""

    @property
    def left(self) -> int:
        """How many changes are still to be made."""
        ends = zip(self.repair.plan.changes, self.ensured.results, strict=True)
        return sum(change.writes and end.outcome is not ChangeOutcome.DONE for change, end in ends)

    @property
    def status(self) -> Status:
        """The status of the secrets; unknown if a repository could not be read, or if anything is left to write."""
        if self.ensured.status is Status.HEALTHY and self.unread:
            return Status.UNKNOWN
        return self.ensured.status

    def exit_code(self, fail_on: FailOn) -> ExitCode:
        """Return the exit code of the run. Only to plan is a choice, not a failure."""
        return exit_code(
            self.status,
            warnings=bool(self.ensured.warnings),
            fail_on=fail_on,
            failed=bool(self.ensured.failures or self.refusal),
            left=bool(self.ensured.left),
            tried=not self.ensured.is_only_planned,
        )


def repair(asked: RepairRequest) -> Repaired:
    """Plan the repair of an organization, and carry the plan out if it is the one that was reviewed.

    What an answer of GitHub leaves open is in the result; nothing is raised for it. Every write is a PUT of the wanted
    state and the next run plans what is left, so an interrupted run is completed by another one.
    """
    values, notes = tidy(asked.request.values)
    request = replace(asked.request, values=values)
    try:
        with opened(request) as session:
            return _repair(replace(asked, request=request), session, notes)
    except GitHubError as error:
        nothing = Plan(request.organization, (), (), notes)
        return Repaired(
            Repair(nothing, (), (), ""), Ensured(nothing, (), dry_run=False), (error.detail.rstrip("."),)
        )


def _repair(asked: RepairRequest, session: Session, notes: tuple[str, ...]) -> Repaired:
    request, asking = asked.request, session.asking
    checking = Checking(asking)
    allowed = [entry for registry in asked.settings.registries.values() for entry in registry.allow or ()]
    count = Count()
    report = checking.run(
        read_repositories(
            session.graphql,
            request.organization,
            request.selection,
            request.state,
            request.say,
            counted=count,
            with_topics=any(entry.topic for entry in allowed),
            with_properties=any(entry.property for entry in allowed),
        ),
        count,
    )
    found = Found(
        request.organization,
        asked.settings,
        needs_of(report.repositories),
        find_triples(request.values),
        checking.logins(),
        checking.shared().of_organization,
        read_actions_secrets(asking.github, asked.repository) if asked.repository else None,
        _attempted_at(asked, session),
    )
    want = wanted(found, force=asked.force, notes=(*notes, *scope(request.selection, "crreg ensure --org")))
    want = _minted(want, found, session, request)
    made = repair_of(want, found.inventory, asking.now, asked.settings.ignore)
    unread = tuple(_unread(report, made))
    refusal = _refusal(asked, made)
    is_reviewed = asked.without_review or asked.reviewed is not None
    if not made.plan.writes or not is_reviewed or refusal:
        is_dry = not is_reviewed or bool(refusal)
        ensured = Ensured(made.plan, not_applied(made.plan), dry_run=is_dry)
        return Repaired(made, ensured, unread, refusal)
    writer = SecretWriter(asking.github, found.place, ids=want.ids)
    given = {triple.identifier: triple.values for triple in want.desired.triples}
    results = apply(made.plan, given, writer, request.say)
    # Where the values come from is not known here, but the receipts of earlier runs must not call this a change.
    recorder = Recorder(asking.github, writer, ReceiptScope(found.place, asked.receipts, None))
    unrecorded = recorder.record(zip(made.plan.changes, results, strict=True))
    return Repaired(made, Ensured(made.plan, results, dry_run=False, unrecorded=unrecorded), unread)


def _attempted_at(asked: RepairRequest, session: Session) -> datetime | None:
    """Return when this run began: its values are as old as that, and a reviewer may have taken days."""
    values, repository = session.asking.values, asked.repository or ""
    run = run_of(values, repository)
    return read_times(session.asking.github, repository, run)[1] if run else None


def _minted(want: Wanted, found: Found, session: Session, request: OrganizationRequest) -> Wanted:
    """Add what the token needs, and the ECR tokens that are due."""
    asking = session.asking
    facts = Facts(
        asking.now,
        request.organization,
        inventory=replace(found.inventory, is_enterprise_server=asking.github.is_enterprise_server),
        in_workflow=asking.values.get("GITHUB_ACTIONS") == "true",
        web_url=asking.web_url,
    )
    mint = Mint(asking.registries, lambda: asking.deadline.remaining, request.conceal)
    permissions = {level: permission_for(level, asking.github.kind, write=True) for level in Level}
    desired = replace(want.desired, permissions=permissions, remedies=remedies_apart_from_access(facts))
    return replace(want, desired=with_fresh_tokens(desired, facts, asking.now, mint))


def _refusal(asked: RepairRequest, made: Repair) -> str:
    """Return why a plan is not carried out although one was reviewed; an empty plan needs no review."""
    if asked.reviewed is None or not made.plan.writes or asked.reviewed.covers(made):
        return ""
    return (
        f"Nothing was written: the plan that was reviewed has the digest {asked.reviewed.digest}, and this one "
        "differs. Review this one and pass it."
    )


def _unread(report: OrganizationReport, made: Repair) -> list[str]:
    clauses = [
        f"{each.name}: {clause}"
        for each in report.repositories
        if not each.is_judged
        for clause in each.unchecked
    ]
    unlisted = dict.fromkeys(each.repository for each in made.withheld if each.is_unread)
    clauses += [f"{name}: its own secrets (crreg check --repository {name} says why)" for name in unlisted]
    # The first reason is then that the list ended early.
    return clauses if report.is_whole else [report.unchecked[0], *clauses]
