from dataclasses import replace

import pytest

from crreg.configuration.settings import Publication
from crreg.engine.error import PushDeniedError
from crreg.findings.finding import Severity
from crreg.findings.location import Location
from crreg.github.inventory import Repository
from crreg.github.package import Package, PackageStatus
from crreg.publish.explain import (
    copy_notes,
    engine_push_failed,
    push_refused,
    source_refused,
    tagging_failed,
    transfer_failed,
)
from crreg.publish.exposure import exposure, is_new
from crreg.publish.keys import Keys
from crreg.publish.target import Publisher, Target, complaint, foreign_owner
from crreg.registry.copy.source import Content
from crreg.registry.image.descriptor import OCI_INDEX, parse_manifest
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

WHERE = Location(".github/crreg.yml", 3, 12, 3, 30)
SETTINGS = "https://github.com/orgs/octo/packages/container/app/settings"
TRIPLE = Triple("GHCR", "ghcr.io", "octocat", "a password of a triple")
ELSEWHERE = Package("octo", "app", PackageStatus.FOUND, "private", "octo/other", owner_is_organization=True)
UNLINKED = replace(ELSEWHERE, repository=None)
ABSENT = Package("octo", "app", PackageStatus.ABSENT)


def target(
    image: str = "ghcr.io/octo/app",
    *,
    package: Package | None = None,
    triple: Triple | None = None,
    token: str | None = "ghs_a_token",
) -> Target:
    triples = {} if triple is None else {str(triple.server): triple}
    place = Publisher(Keys(triples, "ghcr.io", token), "https://github.com", "octo/hello")
    reference = ImageReference.parse(image)
    return Target(Publication(image, WHERE, copy="acme.example/base:1"), reference, place, package)


def refusal(says: str, cause: TransferCause = TransferCause.FORBIDDEN) -> TransferError:
    return TransferError(cause, f'ghcr.io/octo/app refused to accept an upload (it says "{says}").', says)


@pytest.mark.parametrize(
    ("says", "package", "cause", "click"),
    [
        (
            "DENIED: permission_denied: write_package",
            ELSEWHERE,
            "linked to octo/other: workflows of octo/hello may not write it",
            SETTINGS,
        ),
        (
            "DENIED: permission_denied: write_package",
            UNLINKED,
            "first pushed with a person's token, and so was never linked",
            'Under "Manage Actions access", add octo/hello with the role Write.',
        ),
        (
            "DENIED: installation not allowed to Create organization package",
            ABSENT,
            "The package does not exist yet, and the token may not create it",
            "https://github.com/organizations/octo/settings/packages",
        ),
        (
            "DENIED: permission_denied: create_package",
            ABSENT,
            "The package does not exist yet",
            "https://github.com/octo/hello/settings/actions",
        ),
        (
            "DENIED: permission_denied: The token provided does not match expected scopes.",
            ABSENT,
            "a workflow's GITHUB_TOKEN may only if the job has the permission",
            "permissions: {contents: read, packages: write}",
        ),
        ("DENIED: denied", ABSENT, "GITHUB_TOKEN has expired, was revoked", "packages: write"),
        ("DENIED: something new", UNLINKED, "the package exists", "Manage Actions access"),
        ("DENIED: something new", ABSENT, "may not write packages", "packages: write"),
    ],
)
def test_what_ghcr_says_has_a_cause_and_a_click(says: str, package: Package, cause: str, click: str) -> None:
    finding = push_refused(target(package=package), refusal(says))
    assert (finding.rule, finding.severity, finding.location) == ("push-refused", Severity.ERROR, WHERE)
    assert says in finding.message
    assert cause.lower() in finding.message.lower()
    assert click in finding.remedy


def test_without_a_token_the_workflows_own_is_named() -> None:
    finding = push_refused(target(token=None), refusal("UNAUTHORIZED", TransferCause.DENIED))
    assert "crreg has no token" in finding.message
    assert "token: ${{ github.token }}" in finding.remedy


def test_a_triples_token_is_blamed_as_the_triples() -> None:
    given = target(triple=TRIPLE)
    finding = push_refused(given, refusal("The token provided does not match expected scopes."))
    assert "The triple's token may not write packages" in finding.message
    assert "write:packages" in finding.remedy


@pytest.mark.parametrize(
    ("image", "advice"),
    [
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/dev",
            "aws ecr create-repository --region eu-west-1 --repository-name dev",
        ),
        ("public.ecr.aws/a1/dev", "aws ecr-public create-repository --repository-name a1/dev"),
        ("acme.azurecr.io/dev", "AcrPush"),
        ("europe-docker.pkg.dev/p/r/dev", "roles/artifactregistry.writer"),
        ("octo/dev", "Repo Read & Write"),
        ("harbor.example/dev", "Let the account push to dev in the settings of harbor.example."),
    ],
)
def test_elsewhere_the_providers_grant_is_named(image: str, advice: str) -> None:
    finding = push_refused(target(image), TransferError(TransferCause.DENIED, "It refuses."))
    assert advice in finding.remedy


def test_a_login_that_is_refused_elsewhere_is_to_be_corrected_first() -> None:
    triple = Triple("ACME", "harbor.example", "me", "a password of a triple")
    refused = TransferError(TransferCause.DENIED, "harbor.example does not accept this user and password.")
    finding = push_refused(target("harbor.example/dev", triple=triple), refused)
    assert finding.remedy == (
        "Pass a user and password that harbor.example accepts.\n"
        "Let the account push to dev in the settings of harbor.example."
    )
    forbidden = TransferError(TransferCause.FORBIDDEN, "It refuses.")
    assert "Pass a" not in push_refused(target("harbor.example/dev", triple=triple), forbidden).remedy


def test_a_push_elsewhere_without_a_triple_needs_one() -> None:
    finding = push_refused(target("harbor.example/dev"), TransferError(TransferCause.DENIED, "It refuses."))
    assert finding.remedy.startswith("To log in, pass a triple whose SERVER is its registry: as variables")


@pytest.mark.parametrize("cause", list(TransferCause))
def test_every_cause_has_a_remedy(cause: TransferCause) -> None:
    error = TransferError(cause, "What happened.")
    for finding in (
        push_refused(target("harbor.example/dev"), error),
        transfer_failed(target(), error),
        tagging_failed(target(), error),
        source_refused(target(), "acme.example/base:1", error, has_triple=True),
        source_refused(target(), "acme.example/base:1", error, has_triple=False),
    ):
        assert "What happened." in finding.message
        assert finding.remedy.strip()


def test_a_full_registry_is_said_to_be_full() -> None:
    finding = transfer_failed(target(), TransferError(TransferCause.QUOTA, "There is no room."))
    assert finding.message == "`ghcr.io/octo/app` was not published. There is no room. No tag was moved."
    assert "raise its quota" in finding.remedy


def test_a_private_source_without_a_triple_asks_for_one() -> None:
    error = TransferError(TransferCause.DENIED, "It asks for a user and a password.")
    finding = source_refused(target(), "acme.example/base:1", error, has_triple=False)
    assert finding.rule == "source-not-readable"
    assert "`acme.example/base:1` can't be read, so `ghcr.io/octo/app` can't be published." in finding.message
    assert "pass a triple whose SERVER is its registry" in finding.remedy


def test_another_owners_name_is_explained_before_anything_is_asked() -> None:
    finding = complaint(target("ghcr.io/acme/app"))
    assert finding is not None
    assert "belongs to acme, but the repository octo/hello belongs to octo" in finding.message
    assert "Publish it as ghcr.io/octo/app" in finding.remedy


def test_with_a_triple_another_owners_name_is_a_warning() -> None:
    given = target("ghcr.io/acme/app", triple=TRIPLE)
    assert complaint(given) is None
    warning = foreign_owner(given)
    assert warning is not None
    assert warning.severity is Severity.WARNING
    assert "Codespaces of octo/hello can pull it only with a triple" in warning.message


@pytest.mark.parametrize("image", ["ghcr.io/octo/app", "ghcr.io/octo/deep/er/app", "acme.azurecr.io/x"])
def test_nothing_is_wrong_with_the_owners_own_name_or_another_registry(image: str) -> None:
    assert complaint(target(image)) is None
    assert foreign_owner(target(image)) is None


def test_a_name_without_an_owner_is_explained() -> None:
    finding = complaint(target("ghcr.io/app"))
    assert finding is not None
    assert "does not name an owner" in finding.message
    assert "ghcr.io/octo/hello" in finding.remedy


def test_a_link_to_a_repository_that_nobody_named_is_refused_at_any_registry() -> None:
    given = target("harbor.example/dev")
    nowhere = replace(given, publisher=replace(given.publisher, full_name=None))
    assert complaint(nowhere) is None
    linked = replace(nowhere, publication=replace(nowhere.publication, link=True))
    finding = complaint(linked)
    assert finding is not None
    assert (
        "`harbor.example/dev` should be linked to a repository, but it is not known which one"
        in finding.message
    )


def test_what_failed_while_tagging_does_not_say_that_no_tag_was_moved() -> None:
    finding = tagging_failed(target(), TransferError(TransferCause.MOVED, "The tag points elsewhere."))
    assert finding.message == (
        "`ghcr.io/octo/app` was sent, but not all of its tags were set. The tag points elsewhere."
    )


def test_a_build_may_pull_from_github_with_the_token_unless_a_triple_is_for_that() -> None:
    token = Triple("GITHUB_TOKEN", "ghcr.io", "octocat", "ghs_a_token")
    other = Triple("ACME", "acme.example", "u", "p")
    assert Keys({"acme.example": other}, "ghcr.io", "ghs_a_token", "octocat").logins == (other, token)
    assert Keys({"ghcr.io": TRIPLE}, "ghcr.io", "ghs_a_token").logins == (TRIPLE,)
    assert Keys({}, "ghcr.io").logins == ()


def test_what_githubs_token_may_not_read_is_no_matter_of_a_triple() -> None:
    error = TransferError(TransferCause.FORBIDDEN, "It refuses.")
    finding = source_refused(target(), "ghcr.io/octo/private:1", error, has_triple=True)
    assert 'Add the repository under "Manage Actions access"' in finding.remedy
    own = source_refused(target(triple=TRIPLE), "ghcr.io/octo/private:1", error, has_triple=True)
    assert "that registry's triple" in own.remedy


@pytest.mark.parametrize(
    ("visibility", "refused"), [("public", True), ("private", False), ("internal", False), (None, True)]
)
def test_a_new_package_is_refused_unless_its_repository_hides_it(
    visibility: str | None,
    refused: bool,  # noqa: FBT001 - of the table
) -> None:
    repository = Repository("o/app", 1, visibility, "o", owner_is_organization=True) if visibility else None
    found = exposure(target(), repository)
    assert (found is not None) is refused
    assert found is None or "can't be made private again" in found.message


def test_a_package_is_new_unless_github_or_a_tag_knows_it() -> None:
    known = Package("o", "app", PackageStatus.FOUND, visibility="private")
    assert is_new(target(), [None])
    assert is_new(target(package=Package("o", "app", PackageStatus.UNREADABLE)), [])
    assert not is_new(target(), [None, "sha256:1"])
    assert not is_new(target(package=known), [None])


@pytest.mark.parametrize(
    ("image", "advice"),
    [
        ("acme.azurecr.io/dev", "AcrPush"),
        ("harbor.example/dev", "Let the account push to dev in the settings of harbor.example."),
        (None, "Manage Actions access"),
    ],
)
def test_a_push_that_the_engine_reports_as_denied_has_the_providers_remedy(
    image: str | None, advice: str
) -> None:
    error = PushDeniedError("It failed.", "Give a login.", "denied: permission_denied: write_package")
    finding = engine_push_failed(target(image) if image else target(package=UNLINKED), error)
    assert finding.rule == "publish-failed"
    assert advice in finding.remedy


@pytest.mark.parametrize("says", ["denied: denied", "The token provided does not match expected scopes."])
def test_a_new_token_is_made_at_the_github_of_the_registry(says: str) -> None:
    registry = "containers.octocorp.ghe.com"
    place = Publisher(Keys({}, registry, "ghs_a_token"), "https://octocorp.ghe.com", "octo/hello")
    image = f"{registry}/octo/app"
    there = Target(Publication(image, WHERE, copy="acme.example/base:1"), ImageReference.parse(image), place)
    remedy = push_refused(there, refusal(says)).remedy
    assert ": https://octocorp.ghe.com/settings/tokens" in remedy
    assert "https://github.com/" not in remedy


def test_what_is_left_out_of_a_copy_is_said_to_be_that() -> None:
    root = parse_manifest(b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    content = Content(root, (root,), (), left_out=("layer sha256:1, because its publisher says so",))
    assert copy_notes(Publication("ghcr.io/o/r", None, copy="a.example/b:1"), content) == (
        "The digest is the source's.",
        "Not copied: layer sha256:1, because its publisher says so.",
    )
