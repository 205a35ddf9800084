"""Find out whether a first push to GitHub's registry might make an image public, for good. Pure functions.

GitHub's pages contradict each other on who sees a package that a workflow creates: one says that it inherits the
repository's visibility, another that it inherits the access but not the visibility. People report that a
package of a public repository became public if its name starts with the repository's, and private otherwise.
A public package can't be made private again, so we ask first. Sources:
https://docs.github.com/en/packages/managing-github-packages-using-github-actions-workflows/publishing-and-installing-a-package-with-github-actions
https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
https://github.com/drizzle-team/drizzle-orm/pull/6005
"""

from collections.abc import Iterable

from crreg.findings.finding import Finding
from crreg.github.inventory import Repository
from crreg.github.package import PackageStatus
from crreg.printable import quoted
from crreg.publish.target import Target
from crreg.rules.publish_rules import MAY_BECOME_PUBLIC


def is_new(target: Target, previous: Iterable[str | None]) -> bool:
    """Return whether the push may create the package; `previous` is what each tag points at now."""
    if not target.at_github or any(previous):
        return False
    return target.package is None or target.package.status is not PackageStatus.FOUND


def exposure(target: Target, repository: Repository | None) -> Finding | None:
    """Return why a new package is not published; None if its repository is not public. An unknown one may be."""
    if repository is not None and repository.visibility != "public":
        return None
    name = quoted(target.publisher.full_name or "the repository")
    state = f"{name} is public" if repository is not None else f"GitHub did not say whether {name} is public"
    return target.finding(
        MAY_BECOME_PUBLIC,
        f"Publishing {quoted(target.publication.image)} would create a package that may be public. {state}. GitHub "
        "documents both that a new package inherits the repository's visibility and that it does not. A public package "
        "can't be made private again.",
        "If everybody may see the image, add allow-public: true to its entry, or pass --allow-public. If not, publish "
        "from a private repository, or first create the package by hand and check that it is private.",
    )
