"""The words for a triple's parts and for images that the tables of all formats share."""

from crreg.facts.image import ImageFact
from crreg.facts.model import Facts, PartFact, TripleFact
from crreg.facts.package_access import asks_late, package_access
from crreg.facts.proof import Proof, State
from crreg.facts.questions import absence_known, untested
from crreg.findings.finding import Finding
from crreg.github.levels import Level
from crreg.registry.outcome import PullOutcome
from crreg.report.tables import Mark
from crreg.triple import Part

ABOUT = "About this rule"
"""The text of the link to a rule's documentation."""
_TESTED = (
    "GitHub never shows a stored value, so each login was tested with the value that this run was given."
)
_PROVEN = (
    "Receipts of crreg ensure confirm that each proven part has exactly this value; crreg ensure --force proves the "
    "others, too."
)
_GOOD_PULLS = {PullOutcome.AVAILABLE: "can be pulled", PullOutcome.PUBLIC: "public"}
_SHORT = {Level.USER: "user", Level.REPOSITORY: "repo", Level.ORGANIZATION: "org"}


def stored_values(facts: Facts) -> str:
    """The note above the table of triples; empty if no login of a stored one was tested."""
    if not any(triple.stored and not untested(triple) for triple in facts.triples):
        return ""
    proofs = (part.proof for triple in facts.triples for part in triple.parts.values())
    proven = any(proof is not None and proof.state is State.PROVEN for proof in proofs)
    return f"{_TESTED} {_PROVEN}" if proven else _TESTED


def part_cell(facts: Facts, triple: TripleFact, part: Part) -> tuple[Mark, str]:
    """The cell of a part: the level that a codespace gets it from, if any."""
    fact: PartFact = triple.parts[part]
    holding = fact.effective
    if holding is not None and not holding.readers_known:
        return (Mark.UNSURE, f"{_SHORT[holding.level]}, access unknown")
    if holding is not None and fact.proof is not None:
        return _proof_cell(_SHORT[holding.level], fact.proof)
    if holding is not None:
        level = _SHORT[holding.level]
        return (Mark.GOOD, level) if holding.assigned else (Mark.BAD, f"{level}, not assigned")
    if absence_known(facts):
        return (Mark.BAD, "missing")
    return (Mark.UNSURE, "unknown")


def _proof_cell(level: str, proof: Proof) -> tuple[Mark, str]:
    """The cell of an assigned part: its level, and whether its value is proven."""
    if proof.state is State.CHANGED:
        since = f" {proof.since:%Y-%m-%d}" if proof.since is not None else ""
        return (Mark.UNSURE, f"{level}, changed since{since}")
    return (Mark.GOOD, f"{level}, {proof.state.replace('-', ' ')}")


def image_cell(facts: Facts, image: ImageFact, error: Finding | None = None) -> tuple[Mark, str]:
    """The cell of an image: whether a codespace can pull it; `error` is the first error about it."""
    if image.reference is None:
        return (Mark.BAD, "invalid name")
    if error is not None:
        return (Mark.BAD, error.rule.replace("-", " "))
    if image.pull is None or image.pull.outcome is PullOutcome.SKIPPED:
        return (Mark.UNSURE, "not checked")
    outcome = image.pull.outcome
    if outcome in _GOOD_PULLS:
        is_late = asks_late(facts, image)
        return (Mark.UNSURE, "not proven") if is_late else (Mark.GOOD, _GOOD_PULLS[outcome])
    if package_access(facts, image).granted:
        return (Mark.GOOD, "granted to codespaces")
    return (Mark.UNSURE, outcome.replace("-", " "))
