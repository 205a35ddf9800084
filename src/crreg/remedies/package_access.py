"""Why codespaces can't pull a package of GitHub's own registry, and how to give them access."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from crreg.facts.package_access import Access, judge_package
from crreg.findings.remedy import Link, Remedy, Snippet, Step, steps
from crreg.github.inventory import Repository
from crreg.github.package import Package
from crreg.printable import plain, quoted

_AUTHORIZE = (
    "Authorize it when you create the codespace. If a codespace was created before, or without the authorization, "
    "create it again."
)


@dataclass(frozen=True, slots=True)
class AccessRefusal:
    """What to say about a package that codespaces of a repository can't pull, or may not be able to."""

    why: str
    """A clause."""
    certain: bool
    """Whether they certainly can't: GitHub documents it, and devcontainer.json does not ask for access."""
    authorization: str
    """A sentence, with a space before it, on the access that devcontainer.json asks for; empty if it does not."""
    remedy: Remedy

    @property
    def can_not(self) -> str:
        """The verb for codespaces: `can't`, or less if that is not certain."""
        return "can't" if self.certain else "may not be able to"


def refusal(
    package: Package, repository: Repository, packages_of: Callable[[], Collection[str]], web_url: str
) -> AccessRefusal | None:
    """Return why codespaces of a repository can't pull a package; None if they can, or if that is not known.

    Args:
        package: the package, as GitHub describes it.
        repository: the repository whose codespaces are meant.
        packages_of: returns the repositories whose packages its dev containers ask to read; called only if needed.
        web_url: GitHub's address for a browser.
    """
    access = judge_package(package, repository.full_name, repository.visibility)
    if not access.refused:
        return None
    named = packages_of()
    asked = asks_to_read(package, named)
    return AccessRefusal(
        why_refused(package, access, repository.full_name),
        access.certain and not asked,
        needs_authorization(package, named),
        steps(_AUTHORIZE) if asked else how_to_grant(package, repository.full_name, web_url),
    )


def asks_to_read(package: Package, packages_of: Collection[str]) -> bool:
    """Whether `packages_of`, in lower case, has the repository that the package is linked to."""
    return package.repository is not None and package.repository.lower() in packages_of


def needs_authorization(package: Package, packages_of: Collection[str]) -> str:
    """Return a sentence on the access that devcontainer.json asks for, with a space before it; empty if it doesn't."""
    if not asks_to_read(package, packages_of):
        return ""
    return (
        f" devcontainer.json asks to read packages of {quoted(package.repository or '')}. A codespace gets that "
        "permission if the person who creates it authorizes it and can read them."
    )


def how_to_ask(package: Package, repository: str) -> tuple[str | Step, ...]:
    """Return the steps to ask for access in devcontainer.json; empty for a package that this can't open.

    It only works for repositories of the same owner.
    """
    linked = package.repository
    if linked is None or linked.partition("/")[0].lower() != repository.partition("/")[0].lower():
        return ()
    asked = {"codespaces": {"repositories": {plain(linked): {"permissions": {"packages": "read"}}}}}
    return (
        "Ask for access in devcontainer.json; each person authorizes it once, when they create a codespace:",
        Snippet(f'"customizations": {json.dumps(asked)}'),
    )


def why_refused(package: Package, access: Access, repository: str) -> str:
    """Return why codespaces of `repository` (`owner/name`) can't pull the package, as a clause."""
    if access is Access.UNLINKED:
        return "the package is private and not linked to a repository"
    if access is Access.LINKED_ELSEWHERE:
        return f"the package is private and linked to another repository, {quoted(package.repository or '')}"
    if access is Access.INTERNAL_FROM_PUBLIC:
        return "the package is internal and this repository is public"
    owner = repository.partition("/")[0]
    return (
        f"the package is internal to {quoted(package.owner)} and this repository belongs to {quoted(owner)}; GitHub "
        "does not document whether codespaces of another organization of the same enterprise can pull it"
    )


def how_to_grant(package: Package, repository: str, web_url: str) -> Remedy:
    """Return the steps to let codespaces of `repository` (`owner/name`) pull the package."""
    publish = "publish it with crreg publish, from a workflow of this repository and under another name"
    connect = "connect the package to this repository, on the package's page"
    ask = how_to_ask(package, repository)
    return steps(
        *ask,
        Link(
            f"{'Or add' if ask else 'Add'} {quoted(repository)} under Manage Codespaces access",
            package.settings_page(web_url),
        ),
        f"Or {publish}." if package.repository is not None else f"Or {connect}; or {publish}.",
        "If the repository is on that list already, crreg can't know, because GitHub has no API for it. Write this in "
        ".github/crreg.yml:",
        Snippet("ignore: [package-not-accessible]"),
    )
