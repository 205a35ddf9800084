"""The secrets whose name is nearly, but not exactly, the one that a codespace looks for: pure functions."""

from collections.abc import Iterator

from crreg.doctor.advice import add, restart
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Action, Diagnosis
from crreg.facts.model import Facts, MisnamedSecret, TripleFact
from crreg.facts.questions import needed
from crreg.findings.finding import Severity
from crreg.findings.remedy import steps
from crreg.remedies.wording import listing, needed_by, place_of
from crreg.rules import misnamed_secret
from crreg.text import quoted
from crreg.triple import Part, SecretName, parse_name


def misnamed(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """One diagnosis a triple, with all its misnamed parts."""
    for identifier, secrets in _by_triple(facts).items():
        triple = facts.triple(identifier)
        necessary = needed(facts, triple or TripleFact(identifier, {}))
        wrong = listing(quoted(secret.name) for secret, _ in secrets)
        right = [str(name) for _, name in secrets]
        level = secrets[0][0].level
        one = len(secrets) == 1
        yield Diagnosis(
            Severity.ERROR if necessary and codespace is not None else Severity.WARNING,
            Action.SET,
            f"{wrong} {'is' if one else 'are'} not what a codespace looks for: the {'name' if one else 'names'} must "
            f"be {listing(right)}." + (needed_by(facts, triple.server) if triple is not None else ""),
            steps(
                f"GitHub can't rename a secret, so it takes {'a new one' if one else 'new ones'}, with the same "
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
    """The right names of what is here, or stored, under wrong ones alone."""
    return frozenset(name for secrets in _by_triple(facts).values() for _, name in secrets)


def _by_triple(facts: Facts) -> dict[str, list[tuple[MisnamedSecret, SecretName]]]:
    found: dict[str, list[tuple[MisnamedSecret, SecretName]]] = {}
    for secret in facts.misnamed:
        name = parse_name(secret.meant)
        if name is None or _there(facts.triple(name.identifier), name.part):
            continue
        found.setdefault(name.identifier, []).append((secret, name))
    return found


def _there(triple: TripleFact | None, part: Part) -> bool:
    """Whether the part is here, or stored, under its right name."""
    return triple is not None and (triple.parts[part].at_hand or bool(triple.parts[part].holdings))
