"""May codespaces pull an image? It was served, or its package in GitHub's registry grants access.

`github.package.judge_package` judges a package; this asks it about an image of the facts.
"""

from crreg.facts.model import Coverage, Facts, ImageFact
from crreg.github.package import Access, judge_package
from crreg.registry.outcome import PullOutcome


def package_access(facts: Facts, image: ImageFact) -> Access:
    """Return whether codespaces of the repository may pull the image's package without a secret, as far as known."""
    package = facts.packages.get(image.reference.name) if image.reference is not None else None
    repository = facts.inventory.repository if facts.inventory is not None else None
    if package is None or repository is None:
        return Access.UNKNOWN
    return judge_package(package, repository.full_name, repository.visibility)


def can_be_pulled(facts: Facts, image: ImageFact) -> bool:
    """Whether a codespace certainly gets the image: it was served, or its package grants the repository access."""
    served = image.pull is not None and image.pull.outcome.served
    return served or package_access(facts, image).granted


def needs_no_secret(facts: Facts, image: ImageFact) -> bool:
    """Whether a codespace certainly gets the image without a triple: it is public, or its package grants access.

    An available image without a triple was requested with a codespace's own token.
    """
    outcome = image.pull.outcome if image.pull is not None else None
    own = outcome is PullOutcome.AVAILABLE and image.coverage is not Coverage.COVERED
    return outcome is PullOutcome.PUBLIC or own or package_access(facts, image).granted
