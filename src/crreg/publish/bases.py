"""The images that a Dockerfile is based on, which an engine may need a login to pull."""

import contextlib

from crreg.configuration.settings import Build
from crreg.discovery.dockerfile.images import images_of_dockerfile
from crreg.discovery.found import Source
from crreg.engine.image import Base
from crreg.platform import LINUX_AMD64, normalized, parse_platform
from crreg.registry.reference import ImageReference, InvalidReference


def bases_of(dockerfile: str, build: Build) -> tuple[Base, ...]:
    """Return the images that building this Dockerfile pulls, each once, as far as their names are known."""
    images, _ = images_of_dockerfile(
        dockerfile,
        build.dockerfile or "Dockerfile",
        build_args=build.args,
        target=build.target,
        platform=normalized(parse_platform(build.platforms[0])) if build.platforms else LINUX_AMD64,
    )
    found: dict[str, Base] = {}
    for image in images:
        if image.source is Source.BUILD:
            with contextlib.suppress(InvalidReference):
                found[image.text] = Base(image.text, ImageReference.parse(image.text).registry.lower())
    return tuple(found.values())
