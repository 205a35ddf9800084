"""From facts and findings to what is wrong with this codespace, the most important first: pure functions."""

from collections.abc import Iterable, Iterator

from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Fix, Unasked, lacks_files
from crreg.doctor.from_findings import adopted
from crreg.doctor.refused_images import uncovered
from crreg.doctor.triples import absent_here, incomplete, misnamed, outdated, sees_secrets, unseen
from crreg.doctor.write_access import lacking_write_access
from crreg.facts.model import Facts
from crreg.facts.package_access import can_be_pulled
from crreg.facts.questions import needs_secrets
from crreg.findings.documentation import HOME
from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import Remedy, Shell, command, shell, steps
from crreg.github.gh import gh_words
from crreg.github.inventory import LevelStatus
from crreg.printable import sentence
from crreg.remedies.wording import listing, name_of

_ORDER = (
    Fix.WRITE,
    Fix.SET,
    Fix.ASSIGN,
    Fix.RESTART,
    Fix.UPDATE,
    Fix.DELETE,
    Fix.GRANT,
    Fix.CORRECT,
    Fix.REGISTRY,
    Fix.RETRY,
    Fix.REBUILD,
)
"""The order of causes: first those that explain others, last those that one can only wait for."""
PACKAGE = f"git+{HOME}"
"""What pipx installs the command from."""
_UNKNOWN = frozenset({LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE})


def diagnose(facts: Facts, findings: Iterable[Finding], codespace: Codespace | None) -> tuple[Diagnosis, ...]:
    """Return what keeps this codespace from pulling its images, or soon will."""
    no_secrets = tuple(lacking_write_access(facts, codespace))
    restarts = () if no_secrets else tuple(outdated(facts, codespace))
    restarted = {diagnosis.triple for diagnosis in restarts}
    parts = tuple(
        each
        for each in (*incomplete(facts, codespace), *unseen(facts, codespace))
        if each.triple not in restarted and not (no_secrets and each.severity is Severity.ERROR)
    )
    explained = {each.triple for each in (*restarts, *parts) if each.triple is not None}
    if no_secrets:
        explained |= {triple.identifier for triple in facts.triples if absent_here(triple)}
    found = (
        *no_secrets,
        *restarts,
        *parts,
        *misnamed(facts, codespace),
        *(each for each in uncovered(facts, codespace) if not (no_secrets and each.action is Fix.SET)),
        *adopted(facts, findings, codespace, explained),
    )
    return tuple(sorted(found, key=_order)) or tuple(_rebuildable(facts, codespace))


def _rebuildable(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield the advice to leave the recovery container, if nothing prevents it now."""
    if codespace is None or not codespace.recovery or not facts.images:
        return
    if not all(can_be_pulled(facts, image) for image in facts.images):
        return
    yield Diagnosis(
        Severity.WARNING,
        Fix.REBUILD,
        "This is still the recovery container, but every image can be pulled now. Either a value was corrected after "
        "the start failed, or the start failed for another reason, which the creation log shows.",
        steps('Rebuild it with the editor command "Codespaces: Rebuild Container" (F1).'),
    )


def unasked(facts: Facts, codespace: Codespace | None) -> tuple[Unasked, ...]:
    """Return what could not be queried and would show more."""
    return (
        *_lacking_files(facts, codespace),
        *_lacking_environment(codespace),
        *_several(facts, codespace),
        *_unlisted(facts, codespace),
    )


def _order(diagnosis: Diagnosis) -> tuple[bool, int]:
    return diagnosis.severity is Severity.WARNING, _ORDER.index(diagnosis.action)


def _lacking_files(facts: Facts, codespace: Codespace | None) -> tuple[Unasked, ...]:
    if not lacks_files(facts, codespace):
        return ()
    name = (facts.repository or "").rpartition("/")[2] or "REPOSITORY"
    what, again = "this codespace", "Run crreg doctor again in the checkout:"
    there: Remedy = (command("cd", f"/workspaces/{name}"),)
    if codespace is None:
        what, again, there = "a codespace", "Run crreg doctor again in a checkout of the repository.", ()
    return (
        Unasked(
            f"Which images {what} needs: no dev container configuration was found.", steps(again, *there)
        ),
    )


def _lacking_environment(codespace: Codespace | None) -> tuple[Unasked, ...]:
    if codespace is None or sees_secrets(codespace):
        return ()
    return (
        Unasked(
            "Which secrets this codespace has: neither this process nor Codespaces' files have a GITHUB_TOKEN, so they "
            "may lack the secrets too.",
            steps("Run crreg doctor in a terminal of the codespace."),
        ),
    )


def _several(facts: Facts, codespace: Codespace | None) -> tuple[Unasked, ...]:
    """Return that the configuration is not known: GitHub shows it only to a token with the scope `codespace`."""
    count = len(facts.discovery.configurations)
    if codespace is None or count <= 1:
        return ()
    return (
        Unasked(
            f"Which of the {count} dev container configurations this codespace was created from, so the images of all "
            "were checked.",
            steps("Each cause names the file that needs the image."),
        ),
    )


def _unlisted(facts: Facts, codespace: Codespace | None) -> tuple[Unasked, ...]:
    if not needs_secrets(facts):
        return ()
    why = not_listed(facts)
    if not why:
        return ()
    return (
        Unasked(
            f"Which Codespaces secrets are stored, where, and since when: {why}",
            _with_own_token(facts, recovery=codespace is not None and codespace.recovery),
            of_stores=True,
        ),
    )


def _with_own_token(facts: Facts, *, recovery: bool) -> Remedy:
    """Return how to use the person's own token; the recovery container has no gh, and `pipx run` leaves no command."""
    again = f"pipx run --spec {PACKAGE} crreg doctor" if recovery else "crreg doctor"
    own_gh = ("env", "-u", "GITHUB_TOKEN", *gh_words(facts.web_url))
    return steps(
        "Run it with your own token, which may list more:",
        *((command("sudo", "apk", "add", "--no-cache", "github-cli"),) if recovery else ()),
        command(*own_gh, "auth", "login", "--scopes", "codespace:secrets"),
        Shell(f'GITHUB_TOKEN="$({shell(*own_gh, "auth", "token")})" {again}'),
    )


def not_listed(facts: Facts) -> str:
    """Return why it is not known which secrets are stored, a sentence; empty if it is known."""
    inventory = facts.inventory
    if inventory is None:
        return sentence(facts.inventory_reason or "GitHub was not queried")
    if inventory.repository is None:
        return sentence(inventory.detail)
    levels = [level for level in inventory.levels if level.status in _UNKNOWN]
    if not levels:
        return ""
    if any(level.status is LevelStatus.UNREACHABLE for level in levels):
        return sentence(levels[0].detail)
    names = listing(f"the {name_of(level.level)}" for level in levels)
    return f"GitHub does not list the secrets of {names} for this token."
