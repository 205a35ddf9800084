"""A publication with its image's name parsed, and what is known of its package."""

from dataclasses import dataclass

from crreg.configuration.settings import Publication
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Step, steps
from crreg.github.inventory import Repository
from crreg.github.package import Package, PackageStatus
from crreg.printable import plain, quoted
from crreg.publish.keys import Keys
from crreg.registry.reference import ImageReference
from crreg.rules.publish_rules import INVALID_TARGET
from crreg.rules.rule import Rule


class TargetRefusedError(Exception):
    """A target can't be published; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.rule)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where a run publishes from."""

    keys: Keys
    web_url: str
    """Address of GitHub's web pages."""
    full_name: str | None
    """`owner/name` of the repository; None if it is not known."""
    repository: Repository | None = None
    """The repository as GitHub describes it; None if GitHub was not asked or did not say."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one image goes."""

    publication: Publication
    reference: ImageReference
    """The image's name, with neither tag nor digest."""
    publisher: Publisher
    package: Package | None = None
    """The package in GitHub's own registry; None for other registries, or if GitHub was not asked."""

    @property
    def at_github(self) -> bool:
        """Whether the image goes to the registry of this GitHub."""
        return self.reference.registry.lower() == self.publisher.keys.github_registry

    @property
    def with_token(self) -> bool:
        """Whether crreg logs in to the registry with GitHub's token."""
        return self.publisher.keys.is_token(self.reference.registry)

    @property
    def owner(self) -> str:
        """The package's owner, if the image goes to GitHub's registry."""
        return self.reference.repository.partition("/")[0]

    @property
    def package_name(self) -> str:
        """The package's name there, without its owner."""
        return self.reference.repository.partition("/")[2]

    @property
    def settings_page(self) -> str:
        """The address of the package's settings."""
        known = self.package or Package(self.owner, self.package_name, PackageStatus.ABSENT)
        return known.settings_page(self.publisher.web_url)

    @property
    def linked(self) -> str | None:
        """Full name of the repository that the package is linked to; None if that is not known."""
        return self.package.repository if self.package else None

    def finding(
        self,
        rule: Rule,
        message: str,
        *remedy: str | Step,
        severity: Severity = Severity.ERROR,
        tag: str | None = None,
    ) -> Finding:
        """Make a finding on this target. An error prevents publishing, whatever the rule means to a check."""
        return rule.finding(
            message,
            steps(*remedy),
            severity=severity,
            effect=Effect.STOPS if severity is Severity.ERROR else None,
            registry=self.reference.registry,
            location=self.publication.location,
            about=(self.publication.image, *((tag,) if tag is not None else ())),
        )


def complaint(target: Target) -> Finding | None:
    """Return why nothing can be published there, judged by the name alone."""
    full_name = target.publisher.full_name
    image = target.publication.image
    if full_name is None and target.publication.link:
        return _unknown_repository(target)
    if not target.at_github:
        return None
    if not target.package_name:
        return target.finding(
            INVALID_TARGET,
            f"{quoted(image)} does not name an owner: images are at {plain(target.reference.registry)}/OWNER/NAME.",
            f"Write {plain(target.reference.registry)}/{(full_name or 'OWNER/NAME').lower()}, for example.",
        )
    if full_name is None:
        return _unknown_repository(target)
    owner = full_name.partition("/")[0]
    if owner.lower() == target.owner.lower() or not target.with_token:
        return None
    name = image.replace(f"/{target.owner}/", f"/{owner.lower()}/", 1)
    return target.finding(
        INVALID_TARGET,
        f"{quoted(image)} belongs to {plain(target.owner)}, but the repository {full_name} belongs to {owner}. A "
        "workflow's token can only publish under its repository's owner. Only there does GitHub link packages to "
        "repositories, so that codespaces can pull them without a secret.",
        f"Publish it as {plain(name)}. Or pass a triple for {plain(target.reference.registry)} of an account that may "
        f"write packages of {plain(target.owner)}. Then codespaces of {full_name} need a triple of their own to pull "
        "the image.",
    )


def _unknown_repository(target: Target) -> Finding:
    return target.finding(
        INVALID_TARGET,
        f"{quoted(target.publication.image)} should be linked to a repository, but it is not known which one.",
        "Pass --repository OWNER/NAME, or set GITHUB_REPOSITORY.",
    )


def foreign_owner(target: Target) -> Finding | None:
    """Warn of an image that is published under another owner than the repository's."""
    full_name = target.publisher.full_name
    if not target.at_github or full_name is None:
        return None
    if full_name.partition("/")[0].lower() == target.owner.lower():
        return None
    return target.finding(
        INVALID_TARGET,
        f"{quoted(target.publication.image)} belongs to {plain(target.owner)}, and GitHub does not link packages to "
        f"repositories of other owners. Codespaces of {full_name} can pull it only with a triple, or if it is public.",
        f"Publish it under {full_name.partition('/')[0].lower()} instead of {plain(target.owner)}.",
        severity=Severity.WARNING,
    )
