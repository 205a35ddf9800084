"""Which parts of a triple `ensure` writes, and why: those that `rotation_due` calls due, and what belongs to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from crreg.ensure.desired import DesiredTriple
from crreg.facts.rotation_due import is_rotation_due, is_source_newer, is_too_old, token_left
from crreg.github.inventory import Secret
from crreg.triple import Part, SecretName

CREATED_WITHIN = timedelta(seconds=5)
"""How far apart the dates of parts may be that one run creates at the same time."""


def due(
    triple: DesiredTriple,
    stored: Mapping[Part, Secret],
    actions: Mapping[str, datetime],
    now: datetime,
    *,
    force: bool,
) -> dict[Part, str]:
    """Return the parts whose value must be written, each with the reason.

    USER and PASSWORD are one credential: both are tested together, so both are written together. An existing PASSWORD
    is updated after the others (see `steps_of`), so its date shows whether the triple was written completely: if
    another part is newer, a run was interrupted, or somebody changed that part alone.
    """
    at_hand = bool(triple.values) or triple.rotated
    forced = force and at_hand
    reasons = {
        part: reason
        for part in Part
        if (reason := _reason(triple, part, stored.get(part), actions, now, forced=forced))
    }
    younger = _younger_than_password(stored)
    if not reasons and younger is not None and at_hand:
        return dict.fromkeys(
            Part, f"{_name(triple, younger)} is newer than the password: a change may have been interrupted"
        )
    if reasons:
        first = _name(triple, next(iter(reasons)))
        for part in (Part.USER, Part.PASSWORD):
            reasons.setdefault(part, f"it belongs to {first}")
    return reasons


def _reason(
    triple: DesiredTriple,
    part: Part,
    secret: Secret | None,
    actions: Mapping[str, datetime],
    now: datetime,
    *,
    forced: bool,
) -> str:
    if secret is None:
        return "it does not exist"
    if forced:
        return "force is set"
    minted = triple.rotated and part is not Part.SERVER
    copied = None if minted else actions.get(secret.name)
    if copied is not None and is_source_newer(secret.updated_at, copied):
        return f"the Actions secret of the same name is newer ({copied:%Y-%m-%d %H:%M} UTC)"
    if part is Part.PASSWORD:
        return _age(triple, secret, now)
    return ""


def _age(triple: DesiredTriple, secret: Secret, now: datetime) -> str:
    """Return why the password is too old; a server or a user name does not age."""
    if triple.max_age is not None and is_too_old(secret.updated_at, triple.max_age, now):
        age = _span(now - secret.updated_at)
        return f"it is {age} old, but the configuration allows only {_span(triple.max_age)}"
    left = token_left(secret.updated_at, now)
    if triple.rotated and is_rotation_due(left):
        return "the token has expired" if left <= timedelta() else f"the token expires in {_span(left)}"
    return ""


def _younger_than_password(stored: Mapping[Part, Secret]) -> Part | None:
    password = stored.get(Part.PASSWORD)
    if password is None:
        return None
    parts = (
        part
        for part, secret in stored.items()
        if secret.updated_at > password.updated_at and not _created_together(secret, password)
    )
    return next(parts, None)


def _created_together(secret: Secret, password: Secret) -> bool:
    """Whether both were created by one run, which creates all parts at the same time and in any order."""
    untouched = all(each.created_at == each.updated_at for each in (secret, password))
    return untouched and secret.updated_at - password.updated_at <= CREATED_WITHIN


def _name(triple: DesiredTriple, part: Part) -> str:
    return str(SecretName(triple.identifier, part))


def _span(time: timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    if hours >= 48:  # noqa: PLR2004 - from two days on, days are clearer
        return f"{hours // 24} days"
    if hours == 0:
        return "less than an hour"
    return f"{hours} hours" if hours > 1 else "1 hour"
