"""What looked green and was not proven: each is red or unknown now, in the command and in the action alike."""

import json
import subprocess

import pytest
from sandbox import credentials
from sandbox.command import Ended, Step, action_step, crreg
from sandbox.credentials import Credential
from tests.integration.check.scene import REPOSITORY, Scene

AZURE = "acme.azurecr.io"
REPORT = "report.json"
ERROR = "::error title=crreg can't start::"


def step(scene: Scene, **inputs: str) -> Step:
    """Run the action's step in a run on the default branch."""
    environment = {**scene.environment, "GITHUB_EVENT_NAME": "push"}
    given = {"token": scene.token, "report_file": REPORT, **inputs}
    return action_step(environment, scene.folder, scene.folder.parent, **given)


def rules_of(scene: Scene) -> list[str]:
    """The rules of the findings in the step's report, which is taken out of the workspace again."""
    report = scene.folder / REPORT
    document = json.loads(report.read_text())
    report.unlink()
    return [found["rule"] for found in document["findings"]]


def proved(scene: Scene) -> tuple[int, str, list[str]]:
    """Exit code, status and rules, in which command and action have to agree."""
    command, action = scene.check(), step(scene)
    ended = (command.code, command.document["status"], command.rules)
    assert (action.code, action.outputs["status"], rules_of(scene)) == ended
    return ended


def azure(scene: Scene, credential: Credential | None = None) -> dict[str, str]:
    return scene.world.places[AZURE].triple("ACR", credential)


@pytest.fixture
def needing(scene: Scene) -> Scene:
    """An image that needs the triple, which is stored and at hand: with that, everything is proven."""
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(azure(scene))
    return scene


def test_everything_is_proven_to_begin_with(needing: Scene) -> None:
    assert proved(needing) == (0, "healthy", [])


@pytest.mark.parametrize(
    "empty", [["PASSWORD"], ["SERVER", "USER"], ["SERVER", "USER", "PASSWORD"]], ids=" and ".join
)
def test_values_that_are_empty_in_the_step(needing: Scene, empty: list[str]) -> None:
    for part in empty:
        needing.values[f"ACR_CONTAINER_REGISTRY_{part}"] = ""
    code, status, rules = proved(needing)
    # The step is wrong, and so proves nothing; whether a codespace starts is another question.
    assert (code, status, rules[0]) == (1, "unknown", "empty-value")
    # Without SERVER, no triple is known to be for the image's registry.
    assert rules[1:] == (["uncovered-registry"] if "SERVER" in empty else [])


def test_a_host_that_does_not_exist_for_the_proxy(needing: Scene) -> None:
    needing.need("acme-typo.azurecr.io/dev/base:1")
    assert proved(needing) == (3, "unknown", ["registry-unreachable"])


def test_a_name_that_only_the_codespace_knows(needing: Scene) -> None:
    needing.write(".devcontainer/devcontainer.json", f'{{"image": "{AZURE}/dev/base:${{localEnv:TAG}}"}}')
    code, status, rules = proved(needing)
    assert (code, status, rules) == (3, "unknown", ["unresolved-image"])


def test_credentials_with_red_crosses_that_no_image_needs(scene: Scene) -> None:
    scene.need(f"{AZURE}/public/base:1")
    scene.world.places[AZURE].push("public/base", "1")
    place = scene.world.places["identity.example"]
    scene.store(place.triple("IDENTITY", Credential(place.owner.user, credentials.password())))
    code, status, rules = proved(scene)
    assert (code, status) == (3, "unknown")
    assert "login-failed" in rules


def test_an_empty_workspace_names_the_step_to_add(scene: Scene) -> None:
    command, action = scene.check(), step(scene)
    assert (command.code, action.code) == (2, 2)
    assert "is empty: run crreg in a checkout of the repository." in command.errors
    [error] = [line for line in action.log if line.startswith("::error")]
    assert (
        error == f"{ERROR}The workspace is empty. Add the step `uses: actions/checkout@v7` before this one."
    )
    assert "status" not in action.outputs


def test_a_workspace_with_nothing_but_git_is_empty(scene: Scene) -> None:
    (scene.folder / ".git").mkdir()
    assert (scene.check().code, step(scene).code) == (2, 2)


def test_a_subfolder_is_part_of_its_checkout(needing: Scene) -> None:
    subprocess.run(["git", "init", "--quiet", needing.folder], check=True)
    below = needing.folder / "src" / "deep"
    below.mkdir(parents=True)
    ended = crreg("check", "--format", "json", environment=needing.environment, folder=below)
    assert (ended.code, ended.document["status"]) == (0, "healthy")
    assert [image["path"] for image in ended.document["images"]] == [".devcontainer/c.yml"]


def test_without_a_dev_container_the_default_image_is_named(scene: Scene) -> None:
    scene.write("README.md", "An application.\n")
    (scene.folder / ".git").mkdir()
    ended = crreg("check", environment=scene.environment, folder=scene.folder)
    assert ended.code == 0
    told = "Healthy: no dev container was found, so codespaces use GitHub's default image."
    assert told in ended.output
    action = step(scene)
    assert (action.code, action.outputs["status"]) == (0, "healthy")
    assert told in "\n".join(action.log)


def test_outside_of_a_checkout_nothing_is_said_about_the_repositorys_dev_containers(scene: Scene) -> None:
    scene.write("README.md", "A home folder.\n")
    scene.store(scene.world.places[AZURE].triple("ACR"))
    ended = crreg("check", environment=scene.environment, folder=scene.folder)
    assert (ended.code, ended.output.splitlines()[-1]) == (
        3,
        "Unknown: the folder has no dev container and is not the top folder of a checkout.",
    )
    action = step(scene)
    assert (action.code, action.outputs["status"]) == (3, "unknown")


def ensured(scene: Scene) -> tuple[Ended, Step]:
    command = crreg("ensure", environment=scene.environment, folder=scene.folder)
    return command, step(scene, mode="ensure", report_file="")


def test_a_password_that_is_stored_is_never_called_current(needing: Scene) -> None:
    name = "ACR_CONTAINER_REGISTRY_PASSWORD"
    needing.github.add_secret("repository", REPOSITORY, name, "not the one that logs in")
    for output in (end.output if isinstance(end, Ended) else "\n".join(end.log) for end in ensured(needing)):
        assert "already set" in output
        assert "current" not in output.lower()


@pytest.mark.parametrize("command", ["ensure", "publish"])
def test_an_empty_workspace_stops_no_command_that_needs_no_files(scene: Scene, command: str) -> None:
    if command == "ensure":
        scene.values = azure(scene)
        action = step(scene, mode="ensure", report_file="")
        assert action.code == 0, action.log
        assert "The workspace is empty, so crreg read no configuration" in "\n".join(action.log)
        assert crreg("ensure", environment=scene.environment, folder=scene.folder).code == 0
        return
    action = step(scene, publish="true", report_file="")
    assert action.code == 2
    assert "the configuration lists no images under publish" in "\n".join(action.log)
    ended = crreg("publish", environment=scene.environment, folder=scene.folder)
    assert ended.code == 2
    assert "There is nothing to publish" in ended.errors
