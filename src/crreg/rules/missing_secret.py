"""A triple lacks one of its three secrets."""

from collections.abc import Iterable, Iterator

from crreg.facts.model import Facts, TripleFact, by_key
from crreg.facts.questions import StoredPart, complete, missing_parts, needed, secret_name, stored_parts
from crreg.findings.documentation import example
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Link, Remedy, Snippet, command, steps
from crreg.github.levels import Level
from crreg.printable import quoted, sentence
from crreg.registry.outcome import LoginOutcome
from crreg.remedies.commands import environment, set_secret, set_secret_like, settings_page
from crreg.remedies.wording import listing, needed_by
from crreg.rules.rule import Rule
from crreg.triple import Part

_WRITTEN = frozenset({LoginOutcome.SUCCEEDED, LoginOutcome.SKIPPED})
"""After these login outcomes, ensure writes the values; after any other it refuses to."""
_REFUSED = frozenset({LoginOutcome.DENIED, LoginOutcome.FORBIDDEN, LoginOutcome.INVALID})
"""Outcomes that prove that the values are wrong."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, with all parts that it lacks."""
    for triple in facts.triples:
        parts = missing_parts(facts, triple)
        necessary = needed(facts, triple)
        if not parts or not (necessary or triple.stored):
            continue
        other = _stored_as(facts, triple)
        message, remedy = (
            (_message(facts, triple, parts, necessary=necessary), _remedy(facts, triple, parts))
            if other is None
            else (_renamed(facts, triple, other), _rename(triple, other))
        )
        # The other triple is probably for the same registry, but that is not certain.
        sure = other is None or other.server is not None
        yield RULE.of_triple(
            facts,
            triple,
            message,
            remedy,
            effect=Effect.HYGIENE if not necessary else None if sure else Effect.UNPROVEN,
            about=tuple(secret_name(triple, part) for part in parts),
        )


def _stored_as(facts: Facts, triple: TripleFact) -> TripleFact | None:
    """Return the stored triple that probably has the values that the environment has under this identifier.

    It is complete, for the same or an unknown registry, and the environment has no values for it. None unless there
    is exactly one.
    """
    if triple.stored or not all(part.at_hand for part in triple.parts.values()):
        return None
    unused = facts.derived(_unused)
    same = unused.get(triple.server, ()) if triple.server is not None else ()
    found = same or unused.get(None, ())
    return found[0] if len(found) == 1 else None


def _unused(facts: Facts) -> dict[str | None, tuple[TripleFact, ...]]:
    """Return the complete triples that the environment has no values for, by their registry."""
    return by_key(
        (other.server, other)
        for other in facts.triples
        if complete(other) and not any(part.at_hand for part in other.parts.values())
    )


def _renamed(facts: Facts, triple: TripleFact, other: TripleFact) -> str:
    known = (
        f"secrets for {quoted(other.server)} under {other.identifier}"
        if other.server is not None
        else f"secrets under {other.identifier}, whose registry is not known here"
    )
    return (
        f"The environment has values under {triple.identifier}, but Codespaces has {known}. crreg can't compare the "
        "two, and ensure would store a second set." + needed_by(facts, triple.server)
    )


def _rename(triple: TripleFact, other: TripleFact) -> Remedy:
    """Return the steps to pass the values under the names that Codespaces has."""
    same = "" if other.server is not None else f"If {other.identifier} is for this registry, u"
    return steps(
        f"{same or 'U'}se one identifier: pass the values under the names that Codespaces has, for example in the "
        "step's env:",
        *(environment(secret_name(other, part), source=secret_name(triple, part)) for part in Part),
    )


def _message(facts: Facts, triple: TripleFact, parts: tuple[Part, ...], *, necessary: bool) -> str:
    names = listing(secret_name(triple, part) for part in parts)
    noun, verb = ("secret", "is") if len(parts) == 1 else ("secrets", "are")
    missing = f"Codespaces {noun} {names} {verb} missing"
    if triple.stored:
        named = triple.server is not None and not facts.images_of(triple.server)
        registry = f" to {quoted(triple.server or '')}" if named else ""
        what = f"The {missing}. Without all three, codespaces can't log in{registry}."
    elif any(triple.parts[part].at_hand for part in parts):
        what = f"The environment has values for {triple.identifier}, but the {missing}."
    else:
        what = f"The configuration asks for {triple.identifier}, but the {missing}."
    return f"{what}{_refused(triple)}" + (
        needed_by(facts, triple.server) if necessary else " No image found here needs it."
    )


def _refused(triple: TripleFact) -> str:
    """Say that the given values don't work, so that nobody stores them. login-failed only reports complete triples."""
    login = triple.login
    if login is None or login.outcome not in _REFUSED:
        return ""
    return f" The values given here don't work either: {sentence(login.detail)}"


def _remedy(facts: Facts, triple: TripleFact, parts: tuple[Part, ...]) -> Remedy:
    stored = stored_parts(triple)
    wanted = triple.configured.level if triple.configured else None
    sibling = _sibling(stored)
    level = sibling.holding.level if sibling else wanted or Level.REPOSITORY
    names = [secret_name(triple, part) for part in parts]
    by_itself = _by_ensure(facts, triple, parts)
    values = "a value that works" if _refused(triple) else "the value" if len(parts) == 1 else "each value"
    return steps(
        *by_itself,
        f"{'Or paste' if by_itself else 'Paste'} this, and enter {values} when prompted:",
        *(
            set_secret_like(facts, name, sibling.name, sibling.holding)
            if sibling
            else set_secret(facts, name, level)
            for name in names
        ),
        settings_page(facts, level, "Or click New secret here"),
    )


def _sibling(stored: Iterable[StoredPart]) -> StoredPart | None:
    """Return the stored part to keep the missing ones with: one that everybody's codespaces get, if there is one.

    None for a part of the organization that only private repositories may read, and this one is public.
    """
    fit = (each for each in stored if each.holding.assigned or each.holding.visibility != "private")
    return min(
        fit, key=lambda each: (each.holding.level is Level.USER, not each.holding.assigned), default=None
    )


def _by_ensure(facts: Facts, triple: TripleFact, parts: tuple[Part, ...]) -> Remedy:
    """Return the steps to let ensure write the given values; empty if it would refuse."""
    written = not facts.settings.registries or triple.configured is not None
    refused = triple.login is not None and triple.login.outcome not in _WRITTEN
    if not written or refused or not all(triple.parts[part].at_hand for part in parts):
        return ()
    if facts.in_workflow and facts.may_write:
        return steps("Let crreg write this step's values. Add this to its `with`:", Snippet("mode: ensure"))
    repository = ("--repository", facts.repository) if facts.repository else ()
    by_hand = command("crreg", "ensure", *repository)
    if not facts.in_workflow:
        return steps("Let crreg write the values from the environment:", by_hand)
    return steps(
        Link("Let crreg write the values in a separate workflow, like this one", example("ensure.yml")),
        "Or run this in a terminal that has the values in its environment:",
        by_hand,
    )


RULE = Rule(
    "missing-secret",
    Severity.ERROR,
    Effect.STOPS,
    "A triple lacks one of its three Codespaces secrets.",
    "Set the missing secret: gh secret set NAME --app codespaces --repo OWNER/REPOSITORY",
    check,
)
