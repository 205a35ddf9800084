"""Which packages codespaces may pull."""

import pytest

from crreg.facts.package_access import Access, judge_package
from crreg.github.package import Package, PackageStatus
from crreg.github.token import TokenKind, packages_permission


def package(visibility: str, repository: str | None = None, owner: str = "octo-org") -> Package:
    return Package(owner, "dev/base", PackageStatus.FOUND, visibility, repository, owner_is_organization=True)


PRIVATE, INTERNAL, PUBLIC = "private", "internal", "public"
APP, OTHER = "octo-org/app", "octo-org/other"


@pytest.mark.parametrize(
    ("found", "visibility", "access"),
    [
        (package(PUBLIC), PRIVATE, Access.PUBLIC),
        (package(PUBLIC, OTHER, "stranger"), PUBLIC, Access.PUBLIC),
        (package(PRIVATE, APP), PRIVATE, Access.LINKED),
        (package(PRIVATE, "Octo-Org/App"), PUBLIC, Access.LINKED),
        (package(INTERNAL, APP), PUBLIC, Access.LINKED),
        (package(INTERNAL), PRIVATE, Access.INTERNAL),
        (package(INTERNAL, OTHER, "Octo-Org"), INTERNAL, Access.INTERNAL),
        (package(INTERNAL, OTHER), PUBLIC, Access.INTERNAL_FROM_PUBLIC),
        (package(INTERNAL, owner="octo-inc"), PRIVATE, Access.INTERNAL_ELSEWHERE),
        (package(PRIVATE), PRIVATE, Access.UNLINKED),
        (package(PRIVATE), PUBLIC, Access.UNLINKED),
        (package(PRIVATE, OTHER), PRIVATE, Access.LINKED_ELSEWHERE),
        (package("a word of GitHub's that is new"), PRIVATE, Access.UNLINKED),
    ],
)
def test_codespaces_pull_what_is_public_linked_or_internal(
    found: Package, visibility: str, access: Access
) -> None:
    assert judge_package(found, APP, visibility) is access


@pytest.mark.parametrize(
    "status", [PackageStatus.ABSENT, PackageStatus.UNREADABLE, PackageStatus.UNREACHABLE]
)
def test_nothing_is_said_of_a_package_that_is_not_known(status: PackageStatus) -> None:
    assert judge_package(Package("octo-org", "dev", status), APP, PRIVATE) is Access.UNKNOWN


def test_an_access_is_granted_or_refused_or_not_known() -> None:
    assert {access: (access.granted, access.refused) for access in Access} == {
        Access.PUBLIC: (True, False),
        Access.LINKED: (True, False),
        Access.INTERNAL: (True, False),
        Access.UNLINKED: (False, True),
        Access.LINKED_ELSEWHERE: (False, True),
        Access.INTERNAL_FROM_PUBLIC: (False, True),
        Access.INTERNAL_ELSEWHERE: (False, True),
        Access.UNKNOWN: (False, False),
    }


@pytest.mark.parametrize(
    ("organization", "page"),
    [
        (True, "https://github.com/orgs/octo-org/packages/container/dev%2Fbase/settings"),
        (False, "https://github.com/users/octo-org/packages/container/dev%2Fbase/settings"),
    ],
)
def test_the_settings_of_a_package_are_where_its_owner_is(organization: bool, page: str) -> None:  # noqa: FBT001 - a case of the table
    found = Package("octo-org", "dev/base", PackageStatus.FOUND, owner_is_organization=organization)
    assert found.settings_page("https://github.com") == page


@pytest.mark.parametrize("kind", list(TokenKind))
def test_every_token_is_told_what_reads_packages(kind: TokenKind) -> None:
    expected = "packages: read" if kind is TokenKind.INSTALLATION else "`read:packages`"
    assert expected in packages_permission(kind)
    assert ("does not accept fine-grained tokens" in packages_permission(kind)) == (
        kind is TokenKind.FINE_GRAINED
    )
    assert ("does not accept the token of a GitHub App" in packages_permission(kind)) == (
        kind is TokenKind.INSTALLATION
    )
