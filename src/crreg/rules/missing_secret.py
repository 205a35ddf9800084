"""A triple lacks one of its three secrets."""

from collections.abc import Iterator

from crreg.facts import Facts, TripleFact
from crreg.findings import Effect, Finding, Severity
from crreg.github.inventory import Level
from crreg.plain import quoted
from crreg.rules.place import listing, needed_by, place_of
from crreg.rules.remedies import set_secret, settings_page, steps
from crreg.rules.rule import Rule
from crreg.rules.standing import missing_parts, needed, secret_name, stored_parts
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple, with all parts that it lacks."""
    for triple in facts.triples:
        parts = missing_parts(facts, triple)
        necessary = needed(facts, triple)
        if parts and (necessary or triple.stored):
            yield RULE.finding(
                _message(facts, triple, parts, necessary=necessary),
                _remedy(facts, triple, parts),
                severity=None if necessary else Severity.WARNING,
                effect=None if necessary else Effect.HYGIENE,
                triple=triple.identifier,
                registry=triple.server,
                location=place_of(facts, triple),
            )


def _message(facts: Facts, triple: TripleFact, parts: tuple[Part, ...], *, necessary: bool) -> str:
    names = listing(secret_name(triple, part) for part in parts)
    if triple.stored:
        noun, verb = ("secret", "is") if len(parts) == 1 else ("secrets", "are")
        named = triple.server is not None and not facts.images_of(triple.server)
        registry = f" to {quoted(triple.server or '')}" if named else ""
        what = f"The Codespaces {noun} {names} {verb} missing, and without all three no codespace logs in{registry}."
    elif any(triple.parts[part].at_hand for part in parts):
        what = f"The values of {names} are in the environment, but Codespaces has no such secret."
    else:
        what = f"The configuration asks for {triple.identifier}, but Codespaces has no secret {names}."
    return what + (needed_by(facts, triple.server) if necessary else " No image found here needs it.")


def _remedy(facts: Facts, triple: TripleFact, parts: tuple[Part, ...]) -> str:
    stored = stored_parts(triple)
    wanted = triple.configured.level if triple.configured else None
    level = stored[0].holding.level if stored else wanted or Level.REPOSITORY
    return steps(
        "Paste this, and give the value when asked:",
        *(set_secret(facts, secret_name(triple, part), level) for part in parts),
        f"or click New secret in {settings_page(facts, level)}",
    )


RULE = Rule(
    "missing-secret",
    Severity.ERROR,
    Effect.STOPS,
    "A triple lacks one of its three Codespaces secrets.",
    "Set the missing secret: gh secret set NAME --app codespaces --repo OWNER/REPOSITORY",
    check,
)
