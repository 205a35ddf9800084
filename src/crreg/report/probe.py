"""Renders what a file of the probe says about what GitHub does not document.

Nothing needs to be escaped: every text is crreg's own, or a word that the reader of the file allows.
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from crreg.doctor.probe import Probe
from crreg.doctor.probe_answers import CLAIMS, Fared, probe_answers
from crreg.report.json import SCHEMA_VERSION

_MARKS = {Fared.HOLDS: "✓", Fared.DIFFERS: "✗", Fared.UNPROVEN: "?"}


class AnswerDocument(TypedDict):
    """A verdict on one claim."""

    id: str
    claim: str | None
    """What crreg assumes; None where GitHub documents it."""
    verdict: Fared
    detail: str
    """Why, in a sentence."""


class ProbeDocument(TypedDict):
    """What one file of the probe says."""

    schema_version: int
    date: str
    """YYYY-MM-DD."""
    recovery: bool
    """Whether the probe ran in the recovery container."""
    answers: Sequence[AnswerDocument]


def probe_document(probe: Probe) -> ProbeDocument:
    """The output of `crreg live read`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "date": probe.date,
        "recovery": probe.recovery,
        "answers": [
            {"id": name, "claim": CLAIMS.get(name), "verdict": each.fared, "detail": each.detail}
            for name, each in probe_answers(probe).items()
        ],
    }


def probe_text(probe: Probe) -> str:
    """Render a line for each claim, and the claim itself below it."""
    return "".join(f"{line}\n" for line in _lines(probe))


def _lines(probe: Probe) -> Iterator[str]:
    for name, each in probe_answers(probe).items():
        yield f"{_MARKS[each.fared]} {name}: {each.fared}. {each.detail}"
        if name in CLAIMS:
            yield f"    {CLAIMS[name]}"
