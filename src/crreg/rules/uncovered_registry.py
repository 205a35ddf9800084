"""An image is not public, and no triple logs in to its registry."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from crreg.facts.model import Coverage, Facts, ImageFact
from crreg.facts.questions import (
    DENIALS,
    absence_known,
    meant_for_docker_hub,
    only_slows,
    package_access,
)
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.github.inventory import Level
from crreg.github.package import GITHUB, Access, Package, PackageStatus, container_registry
from crreg.net.docker_hub import DOCKER_HUB
from crreg.registry.reference import ImageReference
from crreg.remedies.commands import configuration, environment, export, set_secret
from crreg.remedies.providers import known_values, suggested_identifier
from crreg.remedies.wording import grouped, listing, others
from crreg.rules.rule import Rule
from crreg.text import plain, quoted, sentence
from crreg.triple import Part, SecretName, names_of

_MOST_NAMED = 5
"""Secrets that a message names one by one."""


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a registry; at Docker Hub and GitHub's own one a repository, since each is private or not.

    A package of GitHub's own whose grants are known needs no triple, or is told by its own rule.
    """
    refused = (
        image
        for image in facts.images
        if image.pull is not None
        and image.pull.outcome in DENIALS
        and image.coverage is not Coverage.COVERED
        and package_access(facts, image) is Access.UNKNOWN
    )
    shared = {DOCKER_HUB, container_registry(facts.web_url), container_registry(GITHUB)}
    for owner, images in grouped(refused, partial(_owner, shared)).items():
        reference = images[0].reference
        if reference is not None and not (reference.registry == DOCKER_HUB and facts.derived(_is_misnamed)):
            yield _judge(facts, owner, reference, images)


def _owner(shared: Collection[str], image: ImageFact) -> str:
    """What is private or not as a whole; in `shared` registries each repository has an owner of its own."""
    if image.reference is None:
        return ""
    return image.reference.name if image.reference.registry in shared else image.reference.registry


def _judge(facts: Facts, owner: str, reference: ImageReference, images: Sequence[ImageFact]) -> Finding:
    unknown = images[0].coverage is Coverage.UNKNOWN
    image = f"{quoted(images[0].text)}{others(images)}"
    registry = quoted(reference.registry)
    own = reference.registry == container_registry(facts.web_url)
    package = facts.packages.get(reference.name)
    unlisted = not absence_known(facts)
    if unlisted and not facts.derived(_unknown_servers):
        message = (
            f"{image} is private or does not exist, and whether a Codespaces secret logs in to {registry} can't be "
            "told: the secrets could not be listed."
        )
        remedy = steps(
            "Give crreg a token that may list the secrets. If there are none for this registry, set them; "
            "give the other values when asked:",
            *_set_triple(facts, reference.registry),
        )
    elif unknown:
        message = (
            f"{image} is private or does not exist, and whether a secret logs in to {registry} can't be told: "
            f"the value of {_servers(facts)} is not known here."
        )
        remedy = _tell_server(facts, reference.registry)
    elif own:
        message = (
            f"{image} is private or does not exist, and no secret logs in to {registry}. A codespace may still pull "
            "it: a package that inherits access from this repository, or grants its codespaces access, needs no "
            "secret."
        )
        remedy = steps(
            "In the package's settings, add this repository under Manage Codespaces access; "
            "else store a classic token with read:packages:",
            *_set_triple(facts, reference.registry),
        )
    else:
        message = (
            f"{image} is private or does not exist, and no Codespaces secret logs in to {registry}. "
            "A codespace could not pull it."
        )
        remedy = steps(
            "Store the registry's login as Codespaces secrets; give the other values when asked:",
            *_set_triple(facts, reference.registry),
        )
    doubtful = unknown or unlisted or own or only_slows(images)
    return RULE.finding(
        message + _unread(package),
        steps(*_tell_package(package), *remedy),
        severity=Severity.WARNING if doubtful else None,
        effect=Effect.HYGIENE if only_slows(images) else None,
        registry=reference.registry,
        location=images[0].location,
        about=(owner,),
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


def _tell_server(facts: Facts, registry: str) -> Remedy:
    identifier = next(iter(facts.derived(_unknown_servers)), "ID")
    where, line = ("the step's env", environment) if facts.in_workflow else ("the environment", export)
    return steps(
        f"Hand crreg the value, in {where}:",
        line(str(SecretName(identifier, Part.SERVER))),
        f"Or, if {identifier} is for this registry, write in .github/crreg.yml:",
        configuration(identifier, "server", registry),
    )


def _unread(package: Package | None) -> str:
    """Why GitHub did not tell of the package, with a space before it; empty where it was not asked."""
    if package is None:
        return ""
    if package.status is PackageStatus.ABSENT:
        return " GitHub shows this token no such package."
    return f" Whether the package itself grants it could not be read: {sentence(package.detail)}"


def _tell_package(package: Package | None) -> tuple[str, ...]:
    if package is None or not package.permission:
        return ()
    sure = (
        f"To know what the package grants, give crreg a token that may read it: {plain(package.permission)}."
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
