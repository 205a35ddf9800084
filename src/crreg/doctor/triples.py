"""Problems with a codespace's triples that the rules don't see: pure functions."""

from collections.abc import Iterator

from crreg.doctor.advice import add, from_a_branch, restart
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Fix
from crreg.facts.image import Coverage
from crreg.facts.model import Facts, Holding, MisnamedSecret, TripleFact, by_key
from crreg.facts.questions import DENIALS, absence_known, needed, secret_name
from crreg.findings.finding import Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level
from crreg.printable import quoted, sentence
from crreg.registry.outcome import UNANSWERED_LOGINS, LoginOutcome
from crreg.remedies.wording import listing, needed_by, place_of
from crreg.rules import misnamed_secret
from crreg.triple import Part, SecretName, parse_name


def outdated(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield the triples that do not work here and have a secret that was stored after this codespace started."""
    for triple in facts.triples:
        newer = _newer(triple, codespace)
        if codespace is None or codespace.started_at is None or not newer or not _fails(triple):
            continue
        necessary = needed(facts, triple)
        if not necessary and not at_hand(triple):
            continue
        if any(part not in newer for part in absent_here(triple)):
            # A restart can't bring a part that is not stored, so that part is reported first.
            continue
        names = tuple(secret_name(triple, part) for part in newer)
        latest = max(holding.updated_at for holding in newer.values())
        verb, values = ("was", "its old value") if len(names) == 1 else ("were", "their old values")
        yield Diagnosis(
            Severity.ERROR if necessary or not facts.images else Severity.WARNING,
            Fix.RESTART,
            f"{listing(names)} {verb} stored at {latest:%Y-%m-%d %H:%M} UTC, after this codespace started "
            f"({codespace.started_at:%Y-%m-%d %H:%M} UTC), so the codespace has {values}, or none."
            + _how_login_ended(triple)
            + needed_by(facts, triple.server),
            steps(
                restart(facts, codespace, alone=True),
                *(from_a_branch(codespace) if not at_hand(triple) else ()),
            ),
            secrets=names,
            level=next(iter(newer.values())).level,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def incomplete(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield the triples with a part that is not in the environment, if the secrets could not be listed."""
    if absence_known(facts):
        return
    elsewhere = misnamed_parts(facts)
    for triple in facts.triples:
        absent = [
            part for part in absent_here(triple) if SecretName(triple.identifier, part) not in elsewhere
        ]
        if not absent or not (at_hand(triple) or needed(facts, triple)):
            continue
        names = tuple(secret_name(triple, part) for part in absent)
        necessary = needed(facts, triple)
        level = level_of_others(triple)
        yield Diagnosis(
            Severity.ERROR if necessary and sees_secrets(codespace) else Severity.WARNING,
            Fix.SET,
            _why_incomplete(triple, names, codespace)
            + (needed_by(facts, triple.server) if necessary else " No image found here needs it."),
            steps(
                *add(facts, names, level),
                restart(facts, codespace),
                *_perhaps_older(names, codespace),
            ),
            secrets=names,
            level=level,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def unseen(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield the triples that are stored for this repository, but not in the environment."""
    if not absence_known(facts):
        return
    for triple in facts.triples:
        absent = {part: triple.parts[part].effective for part in absent_here(triple)}
        held = [holding for holding in absent.values() if holding is not None and holding.assigned]
        if not held or len(held) < len(absent) or not needed(facts, triple):
            continue
        names = tuple(secret_name(triple, part) for part in absent)
        verb = "is" if len(names) == 1 else "are"
        where = "this codespace" if codespace is not None else "here"
        yield Diagnosis(
            Severity.ERROR if sees_secrets(codespace) else Severity.WARNING,
            Fix.RESTART if codespace is not None else Fix.RETRY,
            f"{listing(names)} {verb} stored for this repository, but not in the environment "
            f"{'of ' if codespace is not None else ''}{where}, so no login was tried."
            + needed_by(facts, triple.server),
            steps(restart(facts, codespace, alone=True), *from_a_branch(codespace))
            if codespace is not None
            else steps("Run crreg doctor in a codespace, or set the values here."),
            secrets=names,
            level=held[0].level,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def explains_uncovered(facts: Facts) -> bool:
    """Whether the only registry that no triple covers may belong to the only triple that lacks its SERVER."""
    nameless = {
        triple.identifier
        for triple in facts.triples
        if (at_hand(triple) or triple.stored)
        and triple.server is None
        and not triple.parts[Part.SERVER].at_hand
    } | {name.identifier for name in misnamed_parts(facts) if name.part is Part.SERVER}
    registries = {
        image.reference.registry
        for image in facts.images
        if image.reference is not None and image.coverage is not Coverage.COVERED and image.outcome in DENIALS
    }
    return len(nameless) == len(registries) == 1


def absent_here(triple: TripleFact) -> tuple[Part, ...]:
    """Return the parts that have no value here."""
    return tuple(part for part in Part if not triple.parts[part].at_hand)


def at_hand(triple: TripleFact) -> bool:
    """Whether any part has a value here."""
    return any(fact.at_hand for fact in triple.parts.values())


def sees_secrets(codespace: Codespace | None) -> bool:
    """Whether this codespace lacks every secret that is not in the environment."""
    return codespace is not None and codespace.has_token


def _newer(triple: TripleFact, codespace: Codespace | None) -> dict[Part, Holding]:
    if codespace is None or codespace.started_at is None:
        return {}
    return {
        part: holding
        for part in Part
        if (holding := triple.parts[part].effective) is not None
        and holding.assigned
        and holding.updated_at > codespace.started_at
    }


def _fails(triple: TripleFact) -> bool:
    """Whether the triple does not work here, for another reason than a registry that does not answer."""
    if triple.login is not None and triple.login.untested:
        return False
    outcome = triple.login.outcome if triple.login is not None else LoginOutcome.SKIPPED
    return outcome not in UNANSWERED_LOGINS | {LoginOutcome.SUCCEEDED}


def _how_login_ended(triple: TripleFact) -> str:
    login = triple.login
    if login is None or login.outcome is LoginOutcome.SKIPPED:
        return ""
    return f" The login with {triple.identifier} fails: {sentence(login.detail)}"


def _why_incomplete(triple: TripleFact, names: tuple[str, ...], codespace: Codespace | None) -> str:
    named = listing(names)
    if not sees_secrets(codespace):
        return f"{named} {'is' if len(names) == 1 else 'are'} not in this environment, so no login was tried."
    noun, verb = ("it", "is") if len(names) == 1 else ("they", "are")
    return (
        f"This codespace has no {named}. Without all three, a codespace does not log in with {triple.identifier}. "
        f"Either {noun} {verb} not stored, or not assigned to this repository, or this codespace is for a pull request "
        "from a fork: GitHub gives such a codespace no secrets."
    )


def _perhaps_older(names: tuple[str, ...], codespace: Codespace | None) -> tuple[str, ...]:
    if codespace is None:
        return ()
    stored = "it was" if len(names) == 1 else "they were"
    return (f"If {stored} stored after this codespace started, stopping and starting it is enough.",)


def level_of_others(triple: TripleFact) -> Level | None:
    """Return the level of the first part that is stored; None if none is."""
    held = (fact.effective for fact in triple.parts.values())
    return next((holding.level for holding in held if holding is not None), None)


def misnamed(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield one diagnosis per triple, with all its misnamed parts."""
    for identifier, secrets in _by_triple(facts).items():
        triple = facts.triple(identifier)
        necessary = needed(facts, triple or TripleFact(identifier, {}))
        wrong = listing(quoted(secret.name) for secret, _ in secrets)
        right = [str(name) for _, name in secrets]
        level = secrets[0][0].level
        one = len(secrets) == 1
        yield Diagnosis(
            Severity.ERROR if necessary and codespace is not None else Severity.WARNING,
            Fix.SET,
            f"Codespaces ignores {wrong}: the {'name' if one else 'names'} must be {listing(right)}."
            + (needed_by(facts, triple.server) if triple is not None else ""),
            steps(
                f"GitHub can't rename a secret. Create {'a new one' if one else 'new ones'} with the same "
                f"{'value' if one else 'values'}.",
                *add(facts, right, level),
                f"Delete {wrong} there.",
                restart(facts, codespace),
            ),
            secrets=tuple(right),
            level=level,
            rule=misnamed_secret.RULE.id,
            triple=identifier,
            registry=triple.server if triple is not None else None,
            location=place_of(facts, triple) if triple is not None else None,
        )


def misnamed_parts(facts: Facts) -> frozenset[SecretName]:
    """Return the right names of the parts that are here, or stored, only under wrong names."""
    return frozenset(name for secrets in _by_triple(facts).values() for _, name in secrets)


def _by_triple(facts: Facts) -> dict[str, tuple[tuple[MisnamedSecret, SecretName], ...]]:
    return by_key(
        (name.identifier, (secret, name))
        for secret in facts.misnamed
        if (name := parse_name(secret.meant)) is not None
        and not _there(facts.triple(name.identifier), name.part)
    )


def _there(triple: TripleFact | None, part: Part) -> bool:
    """Whether the part is here, or stored, under its right name."""
    return triple is not None and (triple.parts[part].at_hand or bool(triple.parts[part].holdings))
