"""What is said of the secrets at GitHub is pasted, and the next check finds it no more."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sandbox.command import action_step
from sandbox.github.control import Level
from sandbox.workflow_step import ROOT
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import Desk, one, prose, snippets
from tests.integration.paste.terminal import SHELLS

AZURE = "acme.azurecr.io"
PREFIX = "ACR_CONTAINER_REGISTRY"
PASSWORD = f"{PREFIX}_PASSWORD"
OWNERS: dict[Level, str] = {"repository": REPOSITORY, "organization": "acme", "user": "mona"}
OTHERS = tuple(f"acme/team-{number}" for number in range(39))
SitDown = Callable[..., Desk]


@pytest.fixture
def values(scene: Scene) -> dict[str, str]:
    """A triple that works and is in the environment; its image is needed."""
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.values = place.triple("ACR")
    return scene.values


@pytest.fixture
def forty(scene: Scene) -> tuple[str, ...]:
    """The repositories of the organization; an answer of GitHub lists thirty."""
    for name in OTHERS:
        scene.github.add_repository(name)
    return (REPOSITORY, *OTHERS)


def keep(
    scene: Scene, level: Level, *parts: str, readers: tuple[str, ...] = (), days: float = 1, **more: str
) -> None:
    """Store these parts of the triple at a level, `days` ago."""
    for part in parts:
        name = f"{PREFIX}_{part}"
        scene.github.add_secret(
            level,
            OWNERS[level],
            name,
            scene.values[name],
            repositories=readers,
            updated_at=datetime.now(UTC) - timedelta(days=days),
            **more,  # type: ignore[arg-type] # `visibility` alone
        )


def readers_of(desk: Desk, level: Level, name: str) -> set[str]:
    stored = desk.github.secret(level, OWNERS[level], name)
    assert stored is not None
    return set(stored.repositories)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.remedy("missing-secret")
def test_a_missing_secret_is_written_by_crreg_itself_or_by_gh(
    scene: Scene, sit_down: SitDown, values: dict[str, str], shell: str
) -> None:
    keep(scene, "repository", "SERVER", "USER")
    desk = sit_down(shell)
    desk.knows |= values
    assert desk.paste(one(desk.check(), "missing-secret")) == [
        f"crreg ensure --repository {REPOSITORY}",
        f"gh secret set {PASSWORD} --app codespaces --repo {REPOSITORY}",
    ]
    desk.healed()


def test_a_missing_secret_is_written_by_the_step_itself_in_a_run_that_may_write(
    scene: Scene, values: dict[str, str]
) -> None:
    run = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}
    finding = one(scene.check(**run).document, "missing-secret")
    [written] = snippets(finding)
    ended = action_step(
        {**scene.environment, **run}, scene.folder, scene.folder, token=scene.token, **yaml.safe_load(written)
    )
    assert ended.code == 0, ended.log
    assert scene.github.secret_value("repository", REPOSITORY, PASSWORD) == values[PASSWORD].encode()
    after = scene.check(**run).document
    assert (after["status"], after["findings"]) == ("healthy", [])


def test_a_missing_secret_is_written_elsewhere_where_the_run_is_a_pull_request_s(
    scene: Scene, sit_down: SitDown, values: dict[str, str]
) -> None:
    keep(scene, "repository", "SERVER", "USER")
    run = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
    finding = one(scene.check(**run).document, "missing-secret")
    assert snippets(finding) == []
    example, *_ = (step["value"] for step in finding["steps"] if step["kind"] == "link")
    assert "mode: ensure" not in prose(finding)
    assert (ROOT / re.split(r"/blob/[^/]+/", example)[1]).is_file()
    desk = sit_down()
    desk.knows |= values
    assert desk.paste(finding) == [
        f"crreg ensure --repository {REPOSITORY}",
        f"gh secret set {PASSWORD} --app codespaces --repo {REPOSITORY}",
    ]
    desk.healed()


@pytest.mark.parametrize("level", ["organization", "user"])
@pytest.mark.remedy("missing-secret")
def test_a_missing_secret_reaches_all_who_read_its_siblings(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...], level: Level
) -> None:
    keep(scene, level, "SERVER", "USER", readers=forty)
    del scene.values[PASSWORD]
    desk = sit_down()
    desk.knows[PASSWORD] = scene.world.places[AZURE].owner.password
    [_, finding] = sorted(desk.check()["findings"], key=lambda each: str(each["rule"] == "missing-secret"))
    desk.paste(finding)
    assert readers_of(desk, level, PASSWORD) == set(forty)
    assert desk.github.secret_value(level, OWNERS[level], PASSWORD) == desk.knows[PASSWORD].encode()
    assert "missing-secret" not in desk.rules()
    del values


@pytest.mark.remedy("missing-secret")
@pytest.mark.remedy("not-assigned")
def test_a_missing_secret_of_an_organization_reaches_this_repository_as_well(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...]
) -> None:
    keep(scene, "organization", "SERVER", "USER", readers=forty[1:])
    desk = sit_down()
    desk.knows |= values
    document = desk.check()
    desk.paste(one(document, "missing-secret", beside=["not-assigned"]))
    assert readers_of(desk, "organization", PASSWORD) == set(forty)
    desk.paste(one(document, "not-assigned", beside=["missing-secret"]))
    desk.healed()


@pytest.mark.parametrize("level", ["repository", "organization", "user"])
@pytest.mark.remedy("misnamed-secret")
def test_a_misnamed_secret_gets_its_right_name_for_the_same_repositories(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...], level: Level
) -> None:
    readers = () if level == "repository" else forty
    keep(scene, level, "SERVER", "USER", readers=readers)
    wrong = "ACR_REGISTRY_PASSWORD"
    scene.github.add_secret(level, OWNERS[level], wrong, "x", repositories=readers)
    desk = sit_down()
    desk.knows |= values
    desk.paste(one(desk.check(), "misnamed-secret"))
    assert desk.github.secret(level, OWNERS[level], wrong) is None
    assert readers_of(desk, level, PASSWORD) == set(readers)
    if level != "user":
        desk.healed()
    else:
        assert desk.rules() == ["user-level-only"]


@pytest.mark.parametrize("level", ["organization", "user"])
@pytest.mark.remedy("not-assigned")
def test_a_secret_that_is_not_assigned_is_given_to_this_repository_too(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...], level: Level
) -> None:
    keep(scene, level, "SERVER", "USER", "PASSWORD", readers=forty[1:])
    desk = sit_down()
    desk.paste(one(desk.check(), "not-assigned"))
    assert {frozenset(readers_of(desk, level, name)) for name in values} == {frozenset(forty)}
    assert "not-assigned" not in desk.rules()


@pytest.mark.remedy("not-assigned")
def test_a_secret_for_private_repositories_is_stored_for_a_public_one_itself(
    scene: Scene, sit_down: SitDown, values: dict[str, str]
) -> None:
    scene.github.add_repository("acme/open", visibility="public")
    scene.variables["GITHUB_REPOSITORY"] = "acme/open"
    keep(scene, "organization", "SERVER", "USER", "PASSWORD", visibility="private")
    desk = sit_down()
    desk.knows |= values
    desk.paste(one(desk.check(), "not-assigned"))
    desk.healed()


@pytest.mark.parametrize("hiding", ["repository", "user"])
@pytest.mark.remedy("shadowed-secret")
def test_of_two_secrets_of_one_name_the_one_in_effect_is_removed(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...], hiding: Level
) -> None:
    keep(scene, "organization", "SERVER", "USER", "PASSWORD", readers=forty)
    keep(scene, hiding, "PASSWORD", readers=forty if hiding == "user" else ())
    desk = sit_down()
    desk.paste(one(desk.check(), "shadowed-secret"))
    desk.healed()
    assert set(readers_of(desk, "organization", PASSWORD)) == set(forty)
    if hiding == "user":
        assert readers_of(desk, "user", PASSWORD) == set(OTHERS)
    del values


@pytest.mark.parametrize("usual", ["organization", "repository"])
@pytest.mark.remedy("mixed-levels")
def test_mixed_levels_become_one_for_all_who_read_the_others(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...], usual: Level
) -> None:
    stray: Level = "repository" if usual == "organization" else "organization"
    keep(scene, usual, "SERVER", "USER", readers=forty if usual == "organization" else ())
    keep(scene, stray, "PASSWORD", readers=forty if stray == "organization" else ())
    desk = sit_down()
    desk.knows |= values
    desk.paste(one(desk.check(), "mixed-levels"))
    desk.healed()
    if usual == "organization":
        assert readers_of(desk, usual, PASSWORD) == set(forty)
    else:
        assert readers_of(desk, stray, PASSWORD) == set(OTHERS)


@pytest.mark.parametrize("level", ["repository", "organization"])
@pytest.mark.remedy("stale-secret")
def test_a_secret_older_than_allowed_is_updated_for_all_who_read_it(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...], level: Level
) -> None:
    readers = forty if level == "organization" else ()
    keep(scene, level, "SERVER", "USER", "PASSWORD", readers=readers, days=100)
    scene.write(".github/crreg.yml", "registries: {ACR: {max-age: 30d}}")
    desk = sit_down()
    desk.knows |= values
    desk.paste(one(desk.check(), "stale-secret"))
    assert readers_of(desk, level, PASSWORD) == set(readers)
    desk.healed()


@pytest.mark.remedy("stale-secret")
def test_a_secret_older_than_that_of_actions_is_updated(
    scene: Scene, sit_down: SitDown, values: dict[str, str]
) -> None:
    keep(scene, "repository", "SERVER", "USER", "PASSWORD", days=100)
    scene.github.add_secret(
        "repository", REPOSITORY, PASSWORD, "x", application="actions", updated_at=datetime.now(UTC)
    )
    # GitHub is asked for the secrets of Actions where the configuration names a triple.
    scene.write(".github/crreg.yml", "registries: {ACR: {max-age: 365d}}")
    desk = sit_down()
    desk.knows |= values
    desk.paste(one(desk.check(), "stale-secret"))
    desk.healed()


@pytest.mark.remedy("unused-triple")
def test_an_unused_triple_is_deleted(scene: Scene, sit_down: SitDown, values: dict[str, str]) -> None:
    keep(scene, "repository", "SERVER", "USER", "PASSWORD")
    scene.need("docker.io/public/base")
    scene.world.places["docker.io"].push("public/base")
    desk = sit_down()
    desk.paste(one(desk.check(), "unused-triple"))
    assert desk.github.secrets("repository", REPOSITORY) == {}
    assert "unused-triple" not in desk.rules()
    del values


@pytest.mark.remedy("user-level-only")
def test_what_is_one_person_s_is_stored_for_all(
    scene: Scene, sit_down: SitDown, values: dict[str, str], forty: tuple[str, ...]
) -> None:
    keep(scene, "user", "SERVER", "USER", "PASSWORD", readers=forty)
    desk = sit_down()
    desk.knows |= values
    desk.paste(one(desk.check(), "user-level-only"))
    desk.healed()
    assert readers_of(desk, "user", PASSWORD) == set(OTHERS)


@pytest.mark.remedy("secret-limit")
def test_a_full_level_names_the_page_where_secrets_are_deleted(
    scene: Scene, sit_down: SitDown, values: dict[str, str]
) -> None:
    keep(scene, "repository", "SERVER", "USER", "PASSWORD")
    for number in range(95):
        scene.github.add_secret("repository", REPOSITORY, f"NAME_{number}")
    desk = sit_down()
    finding = one(desk.check(), "secret-limit")
    assert [(step["kind"], step["value"]) for step in finding["steps"]] == [
        ("link", f"https://github.com/{REPOSITORY}/settings/secrets/codespaces")
    ]
    desk.follow(finding)
    for number in range(4):
        desk.terminal.paste(
            f"gh secret delete NAME_{number} --app codespaces --repo {REPOSITORY}", desk.answer
        )
    desk.healed()
    del values


def test_without_a_token_crreg_takes_that_of_gh(
    scene: Scene, sit_down: SitDown, values: dict[str, str]
) -> None:
    keep(scene, "repository", "SERVER", "USER", "PASSWORD")
    desk = sit_down(GITHUB_TOKEN="")
    document = desk.check()
    if [finding["rule"] for finding in document["findings"]] == ["unreadable-secrets"]:
        desk.paste(one(document, "unreadable-secrets"))
    desk.healed()
    del values


@pytest.mark.remedy("unreadable-secrets")
def test_an_ended_token_is_replaced_by_a_new_one(
    scene: Scene, sit_down: SitDown, values: dict[str, str]
) -> None:
    keep(scene, "repository", "SERVER", "USER", "PASSWORD")
    desk = sit_down(GITHUB_TOKEN="ghp_" + "0" * 36)
    desk.knows["GH_TOKEN"] = scene.token
    desk.paste(one(desk.check(), "unreadable-secrets"))
    desk.healed()
    del values
