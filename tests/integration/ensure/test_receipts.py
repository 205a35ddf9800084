"""What ensure records, and what a later check makes of it, on a GitHub that keeps dates as GitHub does."""

import itertools
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sandbox import credentials
from sandbox.command import Ended
from sandbox.github.control import Level
from sandbox.github.raw import RawClient
from tests.integration.ensure.scene import AZURE, OWNERS, REPOSITORY, Scene, changes, hours_ago, names
from tests.integration.ensure.test_interruption import StopAfter, killed

from crreg.facts.receipts import LARGEST

SERVER, USER, PASSWORD = names("ACR")
VARIABLE = "CRREG_RECEIPTS"
PROVEN = dict.fromkeys(("SERVER", "USER", "PASSWORD"), "proven")
UNPROVEN = dict.fromkeys(("SERVER", "USER", "PASSWORD"), "not-proven")
HOMES: Mapping[Level, tuple[Any, str]] = {
    "repository": ("repository", REPOSITORY),
    "organization": ("organization", "acme"),
    "user": ("repository", REPOSITORY),
}
every_level = pytest.mark.parametrize("level", list(OWNERS))


def in_workflow(
    scene: Scene, *, queued: datetime | None = None, attempted: datetime | None = None
) -> dict[str, str]:
    """The variables of a step of a run that was queued now, or then, and whose latest attempt started then."""
    run = scene.github.workflows.add_run(
        REPOSITORY, created_at=queued or datetime.now(UTC), run_started_at=attempted
    )
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_RUN_ID": str(run),
    }


def sources(scene: Scene, *, hours: float = 5) -> None:
    """Keep the values at hand where README says: SERVER and USER in variables, PASSWORD in a secret."""
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.values = scene.azure()
    for name in (SERVER, USER):
        scene.github.workflows.add_variable(
            "repository", REPOSITORY, name, scene.values[name], updated_at=hours_ago(hours)
        )
    secret(scene, hours=hours)


def secret(scene: Scene, *, hours: float) -> None:
    """Set the Actions secret with the password."""
    scene.github.add_secret(
        "repository", REPOSITORY, PASSWORD, application="actions", updated_at=hours_ago(hours)
    )


def check(scene: Scene, **environment: str) -> Ended:
    """A check in a run of its own."""
    return scene.run("check", "--format", "json", **{**in_workflow(scene), **environment})


def proofs(ended: Ended) -> dict[str, str]:
    """What a check says of each part."""
    [triple] = ended.document["triples"]
    return {part: stored["proof"] for part, stored in triple["parts"].items()}


def receipts(scene: Scene, level: Level) -> dict[str, Any]:
    """What is recorded where receipts of a level are kept, by name."""
    text = scene.github.workflows.variable(*HOMES[level], VARIABLE)
    return {} if text is None else {each["name"]: each for each in json.loads(text)["receipts"]}


@every_level
def test_what_ensure_wrote_a_later_check_proves(scene: Scene, level: Level) -> None:
    sources(scene)
    written = scene.ensure("--level", level, **in_workflow(scene))
    assert (written.code, written.document["notes"]) == (0, [])
    assert {name: each["level"] for name, each in receipts(scene, level).items()} == dict.fromkeys(
        names("ACR"), level
    )
    ended = check(scene)
    assert proofs(ended) == PROVEN
    assert "changed-since" not in ended.rules
    again = scene.ensure("--level", level, **in_workflow(scene))
    assert {change["reason"] for change in again.document["changes"]} == {
        "it is already set, as crreg wrote it"
    }
    assert json.dumps(scene.values[PASSWORD]) not in str(receipts(scene, level))


def test_the_text_report_shows_what_is_proven(scene: Scene) -> None:
    sources(scene)
    scene.ensure(**in_workflow(scene))
    text = scene.run("check", **in_workflow(scene)).output
    assert text.count("repo, proven") == 3
    assert "Receipts of crreg ensure confirm" in " ".join(text.split())


@every_level
def test_what_somebody_else_set_is_told_with_the_date(scene: Scene, level: Level) -> None:
    sources(scene)
    scene.ensure("--level", level, **in_workflow(scene))
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    scene.github.add_secret(
        level,
        OWNERS[level],
        PASSWORD,
        "another",
        repositories=() if level == "repository" else (REPOSITORY,),
        updated_at=later,
    )
    ended = check(scene)
    if level == "user":
        # Of a person's secret a receipt does not say whose it is.
        assert proofs(ended) == PROVEN | {"PASSWORD": "not-proven"}
        return
    assert proofs(ended) == PROVEN | {"PASSWORD": "changed"}
    [triple] = ended.document["triples"]
    assert triple["parts"]["PASSWORD"]["changed_at"] == f"{later:%Y-%m-%dT%H:%M:%SZ}"
    assert (ended.document["status"], "changed-since" in ended.rules) == ("unknown", True)
    assert "changed since" in " ".join(scene.run("check", **in_workflow(scene)).output.split())


def test_a_source_that_was_changed_since_is_told_and_ensure_by_force_makes_it_right(scene: Scene) -> None:
    sources(scene)
    scene.ensure(**in_workflow(scene, queued=hours_ago(2)))
    secret(scene, hours=1)
    assert proofs(check(scene)) == PROVEN | {"PASSWORD": "changed"}
    planned = scene.ensure("--dry-run", **in_workflow(scene)).document["changes"]
    assert (
        "changed after crreg wrote it" in {change["name"]: change["reason"] for change in planned}[PASSWORD]
    )
    scene.ensure("--force", **in_workflow(scene))
    assert proofs(check(scene)) == PROVEN


def test_a_run_that_was_queued_before_its_source_changed_proves_nothing_of_it(scene: Scene) -> None:
    sources(scene)
    secret(scene, hours=1)
    scene.ensure(**in_workflow(scene, queued=hours_ago(2), attempted=datetime.now(UTC)))
    assert receipts(scene, "repository")[PASSWORD]["source"] is None
    assert proofs(check(scene)) == PROVEN | {"PASSWORD": "not-proven"}
    scene.ensure("--force", **in_workflow(scene))
    assert proofs(check(scene)) == PROVEN
    # A run that is older than the source still has the old value.
    late = scene.run("check", "--format", "json", **in_workflow(scene, queued=hours_ago(2)))
    assert proofs(late) == PROVEN | {"PASSWORD": "not-proven"}


@pytest.mark.parametrize("is_there", [False, True])
def test_a_run_with_an_old_value_does_not_write_it_over_the_new_one(scene: Scene, *, is_there: bool) -> None:
    """Written later than its source was changed, it would look current to every run after it."""
    sources(scene)
    if is_there:
        scene.store("repository", scene.azure() | {PASSWORD: "before"}, hours=9)
    before = scene.stored("repository")
    secret(scene, hours=1)

    late = scene.ensure(**in_workflow(scene, queued=hours_ago(2)))

    assert (late.code, late.rules, changes(late)) == (3, ["missing-value"], [])
    assert late.document["findings"][0]["message"].startswith(
        f"{PASSWORD} can't be written: the Actions secret"
    )
    assert scene.stored("repository") == before
    # A further attempt of the same run gets the new value.
    again = scene.ensure(**in_workflow(scene, queued=hours_ago(2), attempted=datetime.now(UTC)))
    assert again.code == 0
    assert scene.stored("repository") == scene.azure()


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "receipts": [{}]}', "my notes"])
def test_receipts_that_were_edited_prove_nothing_and_are_left_alone(scene: Scene, text: str) -> None:
    sources(scene)
    scene.github.workflows.add_variable("repository", REPOSITORY, VARIABLE, text)
    written = scene.ensure(**in_workflow(scene))
    assert written.code == 0
    [note] = written.document["notes"]
    assert note.startswith(f"No receipts were recorded: the repository's variable {VARIABLE} can't be used")
    assert scene.github.workflows.variable("repository", REPOSITORY, VARIABLE) == text
    ended = check(scene)
    assert (proofs(ended), ended.rules) == (UNPROVEN, [])


def test_a_receipt_with_an_edited_date_proves_nothing(scene: Scene) -> None:
    sources(scene)
    scene.ensure(**in_workflow(scene))
    text = scene.github.workflows.variable("repository", REPOSITORY, VARIABLE)
    assert text is not None
    document = json.loads(text)
    for entry in document["receipts"]:
        entry["source"]["updated_at"] = "2025-01-01T00:00:00Z"
        entry["updated_at"] = "2099-01-01T00:00:00Z"
    scene.github.workflows.add_variable("repository", REPOSITORY, VARIABLE, json.dumps(document))
    assert proofs(check(scene)) == UNPROVEN


@pytest.mark.parametrize("store", ["organization", "environment"])
def test_a_name_in_two_stores_is_not_certain(scene: Scene, store: Any) -> None:
    sources(scene)
    owner = "acme"
    if store == "environment":
        scene.github.workflows.add_environment(REPOSITORY, "production")
        owner = f"{REPOSITORY}/production"
    scene.ensure(**in_workflow(scene))
    assert proofs(check(scene)) == PROVEN
    scene.github.add_secret(
        store,
        owner,
        PASSWORD,
        application="actions",
        updated_at=hours_ago(9),
        visibility="all" if store == "organization" else None,
    )
    assert proofs(check(scene)) == PROVEN | {"PASSWORD": "not-proven"}


def test_a_variable_with_another_value_than_the_step_has_is_not_its_source(scene: Scene) -> None:
    sources(scene)
    scene.github.workflows.add_variable(
        "repository", REPOSITORY, USER, "somebody-else", updated_at=hours_ago(5)
    )
    scene.ensure(**in_workflow(scene))
    assert proofs(check(scene)) == PROVEN | {"USER": "not-proven"}


def test_a_terminal_proves_nothing_keeps_no_receipts_and_takes_out_what_it_overwrites(scene: Scene) -> None:
    sources(scene)
    scene.ensure()
    assert receipts(scene, "repository") == {}
    assert proofs(scene.run("check", "--format", "json")) == UNPROVEN
    scene.ensure("--force", **in_workflow(scene))
    assert proofs(check(scene)) == PROVEN
    scene.ensure("--force")
    assert {each["source"] for each in receipts(scene, "repository").values()} == {None}
    ended = check(scene)
    assert (proofs(ended), ended.rules) == (UNPROVEN, [])


def test_without_leave_to_write_variables_ensure_writes_secrets_as_before_and_says_so_once(
    scene: Scene,
) -> None:
    sources(scene)
    permissions: dict[str, Any] = {"codespaces_secrets": "write", "secrets": "read", "metadata": "read"}
    scene.token = credentials.register(
        scene.github.add_token("fine-grained", owner="mona", permissions=permissions, resource_owner="acme")
    )
    written = scene.ensure(**in_workflow(scene))
    assert (written.code, changes(written)) == (0, [("create", name, "done") for name in names("ACR")])
    [note] = written.document["notes"]
    assert note.startswith("No receipts were recorded in the repository's Actions variables: ")
    assert note.endswith('The token needs the repository permission "Variables" (read and write).')
    ended = check(scene)
    assert (proofs(ended), "changed-since" in ended.rules) == (UNPROVEN, False)


@pytest.mark.parametrize("lacking", ["actions", "environments", "secrets"])
def test_without_leave_to_see_where_values_come_from_nothing_is_proven_and_nothing_fails(
    scene: Scene, lacking: str
) -> None:
    sources(scene)
    scene.github.workflows.add_environment(REPOSITORY, "production")
    scene.ensure(**in_workflow(scene))
    permissions: dict[str, Any] = dict.fromkeys(
        {"codespaces_secrets", "secrets", "variables", "actions", "environments"} - {lacking}, "write"
    )
    scene.token = credentials.register(
        scene.github.add_token("fine-grained", owner="mona", permissions=permissions, resource_owner="acme")
    )
    ended = check(scene)
    assert (proofs(ended), "changed-since" in ended.rules) == (UNPROVEN, False)


def test_a_run_that_is_killed_between_a_secret_and_its_receipt_proves_nothing_of_it(scene: Scene) -> None:
    sources(scene)
    scene.ensure(**in_workflow(scene))
    before = {name: found.updated_at for name in names("ACR") if (found := scene.secret("repository", name))}
    threading.Event().wait(1.1)
    scene.variables = in_workflow(scene)
    seen = set()
    for writes in itertools.count():
        if not killed(StopAfter(writes), scene, "--force"):
            break
        rewritten = scene.secret("repository", PASSWORD)
        assert rewritten is not None
        states = proofs(check(scene))
        assert "changed" not in states.values()
        if rewritten.updated_at != before[PASSWORD] and PASSWORD not in receipts(scene, "repository"):
            assert states["PASSWORD"] == "not-proven"
            seen.add(writes)
            break
    assert seen
    scene.ensure("--force", **in_workflow(scene))
    assert proofs(check(scene)) == PROVEN


def test_two_runs_at_once_never_prove_what_is_not_stored(scene: Scene) -> None:
    sources(scene)
    runs = [in_workflow(scene), in_workflow(scene, queued=hours_ago(9))]
    threads = [threading.Thread(target=lambda run=run: scene.ensure("--force", **run)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, each in receipts(scene, "repository").items():
        found = scene.secret("repository", name)
        assert found is not None
        if each["source"] is not None:
            assert each["updated_at"] == f"{found.updated_at:%Y-%m-%dT%H:%M:%SZ}"
    scene.ensure("--force", **in_workflow(scene))
    assert proofs(check(scene)) == PROVEN


def test_receipts_that_do_not_fit_are_left_out_and_that_is_said(scene: Scene) -> None:
    sources(scene)
    entries = [
        {
            "name": f"A{number:03}_{'X' * 90}",
            "level": "user",
            "updated_at": "2026-01-01T00:00:00Z",
            "source": None,
        }
        for number in range(400)
    ]
    while len(full := json.dumps({"version": 1, "receipts": entries}, separators=(",", ":"))) > LARGEST:
        entries.pop()
    scene.github.workflows.add_variable("repository", REPOSITORY, VARIABLE, full)
    written = scene.ensure(**in_workflow(scene))
    [note] = written.document["notes"]
    assert "did not fit" in note
    assert proofs(check(scene)) == PROVEN


def test_receipts_of_deleted_secrets_are_dropped(scene: Scene) -> None:
    sources(scene)
    scene.ensure(**in_workflow(scene))
    RawClient(scene.github.url, scene.token)("DELETE", f"/repos/{REPOSITORY}/codespaces/secrets/{SERVER}")
    scene.values = {name: value for name, value in scene.values.items() if name != SERVER}
    scene.configure(f"registries: {{ACR: {{server: {AZURE}}}}}")
    scene.values |= scene.azure("HUB")
    scene.configure("")
    scene.ensure("--force", **in_workflow(scene))
    assert SERVER not in receipts(scene, "repository")


def test_a_check_asks_for_lists_of_variables_alone_if_nothing_was_recorded(scene: Scene) -> None:
    sources(scene)
    scene.store("repository", scene.azure())
    scene.github.forget()
    check(scene)
    asked = {seen.path for seen in scene.github.requests()}
    # Nothing was recorded, so the lists of variables are all there is to ask for.
    assert {path for path in asked if "/actions/" in path or "/environments" in path} == {
        f"/repos/{REPOSITORY}/actions/variables",
        f"/repos/{REPOSITORY}/actions/organization-variables",
    }
    # The values of a terminal have no dates, so there is nothing to ask for.
    scene.github.forget()
    scene.run("check", "--format", "json")
    assert not [seen.path for seen in scene.github.requests() if "/actions/" in seen.path]
