"""The verdict of a report: the status, and the sentence that begins with it."""

from collections.abc import Iterable

from crreg.check.report import Report
from crreg.check.unchecked import OF_ONE_IMAGE
from crreg.ensure.change import Action, Change, ChangeOutcome, Ensured
from crreg.exits.status import Status
from crreg.facts.image import ImageFact
from crreg.facts.package_access import can_be_pulled
from crreg.findings.finding import Finding
from crreg.findings.location import Location
from crreg.printable import plural
from crreg.publish.published import Linked, Outcome, Published, Publishing, Sent
from crreg.report.tables import Mark

_MOST_CLAUSES = 4


def verdict(report: Report) -> str:
    """The sentence that ends a report."""
    counts = counted(report)
    images = report.facts.images
    shown = f" ({counts})" if report.findings else ""
    if report.status is Status.UNHEALTHY:
        return f"Unhealthy{shown}: {_consequence(report)}{_not_proven(report)}"
    if report.status is Status.UNKNOWN:
        return f"Unknown{shown}: {'; '.join(report.unchecked[:_MOST_CLAUSES])}.{_more(report)}"
    if not report.facts.discovery.configurations and not images:
        return f"Healthy{shown}: no dev container was found, so codespaces use GitHub's default image."
    found = sum(can_be_pulled(report.facts, image) for image in images)
    return f"Healthy{shown}: {found} of {plural(len(images), 'image')} can be pulled."


def _not_proven(report: Report) -> str:
    if not report.unchecked:
        return ""
    return f" Not proven: {'; '.join(report.unchecked[:_MOST_CLAUSES])}.{_more(report)}"


def _more(report: Report) -> str:
    rest = len(report.unchecked) - _MOST_CLAUSES
    return f" {plural(rest, 'more reason')} in the JSON report." if rest > 0 else ""


def counted(report: Report) -> str:
    """Count the findings: `3 errors, 1 warning`, or `nothing wrong`."""
    return in_words(len(report.errors), len(report.warnings))


def in_words(errors: int, warnings: int) -> str:
    """Say how many errors and warnings there are: `3 errors, 1 warning`, or `nothing wrong`."""
    counts = [plural(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count]
    return ", ".join(counts) or "nothing wrong"


def judged_images(report: Report) -> tuple[tuple[ImageFact, Finding | None], ...]:
    """Pair each image with the first error about it, at its location or about its whole registry; None if none is."""
    at_place: dict[Location, Finding] = {}
    on_registry: dict[str, Finding] = {}
    for finding in report.errors:
        if finding.location is not None:
            at_place.setdefault(finding.location, finding)
        if finding.registry is not None and finding.rule not in OF_ONE_IMAGE:
            on_registry.setdefault(finding.registry, finding)
    return tuple(
        (
            image,
            at_place.get(image.location)
            or (on_registry.get(image.reference.registry) if image.reference else None),
        )
        for image in report.facts.images
    )


def _consequence(report: Report) -> str:
    all_images = len(report.facts.images)
    blocked = sum(error is not None for _, error in judged_images(report))
    if not blocked:
        return "codespaces of this repository would not start as configured."
    return f"{blocked} of {plural(all_images, 'image')} would keep a codespace from starting."


_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.ASSIGN: ">", Action.UNCHANGED: "="}
_TO_DO = {Action.CREATE: "to create", Action.UPDATE: "to update", Action.ASSIGN: "to assign"}
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.ASSIGN: "assigned"}


def signed(change: Change) -> str:
    """A table's cell: what is done, with a sign."""
    return f"{_SIGNS[change.action]} {change.action}"


def store_of(change: Change) -> str:
    """A table's cell: where a secret is stored, and its visibility if it has one."""
    return f"{change.store} ({change.visibility})" if change.visibility else change.store


def plan_verdict(ensured: Ensured) -> str:
    """The sentence that ends a report; it starts with the status."""
    return f"{ensured.status.capitalize()}: {plan_counts(ensured)}"


def plan_counts(ensured: Ensured) -> str:
    """Count what was planned and done, in a sentence to follow a status."""
    results = list(zip(ensured.plan.changes, ensured.results, strict=True))
    unchanged = [change for change, _ in results if not change.writes]
    findings = [plural(len(ensured.errors), "error")] if ensured.errors else []
    findings += [plural(len(ensured.warnings), "warning")] if ensured.warnings else []
    findings += [f"{plural(len(ensured.plan.ignored), 'error')} left out"] if ensured.plan.ignored else []
    same = [f"{len(unchanged)} already set"] if unchanged else []
    if ensured.dry_run and ensured.plan.writes:
        counts = [*_counts(ensured.plan.writes, _TO_DO), *same, *findings]
        return f"{', '.join(counts)}. This run only planned, so nothing was written."
    if not ensured.plan.writes:
        return f"nothing was written; {', '.join([*same, *findings]) or 'no triple was found'}."
    done = [change for change, result in results if result.outcome is ChangeOutcome.DONE]
    counts = [*_counts(done, _DONE), *same, *findings]
    of_all = f"of {plural(len(ensured.plan.writes), 'change')}"
    open_ends = [f"{len(ensured.failures)} {of_all} failed"] if ensured.failures else []
    open_ends += [f"{len(ensured.left)} {of_all} left for another run"] if ensured.left else []
    return f"{'; '.join([*open_ends, ', '.join(counts) or 'nothing was written'])}."


def why_left(ensured: Ensured) -> str:
    """Say why changes are left for another run, and what to do; empty if none is."""
    if not ensured.left:
        return ""
    return f"{ensured.left[0][1].detail} Run it again to complete what is left."


def _counts(changes: Iterable[Change], words: dict[Action, str]) -> list[str]:
    actions = [change.action for change in changes]
    return [f"{actions.count(action)} {word}" for action, word in words.items() if action in actions]


_MARKS = {
    Outcome.UNCHANGED: Mark.GOOD,
    Outcome.PUBLISHED: Mark.GOOD,
    Outcome.PLANNED: Mark.UNSURE,
    Outcome.SKIPPED: Mark.UNSURE,
    Outcome.FAILED: Mark.BAD,
}
_WORDS = {
    Outcome.UNCHANGED: "unchanged",
    Outcome.PUBLISHED: "published",
    Outcome.PLANNED: "may be published",
    Outcome.SKIPPED: "not begun",
    Outcome.FAILED: "failed",
}
_COUNTED = {
    Outcome.PUBLISHED: "published",
    Outcome.UNCHANGED: "unchanged",
    Outcome.PLANNED: "to publish",
    Outcome.SKIPPED: "not begun",
    Outcome.FAILED: "failed",
}
_KILO = 1000


def publish_verdict(publishing: Publishing) -> str:
    """The sentence that ends a report; it starts with the status."""
    outcomes = [result.outcome for result in publishing.results]
    counts = [
        f"{outcomes.count(outcome)} {word}" for outcome, word in _COUNTED.items() if outcome in outcomes
    ]
    counts += [plural(len(publishing.errors), "error")] if publishing.errors else []
    counts += [plural(len(publishing.warnings), "warning")] if publishing.warnings else []
    status = publishing.status.capitalize()
    said = f"{status}: {plural(len(outcomes), 'image')}, {', '.join(counts)}."
    if publishing.dry_run:
        return f"{said} This run only checked, so nothing was published."
    sent = [result.sent for result in publishing.results if result.sent is not None]
    return f"{said} {_traffic(sent)}" if any(one.bytes or one.there or one.mounted for one in sent) else said


def end_of(result: Published) -> tuple[Mark, str]:
    """A table's cell: how a target ended."""
    return _MARKS[result.outcome], _WORDS[result.outcome]


def tags_of(result: Published) -> str:
    """A table's cell: the tags, and of those that pointed elsewhere, where."""
    return ", ".join(
        f"{tag} (was {short(before)})"
        if (before := result.previous.get(tag)) not in {None, result.digest}
        else tag
        for tag in result.publication.tags
    )


def access_of(result: Published) -> str:
    """A table's cell: what the package and the image say of the repository."""
    linked = {Linked.YES: "linked", Linked.NO: "not linked", Linked.UNKNOWN: ""}[result.linked]
    return ", ".join(filter(None, (result.visibility, linked)))


def short(digest: str | None) -> str:
    """A digest as people tell it from others: algorithm and twelve digits."""
    algorithm, _, digits = (digest or "").partition(":")
    return f"{algorithm}:{digits[:12]}" if digits else ""


def size(count: int) -> str:
    """A number of bytes for a person, in powers of a thousand."""
    amount, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= _KILO and len(units) > 1:
        amount, units = amount / _KILO, units[1:]
    return f"{count} bytes" if units[0] == "bytes" else f"{amount:.3g} {units[0]}"


def _traffic(sent: list[Sent]) -> str:
    blobs = sum(one.blobs for one in sent)
    spared = sum(one.there for one in sent)
    mounted = sum(one.mounted for one in sent)
    parts = [f"{plural(blobs, 'blob')} sent ({size(sum(one.bytes for one in sent))})"]
    parts += [f"{spared} there already"] if spared else []
    parts += [f"{mounted} mounted"] if mounted else []
    return f"{', '.join(parts)}."
