"""Who can change a secret, and where: steps of a remedy for the person inside a codespace.

They lead to pages and not to commands, since GitHub does not document that a codespace's own token may change a secret.
"""

from collections.abc import Sequence

from crreg.doctor.codespace import Codespace
from crreg.facts.model import Facts
from crreg.findings.remedy import Remedy, steps
from crreg.github.levels import Level
from crreg.printable import quoted
from crreg.remedies.commands import settings_page
from crreg.remedies.wording import listing

_PLACES = {
    Level.USER: "Your own secrets",
    Level.REPOSITORY: "The repository's secrets, for its administrators",
    Level.ORGANIZATION: "The organization's secrets, for its owners",
}
_FROM_A_BRANCH = (
    "If this codespace is for a pull request from a fork, GitHub gives it no secrets, whatever is stored. Create one "
    "from a branch of the repository instead."
)


def restart(facts: Facts, codespace: Codespace | None, *, alone: bool = False) -> str:
    """Return how a changed value gets into a codespace; `alone` if there is nothing to do before."""
    if codespace is None:
        return "A running codespace gets the new value after you stop and start it."
    return (
        f"{'Stop' if alone else 'Then stop'} this codespace and start it again, at {facts.web_url}/codespaces or "
        'with the editor command "Codespaces: Stop Current Codespace". Then run "Codespaces: Rebuild Container" (F1), '
        "which pulls the image again."
    )


def from_a_branch(codespace: Codespace | None) -> tuple[str, ...]:
    """Return what helps if this codespace has no secrets because it is for a pull request from a fork.

    From inside, nothing that GitHub documents shows that.
    Source: https://docs.github.com/en/codespaces/reference/security-in-github-codespaces
    """
    if codespace is None:
        return ()
    return (_FROM_A_BRANCH,)


def update(facts: Facts, names: Sequence[str], level: Level | None) -> Remedy:
    """Return where to update stored secrets; `level` is None if it is not known."""
    if level is not None:
        return (settings_page(facts, level, f"{_ask(facts, level, 'update')} {listing(names)} here"),)
    return steps(
        f"Update {listing(names)}, or ask for an update. crreg can't tell from here where the secret is stored, so "
        "look in each place. The repository's secret overrides the organization's; GitHub does not document whether "
        "your own overrides both:",
        *_each_place(facts),
    )


def delete(facts: Facts, names: Sequence[str], level: Level | None) -> Remedy:
    """Return where to delete secrets that only do harm; `level` is None if it is not known."""
    named = listing(names)
    if level is None:
        return steps(
            f"Delete the secrets {named}, or ask someone to. crreg can't tell from here where they are stored, so "
            "look in each place:",
            *_each_place(facts),
        )
    # Other repositories may need the organization's secrets.
    shared = f", or to keep them from {_repository(facts)}," if level is Level.ORGANIZATION else ""
    return (settings_page(facts, level, f"{_ask(facts, level, 'delete')} {named}{shared} here"),)


def add(facts: Facts, names: Sequence[str], level: Level | None) -> Remedy:
    """Return where to store missing secrets."""
    named = listing(names)
    if level is not None:
        return (settings_page(facts, level, f"{_ask(facts, level, 'add')} {named} here"),)
    return (
        settings_page(
            facts,
            Level.USER,
            f"To fix it for yourself right away, add {named} here, with access to {_repository(facts)}",
        ),
        settings_page(
            facts,
            Level.REPOSITORY,
            f"To fix it for everyone, ask an administrator of {_repository(facts)} to add the same here",
        ),
    )


def assign(facts: Facts, names: Sequence[str], level: Level) -> Remedy:
    """Return where to assign secrets to this repository."""
    where = f"{_repository(facts)} under Repository access of {listing(names)} here"
    return (settings_page(facts, level, f"{_ask(facts, level, 'add')} {where}"),)


def _ask(facts: Facts, level: Level, verb: str) -> str:
    """Address the verb to the person who can do it."""
    if level is Level.USER:
        return f"In your own settings, {verb}"
    if level is Level.REPOSITORY:
        return f"Ask an administrator of {_repository(facts)} to {verb}"
    owner = (facts.repository or "").partition("/")[0]
    return f"Ask an owner of {quoted(owner) if owner else 'the organization'} to {verb}"


def _each_place(facts: Facts) -> Remedy:
    return tuple(settings_page(facts, place, _PLACES[place]) for place in _places(facts))


def _places(facts: Facts) -> tuple[Level, ...]:
    known = facts.inventory.repository if facts.inventory is not None else None
    if known is not None and not known.owner_is_organization:
        return (Level.USER, Level.REPOSITORY)
    return tuple(Level)


def _repository(facts: Facts) -> str:
    return quoted(facts.repository) if facts.repository else "the repository"
