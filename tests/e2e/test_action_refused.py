"""The action where it is not given what it needs: a fork, a token that may not, a mistake, a hostile file."""

import pytest
from sandbox.credentials import credential, register
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
    secret_names,
    triple,
)
from tests.e2e.workflow import REPOSITORY, Annotation

pytestmark = [pytest.mark.container, pytest.mark.engine]

DEV_CONTAINER = ".devcontainer/devcontainer.json"


def test_a_forks_pull_request_says_what_was_not_checked_and_does_not_fail(
    scene: Scene, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    for name, value in triple("ACR", registry.address, user).items():
        scene.github.add_secret("repository", REPOSITORY, name, value)

    run = scene.run(
        {DEV_CONTAINER: devcontainer(f"{registry.address}/{IMAGE}")},
        event="pull_request",
        payload=pull_request("mallory/app"),
        inputs=TOKEN,
        env=references(secret_names("ACR")),
        stored={},
    )

    assert (run.passed, run.exit_code, run.outputs["status"], run.outputs["errors"]) == (
        True,
        0,
        "unknown",
        "0",
    )
    notices = [one for one in run.annotations if one.severity == "notice"]
    assert [one.title for one in notices] == ["Not everything was checked"]
    assert "GitHub gives no secrets to workflows of a fork's pull request." in notices[0].message
    assert scene.github.requests() == []
    assert_nothing_leaked(run)


def test_the_workflows_own_token_is_refused_with_the_permission_that_is_needed(scene: Scene) -> None:
    user = credential("puller")
    values = triple("ACR", "127.0.0.1:1", user)
    token = register(
        scene.github.add_token(
            "workflow",
            resource_owner=ORGANIZATION,
            repositories=[REPOSITORY],
            permissions={"contents": "read"},
        )
    )

    run = scene.run(
        {DEV_CONTAINER: devcontainer("127.0.0.1:1/dev/base:1")},
        inputs={"token": "${{ github.token }}"},
        env=references(values),
        stored={**values, "GITHUB_TOKEN": token},
    )

    told = "\n".join(one.message for one in run.annotations)
    assert run.outputs["status"] != "healthy"
    assert not run.passed
    assert 'repository permission "Codespaces secrets"' in told
    assert "A workflow's GITHUB_TOKEN can't access Codespaces secrets" in told
    assert_nothing_leaked(run)


@pytest.mark.parametrize(
    ("inputs", "files", "message"),
    [
        ({"mode": "repair"}, {}, "The input mode is 'repair', but must be check"),
        (
            {"fail-on": "often"},
            {},
            "The input fail-on is 'often', but must be error, warning, unknown or never.",
        ),
        ({"app-id": "12"}, {}, "The inputs app-id and app-private-key go together"),
        ({"report-file": "../report.json"}, {}, "see report-file and sarif-file"),
        (
            {},
            {".github/crreg.yml": "registries:\n  ACR:\n    sever: acme.azurecr.io\n"},
            ".github/crreg.yml:3:5: unknown key `sever`",
        ),
    ],
)
def test_what_the_author_of_the_workflow_got_wrong_is_said_and_ends_with_2(
    inputs: dict[str, str], files: dict[str, str], message: str, scene: Scene
) -> None:
    run = scene.run(files, inputs={**TOKEN, **inputs}, stored={"ADMIN_TOKEN": scene.token()})

    assert (run.passed, run.exit_code, len(run.annotations)) == (False, 2, 1)
    assert run.annotations[0].severity == "error"
    assert message in run.annotations[0].message
    assert_nothing_leaked(run)


def test_a_file_name_can_not_forge_an_annotation(scene: Scene) -> None:
    folder = "a,line=1::error::forged%0A::error::forged"

    run = scene.run(
        {f".devcontainer/{folder}/devcontainer.json": '{"image": "::error::forged"}\n'},
        inputs=TOKEN,
        stored={"ADMIN_TOKEN": scene.token()},
    )

    assert [(one.severity, one.title, one.file, one.line, one.column) for one in run.annotations] == [
        ("error", "invalid-reference", f".devcontainer/{folder}/devcontainer.json", 1, 12)
    ]
    assert Annotation("error", "", "forged") not in run.annotations
