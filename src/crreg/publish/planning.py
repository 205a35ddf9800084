"""Decide what to do about each image, from the registries' answers alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crreg.findings.finding import Finding, errors_of
from crreg.publish.ask import Asked
from crreg.publish.published import Outcome, Published
from crreg.publish.target import foreign_owner


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """The targets of a run and what the answers say about them."""

    asked: tuple[Asked, ...]
    """One for each publication, in their order."""
    findings: tuple[Finding, ...]
    dry_run: bool

    @property
    def refused(self) -> bool:
        """Whether an error keeps everything from being published."""
        return bool(errors_of(self.findings))

    @property
    def todo(self) -> tuple[Asked, ...]:
        """The targets to publish now: none if one of them is refused, or if this is a dry run."""
        return () if self.refused or self.dry_run else tuple(filter(_is_due, self.asked))

    def ends(self, done: Sequence[Published | None], *, failed: bool) -> tuple[Published, ...]:
        """Return how each target ended, in the order of `asked`.

        Args:
            done: how those of `todo` ended, in its order; None for one that was not started.
            failed: whether one of them failed, so that those that were not started are held back.
        """
        ends = iter(done)
        held = self.refused or failed
        started = bool(self.todo)
        return tuple(
            (next(ends) if started and _is_due(asked) else None) or _not_done(asked, held=held)
            for asked in self.asked
        )


def plan(asked: Iterable[Asked], *, dry_run: bool) -> PublishPlan:
    """Make the plan. It warns of another owner only for targets that could be reached."""
    asked = tuple(asked)
    found = [finding for each in asked for finding in each.findings]
    found += filter(None, (foreign_owner(each.target) for each in asked if each.remote))
    return PublishPlan(asked, tuple(found), dry_run)


def ignored_refusals(findings: Iterable[Finding], ignore: frozenset[str]) -> tuple[str, ...]:
    """Return a sentence for each ignored rule whose error keeps an image from being published."""
    rules = dict.fromkeys(finding.rule for finding in errors_of(findings))
    return tuple(
        f"An image is not published because of {rule}, which the configuration ignores."
        for rule in rules
        if rule in ignore
    )


def _is_due(asked: Asked) -> bool:
    return not asked.unchanged and not asked.findings


def _not_done(asked: Asked, *, held: bool) -> Published:
    """Return the result of a target that nothing was done for."""
    if asked.findings:
        outcome = Outcome.FAILED
    elif asked.unchanged:
        outcome = Outcome.UNCHANGED
    else:
        outcome = Outcome.SKIPPED if held else Outcome.PLANNED
    return Published(asked.target.publication, outcome, asked.digest, asked.previous)
