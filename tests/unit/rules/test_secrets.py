"""Secrets that a codespace does not get: missing, misnamed, not assigned."""

import pytest
from tests.unit.rules.facts_builder import ACR, at, facts, held, image, inventory, level, login, triple
from tests.unit.rules.shown import Shown, shown

from crreg.configuration.settings import RegistrySettings, Settings
from crreg.discovery.found import Source
from crreg.facts.image import Coverage
from crreg.facts.model import Facts, MisnamedSecret
from crreg.findings.finding import Severity
from crreg.github.inventory import LevelStatus, Repository
from crreg.github.levels import Level
from crreg.rules.catalog import judge

SERVER_AND_USER = {"SERVER": held(), "USER": held()}


def told(found: Facts) -> list[tuple[str, Severity]]:
    return [(finding.rule, finding.severity) for finding in judge(found)]


def test_a_healthy_repository_has_no_findings() -> None:
    assert judge(facts(triple(login=login()), image(covered_by="ACR", pull="available"))) == ()


def test_a_missing_part_is_named_at_the_image_with_the_command_that_sets_it() -> None:
    found = facts(
        triple(stored=SERVER_AND_USER, at_hand="", login=login("skipped")),
        image(covered_by="ACR", line=3),
        image(f"{ACR}/dev/tools:2", covered_by="ACR", line=9),
    )
    assert shown(judge(found)) == (
        Shown(
            rule="missing-secret",
            severity=Severity.ERROR,
            message="The Codespaces secret ACR_CONTAINER_REGISTRY_PASSWORD is missing. Without all three, codespaces "
            "can't log in. Needed by `acme.azurecr.io/dev/base:1` (and 1 other place).",
            remedy="Paste this, and enter the value when prompted:\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app\n"
            "Or click New secret here: https://github.com/org/app/settings/secrets/codespaces",
            triple="ACR",
            registry=ACR,
            location=at(3),
        ),
    )


def test_all_missing_parts_are_one_finding_set_at_the_level_of_the_parts_that_exist() -> None:
    organization = held(Level.ORGANIZATION, visibility="all")
    (finding,) = judge(facts(triple(stored={"SERVER": organization}), image(covered_by="ACR")))
    assert finding.message.startswith(
        "The Codespaces secrets ACR_CONTAINER_REGISTRY_USER and ACR_CONTAINER_REGISTRY_PASSWORD are missing"
    )
    assert (
        "  gh secret set ACR_CONTAINER_REGISTRY_USER --app codespaces --org org --visibility all\n"
        in finding.remedy
    )
    assert "https://github.com/organizations/org/settings/secrets/codespaces" in finding.remedy


def test_values_in_the_environment_that_codespaces_lacks_are_missing() -> None:
    (finding,) = judge(facts(triple(stored={}, login=login()), image(covered_by="ACR", pull="available")))
    assert (finding.rule, finding.severity) == ("missing-secret", Severity.ERROR)
    assert finding.message.startswith(
        "The environment has values for ACR, but the Codespaces secrets ACR_CONTAINER_REGISTRY_SERVER, "
        "ACR_CONTAINER_REGISTRY_USER and ACR_CONTAINER_REGISTRY_PASSWORD are missing."
    )


@pytest.mark.parametrize("outcome", ["denied", "forbidden", "invalid"])
def test_values_that_do_not_work_are_not_to_be_stored(outcome: str) -> None:
    found = facts(
        triple(stored={}, login=login(outcome, "It says no.")), image(covered_by="ACR", pull="denied")
    )
    (finding,) = judge(found)
    assert "are missing. The values given here don't work either: It says no. Needed by" in finding.message
    assert finding.remedy.startswith("Paste this, and enter a value that works when prompted:")


def test_a_configured_triple_that_is_not_stored_is_missing_at_its_entry() -> None:
    entry = RegistrySettings("ACR", at(2, ".github/crreg.yml"), server=ACR, level=Level.USER)
    (finding,) = judge(facts(triple(stored={}, at_hand="", configured=entry)))
    assert (finding.rule, finding.location) == ("missing-secret", at(2, ".github/crreg.yml"))
    assert "  gh secret set ACR_CONTAINER_REGISTRY_SERVER --user --repos org/app\n" in finding.remedy


@pytest.mark.parametrize(
    "unknown",
    [
        None,
        inventory(repository=None, detail="not found"),
        inventory(level(Level.REPOSITORY, LevelStatus.UNREADABLE)),
        inventory(level(Level.ORGANIZATION, LevelStatus.UNREADABLE)),
        inventory(level(Level.ORGANIZATION, LevelStatus.UNREACHABLE)),
    ],
)
def test_nothing_is_called_missing_or_misnamed_where_a_level_could_not_be_listed(unknown: object) -> None:
    misnamed = (MisnamedSecret("ACR_REGISTRY_PASSWORD", "ACR_CONTAINER_REGISTRY_PASSWORD", Level.USER),)
    found = facts(
        triple(stored={"SERVER": held(Level.USER, assigned=False)}),
        image(covered_by="ACR"),
        inventory=unknown,
        misnamed=misnamed,
    )
    assert set(told(found)) == {("unreadable-secrets", Severity.WARNING)}


@pytest.mark.parametrize("status", [LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE, LevelStatus.ABSENT])
def test_a_user_level_that_could_not_be_listed_hides_no_missing_secret(status: LevelStatus) -> None:
    found = facts(
        triple(stored=SERVER_AND_USER),
        image(covered_by="ACR"),
        inventory=inventory(level(Level.USER, status)),
    )
    assert ("missing-secret", Severity.ERROR) in told(found)


def test_an_owner_that_is_no_organization_hides_no_missing_secret() -> None:
    found = facts(
        triple(stored=SERVER_AND_USER),
        image(covered_by="ACR"),
        inventory=inventory(level(Level.ORGANIZATION, LevelStatus.ABSENT)),
    )
    assert told(found) == [("missing-secret", Severity.ERROR)]


def test_a_half_stored_triple_that_no_image_needs_is_only_a_warning() -> None:
    assert told(facts(triple(stored=SERVER_AND_USER), image("debian:13", pull="public"))) == [
        ("missing-secret", Severity.WARNING)
    ]


def test_a_half_stored_triple_is_only_a_warning_where_its_images_are_public() -> None:
    found = facts(triple(stored=SERVER_AND_USER), image(covered_by="ACR", pull="public"))
    assert told(found) == [("missing-secret", Severity.WARNING)]


def test_a_half_stored_triple_without_a_known_server_is_an_error_where_an_image_is_left_uncovered() -> None:
    found = facts(
        triple(stored=SERVER_AND_USER, server=None, at_hand=""),
        image(coverage=Coverage.UNKNOWN, pull="denied"),
    )
    assert told(found) == [("missing-secret", Severity.ERROR), ("uncovered-registry", Severity.WARNING)]


def test_a_triple_in_the_environment_that_no_image_needs_is_nothing() -> None:
    assert told(facts(triple(stored={}, login=login()), image("debian:13", pull="public"))) == []


def test_a_cache_alone_does_not_make_a_triple_necessary() -> None:
    found = facts(triple(stored=SERVER_AND_USER), image(covered_by="ACR", source=Source.CACHE))
    assert told(found) == [("missing-secret", Severity.WARNING)]


def test_a_misnamed_secret_stands_in_for_the_missing_one() -> None:
    found = facts(
        triple(stored=SERVER_AND_USER),
        image(covered_by="ACR"),
        misnamed=(
            MisnamedSecret(
                "ACR_CONTAINER_REGISTRY_PASS", "ACR_CONTAINER_REGISTRY_PASSWORD", Level.REPOSITORY
            ),
        ),
    )
    assert shown(judge(found)) == (
        Shown(
            rule="misnamed-secret",
            severity=Severity.ERROR,
            message="Codespaces ignores the secret `ACR_CONTAINER_REGISTRY_PASS`: its name must be "
            "ACR_CONTAINER_REGISTRY_PASSWORD. Needed by `acme.azurecr.io/dev/base:1`.",
            remedy="GitHub can't rename a secret: set it under the right name (enter the value when prompted), then "
            "delete the other.\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app\n"
            "  gh secret delete ACR_CONTAINER_REGISTRY_PASS --app codespaces --repo org/app",
            triple="ACR",
            registry=ACR,
            location=at(3),
        ),
    )


def test_a_nearly_right_name_beside_the_right_one_is_nothing() -> None:
    misnamed = MisnamedSecret("ACR_REGISTRY_PASSWORD", "ACR_CONTAINER_REGISTRY_PASSWORD", Level.ORGANIZATION)
    found = facts(triple(login=login()), image(covered_by="ACR", pull="available"), misnamed=(misnamed,))
    assert told(found) == []


def test_a_misnamed_secret_where_all_images_are_public_is_only_a_warning() -> None:
    misnamed = MisnamedSecret("ACR_REGISTRY_PASSWORD", "ACR_CONTAINER_REGISTRY_PASSWORD", Level.REPOSITORY)
    assert told(facts(image("debian:13", pull="public"), misnamed=(misnamed,))) == [
        ("misnamed-secret", Severity.WARNING)
    ]


def test_a_misnamed_variable_does_not_hide_that_the_secret_is_missing() -> None:
    misnamed = MisnamedSecret("ACR_CONTAINER_REGISTRY_PASS", "ACR_CONTAINER_REGISTRY_PASSWORD", None)
    found = facts(
        triple(stored=SERVER_AND_USER, at_hand="SERVER USER"), image(covered_by="ACR"), misnamed=(misnamed,)
    )
    assert told(found) == [("empty-value", Severity.ERROR), ("missing-secret", Severity.ERROR)]


def test_a_secret_for_selected_repositories_is_assigned_by_a_request_that_keeps_the_others() -> None:
    shared = held(Level.ORGANIZATION, visibility="selected", assigned=False)
    found = facts(
        triple(stored={"SERVER": held(), "USER": held(), "PASSWORD": shared}, login=login()),
        image(covered_by="ACR", pull="available"),
    )
    assert shown(judge(found)) == (
        Shown(
            rule="not-assigned",
            severity=Severity.ERROR,
            message="ACR_CONTAINER_REGISTRY_PASSWORD is stored in the organization for selected repositories, and "
            "`org/app` is not one of them. Needed by `acme.azurecr.io/dev/base:1`.",
            remedy="Paste this to give this repository access:\n"
            "  gh api -X PUT orgs/org/codespaces/secrets/ACR_CONTAINER_REGISTRY_PASSWORD/repositories/4711\n"
            "Or add it under Repository access of each secret here: "
            "https://github.com/organizations/org/settings/secrets/codespaces",
            triple="ACR",
            registry=ACR,
            location=at(3),
        ),
    )


def test_a_users_secret_is_assigned_in_the_users_own_store() -> None:
    own = held(Level.USER, visibility="selected", assigned=False)
    (finding,) = judge(facts(triple(stored=dict.fromkeys(("SERVER", "USER", "PASSWORD"), own)), image()))
    assert finding.rule == "not-assigned"
    assert (
        "  gh api -X PUT user/codespaces/secrets/ACR_CONTAINER_REGISTRY_USER/repositories/4711\n"
        in finding.remedy
    )


def test_a_secret_for_private_repositories_is_not_given_to_a_public_one() -> None:
    private = held(Level.ORGANIZATION, visibility="private", assigned=False)
    public = Repository("org/app", 4711, "public", "org", owner_is_organization=True)
    found = facts(
        triple(stored={"SERVER": held(), "USER": held(), "PASSWORD": private}),
        image(covered_by="ACR"),
        inventory=inventory(repository=public),
    )
    (finding,) = judge(found)
    assert finding.message.startswith(
        "ACR_CONTAINER_REGISTRY_PASSWORD is stored in the organization for private repositories only, and `org/app` "
        "is public."
    )
    assert (
        "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app\n" in finding.remedy
    )


def test_an_unassigned_secret_below_which_an_assigned_one_exists_is_nothing() -> None:
    both = (held(Level.REPOSITORY), held(Level.ORGANIZATION, visibility="selected", assigned=False))
    found = facts(
        triple(stored={"SERVER": held(), "USER": held(), "PASSWORD": both}, login=login()),
        image(covered_by="ACR", pull="available"),
    )
    assert told(found) == []


def test_an_ignored_rule_finds_nothing() -> None:
    settings = Settings(ignore=frozenset({"missing-secret"}))
    assert told(facts(triple(stored=SERVER_AND_USER), image(covered_by="ACR"), settings=settings)) == []
