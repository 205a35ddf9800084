"""Receipts, which everyone who can write an Actions variable can forge."""

from datetime import UTC, datetime

from fuzz.target import ensure, target

from crreg.facts.proof import Ledger, State
from crreg.facts.receipts import LARGEST, NotReceipts, Written, format_receipts, merged, parse
from crreg.github.origins import Origin, Origins

_BEGAN = datetime(2026, 11, 2, tzinfo=UTC)


@target("receipts", raises=(NotReceipts,), longest=4096)
def receipts(text: str) -> None:
    """Parsed receipts are the same after they are written and parsed again, and prove nothing with another date."""
    found = parse(text)
    formed, dropped = format_receipts(found)
    ensure(len(formed) <= LARGEST and formed.isascii(), "GitHub refuses the variable")
    ensure(dropped or parse(formed) == found, "the receipts changed on their way")
    for (name, level), receipt in found.items():
        origins = (Origin(receipt.source.store, receipt.source.updated_at),) if receipt.source else ()
        ledger = Ledger.of(Origins(text, text, {name: origins}, _BEGAN))
        proof = ledger.proof(name, level, receipt.updated_at)
        late = receipt.source is None or receipt.source.updated_at >= _BEGAN
        ensure(not (late and proof.state is State.PROVEN), "a value is proven whose source is not certain")
        ensure(
            ledger.proof(name, level, _BEGAN).state is not State.PROVEN or receipt.updated_at == _BEGAN,
            "proven",
        )
        lost = Written(name, level, _BEGAN, None, receipt.source)
        ensure((name, level) not in merged(found, [lost]), "a receipt outlives a write that nobody read back")
