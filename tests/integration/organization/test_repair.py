"""`crreg ensure --org`: access is planned, reviewed and given; it is never taken away."""

import json
import subprocess
from datetime import UTC, datetime

import pytest
from sandbox.command import CRREG, surroundings
from tests.integration.organization.scene import AZURE, Organization, dev_container, good, wrong

NAMES = [f"ACR_CONTAINER_REGISTRY_{part}" for part in ("PASSWORD", "SERVER", "USER")]
SECRETS = "/orgs/acme/codespaces/secrets"
NEEDING = dev_container(f"{AZURE}/dev/base:1")


def granted(document: dict[str, object]) -> list[tuple[str, str]]:
    grants = document["grants"]
    assert isinstance(grants, list)
    return [(each["repository"], each["allowed_by"]) for each in grants]


def everyone(*repositories: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(NAMES, repositories)


def test_a_plan_is_shown_then_carried_out_then_there_is_nothing_to_do(acme: Organization) -> None:
    app, web = acme.add("app", NEEDING), acme.add("web-1", NEEDING)
    opened = acme.add("open", NEEDING, "public")
    acme.add("web-2", NEEDING, "public")
    acme.add("web-3", NEEDING, fork=True)
    acme.add("web-4", {".devcontainer/devcontainer.json": "{}"})
    acme.add("other", NEEDING)
    acme.configure("registries: {ACR: {allow: [app, acme/open, 'web-*']}}")
    acme.values |= good(acme)
    planned = acme.ensure()
    document = planned.document
    assert (planned.code, document["dry_run"], document["status"]) == (0, True, "unknown"), planned.errors
    assert granted(document) == [(app, "app"), (opened, "acme/open"), (web, "web-*")]
    assert [(each["repository"], each["why"]) for each in document["withheld"]] == [
        ("acme/other", "allow does not list it"),
        ("acme/web-2", "it is public, and allow does not list it by name"),
        ("acme/web-3", "it is a fork, and allow does not list it by name"),
    ]
    assert [(each["action"], each["name"], each["visibility"]) for each in document["changes"]] == [
        ("create", f"ACR_CONTAINER_REGISTRY_{part}", "selected") for part in ("SERVER", "USER", "PASSWORD")
    ]
    assert acme.readers() == {}, "nothing was written"

    done = acme.ensure("--plan", document["digest"])
    assert (done.code, done.document["status"]) == (0, "healthy"), done.errors
    assert acme.readers() == everyone(app, opened, web)
    stored = acme.github.secrets("organization", "acme")
    assert {name: secret.value.decode() for name, secret in stored.items()} == good(acme)

    again = acme.ensure("--plan", document["digest"]).document
    assert (again["status"], again["grants"]) == ("healthy", []), "an empty plan needs no review"
    checked = {each["repository"]: each["status"] for each in acme.check().document["repositories"]}
    assert [name for name, status in checked.items() if status == "healthy"] == [
        app,
        opened,
        web,
        "acme/web-4",
    ]


def test_a_github_enterprise_server_is_offered_no_token(acme: Organization) -> None:
    acme.add("app", NEEDING)
    acme.configure("registries: {ACR: {allow: [app]}}")
    acme.values |= good(acme)
    ended = acme.ensure(GITHUB_API_URL=acme.github.enterprise_url)
    [remedy] = {each["remedy"] for each in ended.document["findings"] if each["rule"] == "unreadable-secrets"}
    assert "is a GitHub Enterprise Server, which has no Codespaces, so no token helps." in remedy
    assert ended.code == 3


def test_access_is_added_and_nobody_loses_theirs(acme: Organization) -> None:
    app = acme.add("app", NEEDING)
    kept = acme.add("kept")
    acme.store(good(acme), kept)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    document = acme.ensure("--yes", "--force").document
    assert document["status"] == "healthy"
    assert acme.readers() == everyone(kept, app)
    assert {each["outcome"] for each in document["changes"]} == {"done"}


def test_a_newer_actions_secret_of_the_workflows_repository_makes_the_value_due(acme: Organization) -> None:
    kept, ops = acme.add("kept"), acme.add("ops")
    acme.store(good(acme), kept)
    name = "ACR_CONTAINER_REGISTRY_PASSWORD"
    later = datetime(2026, 1, 1, tzinfo=UTC)
    acme.github.add_secret("repository", ops, name, application="actions", updated_at=later)
    acme.configure("registries: {ACR: {allow: []}}")
    document = acme.ensure("--yes", GITHUB_REPOSITORY=ops).document
    assert [(each["action"], each["part"]) for each in document["changes"]] == [
        ("unchanged", "SERVER"),
        ("update", "USER"),
        ("update", "PASSWORD"),
    ]
    assert acme.readers() == everyone(kept)


def test_a_secret_that_was_changed_while_the_review_took_place_is_not_written(acme: Organization) -> None:
    kept, ops = acme.add("kept"), acme.add("ops")
    acme.store(good(acme), kept)
    name, later = "ACR_CONTAINER_REGISTRY_PASSWORD", datetime(2026, 1, 1, tzinfo=UTC)
    acme.github.add_secret("repository", ops, name, application="actions", updated_at=later)
    run = acme.github.workflows.add_run(ops, created_at=datetime(2025, 12, 31, tzinfo=UTC))
    step = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": str(run), "GITHUB_EVENT_NAME": "schedule"}
    acme.configure("registries: {ACR: {allow: []}}")
    ended = acme.ensure("--yes", GITHUB_REPOSITORY=ops, **step)
    assert (ended.code, ended.rules, ended.document["changes"]) == (3, ["missing-value"], [])
    assert ended.document["findings"][0]["message"].startswith(f"{name} can't be written: the Actions secret")


def test_receipts_of_earlier_runs_follow_what_is_written(acme: Organization) -> None:
    kept = acme.add("kept")
    acme.store(good(acme), kept)
    name, old = "ACR_CONTAINER_REGISTRY_USER", "2025-01-01T00:00:00Z"
    receipt = {"name": name, "level": "organization", "updated_at": old, "source": None}
    acme.github.workflows.add_variable(
        "organization", "acme", "CRREG_RECEIPTS", json.dumps({"version": 1, "receipts": [receipt]})
    )
    acme.configure("registries: {ACR: {allow: []}}")
    assert acme.ensure("--yes", "--force").code == 0
    text = acme.github.workflows.variable("organization", "acme", "CRREG_RECEIPTS")
    assert text is not None
    dates = {each["name"]: each["updated_at"] for each in json.loads(text)["receipts"]}
    assert dates.keys() == set(NAMES)
    assert dates[name] > old


def test_topics_and_custom_properties_can_allow(acme: Organization) -> None:
    topic = acme.add("a", NEEDING, topics=["backend"])
    tier = acme.add("b", NEEDING, properties={"tier": ["1", "2"]})
    acme.add("c", NEEDING, topics=["frontend"], properties={"tier": "3"})
    acme.configure("registries: {ACR: {allow: [topic:Backend, property:tier=2]}}")
    acme.values |= good(acme)
    assert granted(acme.ensure().document) == [(topic, "topic:Backend"), (tier, "property:tier=2")]


def test_a_scanned_repository_asks_and_never_allows(acme: Organization) -> None:
    asking = "registries: {ACR: {allow: ['*'], server: evil.example}, EVIL: {allow: ['*']}}\n"
    acme.add("evil", {**NEEDING, ".github/crreg.yml": asking})
    app = acme.add("app", {".devcontainer/devcontainer.json": "{}", ".github/crreg.yml": asking})
    acme.configure("registries: {ACR: {allow: [app]}}")
    acme.values |= good(acme)
    document = acme.ensure("--yes").document
    assert granted(document) == [(app, "app")]
    assert acme.readers() == everyone(app)


def test_credentials_that_do_not_log_in_are_neither_written_nor_given(acme: Organization) -> None:
    acme.add("app", NEEDING)
    kept = acme.add("kept")
    acme.store(good(acme), kept)
    acme.values |= wrong(acme)
    acme.configure("registries: {ACR: {allow: ['*'], max-age: 1h}}")
    acme.github.forget()
    ended = acme.ensure("--yes")
    assert (ended.code, ended.rules) == (1, ["login-failed"])
    assert (ended.document["grants"], ended.document["status"]) == ([], "unhealthy")
    assert {each.method for each in acme.github.requests()} <= {"GET", "POST"}
    acme.values.clear()
    notes = acme.ensure("--yes").document["notes"]
    assert "Nothing is written for ACR: this run has no SERVER, USER and PASSWORD to log in with." in notes
    assert acme.readers() == everyone(kept)


def test_another_plan_than_the_reviewed_one_is_refused(acme: Organization) -> None:
    acme.add("app", NEEDING)
    acme.values |= good(acme)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    digest = acme.ensure().document["digest"]
    acme.add("late", NEEDING)
    ended = acme.ensure("--plan", digest)
    assert (ended.code, acme.readers()) == (1, {})
    assert ended.document["refusal"].startswith(
        "Nothing was written: the plan that was reviewed has the digest"
    )
    assert ended.document["digest"] != digest
    text = acme.ensure("--plan", digest, "--format", "text").output
    assert f"--plan {ended.document['digest']}\n" in text


def test_a_pull_request_only_plans(acme: Organization) -> None:
    acme.add("app", NEEDING)
    acme.values |= good(acme)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    ended = acme.ensure("--yes", GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="pull_request")
    assert (ended.document["dry_run"], acme.readers()) == (True, {})
    assert "Only planned, nothing written" in ended.errors


def test_one_repository_that_github_refuses_keeps_access_from_no_other(acme: Organization) -> None:
    first, second = acme.add("a", NEEDING), acme.add("b", NEEDING)
    kept = acme.add("kept")
    acme.store(good(acme), kept)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    acme.github.limits.fail(404, path="/ACR_CONTAINER_REGISTRY_SERVER/repositories/")
    ended = acme.ensure("--yes")
    assert ended.code == 1
    outcomes = [each["outcome"] for each in ended.document["changes"]]
    assert sorted(outcomes) == [*["done"] * 5, "failed"]
    assert acme.ensure("--yes").document["status"] == "healthy"
    assert all(set(readers) == {kept, first, second} for readers in acme.readers().values())


def test_a_repository_whose_own_secrets_are_not_listed_gets_nothing_and_the_report_says_so(
    acme: Organization,
) -> None:
    acme.add("app", NEEDING)
    web = acme.add("web", NEEDING)
    acme.values |= good(acme)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    acme.github.limits.fail(403, requests=9, path="/repos/acme/app/codespaces/secrets")
    ended = acme.ensure("--yes")
    assert (ended.code, ended.document["status"], acme.readers()) == (3, "unknown", everyone(web))
    assert ended.document["unread"] == [
        "acme/app: its own secrets (crreg check --repository acme/app says why)"
    ]
    assert [(each["repository"], each["why"]) for each in ended.document["withheld"]] == [
        ("acme/app", "its own secrets were not listed, and it may store some of the triple itself")
    ]


def killed_at_write(acme: Organization, path: str, passing: int, *review: str) -> None:
    """Run ensure, and kill it while a write to a path is under way, after `passing` others."""
    with (
        acme.github.limits.held(path, passing=passing),
        subprocess.Popen(
            [CRREG, "ensure", "--org", "acme", "--path", str(acme.folder), *review],
            env={**surroundings(), **acme.environment()},
            cwd=acme.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        acme.github.limits.wait_until_held()
        process.kill()


@pytest.mark.parametrize("passing", range(3))
def test_a_run_that_is_killed_while_it_creates_is_completed_without_another_review(
    acme: Organization, passing: int
) -> None:
    app = acme.add("app", NEEDING)
    acme.values |= good(acme)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    plan = str(acme.folder / "plan.json")
    assert acme.ensure("--output", plan).code == 0
    killed_at_write(acme, f"{SECRETS}/ACR", passing, "--plan", plan)
    assert acme.ensure("--plan", plan).document["status"] == "healthy"
    assert acme.readers() == everyone(app)
    stored = acme.github.secrets("organization", "acme")
    assert {name: secret.value.decode() for name, secret in stored.items()} == good(acme)


@pytest.mark.parametrize("passing", range(3))
def test_a_run_that_is_killed_while_it_gives_access_is_completed_by_the_next(
    acme: Organization, passing: int
) -> None:
    app, kept = acme.add("app", NEEDING), acme.add("kept")
    acme.store(good(acme), kept)
    acme.configure("registries: {ACR: {allow: ['*']}}")
    killed_at_write(acme, "/repositories/", passing, "--yes")
    assert acme.ensure("--yes").document["status"] == "healthy"
    assert acme.readers() == everyone(kept, app)


def test_the_page_lists_every_new_access_and_how_to_carry_it_out(acme: Organization) -> None:
    acme.add("app", NEEDING)
    acme.add("open", NEEDING, "public")
    acme.configure("registries: {ACR: {allow: [app, open]}}")
    acme.values |= good(acme)
    digest = acme.ensure().document["digest"]
    text = acme.ensure("--format", "text").output
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert f"acme/app ACR {AZURE} SERVER, USER, PASSWORD app" in lines
    assert f"acme/open (public) ACR {AZURE} SERVER, USER, PASSWORD open" in lines
    assert text.endswith(f"--plan {digest}\n")
    page = acme.ensure("--format", "markdown").output
    assert f"| `acme/open (public)` | `ACR` | `{AZURE}` | `SERVER, USER, PASSWORD` | `open` |" in page
    assert f"--plan {digest}" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plan", "sha256:1"), "64 hex digits"),
        (("--plan", f"sha256:{'0' * 64}", "--yes"), "Pass either --plan"),
        (("--level", "user"), "at organization level only"),
        ((), "No registry in the configuration has allow"),
    ],
)
def test_wrong_usage_is_refused(acme: Organization, arguments: tuple[str, ...], said: str) -> None:
    ended = acme.ensure(*arguments)
    assert (ended.code, ended.output) == (2, "")
    assert said in ended.errors
