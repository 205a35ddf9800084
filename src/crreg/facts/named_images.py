"""The images that a repository's files name, without any request for them; loads no HTTP library."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crreg.discovery.discover import discover
from crreg.discovery.found import Problem, ProblemKind
from crreg.facts.image import ImageFact
from crreg.findings.finding import Effect


@dataclass(frozen=True, slots=True)
class NamedImages:
    """What the files alone show."""

    configurations: tuple[str, ...]
    """Paths of the devcontainer.json files, relative to the root, sorted."""
    images: tuple[ImageFact, ...]
    """Sorted by file and place."""
    problems: tuple[Problem, ...]
    """Places that could not be read, and invalid image names.

    Unsupported configurations are left out: their images are known, and a check judges the rest.
    """


def list_images(workspace: Path, environment: Mapping[str, str]) -> NamedImages:
    """Return the images that the files name."""
    discovery = discover(workspace, environment)
    images = tuple(map(ImageFact.of, discovery.images))
    unread = (problem for problem in discovery.problems if problem.kind is not ProblemKind.UNSUPPORTED)
    return NamedImages(discovery.configurations, images, (*unread, *_invalid_names(images)))


def _invalid_names(images: Iterable[ImageFact]) -> Iterable[Problem]:
    for image in images:
        if image.reference is None:
            message = f"{image.text} is not a valid image name: {image.error}"
            softened = Effect.HYGIENE if image.is_cache else None
            yield Problem(ProblemKind.INVALID, message, image.location, softened)
