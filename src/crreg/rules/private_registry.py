"""A registry has a private address, which codespaces usually can't reach."""

import contextlib
from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import needed, only_slows
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Command, Remedy, command, steps
from crreg.net.github_hosts import container_registry
from crreg.printable import quoted
from crreg.registry.outcome import NetworkPlace
from crreg.registry.reference import ImageReference, InvalidReference
from crreg.remedies.wording import needed_by
from crreg.rules.rule import Rule

_WHERE = {
    NetworkPlace.PRIVATE: (
        "has a private address. A runner in your own network can reach it, but a codespace runs in GitHub's network "
        "and usually can't."
    ),
    NetworkPlace.LOOPBACK: "is on the machine that runs this check. A codespace would look for it on its own machine.",
}


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per registry, from its logins if there are any, else from its images."""
    reported: set[str] = set()
    for triple in facts.triples:
        place = triple.login.place if triple.login is not None else None
        if place is not None and triple.server is not None and triple.server not in reported:
            reported.add(triple.server)
            yield RULE.of_triple(
                facts,
                triple,
                _message(facts, triple.server, place),
                _remedy(facts, triple.server),
                effect=None if needed(facts, triple) else Effect.HYGIENE,
                about=(triple.server,),
            )
    for image in facts.images:
        place = image.pull.place if image.pull is not None else None
        registry = image.reference.registry if image.reference is not None else None
        if place is not None and registry is not None and registry not in reported:
            reported.add(registry)
            yield RULE.finding(
                _message(facts, registry, place),
                _remedy(facts, registry),
                effect=Effect.HYGIENE if only_slows(facts.images_of(registry)) else None,
                registry=registry,
                location=image.location,
            )


def _message(facts: Facts, registry: str, place: NetworkPlace) -> str:
    return f"{quoted(registry)} {_WHERE[place]}{needed_by(facts, registry)}"


def _remedy(facts: Facts, registry: str) -> Remedy:
    copies = [*_copies(facts, registry)]
    if not copies:
        return steps(RULE.remedy)
    own = quoted(container_registry(facts.web_url))
    return steps(
        RULE.remedy,
        f"To copy them to {own}, where codespaces of this repository need no secret:",
        *copies,
        "Then write the new names into the files that name these images.",
    )


def _copies(facts: Facts, registry: str) -> Iterator[Command]:
    """Yield a command for each image; its package is named after this repository and the image."""
    owner, _, name = (facts.repository or "").lower().partition("/")
    references = dict.fromkeys(
        image.reference for image in facts.images_of(registry) if image.reference is not None
    )
    for reference in references:
        package = "-".join([name, *reference.repository.split("/")])
        tag = f":{reference.tag}" if reference.tag is not None else ""
        target = f"{container_registry(facts.web_url)}/{owner}/{package}{tag}"
        # A repository may have a name that no package can have.
        with contextlib.suppress(InvalidReference):
            ImageReference.parse(target)
            yield command("crreg", "publish", "--link", "--copy", str(reference), "--to", target)


RULE = Rule(
    "private-registry",
    Severity.WARNING,
    Effect.UNPROVEN,
    "A registry has a private address, which codespaces usually can't reach.",
    "Give the registry an address on the internet, or copy its images to a registry that has one (crreg publish).",
    check,
)
