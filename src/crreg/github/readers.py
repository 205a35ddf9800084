"""Which repositories may read a Codespaces secret."""

from dataclasses import dataclass, replace

from crreg.github.client import GitHub
from crreg.github.inventory import Repository, Secret
from crreg.github.levels import Level, store_path

_ALL = "all"
_PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Readers:
    """The repositories that are selected to read a secret."""

    ids: frozenset[int]
    names: tuple[str, ...]
    """`owner/name`, in GitHub's order."""


def read_readers(github: GitHub, secret: Secret, organization: str) -> Readers | None:
    """Read the list of selected repositories of a secret; None if it has no such list, or if that can't be read."""
    if secret.level is Level.REPOSITORY or secret.visibility in {_ALL, _PRIVATE}:
        return None
    try:
        path = f"{store_path(secret.level, organization)}/{secret.name}/repositories"
        # A token that sees only some repositories gets a part of the list, in which this repository would be.
        sized = secret.level is not Level.USER
        selected = tuple(github.pages(path, "repositories", sized=sized, partial=True))
        return Readers(
            frozenset(int(item["id"]) for item in selected),
            tuple(str(item.get("full_name")) for item in selected),
        )
    except Exception:  # noqa: BLE001 - the answer can hold anything, and access then stays unknown
        return None


def seen_by(secret: Secret, repository: Repository, readers: Readers | None) -> Secret:
    """Fill in whether codespaces of the repository get the secret, given the repositories selected to read it."""
    if secret.level is Level.REPOSITORY or secret.visibility == _ALL:
        # A user secret's visibility is always `selected`; only an organization's can be `all`.
        return replace(secret, assigned=True)
    if secret.visibility == _PRIVATE:
        return replace(secret, assigned=repository.visibility != "public")
    if readers is None:
        return secret
    return replace(secret, assigned=repository.id in readers.ids, readers=readers.names)
