"""The action in a consumer's workflow, on a real engine: what the pull request, the job and later steps get to see."""

import base64
import json

import pytest
from sandbox.credentials import Credential, credential, register
from tests.e2e.scene import (
    IMAGE,
    ORGANIZATION,
    TOKEN,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    devcontainer,
    pull_request,
    references,
    report_of,
    secret_names,
    span,
    triple,
)
from tests.e2e.workflow import REPOSITORY, is_variable

pytestmark = [pytest.mark.container, pytest.mark.engine]

DEV_CONTAINER = ".devcontainer/devcontainer.json"


def plain(markdown: str) -> str:
    """Markdown without its escapes."""
    return markdown.replace("\\", "")


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_a_healthy_repository_is_green_and_silent(
    event: str, scene: Scene, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    values = triple("ACR", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value)
    token = scene.token()

    run = scene.run(
        {DEV_CONTAINER: devcontainer(f"{registry.address}/{IMAGE}")},
        event=event,
        payload=pull_request(REPOSITORY) if event == "pull_request" else None,
        inputs={**TOKEN, "report-file": "out/report.json"},
        env=references(values),
        stored={**values, "ADMIN_TOKEN": token},
    )

    assert (run.passed, run.exit_code, run.annotations) == (True, 0, ())
    assert run.outputs == {
        "status": "healthy",
        "errors": "0",
        "warnings": "0",
        "missing": "[]",
        "report": "out/report.json",
    }
    assert "Healthy: 1 of 1 image can be pulled." in plain(run.summary)
    assert [(one["login"]["outcome"]) for one in report_of(run)["triples"]] == ["succeeded"]
    assert [(one["pull"]["outcome"]) for one in report_of(run)["images"]] == ["available"]
    pair = base64.b64encode(f"{user.user}:{user.password}".encode()).decode()
    assert run.masked >= {user.password, pair, token}
    assert_nothing_leaked(run)


def test_each_way_of_being_ill_is_told_on_the_line_that_names_the_image(
    scene: Scene, open_registry: OpenRegistry
) -> None:
    identifiers = ("ACR", "DEV", "OLD", "TEAM")
    users = {identifier: credential(f"robot-{identifier.lower()}") for identifier in identifiers}
    servers = {identifier: open_registry(users[identifier]).address for identifier in identifiers}
    values = {
        name: value
        for identifier in identifiers
        for name, value in triple(identifier, servers[identifier], users[identifier]).items()
    }
    values["OLD_CONTAINER_REGISTRY_PASSWORD"] = credential("robot-old").password
    for name, value in values.items():
        if name.startswith("TEAM_"):
            scene.github.add_secret("organization", ORGANIZATION, name, value, visibility="selected")
        elif name != "DEV_CONTAINER_REGISTRY_PASSWORD":
            scene.github.add_secret("repository", REPOSITORY, name, value)
    images = {identifier: f"{servers[identifier]}/{IMAGE}" for identifier in identifiers}
    paths = {
        identifier: f".devcontainer/{identifier.lower()}/devcontainer.json" for identifier in identifiers
    }

    run = scene.run(
        {paths[identifier]: devcontainer(images[identifier]) for identifier in identifiers},
        event="pull_request",
        payload=pull_request(REPOSITORY),
        inputs=TOKEN,
        env=references(values),
        stored={**values, "ADMIN_TOKEN": scene.token()},
    )

    assert (run.passed, run.exit_code) == (False, 1)
    assert [
        (one.severity, one.title, one.file, (one.line, one.column, one.end_column)) for one in run.annotations
    ] == [
        ("error", "missing-secret: DEV", paths["DEV"], span(images["DEV"])),
        ("error", "login-failed: OLD", paths["OLD"], span(images["OLD"])),
        ("error", "not-assigned: TEAM", paths["TEAM"], span(images["TEAM"])),
    ]
    assert {name: run.outputs[name] for name in ("status", "errors", "warnings")} == {
        "status": "unhealthy",
        "errors": "3",
        "warnings": "0",
    }
    assert json.loads(run.outputs["missing"]) == [
        "DEV_CONTAINER_REGISTRY_PASSWORD",
        *secret_names("TEAM"),
    ]
    assert "Unhealthy (3 errors):" in plain(run.summary)
    assert "gh secret set DEV_CONTAINER_REGISTRY_PASSWORD --app codespaces" in run.summary
    assert_nothing_leaked(run)


def test_errors_are_told_and_the_job_stays_green_where_fail_on_is_never(scene: Scene) -> None:
    user = credential("puller")
    values = triple("ACR", "127.0.0.1:1", user)
    for name in secret_names("ACR")[:2]:
        scene.github.add_secret("repository", REPOSITORY, name)
    image = "127.0.0.1:1/dev/base:1"

    run = scene.run(
        {DEV_CONTAINER: devcontainer(image)},
        inputs={**TOKEN, "fail-on": "never"},
        env=references(values),
        stored={**values, "ADMIN_TOKEN": scene.token()},
    )

    assert (run.passed, run.exit_code, run.outputs["status"]) == (True, 0, "unhealthy")
    assert ("error", "missing-secret: ACR") in [(one.severity, one.title) for one in run.annotations]
    assert_nothing_leaked(run)


def test_a_github_app_works_in_place_of_a_token(scene: Scene, open_registry: OpenRegistry) -> None:
    user = credential("puller")
    registry = open_registry(user)
    values = triple("ACR", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("organization", ORGANIZATION, name, value, visibility="all")
    app = scene.github.add_app(
        "crreg-for-acme",
        owner=ORGANIZATION,
        permissions={
            "codespaces_secrets": "read",
            "organization_codespaces_secrets": "read",
            "metadata": "read",
        },
    )
    scene.github.add_installation(app, ORGANIZATION)

    run = scene.run(
        {DEV_CONTAINER: devcontainer(f"{registry.address}/{IMAGE}")},
        inputs={"app-id": str(app.id), "app-private-key": "${{ secrets.APP_KEY }}"},
        env=references(values),
        stored={**values, "APP_KEY": register(app.private_key)},
    )

    assert (run.passed, run.exit_code, run.annotations) == (True, 0, ())
    assert run.outputs["status"] == "healthy"
    assert "installation" in {request.token for request in scene.github.requests()}
    assert run.masked.issuperset(app.private_key.splitlines()[1:-1])
    assert_nothing_leaked(run)


def test_a_key_of_several_lines_reaches_the_login_through_the_credentials_input(
    scene: Scene, open_registry: OpenRegistry
) -> None:
    key = json.dumps({"type": "service_account", "private_key": "BEGIN\nline\nEND"}, indent=2)
    user = Credential("_json_key", register(key, user="_json_key"))
    registry = open_registry(user)
    values = triple("GCP", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value)
    lines = [
        f"{name}=${{{{ toJSON({'vars' if is_variable(name) else 'secrets'}.{name}) }}}}" for name in values
    ]

    run = scene.run(
        {DEV_CONTAINER: devcontainer(f"{registry.address}/{IMAGE}")},
        inputs={**TOKEN, "credentials": "\n".join(lines), "registries": "gcp", "report-file": "report.json"},
        stored={**values, "ADMIN_TOKEN": scene.token()},
    )

    assert (run.passed, run.exit_code, run.outputs["status"]) == (True, 0, "healthy")
    assert [(one["identifier"], one["login"]["outcome"]) for one in report_of(run)["triples"]] == [
        ("GCP", "succeeded")
    ]
    assert_nothing_leaked(run)
