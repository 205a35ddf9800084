"""Labels that say where an image comes from, named as the OCI image specification's annotations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crreg.configuration.settings import Publication
from crreg.github.moment import timestamp

SOURCE = "org.opencontainers.image.source"
"""GHCR reads it to link a package to a repository when the package is first published.

Source: https://docs.github.com/en/packages/learn-github-packages/connecting-a-repository-to-a-package
"""
_REVISION = "org.opencontainers.image.revision"
_CREATED = "org.opencontainers.image.created"
_VERSION = "org.opencontainers.image.version"
_MOVING = "latest"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an image is made from."""

    repository: str | None
    """`owner/name`."""
    web_url: str
    """Address of GitHub's web pages."""
    revision: str | None
    """The commit that is checked out, in hexadecimal digits."""
    created: datetime

    @property
    def source(self) -> str | None:
        """The repository's address."""
        return f"{self.web_url}/{self.repository}" if self.repository else None


def link_labels(origin: Provenance) -> Mapping[str, str]:
    """Return the label that links. It is the same on every run, and so is a copy's digest."""
    return {SOURCE: origin.source} if origin.source else {}


def build_labels(publication: Publication, origin: Provenance) -> Mapping[str, str]:
    """Return the labels of a built image; those of the configuration take precedence."""
    version = next((tag for tag in publication.tags if tag != _MOVING), publication.tags[0])
    labels = {
        SOURCE: origin.source,
        _REVISION: origin.revision,
        _CREATED: timestamp(origin.created),
        _VERSION: version,
    }
    own = publication.build.labels if publication.build else {}
    return {**{name: value for name, value in labels.items() if value}, **own}
