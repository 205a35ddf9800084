"""A secret is older than it should be."""

from collections.abc import Iterator

from crreg.facts.model import Facts, TripleFact
from crreg.facts.proof import State
from crreg.facts.questions import StoredPart, stored_parts
from crreg.facts.rotation_due import is_too_old, was_left_behind
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.remedies.commands import update_secret
from crreg.rules.rule import Rule
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per secret."""
    for triple in facts.triples:
        for part in stored_parts(triple):
            proof = triple.parts[part.part].proof
            # changed-since reports a change that receipts show, and says more about it.
            changed = proof is not None and proof.state is State.CHANGED
            newer = "" if changed else _older_than_actions(facts, part)
            reason = newer or _older_than_allowed(facts, triple, part)
            if reason:
                yield RULE.of_triple(
                    facts,
                    triple,
                    f"{part.name} {reason}.",
                    steps(
                        "Paste this, and enter the current value when prompted:",
                        update_secret(facts, part.name, part.holding),
                    ),
                    # What was tested is this run's copy, and the stored one may differ.
                    effect=Effect.UNPROVEN if newer else Effect.HYGIENE,
                    about=(part.name,),
                )


def _older_than_allowed(facts: Facts, triple: TripleFact, part: StoredPart) -> str:
    """Return why the password is too old; a server or a user name does not age."""
    max_age = triple.configured.max_age if triple.configured else None
    updated = part.holding.updated_at
    if part.part is not Part.PASSWORD or max_age is None or not is_too_old(updated, max_age, facts.now):
        return ""
    age = facts.now - updated
    return f"was last updated {age.days} days ago, but the configuration allows only {max_age.days}"


def _older_than_actions(facts: Facts, part: StoredPart) -> str:
    known = facts.inventory.actions_secrets if facts.inventory else None
    updated = dict(known or ()).get(part.name)
    if updated is None or not was_left_behind(part.holding.updated_at, updated):
        return ""
    return (
        f"was last updated on {part.holding.updated_at:%Y-%m-%d}, before the Actions secret of the same name "
        f"({updated:%Y-%m-%d}): the new value was probably never copied to Codespaces"
    )


RULE = Rule(
    "stale-secret",
    Severity.WARNING,
    Effect.UNPROVEN,
    "A secret is older than the configured age, or than the Actions secret of the same name.",
    "Update the secret with the current value.",
    check,
)
