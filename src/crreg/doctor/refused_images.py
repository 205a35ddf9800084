"""The images that this codespace can't pull, and why: pure functions."""

from collections.abc import Iterator, Sequence

from crreg.doctor.advice import add, from_a_branch, restart
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Fix
from crreg.doctor.triples import explains_uncovered, sees_secrets
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.facts.package_access import package_access
from crreg.facts.questions import DENIALS, only_slows
from crreg.findings.finding import Severity
from crreg.findings.remedy import Link, Remedy, steps
from crreg.github.package import Package, PackageStatus
from crreg.net.github_hosts import container_registry
from crreg.printable import quoted, sentence
from crreg.registry.reference import ImageReference
from crreg.remedies.package_access import (
    asks_to_read,
    how_to_ask,
    needs_authorization,
    why_refused,
)
from crreg.remedies.providers import suggested_identifier
from crreg.remedies.wording import grouped, listing, others
from crreg.triple import names_of


def uncovered(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield one diagnosis per registry, or package, of the refused images that no triple here is for."""
    refused = [
        image
        for image in facts.images
        if image.outcome in DENIALS
        and image.coverage is not Coverage.COVERED
        and not package_access(facts, image).granted
    ]
    own = container_registry(facts.web_url)
    explained = explains_uncovered(facts)
    for (registry, name), images in grouped(refused, lambda image: _group(image, own)).items():
        reference = images[0].reference
        if reference is None:
            continue
        if registry == own:
            yield _package(facts, codespace, images, name)
        elif not explained:
            yield _registry(facts, codespace, images, reference)


def _group(image: ImageFact, own: str) -> tuple[str, str]:
    """Return the registry and, at GitHub's own, the package, which has its own grants."""
    if image.reference is None:
        return "", ""
    registry = image.reference.registry
    return registry, image.reference.name if registry == own else ""


def _registry(
    facts: Facts, codespace: Codespace | None, images: Sequence[ImageFact], reference: ImageReference
) -> Diagnosis:
    registry = reference.registry
    names = tuple(str(name) for name in names_of(suggested_identifier(registry, facts.web_url)))
    here = "this codespace" if codespace is not None else "this environment"
    return Diagnosis(
        _severity(codespace, images),
        Fix.SET,
        f"{quoted(images[0].text)}{others(images)} is private or does not exist, and {here} has no secrets that log "
        f"in to {quoted(registry)}.",
        steps(*add(facts, names, None), restart(facts, codespace), *from_a_branch(codespace)),
        secrets=names,
        registry=registry,
        location=images[0].location,
    )


def _package(facts: Facts, codespace: Codespace | None, images: Sequence[ImageFact], name: str) -> Diagnosis:
    image, package = images[0], facts.packages.get(name)
    registry = name.partition("/")[0]
    asked = codespace is not None and codespace.own_token
    who = "this codespace's own token" if asked else "anyone who is not logged in"
    detail = image.pull.detail if image.pull is not None else ""
    return Diagnosis(
        _severity(codespace, images) if asked else Severity.WARNING,
        Fix.GRANT,
        f"{quoted(registry)} refuses {quoted(image.text)}{others(images)} to {who}"
        f"{_why(facts, image, package) or f': {sentence(detail)}'}"
        f"{needs_authorization(package, facts.discovery.packages_of) if package is not None else ''}",
        _grant(facts, package, reference=image.reference),
        registry=registry,
        location=images[0].location,
    )


def _why(facts: Facts, image: ImageFact, package: Package | None) -> str:
    access = package_access(facts, image)
    if package is None or not access.refused:
        return ""
    return f": {why_refused(package, access, facts.repository or '')}."


def _grant(facts: Facts, package: Package | None, *, reference: ImageReference | None) -> Remedy:
    repository = quoted(facts.repository) if facts.repository else "the repository"
    if package is not None and package.status is PackageStatus.FOUND:
        page = package.settings_page(facts.web_url)
    else:
        owner, _, name = (reference.repository if reference is not None else "").partition("/")
        known = facts.inventory.repository if facts.inventory is not None else None
        own = known is not None and known.owner.lower() == owner
        kind = known.owner_is_organization if known is not None and own else None
        page = Package(owner, name, PackageStatus.ABSENT, owner_is_organization=kind).settings_page(
            facts.web_url
        )
    if package is not None and asks_to_read(package, facts.discovery.packages_of):
        return steps(
            "Create a new codespace, and authorize what it asks for.",
            Link(
                "If it does not ask, or the image is refused anyway, ask an administrator for read access to it",
                page,
            ),
        )
    ask = how_to_ask(package, facts.repository) if package is not None and facts.repository else ()
    if package is None or package.status is not PackageStatus.FOUND:
        ask = _unauthorized(facts, reference)
    return steps(
        *ask,
        Link(
            f"{'Or check' if ask else 'Check'} the image's name. If it is right, ask an administrator of the "
            f"package to add {repository} under Manage Codespaces access",
            page,
        ),
        "Or ask to publish it from a workflow of this repository with crreg publish, which links the two.",
        'Then run "Codespaces: Rebuild Container" (F1), which pulls the image again.',
    )


def _unauthorized(facts: Facts, reference: ImageReference | None) -> tuple[str, ...]:
    """Return a step for a package that this token can't see, and that devcontainer.json may ask for.

    Without the authorization, a codespace's token can't see the package or which repository it is linked to.
    """
    owner = reference.repository.partition("/")[0] if reference is not None else ""
    asked = sorted(name for name in facts.discovery.packages_of if name.partition("/")[0] == owner)
    if not asked:
        return ()
    which = "one of these repositories" if len(asked) > 1 else "that repository"
    names = listing(map(quoted, asked))
    step = (
        f"devcontainer.json asks to read packages of {names}. If the package is linked to {which}, create a new "
        "codespace, and authorize what it asks for."
    )
    return (step,)


def _severity(codespace: Codespace | None, images: Sequence[ImageFact]) -> Severity:
    return Severity.ERROR if sees_secrets(codespace) and not only_slows(images) else Severity.WARNING
