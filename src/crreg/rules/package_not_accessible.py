"""A package of GitHub's own registry is not accessible to codespaces of this repository."""

import json
from collections.abc import Iterator

from crreg.facts.model import Coverage, Facts, ImageFact
from crreg.facts.questions import DENIALS, absence_known, only_slows, package_access
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Link, Remedy, Snippet, Step, steps
from crreg.github.package import Access, Package
from crreg.printable import plain, quoted
from crreg.remedies.wording import grouped, others
from crreg.rules.rule import Rule

_AUTHORIZE = (
    "Authorize it when you create the codespace. If a codespace was created before, or without the authorization, "
    "create it again."
)


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per package: only a warning if a secret that is not known may log in instead."""
    refused = (
        image
        for image in facts.images
        if image.pull is not None
        and image.pull.outcome in DENIALS
        and image.coverage is not Coverage.COVERED
        and package_access(facts, image).refused
    )
    for name, images in grouped(refused, _name).items():
        image, repository = images[0], facts.inventory.repository if facts.inventory is not None else None
        if repository is None:
            continue
        package, registry = facts.packages[name], name.partition("/")[0]
        unsure = image.coverage is Coverage.UNKNOWN or not absence_known(facts)
        login = (
            f"crreg can't tell whether a secret logs in to {quoted(registry)}"
            if unsure
            else f"no secret logs in to {quoted(registry)}"
        )
        access = package_access(facts, image)
        asked = asks_to_read(facts, package)
        certain = access.certain and not asked
        can_not = "can't" if certain else "may not be able to"
        why = why_refused(package, access, repository.full_name)
        yield RULE.finding(
            f"Codespaces of {quoted(repository.full_name)} {can_not} pull "
            f"{quoted(image.text)}{others(images)}: "
            f"{why}, and {login}.{needs_authorization(package) if asked else ''}",
            steps(_AUTHORIZE) if asked else how_to_grant(package, repository.full_name, facts.web_url),
            severity=Severity.WARNING if unsure or only_slows(images) or not certain else None,
            effect=Effect.HYGIENE if only_slows(images) else None,
            registry=registry,
            location=image.location,
            about=(name,),
        )


def asks_to_read(facts: Facts, package: Package) -> bool:
    """Whether a devcontainer.json asks for the packages of the repository that the package is linked to."""
    return package.repository is not None and package.repository.lower() in facts.discovery.packages_of


def needs_authorization(package: Package) -> str:
    """Return a sentence on the permission that devcontainer.json asks for, with a space before it."""
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
        "If the repository is on that list already: GitHub has no API that shows it, so write this in "
        ".github/crreg.yml:",
        Snippet("ignore: [package-not-accessible]"),
    )


def _name(image: ImageFact) -> str:
    return image.reference.name if image.reference is not None else ""


RULE = Rule(
    "package-not-accessible",
    Severity.ERROR,
    Effect.STOPS,
    "A package of GitHub's own registry is not accessible to codespaces of this repository.",
    "Add the repository under Manage Codespaces access in the package's settings.",
    check,
)
