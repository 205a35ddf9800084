"""The password is a token that expires within hours."""

from collections.abc import Iterator

from crreg.configuration.settings import Rotation
from crreg.facts.model import Facts, TripleFact
from crreg.facts.questions import secret_name
from crreg.facts.rotation_due import accepted, short_lived
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.registry.login.password import PasswordKind
from crreg.remedies.commands import configuration
from crreg.remedies.renewal import new_credential
from crreg.remedies.wording import needed_by
from crreg.rules.rule import Rule
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, unless the registry refused the token already."""
    for triple in facts.triples:
        if short_lived(facts, triple) and accepted(triple):
            yield RULE.of_triple(
                facts,
                triple,
                _message(triple) + needed_by(facts, triple.server),
                _remedy(facts, triple),
                about=(secret_name(triple, Part.PASSWORD),),
            )


def _message(triple: TripleFact) -> str:
    name = secret_name(triple, Part.PASSWORD)
    if triple.password_kind is PasswordKind.ECR_TOKEN:
        return f"{name} is an ECR token, which expires 12 hours after it was created."
    return f"{name} is a signed token (JWT), such as `az acr login` creates; most expire within a few hours."


def _remedy(facts: Facts, triple: TripleFact) -> Remedy:
    rotation = (
        "Or let crreg renew it, with mode: ensure every three hours and this in .github/crreg.yml:",
        configuration(triple.identifier, "rotate", Rotation.ECR_TOKEN),
    )
    return steps(
        *new_credential(facts, triple),
        *(rotation if triple.password_kind is PasswordKind.ECR_TOKEN else ()),
    )


RULE = Rule(
    "short-lived-password",
    Severity.WARNING,
    Effect.HYGIENE,
    "The password is a token that expires within hours.",
    "Store a credential that lasts, or let crreg ensure rotate the token.",
    check,
)
