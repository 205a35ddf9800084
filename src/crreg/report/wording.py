"""The words for a triple's parts, logins and images that tables share."""

import enum

from crreg.facts.model import Facts, ImageFact, PartFact, TripleFact
from crreg.facts.proof import Proof, State
from crreg.facts.questions import absence_known, package_access
from crreg.findings.finding import Finding
from crreg.findings.location import Location
from crreg.github.inventory import Level
from crreg.registry.outcome import PullOutcome
from crreg.triple import Part

ABOUT = "About this rule"
"""What the link to a finding's documentation is called."""
MOST = 1000
"""Findings, and rows of each table, that a text shows: more than anybody reads, and what a log can hold."""
_TESTED = (
    "GitHub never shows a stored value, so each login was tested with the value that this run was given."
)
_PROVEN = (
    "By the receipts of crreg ensure, a proven part is stored with that very value; crreg ensure --force makes the "
    "others so."
)
_GOOD_PULLS = {PullOutcome.AVAILABLE: "can be pulled", PullOutcome.PUBLIC: "public"}
_SHORT = {Level.USER: "user", Level.REPOSITORY: "repo", Level.ORGANIZATION: "org"}


class Mark(enum.Enum):
    """Whether what a cell tells is good."""

    GOOD = "✓"
    BAD = "✗"
    UNSURE = "?"


def asked_with(token_source: str) -> str | None:
    """A sentence on a token that the caller did not give; None if the caller gave it, or if there is none."""
    return f"The token to ask GitHub with is the one of gh ({token_source})." if token_source else None


def stored_values(facts: Facts) -> str:
    """The one thing to know before reading the table of triples; empty if nothing is stored."""
    if not any(triple.stored for triple in facts.triples):
        return ""
    proofs = (part.proof for triple in facts.triples for part in triple.parts.values())
    proven = any(proof is not None and proof.state is State.PROVEN for proof in proofs)
    return f"{_TESTED} {_PROVEN}" if proven else _TESTED


def part_cell(facts: Facts, triple: TripleFact, part: Part) -> tuple[Mark, str]:
    """Where a codespace gets a part from."""
    fact: PartFact = triple.parts[part]
    holding = fact.effective
    if holding is not None and fact.proof is not None:
        return _proof_cell(_SHORT[holding.level], fact.proof)
    if holding is not None:
        level = _SHORT[holding.level]
        return (Mark.GOOD, level) if holding.assigned else (Mark.BAD, f"{level}, not assigned")
    if absence_known(facts):
        return (Mark.BAD, "missing")
    return (Mark.UNSURE, "unknown")


def _proof_cell(level: str, proof: Proof) -> tuple[Mark, str]:
    """The level of an assigned part, and what is proven of its value."""
    if proof.state is State.CHANGED:
        since = f" {proof.since:%Y-%m-%d}" if proof.since is not None else ""
        return (Mark.UNSURE, f"{level}, changed since{since}")
    return (Mark.GOOD, f"{level}, {proof.state.replace('-', ' ')}")


def image_cell(facts: Facts, image: ImageFact, error: Finding | None = None) -> tuple[Mark, str]:
    """Whether a codespace can pull the image; `error` is the first that concerns it."""
    if image.reference is None:
        return (Mark.BAD, "no valid name")
    if error is not None:
        return (Mark.BAD, error.rule.replace("-", " "))
    if image.pull is None or image.pull.outcome is PullOutcome.SKIPPED:
        return (Mark.UNSURE, "not checked")
    outcome = image.pull.outcome
    if outcome in _GOOD_PULLS:
        return (Mark.GOOD, _GOOD_PULLS[outcome])
    if package_access(facts, image).granted:
        return (Mark.GOOD, "granted to codespaces")
    return (Mark.UNSURE, outcome.replace("-", " "))


def at(location: Location) -> str:
    """`path:line:column`, as editors and terminals link it."""
    return f"{location.path}:{location.line}:{location.column}"
