"""What some registries make of a login, besides accepting or refusing it."""

from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts, TripleFact
from crreg.facts.package_access import needs_no_secret
from crreg.facts.questions import absent_parts
from crreg.net.docker_hub import DOCKER_HUB
from crreg.registry.outcome import LoginOutcome
from crreg.registry.providers import is_other_docker_hub, provider_of


def meant_for_docker_hub(facts: Facts, triple: TripleFact) -> tuple[ImageFact, ...]:
    """Return the Docker Hub images that docker does not use the triple's login for, because of its SERVER's spelling.

    Empty if another triple covers them, or if the triple lacks a part, so that it is not a login yet.
    """
    if not is_other_docker_hub(triple.server) or absent_parts(facts, triple):
        return ()
    return tuple(image for image in facts.images_of(DOCKER_HUB) if image.coverage is not Coverage.COVERED)


def blocks_public(facts: Facts, triple: TripleFact) -> bool:
    """Whether the refused login blocks images that need no login."""
    return (
        triple.login is not None
        and triple.login.outcome is LoginOutcome.DENIED
        and provider_of(triple.server).stale_login_blocks_public
        and bool(facts.images_of(triple.server))
    )


def superfluous(facts: Facts, triple: TripleFact) -> bool:
    """Whether codespaces get every image without the triple, so it only does harm."""
    return blocks_public(facts, triple) and all(
        needs_no_secret(facts, image) for image in facts.images_of(triple.server)
    )
