"""The recommended secrets of a dev container: what its devcontainer.json asks people for."""

from crreg.facts.image import Coverage
from crreg.facts.model import Facts
from crreg.facts.package_access import needs_no_secret
from crreg.facts.questions import DENIALS
from crreg.printable import plain
from crreg.remedies.providers import server_value, suggested_identifier
from crreg.triple import Part, SecretName

DOCUMENTATION = (
    "https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry"
)


def recommended_secrets(facts: Facts) -> dict[str, dict[str, str]]:
    """Return the value of `secrets` for the triples that the images need; empty if they need none.

    Source: https://github.com/devcontainers/spec/blob/main/docs/specs/declarative-secrets.md
    """
    needed: dict[str, str] = {}
    for image in facts.images:
        if image.reference is None or needs_no_secret(facts, image):
            continue
        if image.triple is not None or image.outcome in DENIALS:
            registry = image.reference.registry
            identifier = image.triple or suggested_identifier(registry, facts.web_url)
            needed.setdefault(identifier, registry)
    return {
        str(SecretName(identifier, part)): {
            "description": _description(part, registry),
            "documentationUrl": DOCUMENTATION,
        }
        for identifier, registry in sorted(needed.items())
        for part in Part
    }


def unasked_images(facts: Facts) -> tuple[str, ...]:
    """Return the images for which it is not known whether they need a secret."""
    return tuple(
        dict.fromkeys(
            plain(image.text)
            for image in facts.images
            if image.reference is not None
            and image.coverage is not Coverage.COVERED
            and not needs_no_secret(facts, image)
            and image.outcome not in DENIALS
        )
    )


def _description(part: Part, registry: str) -> str:
    host = plain(registry)
    return {
        Part.SERVER: f"The registry: {plain(server_value(registry))}",
        Part.USER: f"The user that logs in to {host} to pull the dev container's image",
        Part.PASSWORD: f"A password or access token of that user at {host} that can pull",
    }[part]
