"""A publication made ready to be asked about: its image's name taken apart, and what is known of its package."""

from dataclasses import dataclass

from crreg.configuration.settings import Publication
from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import Step, steps
from crreg.github.inventory import Repository
from crreg.github.package import Package, PackageStatus
from crreg.publish.keys import Keys
from crreg.registry.reference import ImageReference


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run publishes from."""

    keys: Keys
    web_url: str
    """Where GitHub's pages are."""
    full_name: str | None
    """`owner/name` of the repository; None where none was to be had."""
    repository: Repository | None = None
    """The repository as GitHub describes it; None if nobody asked, or GitHub did not say."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one image goes."""

    publication: Publication
    reference: ImageReference
    """The image's name, with neither tag nor digest."""
    place: Place
    package: Package | None = None
    """Of GitHub's own registry; None elsewhere, and where nobody asked."""

    @property
    def at_github(self) -> bool:
        """Whether it goes to the registry of this GitHub."""
        return self.reference.registry.lower() == self.place.keys.github_registry

    @property
    def with_token(self) -> bool:
        """Whether GitHub's token is what opens the registry."""
        return self.place.keys.is_token(self.reference.registry)

    @property
    def owner(self) -> str:
        """Whose the package is, where it goes to GitHub's registry."""
        return self.reference.repository.partition("/")[0]

    @property
    def package_name(self) -> str:
        """The package's name there, without its owner."""
        return self.reference.repository.partition("/")[2]

    @property
    def settings_page(self) -> str:
        """The address of the package's settings."""
        known = self.package or Package(self.owner, self.package_name, PackageStatus.ABSENT)
        return known.settings_page(self.place.web_url)

    @property
    def linked(self) -> str | None:
        """Full name of the repository that the package is linked to, if that is known."""
        return self.package.repository if self.package else None

    def finding(
        self, rule: str, message: str, *remedy: str | Step, severity: Severity = Severity.ERROR
    ) -> Finding:
        """A finding on this target."""
        return Finding(
            rule, severity, message, steps(*remedy), None, self.reference.registry, self.publication.location
        )
