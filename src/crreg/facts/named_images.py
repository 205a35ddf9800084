"""The images that a repository's files name, without any request for them; loads no HTTP library."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from crreg.configuration.settings import Settings
from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery, FoundImage, Source
from crreg.facts.model import Facts, ImageFact
from crreg.registry.reference import ImageReference, InvalidReference


def list_images(workspace: Path, now: datetime, environment: Mapping[str, str]) -> Facts:
    """Return the facts that the files alone show."""
    discovery = discover(workspace, environment)
    return Facts(now, None, discovery=discovery, images=images_of(discovery, Settings()))


def images_of(discovery: Discovery, settings: Settings) -> tuple[ImageFact, ...]:
    """Return the images that were found, then those of the configuration."""
    configured = (FoundImage(image.text, Source.CONFIG, image.location) for image in settings.images)
    return tuple(image_of(found) for found in (*discovery.images, *configured))


def image_of(found: FoundImage) -> ImageFact:
    """Return an image that was found, with its name parsed."""
    try:
        reference = ImageReference.parse(found.text)
    except InvalidReference as error:
        return ImageFact(
            found.text, None, found.source, found.location, platform=found.platform, error=str(error)
        )
    return ImageFact(found.text, reference, found.source, found.location, platform=found.platform)
