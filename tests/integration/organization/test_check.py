"""`crreg check --org`: one run about every repository, with the findings that each would have by itself."""

import json
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import credentials
from sandbox.github.git_objects import Content, submodule, symlink
from sandbox.world import PUBLIC_REPOSITORY
from tests.integration.organization.scene import (
    AZURE,
    SCOPES,
    Organization,
    dev_container,
    good,
    status,
    wrong,
)

BASE = f"{AZURE}/dev/base:1"


def test_one_wrong_password_is_one_finding_with_the_name_of_each_repository(acme: Organization) -> None:
    names = [acme.add(f"app-{number}", dev_container(f"{AZURE}/dev/base:1")) for number in range(3)]
    acme.add("docs", {"README.md": "no dev container"})
    acme.store(wrong(acme))
    acme.world.clear()
    ended = acme.check()
    assert ended.code == 1, ended.errors
    document = ended.document
    assert status(document) == dict.fromkeys(names, "unhealthy")
    [finding] = document["findings"]
    assert (finding["rule"], finding["triple"], finding["repositories"]) == ("login-failed", "ACR", names)
    assert [each["findings"] for each in document["repositories"]] == [[0]] * 3
    assert document["listed"] == 4
    logins = [each for each in acme.world.internet.requests if each.host == AZURE and each.path == "/v2/"]
    assert len(logins) == 1, "one login for all of them"


def test_the_text_begins_with_the_verdict_and_the_names_of_a_cause(acme: Organization) -> None:
    acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    acme.store(wrong(acme))
    lines = acme.run("--org", "acme").output.splitlines()
    assert lines[0].startswith(
        "Unhealthy: 1 of 1 repository with a dev container would fail: login-failed (ACR) in 1."
    )
    assert "In acme/app:" in lines


LIKE_ALONE: dict[str, tuple[Mapping[str, Content], dict[str, Any]]] = {
    "good": (dev_container(BASE), {}),
    "lost": (dev_container(BASE, f"{AZURE}/dev/gone:1"), {}),
    "apart": (dev_container(BASE), {}),
    "broken": ({".devcontainer/devcontainer.json": '{"image": }'}, {}),
    "ignoring": (
        {**dev_container(f"{AZURE}/dev/gone:1"), ".github/crreg.yml": "ignore: [image-not-found]\n"},
        {},
    ),
    "asking": (
        {
            **dev_container(BASE),
            ".github/crreg.yaml": "registries:\n  ACR:\n    max-age: 1h\n  GAR: {}\n",
        },
        {},
    ),
    "copied": ({**dev_container(BASE), ".github/crreg.yml": "registries: {ACR: {}}\n"}, {}),
    "public": (dev_container(PUBLIC_REPOSITORY), {"visibility": "public"}),
    "covered": (dev_container(f"{AZURE}/{PUBLIC_REPOSITORY}:1"), {}),
    "public-apart": (dev_container(f"{AZURE}/{PUBLIC_REPOSITORY}:1"), {}),
    "uncovered": (dev_container("e.azurecr.io/private:1"), {"fork": True}),
    "misnamed": ({"DevContainer.json": "{}"}, {"default_branch": "trunk"}),
    "wrong-extension": ({".devcontainer/devcontainer.jsonc": "{}"}, {}),
    "in-a-submodule": ({".devcontainer": submodule("1" * 40), "README": ""}, {}),
    "linked": (
        {
            ".devcontainer": symlink("dev"),
            "dev/devcontainer.json": json.dumps({"image": BASE}),
            ".github": symlink("dev"),
            "dev/crreg.yml": "registries: {GAR: {}}\n",
        },
        {"archived": True},
    ),
    "pointer": ({".devcontainer.json": f"version https://git-lfs.github.com/spec/v1\noid {'0' * 64}\n"}, {}),
    "plain": ({"README": ""}, {}),
    "empty": ({}, {}),
}
"""Repositories by name, with what is special about them."""


def test_a_repository_has_the_findings_of_a_check_of_its_own(acme: Organization) -> None:
    acme.world.places["docker.io"].push(PUBLIC_REPOSITORY)
    acme.world.places[AZURE].push(PUBLIC_REPOSITORY, "1")
    for name, (files, more) in LIKE_ALONE.items():
        acme.add(name, files, **more)
    acme.store(good(acme), *(f"acme/{name}" for name in LIKE_ALONE if not name.endswith("apart")))
    password = "ACR_CONTAINER_REGISTRY_PASSWORD"
    later = datetime(2026, 9, 1, tzinfo=UTC)
    acme.github.add_secret("repository", "acme/copied", password, updated_at=later, application="actions")
    ended = acme.check(
        "--format", "ndjson", "--repositories", "*", "--repositories", "linked", GITHUB_ACTIONS="true"
    )
    lines = [json.loads(line) for line in ended.output.splitlines()]
    found = {line["repository"].partition("/")[2]: line for line in lines}
    assert LIKE_ALONE.keys() - found.keys() == {"plain", "empty"}
    with ThreadPoolExecutor(4) as pool:
        checks = {
            name: pool.submit(acme.checked_out, name, files)
            for name, (files, _) in LIKE_ALONE.items()
            # A single check refuses an empty folder.
            if files
        }
    for name, check in checks.items():
        alone = check.result()
        if name not in found:
            assert (alone["status"], alone["findings"]) == ("healthy", []), name
            continue
        if name == "public-apart":
            # The organization's credentials that no image of a repository needs are judged for the organization.
            [unneeded] = alone.pop("findings")
            assert (unneeded["rule"], unneeded["severity"]) == ("not-assigned", "warning")
            alone["findings"] = []
        keys = ("findings", "status", "images", "unchecked")
        assert {key: found[name][key] for key in keys} == {key: alone[key] for key in keys}, name
        assert [each for each in found[name]["triples"] if each not in alone["triples"]] == [], name
    assert {name: [each["rule"] for each in line["findings"]] for name, line in found.items()} == {
        **{name: [] for name in ("covered", "good", "ignoring", "public", "public-apart")},
        **{name: ["invalid-configuration"] for name in ("broken", "misnamed", "wrong-extension")},
        "apart": ["not-assigned"],
        "asking": ["missing-secret", "stale-secret"],
        "copied": ["stale-secret"],
        "in-a-submodule": ["unresolved-image"],
        "linked": ["missing-secret"],
        "lost": ["image-not-found"],
        "pointer": ["unresolved-image"],
        "uncovered": ["registry-unreachable"],
    }


def test_a_feature_that_only_a_public_feature_names_counts_too(acme: Organization) -> None:
    """The files name nothing that needs a login, so that the repository's own secrets seemed not to matter."""
    needed, public = f"{AZURE}/dev/feature:1", f"docker.io/{PUBLIC_REPOSITORY}:feature"
    acme.world.places[AZURE].push_feature("dev/feature", "1", id="needed", version="1.0.0")
    acme.world.places["docker.io"].push_feature(
        PUBLIC_REPOSITORY, "feature", id="first", version="1.0.0", dependsOn={needed: {}}
    )
    acme.world.places["docker.io"].push(PUBLIC_REPOSITORY)
    files = {".devcontainer.json": json.dumps({"image": PUBLIC_REPOSITORY, "features": {public: {}}})}
    name = acme.add("app", files)
    acme.store(good(acme))
    acme.github.add_secret("repository", name, "ACR_CONTAINER_REGISTRY_PASSWORD", "another")
    acme.world.clear()
    document = acme.check().document
    [each] = document["repositories"]
    assert [image["reference"] for image in each["images"]][1:] == [public, needed]
    assert status(document) == {name: "unknown"}
    assert each["triples"][0]["parts"]["PASSWORD"]["level"] == "repository"
    manifests = Counter(seen.path for seen in acme.world.internet.requests if "/manifests/" in seen.path)
    # The needed one is asked for with the organization's login, and without, since its password is hidden.
    assert manifests == {
        "/v2/public/base/manifests/latest": 1,
        "/v2/public/base/manifests/feature": 1,
        "/v2/dev/feature/manifests/1": 2,
    }


def test_the_organizations_value_proves_nothing_about_a_repositorys_own_secret(acme: Organization) -> None:
    name = acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    acme.store(good(acme))
    acme.github.add_secret("repository", name, "ACR_CONTAINER_REGISTRY_PASSWORD", "another")
    document = acme.check().document
    assert status(document) == {name: "unknown"}
    [each] = document["repositories"]
    assert each["triples"][0]["parts"]["PASSWORD"]["level"] == "repository"
    assert any("this run lacks values for ACR" in clause for clause in each["unchecked"])


def test_a_repositorys_own_secret_counts_for_a_public_image_of_a_registry_with_a_login(
    acme: Organization,
) -> None:
    acme.world.places[AZURE].push(PUBLIC_REPOSITORY, "1")
    name = acme.add("app", dev_container(f"{AZURE}/{PUBLIC_REPOSITORY}:1"))
    acme.store(good(acme))
    acme.github.add_secret("repository", name, "ACR_CONTAINER_REGISTRY_PASSWORD", "another")
    [each] = acme.check().document["repositories"]
    assert each["status"] == "unknown"
    assert any("a codespace would log in there first" in clause for clause in each["unchecked"])


def test_each_image_is_asked_for_once_per_credential(acme: Organization) -> None:
    acme.world.places["docker.io"].push(PUBLIC_REPOSITORY)
    for number in range(3):
        acme.add(f"app-{number}", dev_container(BASE, PUBLIC_REPOSITORY))
    acme.store(good(acme))
    acme.world.clear()
    assert acme.check().code == 0
    asked = [(each.host, each.path) for each in acme.world.internet.requests if "/manifests/" in each.path]
    assert len(asked) == len(set(asked)) == 2, asked


def test_a_token_that_expires_soon_is_one_finding_of_the_organization(acme: Organization) -> None:
    for number in range(3):
        acme.add(f"app-{number}", dev_container(BASE))
    acme.store(good(acme))
    soon = datetime.now(UTC) + timedelta(days=3)
    acme.token = credentials.register(
        acme.github.add_token("classic", owner="mona", scopes=SCOPES, expires_at=soon)
    )
    document = acme.check().document
    assert [(each["rule"], each["repositories"]) for each in document["findings"]] == [
        ("expiring-credential", [])
    ]
    assert set(status(document).values()) == {"healthy"}


def test_secrets_are_listed_only_where_a_login_may_be_used(acme: Organization) -> None:
    acme.add("app", dev_container(BASE))
    acme.add("docs", {"README.md": ""})
    acme.world.places["docker.io"].push(PUBLIC_REPOSITORY)
    acme.add("public", dev_container(PUBLIC_REPOSITORY))
    for number in range(3):
        acme.add(f"broken-{number}", {".devcontainer/devcontainer.json": "{}"})
    acme.store(good(acme))
    acme.github.forget()
    ended = acme.check()
    assert ended.code == 0
    assert any("own secrets were listed only where" in note for note in ended.document["notes"])
    lists = [each.path for each in acme.github.requests() if each.path.startswith("/repos/")]
    assert lists == ["/repos/acme/app/codespaces/secrets"]


def test_credentials_that_nobody_needs_are_judged_once(acme: Organization) -> None:
    for number in range(3):
        acme.add(f"app-{number}", {".devcontainer/devcontainer.json": "{}"})
    acme.store(wrong(acme))
    document = acme.check().document
    assert [(each["rule"], each["severity"], each["repositories"]) for each in document["findings"]] == [
        ("login-failed", "warning", [])
    ]
    assert set(status(document).values()) == {"healthy"}


def test_a_second_run_reads_no_file_and_has_no_counted_request(acme: Organization) -> None:
    for number in range(3):
        acme.add(f"app-{number}", dev_container(f"{AZURE}/dev/base:1"))
    acme.store(good(acme))
    state = str(acme.folder / "state")
    first = acme.check("--state", state).document
    acme.github.limits.counts()
    acme.github.forget()
    second = acme.check("--state", state).document
    # The notes say what is left of GitHub's limits.
    assert {**second, "notes": []} == {**first, "notes": []}
    counts = acme.github.limits.counts()
    assert (counts.queries, counts.rest) == (1, 0)
    assert counts.unchanged > 0
    acme.github.repositories.commit("acme/app-1", dev_container(f"{AZURE}/dev/gone:1"))
    third = acme.check("--state", state).document
    assert status(third) == {
        "acme/app-0": "healthy",
        "acme/app-1": "unhealthy",
        "acme/app-2": "healthy",
    }


def test_filters_choose_repositories(acme: Organization) -> None:
    for name in ("app-1", "app-2", "lib-1"):
        acme.add(name, {".devcontainer/devcontainer.json": "{}"})
    chosen = acme.check("--repositories", "app-*", "--exclude", "*-2").document
    assert status(chosen) == {"acme/app-1": "healthy"}
    assert acme.check("--topic", "none").document["repositories"] == []


def test_a_repository_that_can_not_be_read_costs_only_its_own_line(acme: Organization) -> None:
    for name in ("app-1", "app-2"):
        acme.add(name, {".devcontainer/devcontainer.json": "{}"})
    acme.github.repositories.refuse("acme/app-1")
    ended = acme.check()
    # GitHub does not say which repository it refuses to describe.
    assert status(ended.document) == {"acme/?": "unknown", "acme/app-2": "healthy"}
    assert ended.document["status"] == "unknown"


def test_a_configuration_that_can_not_be_used_is_that_repositorys_trouble(acme: Organization) -> None:
    acme.add("app-1", {".devcontainer/devcontainer.json": "{}", ".github/crreg.yml": "registries: 7\n"})
    acme.add("app-2", {".devcontainer/devcontainer.json": "{}"})
    document = acme.check().document
    assert status(document) == {"acme/app-1": "unknown", "acme/app-2": "healthy"}
    assert "its configuration can't be used" in document["repositories"][0]["unchecked"][0]


def test_an_organization_that_can_not_be_listed_is_unknown(acme: Organization) -> None:
    ended = acme.run("--org", "nobody", "--format", "json")
    assert (ended.code, ended.document["status"]) == (0, "unknown")
    assert "does not exist, or the token can't see it" in ended.document["unchecked"][0]
    acme.values |= good(acme)
    assert acme.run("--org", "nobody", "--format", "json").code == 3


def test_a_summary_for_a_job_has_the_verdict_and_the_causes(acme: Organization) -> None:
    acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    acme.store(wrong(acme))
    text = acme.run("--org", "acme", "--format", "markdown").output
    assert text.startswith("## Codespaces registry secrets of `acme`\n\n❌ **Unhealthy: 1 of 1")
    assert "### ❌ login\\-failed" in text


def test_options_for_organizations_need_one(acme: Organization) -> None:
    ended = acme.run("--state", "x")
    assert (ended.code, ended.output) == (2, "")
    assert "--state needs --org NAME." in ended.errors


def test_sarif_is_refused_since_it_is_about_one_repository(acme: Organization) -> None:
    ended = acme.run("--org", "acme", "--format", "sarif")
    assert ended.code == 2
    assert "choose one of text, json, ndjson, markdown" in ended.errors
