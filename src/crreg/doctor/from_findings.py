"""The findings that matter to the person inside a codespace, with remedies that this person can carry out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from crreg.doctor.advice import add, assign, delete, restart, update
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Fix
from crreg.doctor.triples import level_of_others
from crreg.facts.model import Facts, TripleFact, by_key
from crreg.facts.questions import StoredPart, missing_parts, secret_name, stored_parts, unassigned_parts
from crreg.facts.registry_quirks import superfluous
from crreg.findings.finding import Finding
from crreg.findings.remedy import Remedy, Step, steps
from crreg.github.levels import Level
from crreg.printable import quoted
from crreg.registry.outcome import HOST_FAULTS, Fault, LoginOutcome
from crreg.remedies.commands import ask_registry
from crreg.remedies.providers import advice_for
from crreg.rules import (
    expiring_credential,
    image_not_found,
    image_not_pullable,
    invalid_configuration,
    invalid_reference,
    invalid_server,
    login_failed,
    missing_secret,
    not_assigned,
    plaintext_registry,
    registry_unreachable,
    server_mismatch,
    short_lived_password,
    unresolved_image,
    wrong_host,
)
from crreg.rules.invalid_server import CORRECT_TOKENS, SERVER_FORM, malformed_part
from crreg.rules.login_failed import FIREWALL
from crreg.rules.plaintext_registry import REALM
from crreg.rules.wrong_host import how_to_serve, is_of_the_name
from crreg.triple import Part

_FILES = frozenset(
    {
        invalid_configuration.RULE.id,
        invalid_reference.RULE.id,
        image_not_found.RULE.id,
        unresolved_image.RULE.id,
    }
)
"""Rules about files, whose remedies fit anyone who edits them."""
_OTHERS_TO_ASK = "Ask an administrator of the registry for this:"


def adopted(
    facts: Facts, findings: Iterable[Finding], codespace: Codespace | None, explained: Collection[str]
) -> Iterator[Diagnosis]:
    """Yield one diagnosis per finding that a person in a codespace can use; the others are for administrators.

    `explained` are the identifiers of triples that other diagnoses already explain.
    """
    for finding in findings:
        if finding.triple is not None and finding.triple in explained:
            continue
        triple = facts.triple(finding.triple)
        is_of_the_files = finding.rule in _FILES or finding.steps == registry_unreachable.ANOTHER_REGISTRY
        if is_of_the_files or (finding.rule == wrong_host.RULE.id and triple is None):
            yield _diagnosis(finding, Fix.CORRECT, finding.steps)
        elif finding.rule == registry_unreachable.RULE.id:
            yield _diagnosis(finding, Fix.RETRY, _try_again(finding))
        elif finding.rule in _OF_TRIPLES and triple is not None:
            yield _OF_TRIPLES[finding.rule](facts, finding, triple, codespace)


def _diagnosis(
    finding: Finding, action: Fix, remedy: Remedy, secrets: Iterable[str] = (), level: Level | None = None
) -> Diagnosis:
    return Diagnosis(
        finding.severity,
        action,
        finding.message,
        remedy,
        secrets=tuple(secrets),
        level=level,
        rule=finding.rule,
        triple=finding.triple,
        registry=finding.registry,
        location=finding.location,
    )


def _try_again(finding: Finding) -> Remedy:
    request = ask_registry(finding.registry or "")
    return steps(
        "Run crreg doctor again. If nothing changes, ask an administrator of the registry whether its firewall lets "
        "codespaces through. This shows how it answers here (it should be 200 or 401):",
        *((request,) if finding.registry else ()),
    )


def _login_failed(
    facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None
) -> Diagnosis:
    outcome = triple.login.outcome if triple.login is not None else LoginOutcome.DENIED
    if triple.login is not None and triple.login.fault is Fault.FIREWALL:
        return _diagnosis(finding, Fix.REGISTRY, steps(_OTHERS_TO_ASK, FIREWALL))
    if outcome is LoginOutcome.FORBIDDEN:
        return _not_pullable(facts, finding, triple, codespace)
    if superfluous(facts, triple):
        return _deleted(facts, finding, triple, codespace)
    return _renewed(facts, finding, triple, codespace)


def _deleted(facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None) -> Diagnosis:
    """Diagnose a triple that only does harm; its level is known if its secrets could be listed."""
    names = [secret_name(triple, part) for part in Part]
    kept = _by_level(stored_parts(triple))
    deleted = [step for level, some in kept.items() for step in delete(facts, some, level)]
    return _diagnosis(
        finding,
        Fix.DELETE,
        steps(*(deleted or delete(facts, names, None)), restart(facts, codespace)),
        names,
        next(iter(kept)) if len(kept) == 1 else None,
    )


def _wrong_host(facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None) -> Diagnosis:
    fault = triple.login.fault if triple.login is not None else None
    if fault in HOST_FAULTS and not is_of_the_name(fault):
        return _diagnosis(finding, Fix.REGISTRY, steps(_OTHERS_TO_ASK, *how_to_serve(fault)))
    return _updated(facts, finding, triple, codespace, [Part.SERVER], SERVER_FORM)


def _renewed(facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None) -> Diagnosis:
    """Diagnose a password that does not work, or soon will not; a new one may come with a new user."""
    advice = advice_for(triple.server, triple.account, triple.service)
    return _updated(facts, finding, triple, codespace, advice.renewal.parts, *advice.renew, at=Part.PASSWORD)


def _updated(
    facts: Facts,
    finding: Finding,
    triple: TripleFact,
    codespace: Codespace | None,
    parts: Sequence[Part],
    *before: str | Step,
    at: Part | None = None,
) -> Diagnosis:
    """Diagnose parts with a wrong value, stored where `at` or else the first one is; `before` are the first steps."""
    names = [secret_name(triple, part) for part in parts]
    holding = triple.parts[at or parts[0]].effective
    level = holding.level if holding is not None else None
    remedy = steps(*before, *update(facts, names, level), restart(facts, codespace))
    return _diagnosis(finding, Fix.UPDATE, remedy, names, level)


def _not_pullable(
    _facts: Facts, finding: Finding, triple: TripleFact, _codespace: Codespace | None
) -> Diagnosis:
    return _diagnosis(
        finding,
        Fix.GRANT,
        steps(_OTHERS_TO_ASK, *advice_for(triple.server, triple.account, triple.service).grant),
    )


def _plaintext(
    _facts: Facts, finding: Finding, triple: TripleFact, _codespace: Codespace | None
) -> Diagnosis:
    behind = triple.login is not None and triple.login.fault is Fault.REALM
    what = REALM if behind else "Serve the registry over https with a certificate for its name."
    return _diagnosis(finding, Fix.REGISTRY, steps(_OTHERS_TO_ASK, what))


def _invalid_server(
    facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None
) -> Diagnosis:
    if triple.login is not None and triple.login.fault is Fault.TOKEN_SERVER:
        return _diagnosis(finding, Fix.REGISTRY, steps(_OTHERS_TO_ASK, CORRECT_TOKENS))
    part = malformed_part(triple.login) if triple.login is not None else Part.SERVER
    form = (SERVER_FORM,) if part is Part.SERVER else ()
    return _updated(facts, finding, triple, codespace, [part], *form)


def _mismatch(facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None) -> Diagnosis:
    file = quoted(facts.settings.path or "the configuration")
    correct = f"Correct server in {file} if that is wrong. If the secret is wrong:"
    return _updated(facts, finding, triple, codespace, [Part.SERVER], correct)


def _missing(facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None) -> Diagnosis:
    names = [secret_name(triple, part) for part in missing_parts(facts, triple)]
    level = level_of_others(triple)
    remedy = steps(*add(facts, names, level), restart(facts, codespace))
    return _diagnosis(finding, Fix.SET, remedy, names, level)


def _unassigned(facts: Facts, finding: Finding, triple: TripleFact, codespace: Codespace | None) -> Diagnosis:
    parts = unassigned_parts(facts, triple)
    if any(part.holding.visibility == "private" for part in parts):
        # Such a secret is for private repositories only, so this one needs its own secrets.
        names = [part.name for part in parts]
        remedy = steps(*add(facts, names, Level.REPOSITORY), restart(facts, codespace))
        return _diagnosis(finding, Fix.SET, remedy, names, Level.REPOSITORY)
    by_level = _by_level(parts)
    assigned = [step for level, names in by_level.items() for step in assign(facts, names, level)]
    return _diagnosis(
        finding,
        Fix.ASSIGN,
        steps(*assigned, restart(facts, codespace)),
        [part.name for part in parts],
        next(iter(by_level)) if len(by_level) == 1 else None,
    )


def _by_level(parts: Iterable[StoredPart]) -> dict[Level, tuple[str, ...]]:
    return by_key((part.holding.level, part.name) for part in parts)


_OF_TRIPLES: dict[str, Callable[[Facts, Finding, TripleFact, Codespace | None], Diagnosis]] = {
    missing_secret.RULE.id: _missing,
    not_assigned.RULE.id: _unassigned,
    login_failed.RULE.id: _login_failed,
    wrong_host.RULE.id: _wrong_host,
    invalid_server.RULE.id: _invalid_server,
    plaintext_registry.RULE.id: _plaintext,
    image_not_pullable.RULE.id: _not_pullable,
    server_mismatch.RULE.id: _mismatch,
    short_lived_password.RULE.id: _renewed,
    expiring_credential.RULE.id: _renewed,
}
