"""The file of the probe, which anyone may have written."""

from fuzz.target import ensure, target

from crreg.doctor.probe import ProbeError, parse_probe
from crreg.doctor.probe_answers import CLAIMS, probe_answers


@target("probe", raises=(ProbeError,), longest=8192)
def probe(content: bytes) -> None:
    """Every accepted file gets a verdict on each claim, in one printable line without anything to link or run."""
    answers = probe_answers(parse_probe(content))
    ensure(set(CLAIMS) <= set(answers), "a claim has no verdict")
    for answer in answers.values():
        text = answer.detail
        ensure(text.isprintable() and text.isascii() and "://" not in text, "a file writes into a verdict")
        ensure(len(text) < 8192, "a verdict is too long to read")  # noqa: PLR2004 - the input's own length
