"""May codespaces pull an image? It was served, or its package in GitHub's registry grants access."""

import enum

from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.github.package import Package, PackageStatus
from crreg.registry.outcome import PullOutcome


class Access(enum.Enum):
    """Whether codespaces of a repository may pull a package without any secret, and why.

    No API shows what was granted under "Manage Codespaces access", so a refusal here may not be final.
    """

    PUBLIC = "public"
    LINKED = "linked"
    """It is linked to the repository and inherits its access."""
    INTERNAL = "internal"
    """All private and internal repositories of its owner may read it."""
    UNLINKED = "unlinked"
    """It is private and not linked to a repository."""
    LINKED_ELSEWHERE = "linked elsewhere"
    """It is private and linked to another repository."""
    INTERNAL_FROM_PUBLIC = "internal, from a public repository"
    """It is internal, but the repository is public, so anybody can start its codespaces."""
    INTERNAL_ELSEWHERE = "internal elsewhere"
    """It is internal to another owner. Members of one enterprise may read it; for codespaces this is undocumented."""
    UNKNOWN = "unknown"
    """The package could not be read."""

    @property
    def granted(self) -> bool:
        """Whether a codespace may certainly pull it."""
        return self in {Access.PUBLIC, Access.LINKED, Access.INTERNAL}

    @property
    def refused(self) -> bool:
        """Whether a codespace may not pull it, unless the package's settings grant access."""
        return not self.granted and self is not Access.UNKNOWN

    @property
    def certain(self) -> bool:
        """Whether GitHub documents the answer.

        Source: https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
        """
        return self not in {Access.UNKNOWN, Access.INTERNAL_ELSEWHERE}


def judge_package(package: Package, repository: str, visibility: str) -> Access:
    """Whether codespaces of `repository` (`owner/name`), with its visibility, may pull the package.

    Source: https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
    """
    if package.status is not PackageStatus.FOUND:
        return Access.UNKNOWN
    if package.visibility == "public":
        return Access.PUBLIC
    if package.is_linked_to(repository):
        return Access.LINKED
    if package.visibility == "internal":
        if package.owner.lower() != repository.partition("/")[0].lower():
            return Access.INTERNAL_ELSEWHERE
        return Access.INTERNAL_FROM_PUBLIC if visibility == "public" else Access.INTERNAL
    return Access.UNLINKED if package.repository is None else Access.LINKED_ELSEWHERE


def package_access(facts: Facts, image: ImageFact) -> Access:
    """Return whether codespaces of the repository may pull the image's package without a secret, as far as known."""
    package = facts.packages.get(image.reference.name) if image.reference is not None else None
    repository = facts.inventory.repository if facts.inventory is not None else None
    if package is None or repository is None:
        return Access.UNKNOWN
    return judge_package(package, repository.full_name, repository.visibility)


def can_be_pulled(facts: Facts, image: ImageFact) -> bool:
    """Whether a codespace certainly gets the image: it was served, or its package grants the repository access."""
    served = image.outcome is not None and image.outcome.served
    return (served and not asks_late(facts, image)) or package_access(facts, image).granted


def asks_late(facts: Facts, image: ImageFact) -> bool:
    """Whether the registry asks for the login at the image, but not at `/v2/`.

    Docker with its classic image store answers only challenges of `/v2/`, so it pulls such images without a login; with
    containerd's store it logs in. Nobody documents which one codespaces have.
    Source: https://github.com/moby/moby/blob/v28.5.2/distribution/registry.go (`newRepository`)
    """
    triple = facts.triple(image.triple)
    login = triple.login if triple is not None else None
    return image.outcome is PullOutcome.AVAILABLE and login is not None and login.untested


def needs_no_secret(facts: Facts, image: ImageFact) -> bool:
    """Whether a codespace certainly gets the image without a triple: it is public, or its package grants access.

    An available image without a triple was requested with a codespace's own token.
    """
    own = image.outcome is PullOutcome.AVAILABLE and image.coverage is not Coverage.COVERED
    return image.outcome is PullOutcome.PUBLIC or own or package_access(facts, image).granted
