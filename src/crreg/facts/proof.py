"""What receipts prove about stored values; pure."""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime

from crreg.facts.receipts import CopiedFrom, NotReceipts, Receipt, Receipts, parse
from crreg.github.levels import Level
from crreg.github.origins import Origin, Origins, Store


class State(enum.StrEnum):
    """What receipts say about a stored value."""

    PROVEN = "proven"
    """The stored value is the one that this run was given."""
    CHANGED = "changed"
    """It, or its source, was changed after it was copied."""
    NOT_PROVEN = "not-proven"


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known about one stored value."""

    state: State
    detail: str
    """Why, as a sentence without names."""
    since: datetime | None = None
    """When it was changed; None if it was not."""


@dataclass(frozen=True, slots=True)
class Given:
    """Where this run got a value."""

    origins: tuple[Origin, ...]
    """Every Actions secret and variable of that name that the step may have read."""
    began_at: datetime | None
    """When the run was queued, which is when GitHub reads secrets; None if that is not known."""
    gap: str = ""
    """Why the origins are not known, as a sentence; empty if they are."""


def source_of(given: Given) -> CopiedFrom | str:
    """Return what this run's value was copied from, or a sentence if that is not certain."""
    unclear = given.gap or _which(given.origins)
    if unclear:
        return unclear
    [origin] = given.origins
    return _why_not(origin, given.began_at) or CopiedFrom(origin.store, origin.updated_at)


def judge(receipt: Receipt | None, stored_at: datetime, given: Given) -> Proof:
    """Return what a receipt proves about a secret updated at `stored_at` that this run has a value for."""
    if receipt is None:
        return Proof(State.NOT_PROVEN, "crreg has no receipt for it.")
    if stored_at != receipt.updated_at:
        return _rewritten(receipt, stored_at)
    if receipt.source is None:
        return Proof(State.NOT_PROVEN, "crreg wrote it, but the source of its value was not certain.")
    return _copied(receipt, receipt.source, source_of(given))


def _which(origins: tuple[Origin, ...]) -> str:
    """Return why the origin is not certain; empty if there is exactly one."""
    if not origins:
        return "No Actions secret or variable of that name is known to be the source of this run's value."
    if len(origins) > 1:
        return "Several Actions secrets or variables have that name, so the source of this run's value is not certain."
    return ""


def _why_not(origin: Origin, began_at: datetime | None) -> str:
    """Return why the only secret or variable of that name may not be this run's source; empty if it is."""
    if origin.store is Store.ENVIRONMENT:
        return "An environment's secret or variable has that name, and other jobs can't read it."
    if origin.matches is False:
        return "The Actions variable of that name has a different value than this run was given."
    if began_at is None:
        return (
            "It is not known when this run was queued: the token may not read the run (permission Actions)."
        )
    # Dates count whole seconds, so a change in the second in which the run was queued may have come after it.
    return "" if origin.updated_at < began_at else "Its source was changed after this run was queued."


def _rewritten(receipt: Receipt, stored_at: datetime) -> Proof:
    """Return the proof for a secret that has another date than its receipt."""
    # A user level receipt does not say which user it belongs to, and dates never go back.
    if receipt.level is Level.USER or stored_at < receipt.updated_at:
        return Proof(State.NOT_PROVEN, "Its receipt belongs to another write.")
    detail = f"It was changed on {_said(stored_at)}, after crreg wrote it on {_said(receipt.updated_at)}."
    return Proof(State.CHANGED, detail, stored_at)


def _copied(receipt: Receipt, recorded: CopiedFrom, source: CopiedFrom | str) -> Proof:
    """Return the proof for a secret that has the date of its receipt."""
    if isinstance(source, str):
        return Proof(State.NOT_PROVEN, source)
    named = f"the {_STORES[source.store]} of that name"
    if source.store is recorded.store and source.updated_at > recorded.updated_at:
        detail = f"Its source, {named}, was changed on {_said(source.updated_at)}, after crreg had copied it."
        return Proof(State.CHANGED, detail, source.updated_at)
    if source != recorded:
        return Proof(State.NOT_PROVEN, "Its receipt names a different source than this run's value has.")
    detail = f"crreg wrote it on {_said(receipt.updated_at)} from {named}, and neither was changed since."
    return Proof(State.PROVEN, detail)


_STORES = {
    Store.REPOSITORY_SECRET: "repository's Actions secret",
    Store.ORGANIZATION_SECRET: "organization's Actions secret",
    Store.REPOSITORY_VARIABLE: "repository's Actions variable",
    Store.ORGANIZATION_VARIABLE: "organization's Actions variable",
    Store.ENVIRONMENT: "environment's secret or variable",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """The receipts of a repository and of its organization, and where this run's values come from."""

    own: Receipts | str
    """The receipts of the levels repository and user; a sentence if the variable can't be used."""
    shared: Receipts | str
    """The same for the organization level."""
    origins: Origins

    @classmethod
    def of(cls, origins: Origins) -> "Ledger":
        """Parse the receipts that GitHub returned."""
        return cls(_parsed(origins.repository_receipts), _parsed(origins.organization_receipts), origins)

    def proof(self, name: str, level: Level, stored_at: datetime) -> Proof:
        """Return what is known about a stored secret that this run has a value for; `name` in upper case."""
        if self.origins.unreadable:
            return Proof(State.NOT_PROVEN, self.origins.gap)
        receipts = self.shared if level is Level.ORGANIZATION else self.own
        if isinstance(receipts, str):
            return Proof(State.NOT_PROVEN, receipts)
        given = Given(self.origins.found.get(name, ()), self.origins.began_at, self.origins.gap)
        return judge(receipts.get((name, level)), stored_at, given)

    def source(self, name: str) -> CopiedFrom | None:
        """Return what this run's value of that name was copied from; None if that is not certain."""
        given = Given(self.origins.found.get(name, ()), self.origins.began_at, self.origins.gap)
        source = source_of(given)
        return source if isinstance(source, CopiedFrom) else None


def _parsed(text: str | None) -> Receipts | str:
    if text is None:
        return {}
    try:
        return parse(text)
    except NotReceipts as error:
        return f"The variable with the receipts can't be used: {error}."


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
