"""`crreg check --org`: one run about every repository, with the findings that each would have by itself."""

import json

from tests.integration.organization.scene import AZURE, Organization, dev_container, good, status, wrong


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


def test_a_repository_has_the_findings_of_a_check_of_its_own(acme: Organization) -> None:
    files = {
        "good": dev_container(f"{AZURE}/dev/base:1"),
        "lost": dev_container(f"{AZURE}/dev/base:1", f"{AZURE}/dev/gone:1"),
        "apart": dev_container(f"{AZURE}/dev/base:1"),
        "own": dev_container(f"{AZURE}/dev/base:1"),
        "broken": {".devcontainer/devcontainer.json": '{"image": }'},
        "ignoring": {
            **dev_container(f"{AZURE}/dev/gone:1"),
            ".github/crreg.yml": "ignore: [image-not-found]\n",
        },
        "asking": {
            **dev_container(f"{AZURE}/dev/base:1"),
            ".github/crreg.yaml": "registries:\n  ACR:\n    max-age: 1h\n  GAR: {}\n",
        },
    }
    for name, each in files.items():
        acme.add(name, each)
    acme.store(good(acme), *(f"acme/{name}" for name in files if name != "apart"))
    acme.github.add_secret("repository", "acme/own", "ACR_CONTAINER_REGISTRY_SERVER", "x")
    lines = [json.loads(line) for line in acme.check("--format", "ndjson").output.splitlines()]
    found = {line["repository"].partition("/")[2]: line for line in lines}
    assert found.keys() == files.keys()
    for name, each in files.items():
        if name == "own":
            continue
        alone = acme.checked_out(name, each)
        assert found[name]["findings"] == alone["findings"], name
        assert found[name]["status"] == alone["status"], name
        assert found[name]["images"] == alone["images"], name
        assert found[name]["unchecked"] == alone["unchecked"], name
    assert found["apart"]["status"] == "unhealthy"


def test_the_organizations_value_proves_nothing_about_a_repositorys_own_secret(acme: Organization) -> None:
    name = acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    acme.store(good(acme))
    acme.github.add_secret("repository", name, "ACR_CONTAINER_REGISTRY_PASSWORD", "another")
    document = acme.check().document
    assert status(document) == {name: "unknown"}
    [each] = document["repositories"]
    assert each["triples"][0]["parts"]["PASSWORD"]["level"] == "repository"
    assert any("this run has no values for ACR" in clause for clause in each["unchecked"])


def test_secrets_are_listed_only_where_an_image_needs_a_login(acme: Organization) -> None:
    acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    acme.add("docs", {"README.md": ""})
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
    assert "need --org" in ended.errors


def test_sarif_is_refused_since_it_is_about_one_repository(acme: Organization) -> None:
    ended = acme.run("--org", "acme", "--format", "sarif")
    assert ended.code == 2
    assert "choose one of text, json, ndjson, markdown" in ended.errors
