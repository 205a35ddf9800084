"""`crreg ensure` at each level, on servers that are real but for GitHub and AWS."""

from collections.abc import Mapping
from typing import Literal

import pytest
from sandbox import credentials
from sandbox.github.control import Level
from tests.integration.ensure.scene import (
    AZURE,
    OWNERS,
    REPOSITORY,
    Scene,
    changes,
    hours_ago,
    names,
)

every_level = pytest.mark.parametrize("level", list(OWNERS))
shared_level = pytest.mark.parametrize("level", ["organization", "user"])

STORES = {
    "repository": f"/repos/{REPOSITORY}/codespaces/secrets",
    "organization": "/orgs/acme/codespaces/secrets",
    "user": "/user/codespaces/secrets",
}
OLD: Mapping[str, str] = {name: f"old {name}" for name in names("ACR")}


def unchanged() -> list[tuple[str, str, str]]:
    return [("unchanged", name, "unchanged") for name in names("ACR")]


@every_level
def test_a_triple_that_is_not_there_is_created_and_a_second_run_plans_nothing(
    scene: Scene, level: Level
) -> None:
    scene.values = scene.azure()
    first = scene.ensure("--level", level)
    assert (first.code, first.errors) == (0, "")
    assert changes(first) == [("create", name, "done") for name in names("ACR")]
    assert scene.stored(level) == scene.azure()
    readers = {secret.repositories for name in names("ACR") if (secret := scene.secret(level, name))}
    assert readers == {() if level == "repository" else (REPOSITORY,)}
    scene.github.forget()
    second = scene.ensure("--level", level)
    assert (second.code, changes(second), scene.writes()) == (0, unchanged(), [])


@every_level
def test_the_public_key_is_fetched_once_a_store_in_a_run_that_may_write(scene: Scene, level: Level) -> None:
    scene.values = scene.azure("ONE") | scene.azure("TWO")
    keys = []
    for options in ((), ("--dry-run",)):
        scene.github.forget()
        scene.ensure("--level", level, *options)
        keys.append([seen.path for seen in scene.github.requests() if seen.path.endswith("/public-key")])
    assert keys == [[f"{STORES[level]}/public-key"], []]


@every_level
def test_a_value_is_rewritten_where_the_actions_secret_of_its_name_is_newer_and_then_no_more(
    scene: Scene, level: Level
) -> None:
    scene.values = scene.azure()
    scene.store(level, OLD, hours=10)
    for name in names("ACR")[1:]:
        scene.github.add_secret(
            "repository", REPOSITORY, name, application="actions", updated_at=hours_ago(9)
        )
    first = scene.ensure("--level", level)
    assert changes(first) == [
        ("unchanged", names("ACR")[0], "unchanged"),
        ("update", names("ACR")[1], "done"),
        ("update", names("ACR")[2], "done"),
    ]
    # SERVER is as old as before, and no Actions secret says that it changed.
    assert scene.stored(level) == scene.azure() | {names("ACR")[0]: OLD[names("ACR")[0]]}
    assert changes(scene.ensure("--level", level)) == unchanged()


@every_level
def test_a_password_older_than_allowed_is_rewritten_with_its_user_and_then_no_more(
    scene: Scene, level: Level
) -> None:
    scene.values = scene.azure()
    scene.store(level, OLD, hours=49)
    scene.configure(f"registries: {{ACR: {{level: {level}, max-age: 2d}}}}")
    first = scene.ensure()
    assert [change["reason"] for change in first.document["changes"]] == [
        "it is already set",
        f"it belongs to {names('ACR')[2]}",
        "it is 2 days old, but the configuration allows only 2 days",
    ]
    assert changes(first)[1:] == [("update", name, "done") for name in names("ACR")[1:]]
    assert changes(scene.ensure()) == unchanged()


@every_level
def test_force_writes_everything(scene: Scene, level: Level) -> None:
    scene.values = scene.azure()
    scene.store(level, OLD)
    ended = scene.ensure("--level", level, "--force")
    assert changes(ended) == [("update", name, "done") for name in names("ACR")]
    assert scene.stored(level) == scene.azure()


@every_level
def test_values_are_written_server_first_and_password_last(scene: Scene, level: Level) -> None:
    scene.values = scene.azure()
    scene.store(level, OLD)
    scene.github.forget()
    scene.ensure("--level", level, "--force")
    assert scene.writes() == [f"{STORES[level]}/{name}" for name in names("ACR")]


@every_level
def test_what_is_missing_of_a_triple_is_created_and_its_credential_with_it(
    scene: Scene, level: Level
) -> None:
    scene.values = scene.azure()
    user = names("ACR")[1]
    scene.store(level, {name: value for name, value in OLD.items() if name != user})
    ended = scene.ensure("--level", level)
    assert changes(ended) == [
        ("unchanged", names("ACR")[0], "unchanged"),
        ("create", user, "done"),
        ("update", names("ACR")[2], "done"),
    ]
    assert changes(scene.ensure("--level", level)) == unchanged()


@shared_level
def test_a_repository_is_added_to_those_that_may_read_and_the_values_are_left(
    scene: Scene, level: Level
) -> None:
    scene.store(level, OLD, readers=("acme/api", "acme/web"))
    scene.configure(f"registries: {{ACR: {{level: {level}}}}}")
    scene.github.forget()
    first = scene.ensure()
    assert (first.code, changes(first)) == (0, [("assign", name, "done") for name in names("ACR")])
    assert scene.stored(level) == OLD
    assert {secret.repositories for name in OLD if (secret := scene.secret(level, name))} == {
        ("acme/api", "acme/web", REPOSITORY)
    }
    number = scene.writes()[0].rpartition("/")[2]
    # They need not wait for each other.
    assert sorted(scene.writes()) == sorted(
        f"{STORES[level]}/{name}/repositories/{number}" for name in names("ACR")
    )
    assert changes(scene.ensure()) == unchanged()


@shared_level
def test_a_new_value_leaves_the_list_of_repositories_and_the_visibility_as_they_are(
    scene: Scene, level: Level
) -> None:
    scene.values = scene.azure()
    scene.store(level, OLD, readers=("acme/api", REPOSITORY))
    scene.configure(f"registries: {{ACR: {{level: {level}, visibility: all}}}}")
    assert scene.ensure("--force").code == 0
    assert scene.stored(level) == scene.azure()
    assert {
        (secret.visibility, secret.repositories) for name in OLD if (secret := scene.secret(level, name))
    } == {("selected", ("acme/api", REPOSITORY))}


def test_a_list_of_several_pages_is_left_as_it_is(scene: Scene) -> None:
    many = tuple(f"acme/r{number}" for number in range(120))
    for name in many:
        scene.github.add_repository(name)
    scene.values = scene.azure()
    scene.store("organization", OLD, readers=(*many, REPOSITORY))
    assert scene.ensure("--force", "--level", "organization").code == 0
    secret = scene.secret("organization", names("ACR")[2])
    assert secret is not None
    assert secret.repositories == (*many, REPOSITORY)


@pytest.mark.parametrize("visibility", ["all", "private"])
def test_a_secret_for_many_repositories_is_updated_and_stays_for_them(scene: Scene, visibility: str) -> None:
    scene.values = scene.azure()
    for name, value in OLD.items():
        scene.github.add_secret("organization", "acme", name, value, visibility=visibility)  # type: ignore[arg-type] # a parameter is a str
    assert scene.ensure("--force").code == 0
    assert scene.stored("organization") == scene.azure()
    assert {secret.visibility for name in OLD if (secret := scene.secret("organization", name))} == {
        visibility
    }


@pytest.mark.parametrize("visibility", ["all", "private", "selected"])
def test_a_new_secret_of_the_organization_is_for_those_whom_the_configuration_names(
    scene: Scene, visibility: str
) -> None:
    scene.values = scene.azure()
    scene.configure(
        f"registries: {{ACR: {{level: organization, visibility: {visibility}, repositories: [acme/api, acme/app]}}}}"
    )
    assert scene.ensure().code == 0
    chosen = (REPOSITORY, "acme/api") if visibility == "selected" else ()
    assert {
        (secret.visibility, secret.repositories)
        for name in OLD
        if (secret := scene.secret("organization", name))
    } == {(visibility, chosen)}
    assert changes(scene.ensure()) == unchanged()


@shared_level
def test_the_other_repositories_of_the_configuration_are_assigned_too(scene: Scene, level: Level) -> None:
    scene.store(level, OLD)
    scene.configure(f"registries: {{ACR: {{level: {level}, repositories: [acme/api]}}}}")
    ended = scene.ensure()
    assert [change["repositories"] for change in ended.document["changes"]] == [["acme/api"]] * 3
    assert changes(scene.ensure()) == unchanged()


@every_level
def test_a_dry_run_tells_the_same_plan_and_writes_nothing(scene: Scene, level: Level) -> None:
    scene.values = scene.azure()
    scene.github.forget()
    dry = scene.ensure("--level", level, "--dry-run")
    assert (dry.code, dry.document["dry_run"], scene.writes()) == (0, True, [])
    assert changes(dry) == [("create", name, "planned") for name in names("ACR")]
    wet = scene.ensure("--level", level)
    keys = ("action", "name", "level", "store", "visibility", "repositories", "reason")
    assert [[change[key] for key in keys] for change in dry.document["changes"]] == [
        [change[key] for key in keys] for change in wet.document["changes"]
    ]


def test_a_triple_that_the_organization_keeps_is_not_copied_to_the_repository(scene: Scene) -> None:
    scene.values = scene.azure()
    scene.store("organization", OLD)
    ended = scene.ensure()
    assert [change["level"] for change in ended.document["changes"]] == ["organization"] * 3
    assert changes(ended) == unchanged()


def test_only_what_the_configuration_names_is_ensured(scene: Scene) -> None:
    scene.values = scene.azure("ONE") | scene.azure("TWO")
    scene.configure("registries: {TWO: }")
    assert [name for _, name, _ in changes(scene.ensure())] == names("TWO")


def test_several_triples_are_written_whole(scene: Scene) -> None:
    identifiers = [f"R{number}" for number in range(10)]
    for identifier in identifiers:
        scene.values |= scene.azure(identifier)
    scene.github.forget()
    assert scene.ensure().code == 0
    assert len(scene.writes()) == 30
    for identifier in identifiers:
        paths = [f"{STORES['repository']}/{name}" for name in names(identifier)]
        assert sorted(path for path in scene.writes() if path in paths) == sorted(paths)
        assert scene.stored("repository", identifier) == scene.azure(identifier)


def test_the_image_that_a_triple_is_for_is_pulled_before_anything_is_written(scene: Scene) -> None:
    scene.values = scene.azure()
    scene.need(f"{AZURE}/dev/ensured:1")
    missing = scene.ensure()
    assert (missing.code, missing.rules, changes(missing)) == (1, ["image-not-found"], [])
    assert scene.stored("repository") == {}
    scene.world.places[AZURE].push("dev/ensured", "1")
    assert scene.ensure().code == 0
    assert scene.stored("repository") == scene.azure()


def test_text_shows_the_plan_first_and_the_verdict_last(scene: Scene) -> None:
    scene.values = scene.azure()
    lines = scene.run("ensure").output.splitlines()
    signs = [line.split()[:3] for line in lines if line.startswith("+")]
    assert signs == [["+", "create", name] for name in names("ACR")]
    assert lines[-1] == "Healthy: 3 created."
    again = scene.run("ensure", "--dry-run").output.splitlines()
    assert again[-1] == "Healthy: nothing was written; 3 already set."


@shared_level
def test_a_repository_that_was_renamed_keeps_its_access(scene: Scene, level: Level) -> None:
    scene.values = scene.azure()
    scene.configure(
        f"registries: {{ACR: {{server: {AZURE}, level: {level}, repositories: [acme/api, acme/web]}}}}"
    )
    scene.store(level, scene.azure(), readers=(REPOSITORY, "acme/api"))
    scene.github.repositories.rename("acme/api", "service")
    ended = scene.ensure()
    assert changes(ended) == [("assign", name, "done") for name in names("ACR")]
    assert {each for change in ended.document["changes"] for each in change["repositories"]} == {"acme/web"}
    assert {action for action, _, _ in changes(scene.ensure())} == {"unchanged"}


@pytest.mark.parametrize("level", ["repository", "organization"])
def test_an_apps_token_writes_what_its_installation_may(scene: Scene, level: Level) -> None:
    permissions: Mapping[str, Literal["read", "write"]] = {
        "codespaces_secrets": "write",
        "organization_codespaces_secrets": "write",
        "metadata": "read",
    }
    scene.token = credentials.register(
        scene.github.add_token("installation", resource_owner="acme", permissions=permissions)
    )
    scene.values = scene.azure()
    assert scene.ensure("--level", level).code == 0
    assert scene.stored(level) == scene.azure()
    assert changes(scene.ensure("--level", level)) == unchanged()


def test_a_report_goes_to_a_file_whole(scene: Scene) -> None:
    scene.values = scene.azure()
    ended = scene.run("ensure", "--output", "plan.txt")
    assert (ended.code, ended.output) == (0, "")
    written = (scene.folder / "plan.txt").read_text().splitlines()
    assert [line.split()[2] for line in written if line.startswith("+")] == names("ACR")
    assert written[-1] == "Healthy: 3 created."
