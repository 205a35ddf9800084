"""From literal facts to the diagnosis: causes, their order, and who is told to change what."""

import dataclasses
from datetime import datetime, timedelta

import pytest
from tests.unit.rules.facts_builder import (
    ACR,
    DEVCONTAINER,
    LONG_AGO,
    NOW,
    REPOSITORY,
    at,
    facts,
    held,
    image,
    inventory,
    level,
    login,
    triple,
)

from crreg.discovery.found import Discovery, Problem, ProblemKind, Source
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnose import diagnose, unasked
from crreg.doctor.diagnosis import Diagnosis, Examination, Fix
from crreg.exits.status import Status
from crreg.facts.image import Coverage
from crreg.facts.model import Facts, Holding, MisnamedSecret
from crreg.facts.triples import observe_misnamed
from crreg.findings.finding import Severity
from crreg.findings.remedy import Link, command, steps, text_of
from crreg.github.inventory import Inventory, LevelStatus, Repository
from crreg.github.levels import Level
from crreg.github.package import Package, PackageStatus
from crreg.registry.outcome import Fault
from crreg.report.doctor import checks
from crreg.rules.catalog import judge
from crreg.triple import Part

STARTED = NOW - timedelta(hours=3)
HERE = Codespace("parakeet", "octocat", STARTED, has_token=True, own_token=True)
UNLISTED = inventory(*(level(which, LevelStatus.UNREADABLE, detail="403.") for which in Level))
IMAGE = f"{ACR}/dev/base:1"
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
NAMES = tuple(f"ACR_CONTAINER_REGISTRY_{part}" for part in Part)
DENIED = login("denied", "It says no.")
SKIPPED = login("skipped", "No login was tried.")


def diagnosed(found: Facts, codespace: Codespace | None = HERE) -> tuple[Diagnosis, ...]:
    return diagnose(found, judge(found), codespace)


def brief(diagnoses: tuple[Diagnosis, ...]) -> list[tuple[str, str, tuple[str, ...], str | None]]:
    return [(each.severity, each.action, each.secrets, each.level) for each in diagnoses]


def health(found: Facts, codespace: Codespace | None = HERE) -> Status:
    findings = judge(found)
    return Examination(found, findings, codespace, diagnose(found, findings, codespace)).status


def addresses(diagnosis: Diagnosis) -> list[str]:
    return [step.url for step in diagnosis.steps if isinstance(step, Link)]


def stored(updated_at: datetime = LONG_AGO, at_level: Level = Level.REPOSITORY) -> dict[str, Holding]:
    return {part: held(at_level, updated_at=updated_at) for part in Part}


def test_a_login_that_fails_is_told_in_whole() -> None:
    found = facts(triple(stored={}, login=DENIED), image(covered_by="ACR", pull="denied"), inventory=UNLISTED)
    assert diagnosed(found) == (
        Diagnosis(
            Severity.ERROR,
            Fix.UPDATE,
            f"The login with ACR fails: It says no. Needed by `{IMAGE}`.",
            steps(
                "Generate a second password for the token (use --password1 if the second one is in use elsewhere):",
                command(
                    *("az", "acr", "token", "credential", "generate"),
                    *("--registry", "acme", "--name", "puller", "--password2"),
                ),
                f"Update {PASSWORD}, or ask for an update. crreg can't tell from here where the secret is stored, so "
                "look in each place. The repository's secret overrides the organization's; GitHub does not document "
                "whether your own overrides both:",
                Link("Your own secrets", "https://github.com/settings/codespaces"),
                Link(
                    "The repository's secrets, for its administrators",
                    "https://github.com/org/app/settings/secrets/codespaces",
                ),
                Link(
                    "The organization's secrets, for its owners",
                    "https://github.com/organizations/org/settings/secrets/codespaces",
                ),
                "Then stop this codespace and start it again, at https://github.com/codespaces or with the editor "
                'command "Codespaces: Stop Current Codespace". Then run "Codespaces: Rebuild Container" (F1), which '
                "pulls the image again.",
            ),
            secrets=(PASSWORD,),
            rule="login-failed",
            triple="ACR",
            registry=ACR,
            location=at(3),
        ),
    )


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (Level.USER, f"In your own settings, update {PASSWORD} here"),
        (Level.REPOSITORY, f"Ask an administrator of `org/app` to update {PASSWORD} here"),
        (Level.ORGANIZATION, f"Ask an owner of `org` to update {PASSWORD} here"),
    ],
)
def test_who_can_change_a_secret_is_told_from_its_level(where: Level, told: str) -> None:
    found = facts(triple(stored=stored(at_level=where), login=DENIED), image(covered_by="ACR", pull="denied"))
    [diagnosis] = diagnosed(found)
    assert (diagnosis.action, diagnosis.level) == (Fix.UPDATE, where)
    assert any(isinstance(step, Link) and step.text == told for step in diagnosis.steps)


@pytest.mark.parametrize(
    ("at_level", "told"),
    [
        (Level.USER, "In your own settings, delete {} here"),
        (Level.REPOSITORY, "Ask an administrator of `org/app` to delete {} here"),
        (Level.ORGANIZATION, "Ask an owner of `org` to delete {}, or to keep them from `org/app`, here"),
    ],
)
def test_a_stale_login_at_ghcr_that_no_image_needs_is_for_its_keeper_to_delete(
    at_level: Level, told: str
) -> None:
    found = facts(
        triple("GHCR", server="ghcr.io", stored=stored(at_level=at_level), login=DENIED),
        image("ghcr.io/org/tools:1", covered_by="GHCR", pull="public"),
    )
    names = tuple(f"GHCR_CONTAINER_REGISTRY_{part}" for part in Part)
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.DELETE, names, at_level)]
    assert "token" not in diagnosis.remedy
    [page] = [step.text for step in diagnosis.steps if isinstance(step, Link)]
    assert page == told.format(f"{names[0]}, {names[1]} and {names[2]}")
    assert diagnosis.remedy.endswith('"Codespaces: Rebuild Container" (F1), which pulls the image again.')


def test_where_a_stale_login_that_no_image_needs_is_kept_may_not_be_known() -> None:
    found = facts(
        triple("GHCR", server="ghcr.io", stored={}, login=DENIED),
        image("ghcr.io/org/tools:1", covered_by="GHCR", pull="public"),
        inventory=UNLISTED,
    )
    [diagnosis] = diagnosed(found)
    names = tuple(f"GHCR_CONTAINER_REGISTRY_{part}" for part in Part)
    assert brief((diagnosis,)) == [("error", Fix.DELETE, names, None)]
    assert diagnosis.remedy.startswith(
        f"Delete the secrets {names[0]}, {names[1]} and {names[2]}, or ask someone to. "
    )
    assert [step.text for step in diagnosis.steps if isinstance(step, Link)] == [
        "Your own secrets",
        "The repository's secrets, for its administrators",
        "The organization's secrets, for its owners",
    ]


def test_a_stale_login_at_ghcr_that_a_private_image_needs_is_renewed() -> None:
    found = facts(
        triple("GHCR", server="ghcr.io", login=DENIED),
        image("ghcr.io/other/tools:1", covered_by="GHCR", pull="denied"),
    )
    assert [each.action for each in diagnosed(found)] == [Fix.UPDATE]


@pytest.mark.parametrize(("minutes", "action"), [(1, Fix.RESTART), (-1, Fix.UPDATE), (0, Fix.UPDATE)])
def test_only_a_secret_newer_than_the_codespace_asks_for_a_stop_and_start(minutes: int, action: Fix) -> None:
    updated = STARTED + timedelta(minutes=minutes)
    found = facts(
        triple(stored={**stored(), Part.PASSWORD: held(updated_at=updated)}, login=DENIED),
        image(covered_by="ACR", pull="denied"),
    )
    assert brief(diagnosed(found)) == [("error", action, (PASSWORD,), Level.REPOSITORY)]


def test_a_codespace_whose_start_is_not_known_is_not_called_older() -> None:
    unknown = Codespace("parakeet", "octocat", None, has_token=True, own_token=True)
    found = facts(triple(stored=stored(NOW), login=DENIED), image(covered_by="ACR", pull="denied"))
    assert [each.action for each in diagnosed(found, unknown)] == [Fix.UPDATE]


def test_a_registry_that_does_not_answer_is_no_matter_of_a_new_secret() -> None:
    found = facts(
        triple(stored=stored(NOW), login=login("unreachable", "No answer.")),
        image(covered_by="ACR", pull="unreachable"),
    )
    assert [each.action for each in diagnosed(found)] == [Fix.RETRY]
    assert health(found) is Status.UNKNOWN


def test_a_secret_that_is_stored_and_not_here_is_one_that_this_process_lacks() -> None:
    found = facts(
        triple(stored=stored(), at_hand="SERVER", login=SKIPPED), image(covered_by="ACR", pull="skipped")
    )
    assert brief(diagnosed(found)) == [("error", Fix.RESTART, NAMES[1:], Level.REPOSITORY)]
    assert brief(diagnosed(found, None)) == [("warning", Fix.RETRY, NAMES[1:], Level.REPOSITORY)]
    assert health(found, None) is Status.UNKNOWN


def test_a_secret_that_is_known_to_be_missing_belongs_beside_the_others() -> None:
    found = facts(
        triple(
            stored={str(part): held(Level.ORGANIZATION) for part in (Part.SERVER, Part.USER)},
            at_hand="SERVER USER",
            login=SKIPPED,
        ),
        image(covered_by="ACR", pull="skipped"),
    )
    assert brief(diagnosed(found)) == [("error", Fix.SET, (PASSWORD,), Level.ORGANIZATION)]


def test_a_secret_that_is_not_given_to_the_repository_is_for_an_owner_to_assign() -> None:
    parts: dict[str, Holding] = {
        part: held(Level.ORGANIZATION, assigned=part is not Part.PASSWORD, visibility="selected")
        for part in Part
    }
    found = facts(
        triple(stored=parts, at_hand="SERVER USER", login=SKIPPED), image(covered_by="ACR", pull="skipped")
    )
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.ASSIGN, (PASSWORD,), Level.ORGANIZATION)]
    assert diagnosis.remedy.splitlines()[0] == (
        f"Ask an owner of `org` to add `org/app` under Repository access of {PASSWORD} here: "
        "https://github.com/organizations/org/settings/secrets/codespaces"
    )


@pytest.mark.parametrize(
    ("outcome", "action"),
    [
        ("forbidden", Fix.GRANT),
        ("tls-error", Fix.RETRY),
        ("insecure", Fix.REGISTRY),
        ("not-a-registry", Fix.UPDATE),
    ],
)
def test_each_end_of_a_login_has_its_action(outcome: str, action: Fix) -> None:
    found = facts(
        triple(stored={}, login=login(outcome, "It says no.")),
        image(covered_by="ACR", pull=outcome),
        inventory=UNLISTED,
    )
    assert [each.action for each in diagnosed(found)] == [action]


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Fault.USER, "ACR_CONTAINER_REGISTRY_USER"),
        (Fault.PASSWORD, PASSWORD),
        (Fault.SERVER, "ACR_CONTAINER_REGISTRY_SERVER"),
        (None, "ACR_CONTAINER_REGISTRY_SERVER"),
    ],
)
def test_the_part_that_is_malformed_is_the_one_to_change(fault: Fault | None, name: str) -> None:
    found = facts(
        triple(stored={}, login=dataclasses.replace(login("invalid"), fault=fault)),
        image(covered_by="ACR", pull="invalid"),
        inventory=UNLISTED,
    )
    assert brief(diagnosed(found)) == [("error", Fix.UPDATE, (name,), None)]


def test_one_triple_without_its_server_explains_one_registry_and_no_more() -> None:
    lacking = triple(stored={}, at_hand="USER PASSWORD", server=None, login=SKIPPED)
    first = image(pull="denied", coverage=Coverage.UNKNOWN)
    second = image("quay.io/acme/dev:1", pull="denied", coverage=Coverage.UNKNOWN)
    alone = diagnosed(facts(lacking, first, inventory=UNLISTED))
    both = diagnosed(facts(lacking, first, second, inventory=UNLISTED))
    assert [each.registry for each in alone] == [None]
    assert [each.registry for each in both] == [None, ACR, "quay.io"]


def test_the_order_is_errors_first_and_among_them_what_is_missing() -> None:
    found = facts(
        triple("OLD", stored=stored(NOW), server="old.example", login=DENIED),
        triple("BAD", stored={}, server="bad.example", login=DENIED),
        triple("UNUSED", stored={}, server="unused.example", login=DENIED),
        image("old.example/a:1", covered_by="OLD", pull="denied"),
        image("bad.example/a:1", covered_by="BAD", pull="denied"),
        image("none.example/a:1", pull="denied"),
        image("far.example/a:1", pull="unreachable"),
        Problem(ProblemKind.INVALID, "It is broken.", at(9)),
        inventory=UNLISTED,
    )
    assert [(each.severity, each.action, each.triple) for each in diagnosed(found)] == [
        ("error", Fix.SET, None),
        ("error", Fix.RESTART, "OLD"),
        ("error", Fix.UPDATE, "BAD"),
        ("error", Fix.CORRECT, None),
        ("warning", Fix.UPDATE, "UNUSED"),
        ("warning", Fix.RETRY, None),
    ]


def test_an_address_that_no_codespace_reaches_is_not_asked_again() -> None:
    found = facts(image("localhost:5000/a:1", pull="insecure", detail="It is an address of this machine."))
    [told] = diagnosed(found)
    assert told.action is Fix.CORRECT
    assert "Use a registry that they can reach over https." in told.remedy
    assert "curl" not in told.remedy


def test_what_only_administrators_care_for_is_left_out() -> None:
    parts = {str(part): (held(Level.USER), held(Level.REPOSITORY)) for part in Part}
    found = facts(triple(stored=parts, login=login()), image(covered_by="ACR", pull="available"))
    assert [finding.rule for finding in judge(found)] == ["shadowed-secret"]
    assert (diagnosed(found), health(found)) == ((), Status.HEALTHY)


def test_a_password_that_ends_soon_is_a_warning_and_no_illness() -> None:
    found = facts(
        triple(login=login(expires_at=NOW + timedelta(days=3))), image(covered_by="ACR", pull="available")
    )
    assert brief(diagnosed(found)) == [("warning", Fix.UPDATE, (PASSWORD,), Level.REPOSITORY)]
    assert health(found) is Status.HEALTHY


def test_what_can_not_be_asked_is_said_where_secrets_matter() -> None:
    needing = facts(triple(stored={}, login=login()), inventory=UNLISTED)
    [one] = unasked(needing, HERE)
    assert one.what.endswith(
        "GitHub does not list the secrets of the user, the repository and the organization for this token."
    )
    assert unasked(facts(image(pull="public"), inventory=UNLISTED), HERE) == ()
    assert unasked(facts(triple(login=login())), HERE) == ()


def test_the_places_of_a_person_s_repository_have_no_organization() -> None:
    owned = dataclasses.replace(REPOSITORY, owner_is_organization=False)
    listed = inventory(
        *(level(which, LevelStatus.UNREADABLE) for which in (Level.USER, Level.REPOSITORY)), repository=owned
    )
    [diagnosis] = diagnosed(
        facts(triple(stored={}, login=DENIED), image(covered_by="ACR", pull="denied"), inventory=listed)
    )
    assert "organizations" not in diagnosis.remedy
    assert "https://github.com/settings/codespaces" in diagnosis.remedy


def test_a_misnamed_secret_is_the_cause_and_not_that_the_right_one_is_missing() -> None:
    wrong = MisnamedSecret("ACR_CONTAINER_REGISTRY_TOKEN", PASSWORD, None)
    found = facts(
        triple(stored={}, at_hand="SERVER USER", login=SKIPPED),
        image(covered_by="ACR", pull="skipped"),
        misnamed=(wrong,),
        inventory=UNLISTED,
    )
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.SET, (PASSWORD,), None)]
    assert diagnosis.cause == (
        f"Codespaces ignores `{wrong.name}`: the name must be {PASSWORD}. Needed by `{IMAGE}`."
    )
    assert f"Delete `{wrong.name}` there." in diagnosis.remedy.splitlines()


def test_a_triple_of_which_no_name_is_right_explains_its_registry() -> None:
    wrong = tuple(
        MisnamedSecret(f"ACR_REGISTRY_{part}", str(name), None)
        for part, name in zip(Part, NAMES, strict=True)
    )
    found = facts(image(pull="denied", coverage=Coverage.UNKNOWN), misnamed=wrong, inventory=UNLISTED)
    assert brief(diagnosed(found)) == [("error", Fix.SET, NAMES, None)]


def test_a_stored_secret_that_is_misnamed_is_told_with_its_level() -> None:
    wrong = MisnamedSecret("ACR_CONTAINER_REGISTRY_TOKEN", PASSWORD, Level.ORGANIZATION)
    found = facts(
        triple(
            stored={str(part): held(Level.ORGANIZATION) for part in (Part.SERVER, Part.USER)},
            at_hand="SERVER USER",
            login=SKIPPED,
        ),
        image(covered_by="ACR", pull="skipped"),
        misnamed=(wrong,),
    )
    assert brief(diagnosed(found)) == [("error", Fix.SET, (PASSWORD,), Level.ORGANIZATION)]


def test_which_of_several_configurations_it_was_made_from_is_not_known() -> None:
    found = dataclasses.replace(
        facts(image(pull="public")), discovery=Discovery((".devcontainer.json", DEVCONTAINER), (), ())
    )
    assert [each.what[:57] for each in unasked(found, HERE)] == [
        "Which of the 2 dev container configurations this codespac"
    ]
    assert unasked(found, None) == ()


def test_a_cache_that_can_not_be_pulled_slows_a_build_and_ends_none() -> None:
    found = facts(image(pull="denied", source=Source.CACHE), inventory=UNLISTED)
    assert brief(diagnosed(found)) == [("warning", Fix.SET, NAMES, None)]
    assert health(found) is Status.HEALTHY


def test_outside_of_a_codespace_a_wrong_name_is_a_hint_alone() -> None:
    wrong = MisnamedSecret("ACR_CONTAINER_REGISTRY_TOKEN", PASSWORD, None)
    found = facts(
        triple(stored={}, at_hand="SERVER USER", login=SKIPPED),
        image(covered_by="ACR", pull="skipped"),
        misnamed=(wrong,),
        inventory=UNLISTED,
    )
    assert brief(diagnosed(found, None)) == [("warning", Fix.SET, (PASSWORD,), None)]


def test_a_secret_for_private_repositories_alone_is_stored_anew_for_a_public_one() -> None:
    parts: dict[str, Holding] = {
        part: held(Level.ORGANIZATION, assigned=False, visibility="private") for part in Part
    }
    found = facts(
        triple(stored=parts, at_hand="", server=None, login=SKIPPED),
        image(pull="denied", coverage=Coverage.UNKNOWN),
        inventory=inventory(repository=dataclasses.replace(REPOSITORY, visibility="public")),
    )
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.SET, NAMES, Level.REPOSITORY)]
    assert diagnosis.remedy.startswith("Ask an administrator of `org/app` to add ")


def test_a_package_that_is_granted_is_no_cause_whoever_asked() -> None:
    package = Package("org", "dev", PackageStatus.FOUND, "private", "org/app")
    found = facts(image("ghcr.io/org/dev:1", pull="denied"), packages={"ghcr.io/org/dev": package})
    outside = Examination(found, judge(found), None, diagnosed(found, None))
    assert (outside.diagnoses, outside.status) == ((), Status.HEALTHY)


def test_an_image_whose_registry_asks_for_the_login_too_late_is_not_proven() -> None:
    untested = dataclasses.replace(login("skipped", "It asked for no password"), requests=1)
    found = facts(triple(login=untested), image(IMAGE, covered_by="ACR", pull="available"))
    assert health(found) is Status.UNKNOWN
    examination = Examination(found, judge(found), None, diagnosed(found, None))
    lines = {key: check.line(color=False) for key, check in checks(examination)}
    assert lines[f"image {IMAGE}"] == f"? Image      {IMAGE}: not proven"


@pytest.mark.parametrize(
    ("codespace", "severity", "who"),
    [(HERE, "error", "this codespace's own token"), (None, "warning", "anyone who is not logged in")],
)
def test_a_package_that_is_closed_is_told_with_its_reason(
    codespace: Codespace | None, severity: str, who: str
) -> None:
    package = Package("org", "dev", PackageStatus.FOUND, "private", None, owner_is_organization=True)
    found = facts(image("ghcr.io/org/dev:1", pull="denied"), packages={"ghcr.io/org/dev": package})
    [diagnosis] = diagnosed(found, codespace)
    assert (diagnosis.severity, diagnosis.action) == (severity, Fix.GRANT)
    assert diagnosis.cause == (
        f"`ghcr.io` refuses `ghcr.io/org/dev:1` to {who}: the package is private and not linked to a repository."
    )
    assert "https://github.com/orgs/org/packages/container/dev/settings" in addresses(diagnosis)


def test_a_package_of_a_person_has_its_settings_among_the_person_s() -> None:
    owned = dataclasses.replace(REPOSITORY, owner_is_organization=False)
    found = facts(image("ghcr.io/org/dev:1", pull="denied"), inventory=inventory(repository=owned))
    [diagnosis] = diagnosed(found)
    assert "https://github.com/users/org/packages/container/dev/settings" in addresses(diagnosis)


READER = dataclasses.replace(REPOSITORY, may_write=False)
"""The repository as GitHub shows it to somebody who may not write to it."""


def unlisted(repository: Repository) -> Inventory:
    return dataclasses.replace(UNLISTED, repository=repository)


@pytest.mark.parametrize("at_hand", ["", "SERVER", "SERVER USER"])
def test_who_may_not_write_gets_no_secrets_and_that_is_the_one_cause(at_hand: str) -> None:
    """https://docs.github.com/en/codespaces/reference/security-in-github-codespaces"""
    found = facts(
        triple(stored={}, at_hand=at_hand, server=ACR if at_hand else None, login=SKIPPED),
        image(covered_by="ACR" if at_hand else None, pull="skipped" if at_hand else "denied"),
        inventory=unlisted(READER),
    )
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.WRITE, (), None)]
    assert diagnosis.cause == (
        "`octocat` can't write to `org/app`, and GitHub copies no secrets into a codespace whose user can't write "
        f"to the repository. `{IMAGE}` needs one."
    )
    assert health(found) is Status.UNHEALTHY


def test_who_may_not_write_and_needs_no_secret_is_told_nothing() -> None:
    public = facts(image(pull="public"), inventory=unlisted(READER))
    works = facts(
        triple(stored={}, login=login()),
        image(covered_by="ACR", pull="available"),
        inventory=unlisted(READER),
    )
    assert [diagnosed(found) for found in (public, works)] == [(), ()]


def test_a_password_that_fails_is_that_even_where_nobody_may_write() -> None:
    found = facts(
        triple(stored={}, login=DENIED), image(covered_by="ACR", pull="denied"), inventory=unlisted(READER)
    )
    assert [each.action for each in diagnosed(found)] == [Fix.UPDATE]


@pytest.mark.parametrize("may_write", [True, None])
def test_who_may_write_or_is_not_told_lacks_a_part_and_may_be_in_a_fork_s_pull_request(
    may_write: bool | None,  # noqa: FBT001 - what the table says
) -> None:
    repository = dataclasses.replace(REPOSITORY, may_write=may_write)
    found = facts(
        triple(stored={}, at_hand="SERVER USER", login=SKIPPED),
        image(covered_by="ACR", pull="skipped"),
        inventory=unlisted(repository),
    )
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.SET, (PASSWORD,), None)]
    assert "a pull request from a fork: GitHub gives such a codespace no secrets" in diagnosis.cause


def test_what_another_person_s_token_tells_of_writing_is_a_hint_alone() -> None:
    put = dataclasses.replace(HERE, own_token=False)
    found = facts(image(pull="denied"), inventory=unlisted(READER))
    assert [(each.severity, each.action) for each in diagnosed(found, put)] == [("warning", Fix.WRITE)]
    assert [each.action for each in diagnosed(found, None)] == [Fix.SET]


def test_images_of_github_s_own_registry_need_no_secret_and_no_write_access() -> None:
    found = facts(image("ghcr.io/org/dev:1", pull="denied"), inventory=unlisted(READER))
    assert [each.action for each in diagnosed(found)] == [Fix.GRANT]


def test_a_part_that_is_stored_nowhere_is_told_before_one_that_is_newer() -> None:
    newer: dict[str, Holding] = {part: held(updated_at=NOW) for part in (Part.SERVER, Part.PASSWORD)}
    found = facts(
        triple(stored=newer, at_hand="SERVER PASSWORD", login=SKIPPED),
        image(covered_by="ACR", pull="skipped"),
    )
    user = "ACR_CONTAINER_REGISTRY_USER"
    [diagnosis] = diagnosed(found)
    assert brief((diagnosis,)) == [("error", Fix.SET, (user,), Level.REPOSITORY)]
    assert "Then stop this codespace and start it again" in diagnosis.remedy


def test_a_recovery_container_whose_images_can_be_pulled_is_to_be_rebuilt() -> None:
    recovery = dataclasses.replace(HERE, recovery=True)
    found = facts(triple(login=login()), image(covered_by="ACR", pull="available"))
    assert brief(diagnosed(found, recovery)) == [("warning", Fix.REBUILD, (), None)]
    assert health(found, recovery) is Status.HEALTHY
    assert diagnosed(found) == ()


def test_a_recovery_container_without_a_dev_container_in_sight_is_not_called_healthy() -> None:
    empty = facts(triple(login=DENIED))
    recovery = dataclasses.replace(HERE, recovery=True)

    assert health(empty) is Status.HEALTHY
    assert health(empty, recovery) is Status.UNKNOWN
    assert text_of(unasked(empty, recovery)[0].how).splitlines()[-1] == "  cd /workspaces/app"


def test_a_folder_that_is_no_checkout_is_not_called_healthy_and_says_where_to_look() -> None:
    empty = facts(triple(login=DENIED))
    elsewhere = dataclasses.replace(empty, discovery=dataclasses.replace(empty.discovery, is_elsewhere=True))

    assert (health(elsewhere), health(elsewhere, HERE)) == (Status.UNKNOWN, Status.UNKNOWN)
    assert text_of(unasked(elsewhere, HERE)[0].how).splitlines()[-1] == "  cd /workspaces/app"
    assert (
        text_of(unasked(elsewhere, None)[0].how) == "Run crreg doctor again in a checkout of the repository."
    )


def test_the_recovery_container_has_no_gh_so_that_it_is_installed_first() -> None:
    needing = facts(triple(stored={}, login=login()), inventory=UNLISTED)
    *_, told = unasked(needing, dataclasses.replace(HERE, recovery=True))
    assert told.how[1] == command("sudo", "apk", "add", "--no-cache", "github-cli")
    assert "apk" not in text_of(unasked(needing, HERE)[0].how)


def test_the_token_of_prebuilds_is_no_part_of_a_triple() -> None:
    """https://docs.github.com/en/codespaces/prebuilding-your-codespaces/allowing-a-prebuild-to-access-other-repositories"""
    names = ["CODESPACES_PREBUILD_TOKEN", *NAMES]
    assert observe_misnamed(names, None, ["ACR", "CODESPACES_PREBUILD"]) == ()


def test_a_package_that_the_codespace_may_ask_for_is_told_with_the_way_to_ask() -> None:
    package = Package("org", "dev", PackageStatus.FOUND, "private", "org/base", owner_is_organization=True)
    here = image("ghcr.io/org/dev:1", pull="denied")
    [unasked_for] = diagnosed(facts(here, packages={"ghcr.io/org/dev": package}), HERE)
    assert '"org/base": {"permissions": {"packages": "read"}}' in unasked_for.remedy
    asked = facts(here, packages={"ghcr.io/org/dev": package}, packages_of=["org/base"])
    [diagnosis] = diagnosed(asked, HERE)
    assert "if the person who creates it authorizes it" in diagnosis.cause
    assert diagnosis.remedy.startswith("Create a new codespace, and authorize what it asks for.")


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        (
            ["org/base"],
            "devcontainer.json asks to read packages of `org/base`. If the package is linked to that",
        ),
        (
            ["org/b", "org/a"],
            "devcontainer.json asks to read packages of `org/a` and `org/b`. If the package is",
        ),
        (["other/base"], "Check the image's name. If it is right,"),
        ([], "Check the image's name. If it is right,"),
    ],
)
def test_a_package_that_a_codespace_without_the_authorization_does_not_see(
    asked: list[str], start: str
) -> None:
    [diagnosis] = diagnosed(facts(image("ghcr.io/org/dev:1", pull="denied"), packages_of=asked), HERE)
    assert diagnosis.remedy.startswith(start)
