"""Check after the push whether the package is linked to the repository, and whether its codespaces can pull it."""

from collections.abc import Callable, Collection
from dataclasses import replace

from crreg.findings.finding import Finding, Severity
from crreg.github.inventory import Repository
from crreg.github.package import Package, PackageStatus
from crreg.net.retry import pauses
from crreg.printable import quoted
from crreg.publish.published import Linked, Outcome, Published
from crreg.publish.target import Target
from crreg.remedies.package_access import how_to_grant, refusal
from crreg.rules.package_not_accessible import RULE

_HIDDEN = frozenset({"private", "internal"})
_FIRST_PAUSE = 1.0
"""Seconds; it takes a moment until the API knows a new package. GitHub does not say how long."""


def verified(
    target: Target,
    published: Published,
    package: Callable[[str, str], Package],
    repository: Callable[[], Repository | None],
    *,
    packages_of: Callable[[], Collection[str]],
    sleep: Callable[[float], object],
) -> tuple[Published, Finding | None]:
    """Ask GitHub about the package of a published image; return a finding if codespaces can't pull it.

    `packages_of` returns the repositories whose packages the dev containers ask to read; it is called only if needed.
    """
    found = package(target.owner, target.package_name)
    for seconds in pauses(_FIRST_PAUSE):
        if found.status is not PackageStatus.ABSENT:
            break
        sleep(seconds)
        found = package(target.owner, target.package_name)
    own = repository()
    if found.status is PackageStatus.ABSENT and own is not None and not target.with_token:
        return published, _unseen(target, published, own)
    if found.status is not PackageStatus.FOUND or own is None:
        note = f"It is not known whether codespaces may pull it, since GitHub did not show its package: {found.detail}"
        return replace(published, notes=(*published.notes, note)), None
    linked = found.is_linked_to(own.full_name)
    published = replace(
        published,
        linked=Linked.YES if linked else Linked.NO,
        visibility=found.visibility,
        notes=(*published.notes, *_first_seen(published, found)),
    )
    refused = refusal(found, own, packages_of, target.publisher.web_url)
    if refused is None:
        return published, None
    return published, target.finding(
        RULE,
        f"Codespaces of {quoted(own.full_name)} {refused.can_not} pull {quoted(published.reference)} without a secret: "
        f"{refused.why}.{refused.authorization}",
        *refused.remedy,
        severity=RULE.severity if refused.certain else Severity.WARNING,
    )


def _first_seen(published: Published, package: Package) -> tuple[str, ...]:
    """Return a note on who can see a package that may be new, which is known only now."""
    if published.outcome is not Outcome.PUBLISHED or any(published.previous.values()):
        return ()
    if package.visibility == "public":
        return ("The package is public: everybody can pull it, and it can't be made private again.",)
    return (f"The package is {package.visibility}.",) if package.visibility in _HIDDEN else ()


def _unseen(target: Target, published: Published, own: Repository) -> Finding:
    """Return a finding on a package that was pushed with a triple and that GitHub's token can't see."""
    return target.finding(
        RULE,
        f"Codespaces of {quoted(own.full_name)} may not be able to pull {quoted(published.reference)} without a "
        "secret. It was pushed with a triple, and GitHub's token can't see its package, which may not be linked to a "
        "repository of that token.",
        *how_to_grant(
            Package(target.owner, target.package_name, PackageStatus.ABSENT),
            own.full_name,
            target.publisher.web_url,
        ),
        severity=Severity.WARNING,
    )
