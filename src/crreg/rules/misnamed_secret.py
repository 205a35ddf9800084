"""A secret has nearly the name that a codespace looks for."""

from collections.abc import Iterator

from crreg.facts.model import Facts, Holding, MisnamedSecret, TripleFact
from crreg.facts.questions import absence_known, needed
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level
from crreg.printable import quoted
from crreg.remedies.commands import delete_secret, set_secret_like
from crreg.remedies.wording import needed_by, place_of
from crreg.rules.rule import Rule
from crreg.triple import SecretName, parse_name


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per secret, if none with the right name exists."""
    unfit = frozenset(stored_misnamed(facts))
    for secret in facts.misnamed:
        meant = parse_name(secret.meant)
        if meant is None:
            continue
        triple = facts.triple(meant.identifier)
        if secret in unfit:
            yield _finding(facts, secret, meant, triple)


def stored_misnamed(facts: Facts) -> tuple[MisnamedSecret, ...]:
    """Return the stored secrets whose right name exists at no level; empty if that is not known."""
    return tuple(
        secret
        for secret in facts.misnamed
        if secret.level is not None
        and absence_known(facts)
        and (meant := parse_name(secret.meant)) is not None
        and not _stored(facts.triple(meant.identifier), meant)
    )


def _stored(triple: TripleFact | None, meant: SecretName) -> bool:
    return triple is not None and bool(triple.parts[meant.part].holdings)


def _finding(facts: Facts, secret: MisnamedSecret, meant: SecretName, triple: TripleFact | None) -> Finding:
    level = secret.level or Level.REPOSITORY
    necessary = needed(facts, triple or TripleFact(meant.identifier, {}))
    return RULE.finding(
        f"Codespaces ignores the secret {quoted(secret.name)}: its name must be {secret.meant}."
        + (needed_by(facts, triple.server) if triple else ""),
        steps(
            "GitHub can't rename a secret: set it under the right name (enter the value when prompted), "
            "then delete the other.",
            set_secret_like(facts, secret.meant, secret.name, _holding(facts, secret, level)),
            delete_secret(facts, secret.name, level),
        ),
        effect=None if necessary else Effect.HYGIENE,
        triple=meant.identifier,
        registry=triple.server if triple else None,
        location=place_of(facts, triple) if triple else None,
        about=(secret.name,),
    )


def _holding(facts: Facts, secret: MisnamedSecret, level: Level) -> Holding:
    """Return who may read the misnamed secret; the right one is for the same repositories."""
    levels = facts.inventory.levels if facts.inventory else ()
    listed = (each for known in levels if known.level is level for each in known.secrets)
    found = next((each for each in listed if each.name == secret.name), None)
    if found is None:
        return Holding(level, assigned=False, updated_at=facts.now)
    return Holding(level, found.assigned is True, found.updated_at, found.visibility)


RULE = Rule(
    "misnamed-secret",
    Severity.ERROR,
    Effect.STOPS,
    "A secret's name is nearly, but not exactly, the one that a codespace looks for.",
    "Set the secret under the right name and delete the other.",
    check,
)
