"""What GitHub tells of the packages in its own registry: one cause, one finding."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.rules.facts_builder import REPOSITORY, at, facts, image, inventory, level, login, triple
from tests.unit.rules.shown import Shown, shown

from crreg.check.report import Report
from crreg.discovery.found import Source
from crreg.exits.status import Status
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Severity
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.github.package import Package, PackageStatus
from crreg.rules.catalog import judge

ERROR, WARNING = Severity.ERROR, Severity.WARNING
TEXT = "ghcr.io/org/dev/base:1"
PAGE = "https://github.com/orgs/org/packages/container/dev%2Fbase/settings"
PUBLIC_REPOSITORY = replace(REPOSITORY, visibility="public")


def found(visibility: str = "private", repository: str | None = None, owner: str = "org") -> Package:
    return Package(owner, "dev/base", PackageStatus.FOUND, visibility, repository, owner_is_organization=True)


def unknown(status: PackageStatus, detail: str, permission: str = "") -> Package:
    return Package("org", "dev/base", status, detail=detail, permission=permission)


def facts_of(package: Package, *images: ImageFact, **more: Any) -> Facts:
    asked = images or (image(TEXT, pull="denied"),)
    return facts(*asked, packages={"ghcr.io/org/dev/base": package}, **more)


def told(judged: Facts) -> list[tuple[str, Severity]]:
    return [(finding.rule, finding.severity) for finding in judge(judged)]


def test_a_private_package_of_no_repository_is_told_with_the_page_that_opens_it() -> None:
    same = image("ghcr.io/org/dev/base:2", pull="denied", line=8)
    assert shown(judge(facts_of(found(), image(TEXT, pull="denied"), same))) == (
        Shown(
            rule="package-not-accessible",
            severity=ERROR,
            message="Codespaces of `org/app` can't pull `ghcr.io/org/dev/base:1` (and 1 other place): the package is "
            "private and not linked to a repository, and no secret logs in to `ghcr.io`.",
            remedy="Add `org/app` under Manage Codespaces access: "
            "https://github.com/orgs/org/packages/container/dev%2Fbase/settings\n"
            "Or connect the package to this repository, on the package's page; or publish it with crreg publish, from "
            "a workflow of this repository and under another name.\n"
            "If the repository is on that list already, crreg can't know, because GitHub has no API for it. Write this "
            "in .github/crreg.yml:\n"
            "  ignore: [package-not-accessible]",
            registry="ghcr.io",
            location=at(3),
        ),
    )


def test_a_package_of_another_repository_can_not_be_connected_but_published_anew() -> None:
    (finding,) = judge(facts_of(found(repository="org/other")))
    assert "the package is private and linked to another repository, `org/other`, and" in finding.message
    assert finding.remedy.splitlines()[:3] == [
        "Ask for access in devcontainer.json; each person authorizes it once, when they create a codespace:",
        '  "customizations": {"codespaces": {"repositories": {"org/other": {"permissions": {"packages": "read"}}}}}',
        f"Or add `org/app` under Manage Codespaces access: {PAGE}",
    ]
    assert finding.remedy.splitlines()[3] == (
        "Or publish it with crreg publish, from a workflow of this repository and under another name."
    )


def test_what_devcontainer_json_asks_for_needs_a_persons_authorization() -> None:
    asked = facts_of(found(repository="org/Other"), packages_of=["org/other"])
    (finding,) = judge(asked)
    assert (finding.severity, finding.effect) == (WARNING, Effect.UNPROVEN)
    assert "A codespace gets that permission if the person who creates it authorizes it" in finding.message
    assert finding.remedy.startswith("Authorize it when you create the codespace.")
    assert Report.of(asked).status is Status.UNKNOWN


@pytest.mark.parametrize("package", [found(), found(repository="org/other"), found("internal")])
def test_asking_for_another_repositorys_packages_changes_nothing(package: Package) -> None:
    public = inventory(repository=PUBLIC_REPOSITORY)
    asked = facts_of(package, packages_of=["org/else"], inventory=public)
    assert [finding.severity for finding in judge(asked)] == [ERROR]


def test_no_permission_is_suggested_for_a_package_of_another_owner() -> None:
    package = found(repository="elsewhere/other", owner="elsewhere")
    asked = facts(
        image("ghcr.io/elsewhere/dev/base:1", pull="denied"),
        packages={"ghcr.io/elsewhere/dev/base": package},
    )
    (finding,) = judge(asked)
    assert "customizations" not in finding.remedy


def test_an_internal_package_is_kept_from_a_public_repository_and_perhaps_from_other_owners() -> None:
    exposed = judge(facts_of(found("internal"), inventory=inventory(repository=PUBLIC_REPOSITORY)))
    foreign = judge(
        facts(
            image("ghcr.io/inc/dev:1", pull="denied"),
            packages={
                "ghcr.io/inc/dev": Package(
                    "inc", "dev", PackageStatus.FOUND, "internal", owner_is_organization=False
                )
            },
        )
    )
    assert [finding.rule for finding in (*exposed, *foreign)] == ["package-not-accessible"] * 2
    assert "the package is internal and this repository is public" in exposed[0].message
    assert (
        "the package is internal to `inc` and this repository belongs to `org`; GitHub" in foreign[0].message
    )
    assert "may not be able to pull `ghcr.io/inc/dev:1`" in foreign[0].message
    assert (exposed[0].severity, foreign[0].severity) == (ERROR, WARNING)
    assert "https://github.com/users/inc/packages/container/dev/settings" in foreign[0].remedy


@pytest.mark.parametrize(
    ("package", "repository"),
    [
        (found("public"), REPOSITORY),
        (found(repository="Org/App"), REPOSITORY),
        (found(repository="org/app"), PUBLIC_REPOSITORY),
        (found("internal"), REPOSITORY),
        (found("internal", "org/other"), replace(REPOSITORY, visibility="internal")),
    ],
)
def test_a_package_that_codespaces_may_pull_is_nothing_though_nobody_else_may(
    package: Package, repository: Any
) -> None:
    judged = facts_of(package, inventory=inventory(repository=repository))
    assert told(judged) == []


@pytest.mark.parametrize("package", [found(), found(repository="org/other")])
def test_a_secret_that_can_not_be_ruled_out_leaves_a_doubt(package: Package) -> None:
    unlisted = inventory(level(Level.ORGANIZATION, LevelStatus.UNREADABLE, detail="403"))
    somewhere = image(TEXT, pull="denied", coverage=Coverage.UNKNOWN)
    for judged in (facts_of(package, inventory=unlisted), facts_of(package, somewhere)):
        [finding] = [finding for finding in judge(judged) if finding.rule != "unreadable-secrets"]
        assert (finding.rule, finding.severity) == ("package-not-accessible", WARNING)
        assert finding.message.endswith("and crreg can't tell whether a secret logs in to `ghcr.io`.")


def test_a_cache_that_is_not_accessible_only_slows() -> None:
    cache = image(TEXT, pull="denied", source=Source.CACHE)
    assert told(facts_of(found(), cache)) == [("package-not-accessible", WARNING)]


def test_a_triple_speaks_for_its_images_in_place_of_the_package() -> None:
    covered = image(TEXT, covered_by="GHCR", pull="denied", detail="403")
    judged = replace(facts_of(found(), covered), triples=(triple("GHCR", server="ghcr.io", login=login()),))
    (finding,) = judge(judged)
    assert finding.rule == "image-not-pullable"
    assert "needs no triple at all" in finding.remedy


@pytest.mark.parametrize(
    ("package", "said", "first"),
    [
        (
            unknown(PackageStatus.UNREADABLE, "GitHub answered 403", "scope `read:packages`"),
            "needs no secret. crreg could not read whether the package grants access: GitHub answered 403.",
            "To check what the package grants, give crreg a token that can read it: scope `read:packages`.",
        ),
        (
            unknown(PackageStatus.ABSENT, "404", "scope `read:packages`"),
            "needs no secret. GitHub shows no package of this name to this token.",
            "Correct the image's name if it is misspelled, or publish it.",
        ),
        (
            unknown(PackageStatus.UNREACHABLE, "GitHub failed with 500."),
            "needs no secret. crreg could not read whether the package grants access: GitHub failed with 500.",
            (
                "In the package's settings, add this repository under Manage Codespaces access; otherwise store a "
                "classic token with read:packages:"
            ),
        ),
    ],
)
def test_a_package_that_is_not_known_leaves_a_doubt_and_says_what_ends_it(
    package: Package, said: str, first: str
) -> None:
    (finding,) = judge(facts_of(package))
    assert (finding.rule, finding.severity) == ("uncovered-registry", WARNING)
    assert finding.message.endswith(said)
    assert finding.remedy.splitlines()[0] == first


def test_the_registry_of_an_enterprise_server_is_told_as_ghcr_is() -> None:
    text, name = "containers.ghe.example/org/dev:1", "containers.ghe.example/org/dev"
    asked = image(text, pull="denied")
    known = facts(asked, web_url="https://ghe.example", packages={name: replace(found(), name="dev")})
    (finding,) = judge(known)
    assert (finding.rule, finding.registry) == ("package-not-accessible", "containers.ghe.example")
    assert "https://ghe.example/orgs/org/packages/container/dev/settings" in finding.remedy
    (doubt,) = judge(facts(asked, web_url="https://ghe.example"))
    assert (doubt.rule, doubt.severity) == ("uncovered-registry", WARNING)
    assert "gh secret set GHCR_CONTAINER_REGISTRY_SERVER" in doubt.remedy


def test_ghcr_is_a_registry_like_others_to_an_enterprise_server() -> None:
    other = image("ghcr.io/org/tools:1", pull="denied", line=4)
    judged = facts(image(TEXT, pull="denied"), other, web_url="https://ghe.example")
    assert told(judged) == [("uncovered-registry", ERROR)] * 2


def test_where_packages_grant_all_that_is_needed_unlisted_secrets_leave_nothing_unknown() -> None:
    unlisted = inventory(level(Level.REPOSITORY, LevelStatus.UNREADABLE, detail="403"))
    granted = facts_of(found(repository="org/app"), inventory=unlisted)
    assert Report.of(granted).status is Status.HEALTHY
    assert Report.of(replace(granted, packages={})).status is Status.UNKNOWN


def test_a_half_stored_triple_of_an_unknown_registry_is_not_needed_for_a_package_that_is_granted() -> None:
    half = triple("ID", server=None, at_hand="", stored={})
    asked = image(TEXT, pull="denied", coverage=Coverage.UNKNOWN)
    granted = replace(facts_of(found(repository="org/app"), asked), triples=(half,))
    assert Report.of(granted).missing == ()
    assert Report.of(replace(granted, packages={})).missing == (
        "ID_CONTAINER_REGISTRY_SERVER",
        "ID_CONTAINER_REGISTRY_USER",
        "ID_CONTAINER_REGISTRY_PASSWORD",
    )


def test_hostile_words_of_github_stay_in_their_line() -> None:
    (finding,) = judge(facts_of(found(repository="org/`x`\n::error::forged")))
    assert "\n" not in finding.message
    assert "`org/'x'\\n::error::forged`" in finding.message


@pytest.mark.parametrize(
    ("registry", "page"),
    [
        ("ghcr.io", "https://github.com/settings/tokens"),
        ("containers.octocorp.ghe.com", "https://octocorp.ghe.com/settings/tokens"),
    ],
)
def test_a_refused_login_is_renewed_on_the_github_that_the_registry_belongs_to(
    registry: str, page: str
) -> None:
    (finding,) = judge(
        facts(
            triple("GHCR", server=registry, login=login("denied")),
            image(f"{registry}/org/dev", covered_by="GHCR"),
        )
    )
    assert finding.remedy.splitlines()[0] == (
        "Create a classic personal access token with the scope read:packages: "
        f"{page}/new?scopes=read:packages&description=codespaces"
    )
