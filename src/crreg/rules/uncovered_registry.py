"""An image is not public, and no triple logs in to its registry."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.facts.package_access import Access, package_access
from crreg.facts.questions import DENIALS, absence_known, only_slows
from crreg.facts.registry_quirks import meant_for_docker_hub
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.github.levels import Level
from crreg.github.package import Package, PackageStatus
from crreg.net.docker_hub import DOCKER_HUB
from crreg.net.github_hosts import CONTAINER_REGISTRY, container_registry
from crreg.printable import plain, quoted, sentence
from crreg.registry.reference import ImageReference
from crreg.remedies.commands import configuration, environment, export, set_secret
from crreg.remedies.providers import known_values, suggested_identifier
from crreg.remedies.wording import grouped, listing, others
from crreg.rules.rule import Rule
from crreg.triple import Part, SecretName, names_of

_MOST_NAMED = 5
"""Secrets that a message names one by one."""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per registry, or per repository at Docker Hub and GitHub's, where each is private or not.

    A GitHub package with known grants needs no triple, or package-not-accessible reports it.
    """
    refused = (
        image
        for image in facts.images
        if image.outcome in DENIALS
        and image.coverage is not Coverage.COVERED
        and package_access(facts, image) is Access.UNKNOWN
    )
    shared = {DOCKER_HUB, container_registry(facts.web_url), CONTAINER_REGISTRY}
    for owner, images in grouped(refused, partial(_owner, shared)).items():
        reference = images[0].reference
        if reference is not None and not (reference.registry == DOCKER_HUB and facts.derived(_is_misnamed)):
            yield _judge(facts, owner, reference, images)


def _owner(shared: Collection[str], image: ImageFact) -> str:
    """Return what is private or not as a whole: the registry, or the repository in a `shared` registry."""
    if image.reference is None:
        return ""
    return image.reference.name if image.reference.registry in shared else image.reference.registry


def _judge(facts: Facts, owner: str, reference: ImageReference, images: Sequence[ImageFact]) -> Finding:
    registry = reference.registry
    unknown = images[0].coverage is Coverage.UNKNOWN
    own = registry == container_registry(facts.web_url)
    package = facts.packages.get(reference.name)
    unlisted = not absence_known(facts)
    image = f"{quoted(images[0].text)}{others(images)} is private or does not exist"
    if unlisted and not facts.derived(_unknown_servers):
        message, remedy = _unlisted(facts, image, registry)
    elif unknown:
        message, remedy = _unknown_value(facts, image, registry)
    elif own:
        message, remedy = _at_github(facts, image, registry)
    else:
        message, remedy = _not_covered(facts, image, registry)
    doubtful = unknown or unlisted or own
    if not doubtful and registry != registry.lower():
        # Docker compares these names with case, and a SERVER is best written without capital letters.
        lower = quoted(registry.lower())
        remedy = steps(
            f"Write the registry as {lower}: docker finds no login for a name with capital letters."
        )
    return RULE.finding(
        message + _unread(package),
        steps(*_about_package(package), *remedy),
        effect=Effect.HYGIENE if only_slows(images) else Effect.UNPROVEN if doubtful else None,
        registry=registry,
        location=images[0].location,
        about=(owner,),
    )


def _unlisted(facts: Facts, image: str, registry: str) -> tuple[str, Remedy]:
    message = (
        f"{image}. crreg can't tell whether a Codespaces secret logs in to {quoted(registry)}: the secrets could not "
        "be listed."
    )
    return message, steps(
        "Give crreg a token that can list the secrets (see unreadable-secrets). Set them only if there are none "
        "for this registry; enter the other values when prompted:",
        *_set_triple(facts, registry),
    )


def _unknown_value(facts: Facts, image: str, registry: str) -> tuple[str, Remedy]:
    message = (
        f"{image}. crreg can't tell whether a secret logs in to {quoted(registry)}: "
        f"the value of {_servers(facts)} is not known here."
    )
    return message, _pass_server(facts, registry)


def _at_github(facts: Facts, image: str, registry: str) -> tuple[str, Remedy]:
    message = (
        f"{image}, and no secret logs in to {quoted(registry)}. A codespace may still pull it: a package that "
        "inherits access from this repository, or grants its codespaces access, needs no secret."
    )
    return message, steps(
        "In the package's settings, add this repository under Manage Codespaces access; "
        "otherwise store a classic token with read:packages:",
        *_set_triple(facts, registry),
    )


def _not_covered(facts: Facts, image: str, registry: str) -> tuple[str, Remedy]:
    message = f"{image}, and no Codespaces secret logs in to {quoted(registry)}. A codespace can't pull it."
    return message, steps(
        "Store the registry's login as Codespaces secrets; enter the other values when prompted:",
        *_set_triple(facts, registry),
    )


def _is_misnamed(facts: Facts) -> bool:
    """Whether a triple is meant for Docker Hub, and invalid-server says what to correct."""
    return any(meant_for_docker_hub(facts, triple) for triple in facts.triples)


def _unknown_servers(facts: Facts) -> tuple[str, ...]:
    return tuple(
        triple.identifier for triple in facts.triples if triple.server is None and not triple.server_at_hand
    )


def _servers(facts: Facts) -> str:
    unknown = facts.derived(_unknown_servers)
    names = [str(SecretName(identifier, Part.SERVER)) for identifier in unknown[:_MOST_NAMED]]
    if len(unknown) > _MOST_NAMED:
        names.append(f"{len(unknown) - _MOST_NAMED} others")
    return listing(names) if names else "a SERVER secret"


def _pass_server(facts: Facts, registry: str) -> Remedy:
    identifier = next(iter(facts.derived(_unknown_servers)), "ID")
    where, line = ("the step's env", environment) if facts.in_workflow else ("the environment", export)
    return steps(
        f"Pass the value to crreg, in {where}:",
        line(str(SecretName(identifier, Part.SERVER))),
        f"Or, if {identifier} is for this registry, write this in .github/crreg.yml:",
        configuration(identifier, "server", registry),
    )


def _unread(package: Package | None) -> str:
    """Return why the package could not be read, with a space before it; empty if it was not requested."""
    if package is None:
        return ""
    if package.status is PackageStatus.ABSENT:
        return " GitHub shows no package of this name to this token."
    return f" crreg could not find out whether the package grants access: {sentence(package.detail)}"


def _about_package(package: Package | None) -> tuple[str, ...]:
    if package is None or not package.permission:
        return ()
    sure = (
        f"To check what the package grants, give crreg a token that can read it: {plain(package.permission)}."
    )
    if package.status is PackageStatus.ABSENT:
        return ("Correct the image's name if it is misspelled, or publish it.", sure)
    return (sure,)


def _set_triple(facts: Facts, registry: str) -> Remedy:
    identifier = suggested_identifier(registry, facts.web_url)
    known = known_values(registry)
    return tuple(
        set_secret(facts, str(name), Level.REPOSITORY, body=known.get(name.part))
        for name in names_of(identifier)
    )


RULE = Rule(
    "uncovered-registry",
    Severity.ERROR,
    Effect.STOPS,
    "An image is not public, and no triple logs in to its registry.",
    "Store the registry's server, user and password as Codespaces secrets.",
    check,
)
