"""Whether the test of the given values allows them to be written; pure."""

from collections.abc import Iterator
from dataclasses import replace

from crreg.ensure.desired import Desired, DesiredTriple, TriedImage
from crreg.findings.documentation import operations_page
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Link, Prose, Remedy, steps
from crreg.printable import quoted, sentence
from crreg.registry.outcome import (
    HOST_FAULTS,
    PASSING_LOGINS,
    UNANSWERED_PULLS,
    Fault,
    LoginOutcome,
    LoginResult,
)
from crreg.remedies.missing_image import how_to_provide
from crreg.remedies.providers import Advice, advice_for
from crreg.rules import (
    image_not_found,
    image_not_pullable,
    invalid_server,
    login_failed,
    registry_unreachable,
    wrong_host,
)
from crreg.rules.ensure_rules import ROTATION_FAILED
from crreg.rules.invalid_server import CORRECT_TOKENS
from crreg.rules.login_failed import FIREWALL
from crreg.rules.plaintext_registry import REALM
from crreg.rules.wrong_host import how_to_serve
from crreg.triple import Part, SecretName

_INVALID = frozenset({LoginOutcome.INVALID, LoginOutcome.INSECURE, LoginOutcome.NOT_A_REGISTRY})
_ROLE = "ecr-without-a-long-lived-key"
"""The heading in docs/operations.md."""
_OF_THE_REGISTRY = {
    Fault.FIREWALL: (FIREWALL,),
    Fault.REALM: (REALM,),
    Fault.TOKEN_SERVER: (CORRECT_TOKENS,),
}
"""What to do if other values would not help."""
_BY_FORCE = Prose("With --force (input force), crreg writes it anyway.")


def trial_refusals(desired: Desired, triple: DesiredTriple, *, due: bool) -> Iterator[Finding]:
    """Yield what prevents writing the given values, and giving access to them; with `force`, it only warns.

    A credential that the registry refuses is reported even if nothing is due: the stored one is most likely the same.
    """
    if triple.failure:
        yield triple.finding(
            ROTATION_FAILED, triple.failure, Link("See what the role needs", operations_page(_ROLE))
        )
        return
    for finding in _failures(triple, due=due):
        if desired.force:
            message = f"{finding.message} crreg writes it anyway, because force is set."
            yield replace(finding, severity=Severity.WARNING, effect=Effect.UNPROVEN, message=message)
        else:
            message = f"{finding.message} crreg does not write it."
            yield replace(finding, message=message, steps=(*finding.steps, _BY_FORCE))


def _failures(triple: DesiredTriple, *, due: bool) -> Iterator[Finding]:
    """Yield what failed, without what crreg does about it."""
    login = triple.trial.login
    if login is None or (login.outcome is LoginOutcome.SKIPPED and not login.untested):
        return
    if login.outcome is not LoginOutcome.SUCCEEDED and not login.untested:
        yield from _login(triple, login, due=due)
        return
    for image in triple.trial.images:
        if not image.result.outcome.served:
            yield _image(triple, image, due=due)


def _image(triple: DesiredTriple, image: TriedImage, *, due: bool) -> Finding:
    outcome, text = image.result.outcome, image.text
    message = f"{triple.identifier} logs in, but can't pull {quoted(text)}: {sentence(image.result.detail)}"
    about = (text,)
    if outcome in UNANSWERED_PULLS:
        return _unanswered(triple, message, due=due, about=about)
    if outcome in image_not_found.ABSENT:
        provide = how_to_provide(image.result.lack, text, image.platform)
        return triple.finding(image_not_found.RULE, message, *provide, about=about)
    grant = _of_the_registry(image.result.fault) or _advice_of(triple).grant
    return triple.finding(image_not_pullable.RULE, message, *grant, about=about)


def _login(triple: DesiredTriple, login: LoginResult, *, due: bool) -> Iterator[Finding]:
    outcome = login.outcome
    message = f"The login with {triple.identifier} fails ({outcome}): {sentence(login.detail)}"
    registry = _of_the_registry(login.fault)
    if login.fault in HOST_FAULTS:
        correct = f"Correct {SecretName(triple.identifier, Part.SERVER)}."
        yield triple.finding(wrong_host.RULE, message, *how_to_serve(login.fault, correct))
    elif outcome in PASSING_LOGINS:
        yield _unanswered(triple, message, due=due)
    elif outcome in _INVALID:
        yield triple.finding(invalid_server.RULE, message, *(registry or ("Correct the value.",)))
    else:
        yield triple.finding(login_failed.RULE, message, *(registry or _advice(triple, outcome)))


def _unanswered(triple: DesiredTriple, message: str, *, due: bool, about: tuple[str, ...] = ()) -> Finding:
    """Report that nothing is known. Nothing is lost by that unless a value is due."""
    severity = Severity.ERROR if due else Severity.WARNING
    remedy = "Run crreg again once the registry answers."
    return triple.finding(registry_unreachable.RULE, message, remedy, severity=severity, about=about)


def _of_the_registry(fault: Fault | None) -> tuple[str, ...]:
    return _OF_THE_REGISTRY.get(fault, ()) if fault is not None else ()


def _advice(triple: DesiredTriple, outcome: LoginOutcome) -> Remedy:
    if triple.rotated:
        return steps(
            "The token was created just now.", Link("See what the role needs", operations_page(_ROLE))
        )
    advice = _advice_of(triple)
    return advice.grant if outcome is LoginOutcome.FORBIDDEN else advice.renew


def _advice_of(triple: DesiredTriple) -> Advice:
    login = triple.trial.login
    if login is None:
        return advice_for(triple.registry)
    return advice_for(triple.registry, login.account, login.service)
