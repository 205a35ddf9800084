"""What a check did not prove, and why: the sentences behind the status `unknown`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crreg.discovery.found import ProblemKind
from crreg.facts.image import ImageFact
from crreg.facts.model import Facts
from crreg.facts.questions import needed, secrets_unseen, unanswered, unshown_parts, untested
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location
from crreg.github.errors import Reason
from crreg.github.inventory import LevelStatus
from crreg.printable import plain, plural
from crreg.registry.outcome import PullOutcome
from crreg.registry.reference import ImageReference
from crreg.remedies.wording import grouped, listing, name_of
from crreg.rules import (
    empty_value,
    image_not_found,
    image_not_pullable,
    no_credentials,
    package_not_accessible,
    private_registry,
    registry_unreachable,
    uncovered_registry,
    unreadable_secrets,
    unresolved_image,
)

_MOST_NAMES = 5
_HIDDEN = "GitHub did not show the repository to this token"
_NOT_READ: dict[Reason | None, str] = {
    Reason.MALFORMED_TOKEN: "the token is malformed",
    Reason.BAD_TOKEN: "GitHub does not accept the token",
    Reason.SINGLE_SIGN_ON: "the token is not authorized for the organization's single sign-on",
    Reason.IP_ALLOW_LIST: "the organization's IP allow list does not admit this machine",
    Reason.RATE_LIMITED: "GitHub's rate limit is used up",
    Reason.UNREACHABLE: "GitHub could not be reached",
}
"""Why the repository could not be read, where the token's access is not the reason."""
OF_ONE_IMAGE = frozenset(
    {image_not_found.RULE.id, image_not_pullable.RULE.id, package_not_accessible.RULE.id}
)
"""Rules whose findings say nothing about other images in the registry."""
_SAID = frozenset(
    {
        empty_value.RULE.id,
        no_credentials.RULE.id,
        private_registry.RULE.id,
        registry_unreachable.RULE.id,
        uncovered_registry.RULE.id,
        unreadable_secrets.RULE.id,
        unresolved_image.RULE.id,
    }
)
"""Rules whose findings other clauses sum up."""
_REASONS = {
    PullOutcome.PUBLIC: "answered without a login, but a codespace would log in there first",
    PullOutcome.AVAILABLE: "asks for a login at {it} but not at /v2/, and docker's classic image store then sends none",
    PullOutcome.UNREACHABLE: "could not be reached",
    PullOutcome.TLS_ERROR: "has no certificate that this run trusts",
    PullOutcome.NOT_A_REGISTRY: "did not answer as a registry",
    PullOutcome.RATE_LIMITED: "limits the number of requests",
    PullOutcome.SERVER_ERROR: "answered with a server error",
    PullOutcome.INSECURE: "can't be asked safely from here",
    PullOutcome.DENIED: "did not let this run read {it}",
    PullOutcome.FORBIDDEN: "did not let this run read {it}",
    PullOutcome.NOT_FOUND: "did not let this run read {it}",
}


def unchecked(facts: Facts, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return what was not proven, one clause each, without a period; empty if everything was.

    Images that an error explains are left out: they were proven to fail.
    """
    findings = tuple(findings)
    explained = _explained(facts, findings)
    images = [image for image in unanswered(facts) if not explained.covers(image)]
    clauses = (
        *_files(facts),
        *_secrets(facts),
        *_readers(facts),
        *_untried(facts, images),
        *_unanswered(facts, images),
        *_unresolved(facts),
        *_private(findings),
        *_other(findings, without=_SAID),
    )
    return tuple(dict.fromkeys(clauses)) or tuple(_other(findings))


@dataclass(frozen=True, slots=True)
class _Explained:
    """What errors already explain: why a codespace fails."""

    triples: frozenset[str]
    references: frozenset[ImageReference | None]
    places: frozenset[Location]

    def covers(self, image: ImageFact) -> bool:
        """Whether an error explains what happens to the image."""
        return (
            image.location in self.places
            or (image.reference is not None and image.reference in self.references)
            or image.triple in self.triples
        )


def _explained(facts: Facts, findings: Iterable[Finding]) -> _Explained:
    errors = [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and finding.effect is Effect.STOPS
    ]
    places = frozenset(finding.location for finding in errors if finding.location is not None)
    return _Explained(
        frozenset(
            finding.triple
            for finding in errors
            if finding.triple is not None and finding.rule not in OF_ONE_IMAGE
        ),
        frozenset(image.reference for image in facts.images if image.location in places),
        places,
    )


def _files(facts: Facts) -> Iterator[str]:
    if facts.discovery.is_elsewhere and not facts.images:
        yield "the folder has no dev container and is not the top folder of a checkout"


def _secrets(facts: Facts) -> Iterator[str]:
    if not secrets_unseen(facts):
        return
    inventory = facts.inventory
    if inventory is None:
        yield "the Codespaces secrets were not listed: no GitHub token was given"
    elif inventory.repository is None:
        yield f"the Codespaces secrets were not listed: {_NOT_READ.get(inventory.reason, _HIDDEN)}"
    else:
        levels = [
            name_of(level.level)
            for level in inventory.levels
            if level.status in {LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE}
        ]
        yield f"the Codespaces secrets of the {listing(levels) if levels else 'repository'} could not be listed"


def _readers(facts: Facts) -> Iterator[str]:
    names = [part.name for triple in facts.triples if needed(facts, triple) for part in unshown_parts(triple)]
    if names:
        yield f"GitHub did not show which repositories may read {_some(names)}"


def _untried(facts: Facts, images: Iterable[ImageFact]) -> Iterator[str]:
    """Yield the logins, and the images behind them, for which this run has no values."""
    logins = [triple for triple in facts.triples if untested(triple) and needed(facts, triple)]
    names = [triple.identifier for triple in logins]
    known = frozenset(names)
    count = sum(image.triple in known or image.outcome is PullOutcome.SKIPPED for image in images)
    if not logins and not count:
        return
    tried = [plural(len(logins), "login")] if logins else []
    tried += [plural(count, "image")] if count else []
    verb = "was" if len(logins) + count == 1 else "were"
    why = f"this run lacks values for {_some(names)}" if names else "this run lacks values for them"
    yield f"{' and '.join(tried)} {verb} not tried: {facts.withheld.rstrip('.') or why}"


def _unanswered(facts: Facts, images: Iterable[ImageFact]) -> Iterator[str]:
    untried = {triple.identifier for triple in facts.triples if untested(triple) and needed(facts, triple)}
    rest = (
        image for image in images if image.triple not in untried and image.outcome is not PullOutcome.SKIPPED
    )
    groups = grouped(rest, lambda image: (image.reference and image.reference.registry, _reason(image)))
    for (registry, reason), alike in groups.items():
        verb, it = ("was", "it") if len(alike) == 1 else ("were", "them")
        where = f"{plain(registry)} {reason.format(it=it)}" if registry else reason
        yield f"{plural(len(alike), 'image')} {verb} not proven: {where}"


def _reason(image: ImageFact) -> str:
    if image.reference is None:
        return "the name is not valid"
    return _REASONS.get(image.outcome, "was not queried") if image.outcome is not None else "was not queried"


def _unresolved(facts: Facts) -> Iterator[str]:
    count = sum(problem.kind is ProblemKind.UNRESOLVED for problem in facts.discovery.problems)
    if count:
        yield f"{plural(count, 'place')} in the files could not be resolved to an image"


def _private(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.rule == private_registry.RULE.id and finding.effect is Effect.UNPROVEN:
            yield f"{plain(finding.registry or '')} has an address that codespaces usually can't reach"


def _other(findings: Iterable[Finding], *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the rules that leave something unproven."""
    unproven = (finding.rule for finding in findings if finding.effect is Effect.UNPROVEN)
    rules = [rule for rule in unproven if rule not in without]
    for rule in dict.fromkeys(rules):
        yield f"see {rule} ({plural(rules.count(rule), 'finding')})"


def _some(names: list[str]) -> str:
    shown = [plain(name) for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return listing([*shown, f"{more} more"] if more else shown)
