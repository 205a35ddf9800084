"""From facts and findings to what ails this codespace, the most important first: pure functions."""

from collections.abc import Iterable

from crreg.doctor.adopted import adopted
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Action, Diagnosis, Unasked
from crreg.doctor.images import uncovered
from crreg.doctor.misnamed import misnamed
from crreg.doctor.triples import incomplete, outdated, sees_secrets, unseen
from crreg.facts import Facts
from crreg.findings import Finding, Severity
from crreg.github.inventory import LevelStatus
from crreg.plain import sentence
from crreg.rules.levels import name_of
from crreg.rules.place import listing
from crreg.rules.remedies import INDENT, steps
from crreg.rules.standing import needs_secrets

_ORDER = (
    Action.RESTART,
    Action.ASSIGN,
    Action.SET,
    Action.UPDATE,
    Action.GRANT,
    Action.CORRECT,
    Action.REGISTRY,
    Action.RETRY,
)
"""Of several causes: first what is quick to do, last what can only be waited for."""
_UNKNOWN = frozenset({LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE})


def diagnose(facts: Facts, findings: Iterable[Finding], codespace: Codespace | None) -> tuple[Diagnosis, ...]:
    """What keeps this codespace from pulling its images, or soon will."""
    restarts = tuple(outdated(facts, codespace))
    told = {diagnosis.triple for diagnosis in restarts}
    parts = tuple(
        each for each in (*incomplete(facts, codespace), *unseen(facts, codespace)) if each.triple not in told
    )
    explained = {each.triple for each in (*restarts, *parts) if each.triple is not None}
    found = (
        *restarts,
        *parts,
        *misnamed(facts, codespace),
        *uncovered(facts, codespace),
        *adopted(facts, findings, codespace, explained),
    )
    return tuple(sorted(found, key=_order))


def unasked(facts: Facts, codespace: Codespace | None) -> tuple[Unasked, ...]:
    """What could not be asked, where it would tell more."""
    return (*_lacking_environment(codespace), *_several(facts, codespace), *_unlisted(facts))


def _order(diagnosis: Diagnosis) -> tuple[bool, int]:
    return diagnosis.severity is Severity.WARNING, _ORDER.index(diagnosis.action)


def _lacking_environment(codespace: Codespace | None) -> tuple[Unasked, ...]:
    if codespace is None or sees_secrets(codespace):
        return ()
    return (
        Unasked(
            "Which secrets this codespace has: this process has no GITHUB_TOKEN, so that it was not given the "
            "codespace's environment, and may lack the secrets, too.",
            "Run crreg doctor in a terminal of the codespace.",
        ),
    )


def _several(facts: Facts, codespace: Codespace | None) -> tuple[Unasked, ...]:
    """GitHub tells a codespace's configuration only to a token with the scope `codespace`."""
    count = len(facts.discovery.configurations)
    if codespace is None or count <= 1:
        return ()
    return (
        Unasked(
            f"Which of the {count} dev container configurations this codespace was made from, so that the images of "
            "all were asked for.",
            "Each cause names the file that needs the image.",
        ),
    )


def _unlisted(facts: Facts) -> tuple[Unasked, ...]:
    if not needs_secrets(facts):
        return ()
    why = not_listed(facts)
    if not why:
        return ()
    return (
        Unasked(
            f"Which Codespaces secrets are stored, where, and since when: {why}",
            steps(
                "A codespace's own token may not ask that. Where you may, log in with a token of your own:",
                f"{INDENT}env -u GITHUB_TOKEN gh auth login --scopes codespace:secrets",
                f'{INDENT}GITHUB_TOKEN="$(env -u GITHUB_TOKEN gh auth token)" crreg doctor',
            ),
            of_stores=True,
        ),
    )


def not_listed(facts: Facts) -> str:
    """Why it is not known which secrets are stored, a sentence; empty if it is."""
    inventory = facts.inventory
    if inventory is None:
        return sentence(facts.inventory_reason or "GitHub was not asked")
    if inventory.repository is None:
        return sentence(inventory.detail)
    levels = [level for level in inventory.levels if level.status in _UNKNOWN]
    if not levels:
        return ""
    if any(level.status is LevelStatus.UNREACHABLE for level in levels):
        return sentence(levels[0].detail)
    names = listing(f"the {name_of(level.level)}" for level in levels)
    return f"GitHub does not list those of {names} for this token."
