"""Minting the ECR tokens that are due, and testing them before they are written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from crreg.discovery.found import Source
from crreg.ensure.desired import Desired, DesiredTriple, Trial, TriedImage, values_of
from crreg.ensure.planning import case_of
from crreg.exits.unexpected import isolated
from crreg.facts.masked_values import secrets_of_triples
from crreg.facts.model import Facts
from crreg.net.concurrency import Pool
from crreg.registry.client import RegistryClient
from crreg.registry.ecr import parse_host
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.server import read_server
from crreg.triple import Part, Triple


@dataclass(frozen=True)
class Mint:
    """What is needed to mint and test a token."""

    registries: RegistryClient
    seconds: Callable[[], float]
    """Returns the seconds that are left for AWS."""
    conceal: Callable[[Sequence[str]], None]
    """Called with the texts of each minted token before any other use, so that no log ever shows them."""


def with_fresh_tokens(desired: Desired, facts: Facts, now: datetime, mint: Mint) -> Desired:
    """Add a token to the desired state for each rotated triple that is due."""
    inventory = facts.inventory
    if inventory is None or inventory.repository is None:
        return desired
    pool = Pool(8)
    fresh = {
        triple.identifier: pool.submit(partial(_fresh_or_failed, triple, facts, mint))
        for triple in desired.triples
        if triple.rotated and case_of(desired, triple, inventory, now).due
    }
    return replace(
        desired,
        triples=tuple(
            fresh[triple.identifier].result() if triple.identifier in fresh else triple
            for triple in desired.triples
        ),
    )


def _fresh_or_failed(triple: DesiredTriple, facts: Facts, mint: Mint) -> DesiredTriple:
    return isolated(
        lambda: _fresh(triple, facts, mint), lambda description: replace(triple, failure=description)
    )


def _fresh(triple: DesiredTriple, facts: Facts, mint: Mint) -> DesiredTriple:
    value = triple.values.get(Part.SERVER)
    if value is None:
        return triple
    server = read_server(value)
    registry = parse_host(server.host) if server is not None else None
    if registry is None:
        failure = (
            f"The configuration rotates {triple.identifier} as an ECR token, but its server is not at ECR."
        )
        return replace(triple, failure=failure)
    # Imported here, since boto3 takes longer to load than a login takes.
    from crreg.registry.aws.tokens import mint as mint_token

    try:
        credentials = mint_token(registry, mint.seconds())
    except RegistryError as error:
        return replace(triple, failure=f"No token was created for {triple.identifier}: {error.detail}")
    minted = Triple(triple.identifier, value, credentials.user, credentials.password)
    mint.conceal(secrets_of_triples([minted]))
    return replace(triple, values=values_of(minted), trial=_try(minted, facts, mint.registries))


def _try(minted: Triple, facts: Facts, registries: RegistryClient) -> Trial:
    login = registries.login(minted)
    if login.outcome is not LoginOutcome.SUCCEEDED and not login.untested:
        return Trial(login)
    images = {
        (image.text, image.platform): (image.reference, image.use)
        for image in facts.images_with(minted.identifier)
        if image.reference is not None and image.source is not Source.CACHE
    }
    return Trial(
        login,
        tuple(
            TriedImage(text, platform, registries.pull(reference, minted, use=use))
            for (text, platform), (reference, use) in images.items()
        ),
    )
