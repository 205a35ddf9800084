"""What works today and will not, or not for everybody."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.rules.facts_builder import (
    ACR,
    LONG_AGO,
    NOW,
    at,
    facts,
    held,
    image,
    inventory,
    level,
    login,
    triple,
)
from tests.unit.rules.shown import Shown, shown

from crreg.check.report import Report
from crreg.configuration.settings import RegistrySettings, Rotation
from crreg.discovery.found import Problem, ProblemKind
from crreg.facts.image import ImageFact
from crreg.facts.model import Facts
from crreg.facts.proof import Proof, State
from crreg.findings.finding import Effect, Severity
from crreg.github.inventory import LevelStatus, Secret
from crreg.github.levels import Level
from crreg.registry.login.password import PasswordKind
from crreg.registry.outcome import Fault
from crreg.rules.catalog import judge
from crreg.triple import Part

PARTS = ("SERVER", "USER", "PASSWORD")
ENTRY = at(2, ".github/crreg.yml")
PULLED = image(covered_by="ACR", pull="available")


def rules(found: Facts) -> list[str]:
    assert all(finding.severity is Severity.WARNING for finding in judge(found))
    return [finding.rule for finding in judge(found)]


def test_a_secret_at_two_levels_hides_one() -> None:
    both = (held(Level.REPOSITORY), held(Level.ORGANIZATION, visibility="all"))
    found = facts(triple(stored={"SERVER": held(), "USER": held(), "PASSWORD": both}, login=login()), PULLED)
    assert shown(judge(found)) == (
        Shown(
            rule="shadowed-secret",
            severity=Severity.WARNING,
            message="ACR_CONTAINER_REGISTRY_PASSWORD exists at several levels: the repository's secret hides the "
            "organization's. Updating a hidden secret has no effect.",
            remedy="Keep one of each, and remove the others:\n"
            "ACR_CONTAINER_REGISTRY_PASSWORD: under Repository access, select only the repositories that need it: "
            "https://github.com/organizations/org/settings/secrets/codespaces",
            triple="ACR",
            registry=ACR,
            location=at(3),
            effect=Effect.HYGIENE,
        ),
    )


@pytest.mark.parametrize(
    ("other", "effect"), [(Level.ORGANIZATION, Effect.HYGIENE), (Level.USER, Effect.UNPROVEN)]
)
def test_it_is_not_proven_which_value_a_codespace_gets_if_a_user_has_another(
    other: Level, effect: Effect
) -> None:
    both = (held(other, visibility="selected"), held(Level.REPOSITORY))
    (finding,) = judge(facts(triple(stored=dict.fromkeys(PARTS, both), login=login()), PULLED))
    assert (finding.rule, finding.effect) == ("shadowed-secret", effect)


def test_a_part_of_a_triple_that_only_one_person_has_is_stored_where_the_others_are() -> None:
    organization = held(Level.ORGANIZATION, visibility="all")
    own = (
        held(Level.USER, visibility="selected"),
        held(Level.ORGANIZATION, visibility="selected", assigned=False),
    )
    own_password = triple(
        stored={"SERVER": organization, "USER": organization, "PASSWORD": own}, login=login()
    )
    (finding,) = judge(facts(own_password, PULLED))
    assert (finding.rule, finding.effect) == ("user-level-only", Effect.UNPROVEN)
    assert finding.message == (
        "ACR_CONTAINER_REGISTRY_PASSWORD is in your own account only: nobody else's codespaces get it. Needed by "
        "`acme.azurecr.io/dev/base:1`."
    )
    assert (
        "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --org org --visibility all\n"
        in finding.remedy
    )


def test_it_is_not_proven_who_may_read_a_secret_if_github_does_not_show_it() -> None:
    hidden = replace(held(Level.ORGANIZATION, visibility="selected"), readers_known=False)
    report = Report.of(facts(triple(stored=dict.fromkeys(PARTS, hidden), login=login()), PULLED))
    (finding,) = report.findings
    assert (finding.rule, finding.effect) == ("unreadable-secrets", Effect.UNPROVEN)
    names = [f"ACR_CONTAINER_REGISTRY_{part}" for part in PARTS]
    assert finding.message == (
        f"GitHub did not show which repositories may read {names[0]}, {names[1]} and {names[2]}, so crreg can't tell "
        "whether codespaces of `org/app` get them. Needed by `acme.azurecr.io/dev/base:1`."
    )
    assert report.unchecked == (
        f"GitHub did not show which repositories may read {names[0]}, {names[1]} and {names[2]}",
    )


def test_parts_at_different_levels_are_mixed() -> None:
    organization = held(Level.ORGANIZATION, visibility="all")
    found = facts(
        triple(stored={"SERVER": organization, "USER": organization, "PASSWORD": held()}, login=login()),
        PULLED,
    )
    (finding,) = judge(found)
    assert finding.rule == "mixed-levels"
    assert finding.remedy == (
        "Store all three at the organization level; enter each value when prompted:\n"
        "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --org org --visibility all\n"
        "Then remove the other copies:\n"
        "  gh secret delete ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app"
    )


def test_a_server_that_is_not_the_configured_one_is_a_mismatch_at_its_line() -> None:
    entry = RegistrySettings(
        "ACR", ENTRY, server="other.azurecr.io", server_location=at(3, ".github/crreg.yml")
    )
    found = facts(triple(configured=entry, server_at_hand=True, login=login()), PULLED)
    (finding,) = judge(found)
    assert (finding.rule, finding.location) == ("server-mismatch", at(3, ".github/crreg.yml"))


@pytest.mark.parametrize(
    ("configured", "stored"),
    [
        ("https://acme.azurecr.io/", ACR),
        ("https://index.docker.io/v1/", "docker.io"),
        ("ACME.azurecr.io", ACR),
    ],
)
def test_another_spelling_of_the_same_server_is_no_mismatch(configured: str, stored: str) -> None:
    entry = RegistrySettings("ACR", ENTRY, server=configured)
    assert rules(facts(triple(server=stored, configured=entry, server_at_hand=True, login=login()))) == []


def test_a_server_known_only_from_the_configuration_is_no_mismatch() -> None:
    entry = RegistrySettings("ACR", ENTRY, server=ACR)
    assert rules(facts(triple(server="other.example", configured=entry, at_hand=""))) == []


def test_an_ecr_token_is_short_lived_unless_it_is_rotated() -> None:
    written = dict.fromkeys(PARTS, held(updated_at=NOW - timedelta(hours=9)))
    token = triple(
        password_kind=PasswordKind.ECR_TOKEN,
        stored=written,
        login=login(expires_at=NOW + timedelta(hours=3)),
    )
    rotated = RegistrySettings("ACR", ENTRY, rotate=Rotation.ECR_TOKEN)
    assert rules(facts(token, PULLED)) == ["short-lived-password"]
    assert rules(facts(replace(token, configured=rotated), PULLED)) == []


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(hours=3), ["short-lived-password"]),
        (timedelta(days=10), ["expiring-credential"]),
        (timedelta(days=90), []),
    ],
)
def test_a_jwt_is_judged_by_the_time_it_has_left(left: timedelta, expected: list[str]) -> None:
    found = facts(
        triple(password_kind=PasswordKind.JWT, login=login(expires_at=NOW + left)),
        PULLED,
    )
    assert rules(found) == expected


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=-1), "has expired"),
        (timedelta(hours=5), "stops working within a day"),
        (timedelta(days=1, hours=1), "stops working in 1 day."),
        (timedelta(days=14), "stops working in 14 days."),
    ],
)
def test_a_credential_that_ends_soon_says_when(left: timedelta, words: str) -> None:
    (finding,) = judge(facts(triple(login=login(expires_at=NOW + left)), PULLED))
    assert finding.rule == "expiring-credential"
    assert words in finding.message


def test_a_credential_that_lasts_a_month_is_nothing() -> None:
    assert rules(facts(triple(login=login(expires_at=NOW + timedelta(days=30))), PULLED)) == []


@pytest.mark.parametrize(
    ("days", "max_age", "expected"),
    [
        (75, 90, []),
        (
            76,
            90,
            ["expiring-credential: will be 90 days old in 14 days, the most that the configuration allows."],
        ),
        (
            89,
            90,
            ["expiring-credential: will be 90 days old in 1 day, the most that the configuration allows."],
        ),
        (
            90,
            90,
            [
                "expiring-credential: will be 90 days old within a day, the most that the configuration allows."
            ],
        ),
        (91, 90, ["stale-secret: was last updated 91 days ago, but the configuration allows only 90."]),
        (3, 7, []),
        (
            4,
            7,
            ["expiring-credential: will be 7 days old in 3 days, the most that the configuration allows."],
        ),
        (0, 1, []),
    ],
)
def test_an_age_that_comes_due_is_told_ahead(days: int, max_age: int, expected: list[str]) -> None:
    entry = RegistrySettings("ACR", ENTRY, max_age=timedelta(days=max_age))
    stored = dict.fromkeys(PARTS, held(updated_at=NOW - timedelta(days=days)))
    found = judge(facts(triple(stored=stored, configured=entry, login=login()), PULLED))
    name = "ACR_CONTAINER_REGISTRY_PASSWORD"
    assert [
        f"{finding.rule}: {finding.message.removeprefix(name).partition(' Needed')[0].strip()}"
        for finding in found
    ] == expected


def test_a_password_that_ends_and_ages_is_told_of_once() -> None:
    entry = RegistrySettings("ACR", ENTRY, max_age=timedelta(days=101))
    ending = triple(configured=entry, login=login(expires_at=NOW + timedelta(days=3)))
    (finding,) = judge(facts(ending, PULLED))
    assert "stops working in 3 days" in finding.message


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (10, ""),
        (
            11,
            "on 2026-06-15 at 01:00 UTC, and nothing has renewed it. An ECR token expires after 12 hours: this one is",
        ),
        (
            12,
            "on 2026-06-15 at 00:00 UTC, and nothing has renewed it. An ECR token expires after 12 hours: this one has",
        ),
    ],
)
def test_a_rotated_token_that_is_not_renewed_is_told_of_with_no_value_at_hand(hours: int, words: str) -> None:
    entry = RegistrySettings("ECR", ENTRY, rotate=Rotation.ECR_TOKEN, max_age=timedelta(hours=5))
    stored = dict.fromkeys(PARTS, held(updated_at=NOW - timedelta(hours=hours)))
    found = judge(facts(triple("ECR", stored=stored, at_hand="", configured=entry), PULLED))
    told = [finding for finding in found if finding.rule == "expiring-credential"]
    assert [words in finding.message for finding in told] == ([True] if words else [])
    assert all("  gh workflow list --all --repo org/app" in finding.remedy for finding in told)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=15), []),
        (timedelta(days=14), ["stops working in 14 days."]),
        (timedelta(hours=2), ["stops working within a day."]),
        (timedelta(minutes=1), []),
    ],
)
def test_the_token_that_github_is_asked_with_ends_too(left: timedelta, expected: list[str]) -> None:
    asked = replace(inventory(), token_expires_at=NOW + left)
    found = judge(facts(triple(login=login()), PULLED, inventory=asked))
    assert [(finding.rule, finding.triple, finding.location) for finding in found] == [
        ("expiring-credential", None, None) for _ in expected
    ]
    assert all(words in finding.message for finding, words in zip(found, expected, strict=True))
    assert all("https://github.com/settings/tokens" in finding.remedy for finding in found)


def test_only_the_password_ages_by_the_configured_age() -> None:
    entry = RegistrySettings("ACR", ENTRY, max_age=timedelta(days=90))
    (finding,) = judge(facts(triple(configured=entry, login=login()), PULLED))
    assert (finding.rule, finding.message) == (
        "stale-secret",
        "ACR_CONTAINER_REGISTRY_PASSWORD was last updated 100 days ago, but the configuration allows only 90.",
    )


@pytest.mark.parametrize(
    ("later", "expected"), [(timedelta(minutes=4), []), (timedelta(days=1), ["stale-secret"])]
)
def test_a_secret_older_than_its_actions_twin_was_not_copied(later: timedelta, expected: list[str]) -> None:
    actions = (("ACR_CONTAINER_REGISTRY_USER", LONG_AGO + later), ("OTHER", NOW))
    found = facts(triple(login=login()), PULLED, inventory=inventory(actions_secrets=actions))
    assert rules(found) == expected


def test_a_repositorys_triple_for_no_image_is_unused() -> None:
    found = facts(triple(login=login()), image("debian:13", pull="public"))
    (finding,) = judge(found)
    assert (finding.rule, finding.location) == ("unused-triple", None)
    assert finding.remedy.count("gh secret delete") == 3


@pytest.mark.parametrize(
    "other",
    [
        image("acme-typo.azurecr.io/a:1", pull="unreachable"),
        image("acme-typo.azurecr.io/a:1", pull="tls-error", fault=Fault.WRONG_NAME),
        image("web.example/a:1", pull="not-a-registry"),
        image("acme.azurecr.io/Dev:1"),
        Problem(ProblemKind.UNRESOLVED, "TAG has no value", at(3)),
    ],
)
def test_no_triple_is_called_unused_while_an_image_was_not_answered_for(other: ImageFact | Problem) -> None:
    found = facts(triple(login=login()), image("debian:13", pull="public"), other)
    assert "unused-triple" not in {finding.rule for finding in judge(found)}


def test_an_organizations_triple_or_one_in_a_repository_without_images_is_not_called_unused() -> None:
    shared = dict.fromkeys(PARTS, held(Level.ORGANIZATION, visibility="all"))
    assert rules(facts(triple(stored=shared, login=login()), image("debian:13", pull="public"))) == []
    assert rules(facts(triple(login=login()))) == []


def test_a_users_triple_works_for_one_person() -> None:
    own = dict.fromkeys(PARTS, held(Level.USER, visibility="selected"))
    assert rules(facts(triple(stored=own, login=login()), PULLED)) == ["user-level-only"]


@pytest.mark.parametrize(("count", "expected"), [(94, []), (95, ["secret-limit"])])
def test_a_level_that_is_nearly_full_is_told(count: int, expected: list[str]) -> None:
    secrets = tuple(Secret(f"S{number}", Level.REPOSITORY, LONG_AGO) for number in range(count))
    assert rules(facts(inventory=inventory(level(Level.REPOSITORY, secrets=secrets)))) == expected


def test_an_unlisted_level_names_the_permission_and_what_was_not_judged() -> None:
    unreadable = level(
        Level.ORGANIZATION,
        LevelStatus.UNREADABLE,
        detail="the token may not list them",
        permission='organization permission "Organization codespaces secrets"',
    )
    in_part = triple(login=login(), stored={Part.SERVER: held(), Part.USER: held()})
    [kept] = judge(facts(triple(login=login()), PULLED, inventory=inventory(unreadable)))
    assert kept.message == (
        "The organization's Codespaces secrets could not be listed: the token may not list them."
    )
    assert shown(judge(facts(in_part, PULLED, inventory=inventory(unreadable)))) == (
        Shown(
            rule="unreadable-secrets",
            severity=Severity.WARNING,
            message="The organization's Codespaces secrets could not be listed: the token may not list them. "
            "crreg did not check whether a secret is missing or not assigned.",
            remedy="Give crreg a personal access token or a GitHub App token that can list them. It needs the "
            'organization permission "Organization codespaces secrets".',
            effect=Effect.UNPROVEN,
        ),
    )


def test_without_a_token_one_warning_says_so_where_secrets_matter() -> None:
    without = {"inventory": None, "inventory_reason": "no token was given"}
    assert rules(facts(PULLED, triple(login=login()), **without)) == ["unreadable-secrets"]
    assert rules(facts(image("debian:13", pull="public"), **without)) == []


def test_a_forks_pull_request_fails_for_no_image_since_its_secrets_are_not_known() -> None:
    without = {"inventory": None, "inventory_reason": "no token was given"}
    hidden = image("other.example/a:1", line=4, pull="not-found")
    assert rules(facts(image(pull="denied"), hidden, **without)) == [
        "unreadable-secrets",
        "uncovered-registry",
        "image-not-found",
    ]


def test_a_repository_that_could_not_be_read_is_one_warning() -> None:
    found = facts(PULLED, triple(login=login()), inventory=inventory(repository=None, detail="404 Not Found"))
    assert rules(found) == ["unreadable-secrets"]


def proven(state: State, since: datetime | None = None) -> Facts:
    """A triple that logs in, of whose password receipts say this."""
    found = triple(stored=dict.fromkeys(PARTS, held()), login=login())
    part = replace(found.parts[Part.PASSWORD], proof=Proof(state, "It was changed on Tuesday.", since))
    return facts(replace(found, parts={**found.parts, Part.PASSWORD: part}), PULLED)


def test_a_secret_that_was_changed_since_ensure_wrote_it_leaves_the_status_unknown() -> None:
    assert shown(judge(proven(State.CHANGED, NOW))) == (
        Shown(
            rule="changed-since",
            severity=Severity.WARNING,
            message="ACR_CONTAINER_REGISTRY_PASSWORD was tested with this run's value, which is probably not the "
            "stored one. It was changed on Tuesday.",
            remedy="If this run's values are wrong, correct the Actions secret or variable. If they are right, run "
            "ensure in the same workflow (mode: ensure, force: true), or run this in a terminal that has them in its "
            "environment:\n"
            "  crreg ensure --force --repository org/app",
            triple="ACR",
            registry="acme.azurecr.io",
            location=PULLED.location,
            effect=Effect.UNPROVEN,
        ),
    )


def test_a_run_that_may_not_write_is_not_told_to_run_ensure_in_its_own_workflow() -> None:
    (finding,) = judge(replace(proven(State.CHANGED, NOW), may_write=False))
    assert finding.remedy == (
        "If this run's values are wrong, correct the Actions secret or variable. If they are right, run this in a "
        "terminal that has them in its environment:\n"
        "  crreg ensure --force --repository org/app"
    )


@pytest.mark.parametrize("state", [State.PROVEN, State.NOT_PROVEN])
def test_what_is_proven_or_not_is_no_finding(state: State) -> None:
    assert judge(proven(state)) == ()


def test_where_receipts_tell_of_the_change_stale_secret_does_not_tell_it_too() -> None:
    name = "ACR_CONTAINER_REGISTRY_PASSWORD"
    listed = inventory(actions_secrets=((name, NOW),))
    assert rules(replace(proven(State.NOT_PROVEN), inventory=listed)) == ["stale-secret"]
    assert rules(replace(proven(State.CHANGED, NOW), inventory=listed)) == ["changed-since"]
