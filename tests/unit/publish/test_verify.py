"""What is said of a package after the push, by what GitHub documents of who may pull it."""

from dataclasses import replace

import pytest

from crreg.configuration.settings import Publication
from crreg.findings.finding import Finding, Severity
from crreg.findings.location import Location
from crreg.github.inventory import Repository
from crreg.github.package import Package, PackageStatus
from crreg.net.retry import RETRIES
from crreg.publish.keys import Keys
from crreg.publish.published import Outcome, Published
from crreg.publish.target import Publisher, Target
from crreg.publish.verify import verified
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

IMAGE = "ghcr.io/sister/dev"
HERE = Repository("octo/app", 1, "private", "octo", owner_is_organization=True)
FOUND = Package("sister", "dev", PackageStatus.FOUND, "private", owner_is_organization=True)


def finding_on(package: Package, *asked: str) -> Finding:
    """What is found after a push, if devcontainer.json asks to read packages of these repositories."""
    triples = {"ghcr.io": Triple("GHCR", "ghcr.io", "octocat", "a password of a triple")}
    publication = Publication(IMAGE, Location(".github/crreg.yml", 3, 12, 3, 30), copy="acme.example/base:1")
    place = Publisher(Keys(triples, "ghcr.io", None), "https://github.com", "octo/app")
    target = Target(publication, ImageReference.parse(IMAGE), place, None)
    published = Published(publication, Outcome.PUBLISHED)
    _, finding = verified(
        target,
        published,
        lambda _owner, _name: package,
        lambda: HERE,
        packages_of=lambda: asked,
        sleep=lambda _: None,
    )
    assert finding is not None
    return finding


@pytest.mark.parametrize(
    ("package", "severity", "can_not", "why"),
    [
        (FOUND, Severity.ERROR, "can't", "the package is private and not linked to a repository"),
        (
            replace(FOUND, visibility="internal"),
            Severity.WARNING,
            "may not be able to",
            "the package is internal to `sister`",
        ),
    ],
)
def test_only_what_github_documents_is_an_error(
    package: Package, severity: Severity, can_not: str, why: str
) -> None:
    finding = finding_on(package)
    assert finding.severity is severity
    assert finding.message.startswith(
        f"Codespaces of `octo/app` {can_not} pull `{IMAGE}:latest` without a secret: {why}"
    )


def test_access_that_devcontainer_json_asks_for_is_no_error_as_in_a_check() -> None:
    linked = replace(FOUND, repository="sister/base")
    assert finding_on(linked, "sister/other").severity is Severity.ERROR
    finding = finding_on(linked, "sister/base")
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith(f"Codespaces of `octo/app` may not be able to pull `{IMAGE}:latest`")
    assert "if the person who creates it authorizes it" in finding.message
    assert str(finding.remedy).startswith("Authorize it when you create the codespace.")


def test_a_package_that_github_does_not_show_yet_is_asked_for_again() -> None:
    publication = Publication(IMAGE, Location(".github/crreg.yml", 3, 12, 3, 30), copy="acme.example/base:1")
    place = Publisher(Keys({}, "ghcr.io", "a token"), "https://github.com", "octo/app")
    target = Target(publication, ImageReference.parse(IMAGE), place, None)
    answers = iter([*[Package("sister", "dev", PackageStatus.ABSENT)] * RETRIES, FOUND])
    waits: list[float] = []
    published, _ = verified(
        target,
        Published(publication, Outcome.PUBLISHED),
        lambda _owner, _name: next(answers),
        lambda: HERE,
        packages_of=frozenset,
        sleep=waits.append,
    )
    assert (published.visibility, len(waits)) == ("private", RETRIES)
