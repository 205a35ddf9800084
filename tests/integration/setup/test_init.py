"""`crreg init` in a repository, with the real gh, a real terminal, and links where strangers would put them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sandbox import credentials
from sandbox.command import Ended, crreg
from sandbox.credentials import leaks_in
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import shell_environment
from tests.integration.paste.terminal import Terminal

from crreg.rules.unreadable_secrets import TOKEN
from crreg.triple import names_of

AZURE = "acme.azurecr.io"
IMAGE = f"{AZURE}/dev/base:1"
WORKFLOW = ".github/workflows/registry-check.yml"
CONFIGURATION = ".github/crreg.yml"
SERVER, USER, PASSWORD = map(str, names_of("ACR"))


@pytest.fixture
def needy(scene: Scene) -> Scene:
    """A repository whose one image is private, and that has nothing else."""
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(IMAGE)
    return scene


def init(scene: Scene, folder: Path, *arguments: str, **values: str) -> Ended:
    """Run it without a terminal, with gh logged in."""
    environment = {**shell_environment(scene, folder, folder / credentials.password()), **values}
    return crreg("init", *arguments, environment=environment, folder=scene.folder)


def stored(scene: Scene) -> dict[str, str]:
    """What the repository has: Codespaces and Actions secrets, and variables, by store and name."""
    github = scene.github
    found = {
        f"actions {name}": secret.value.decode()
        for name in (TOKEN, PASSWORD)
        if (secret := github.secret("repository", REPOSITORY, name, application="actions")) is not None
    }
    found |= {
        f"variable {name}": value
        for name in (SERVER, USER)
        if (value := github.workflows.variable("repository", REPOSITORY, name)) is not None
    }
    kept = github.secrets("repository", REPOSITORY)
    return found | {f"codespaces {name}": secret.value.decode() for name, secret in kept.items()}


def expected(values: dict[str, str]) -> dict[str, str]:
    return {
        f"actions {PASSWORD}": values[PASSWORD],
        f"variable {SERVER}": values[SERVER],
        f"variable {USER}": values[USER],
        **{f"codespaces {name}": value for name, value in values.items()},
    }


def test_without_a_terminal_it_asks_nothing_writes_the_workflow_and_stores_nothing(
    needy: Scene, tmp_path: Path
) -> None:
    ended = init(needy, tmp_path)

    assert ended.code == 0
    [job] = yaml.safe_load((needy.folder / WORKFLOW).read_text())["jobs"].values()
    assert list(job["steps"][1]["env"]) == [SERVER, USER, PASSWORD]
    assert not (needy.folder / CONFIGURATION).exists()
    assert f"  gh secret set {PASSWORD} --app codespaces --repo acme/app\n" in ended.output
    assert stored(needy) == {}


def test_without_gh_apply_says_so_before_it_writes_anything(needy: Scene, tmp_path: Path) -> None:
    ended = init(needy, tmp_path, "--apply", PATH=str(tmp_path))

    assert (ended.code, ended.output) == (2, "")
    assert "--apply stores values with gh, which is not installed" in ended.errors
    assert not (needy.folder / WORKFLOW).exists()


def test_a_dry_run_writes_nothing(needy: Scene, tmp_path: Path) -> None:
    ended = init(needy, tmp_path, "--dry-run", "--apply")

    assert (ended.code, f"{WORKFLOW}:" in ended.output) == (0, True)
    assert not (needy.folder / ".github").exists()
    assert stored(needy) == {}


def test_apply_stores_the_environments_values_and_a_second_run_says_what_is_left(
    needy: Scene, tmp_path: Path
) -> None:
    values = needy.world.places[AZURE].triple("ACR")

    first = init(needy, tmp_path, "--apply", **values)
    needy.github.add_secret("repository", REPOSITORY, TOKEN, needy.token, application="actions")
    before = (needy.folder / WORKFLOW).read_bytes()
    second = init(needy, tmp_path, **values)

    assert (first.code, second.code) == (0, 0)
    pasted = re.findall(r"^  (gh .*)$", first.output.partition("Store what is missing")[2], re.MULTILINE)
    assert pasted[0] == f"gh secret set {TOKEN} --app actions --repo acme/app"
    assert stored(needy) == {**expected(values), f"actions {TOKEN}": needy.token}
    assert second.output.endswith(
        f"{WORKFLOW} already exists, so it is left unchanged.\nNothing is missing.\n"
    )
    assert (needy.folder / WORKFLOW).read_bytes() == before
    assert needy.check(**values).document["status"] == "healthy"


def test_in_a_terminal_it_asks_for_the_identifier_and_each_value_once_and_shows_no_password(
    needy: Scene, sit_down: Callable[..., Terminal]
) -> None:
    values = needy.world.places[AZURE].triple("PROD")
    asked: list[str] = []

    def answer(line: str) -> str:
        asked.append(question := line.rstrip().rpartition("\n")[2])
        named = re.search(r"Value of (\w+)", question)
        if named is not None:
            return needy.token if named[1] == TOKEN else values[named[1]]
        return "prod" if "Identifier" in question else "y"

    shown = sit_down().converse("crreg init --apply", answer)

    assert [re.sub(r" \(.*|\? .*", "", question) for question in asked] == [
        "Identifier for acme.azurecr.io [ACR]:",
        "Write this",
        f"Value of {TOKEN}",
        "Value of PROD_CONTAINER_REGISTRY_USER",
        "Value of PROD_CONTAINER_REGISTRY_PASSWORD",
    ]
    assert leaks_in(shown) == ()
    kept = needy.github.secrets("repository", REPOSITORY)
    assert {name: secret.value.decode() for name, secret in kept.items()} == values
    assert needy.check(**values).document["status"] == "healthy"


def test_in_a_terminal_no_means_that_nothing_is_written_or_stored(
    needy: Scene, sit_down: Callable[..., Terminal]
) -> None:
    sit_down().converse("crreg init --apply", lambda line: "n" if "Write this" in line else "")

    assert not (needy.folder / ".github").exists()
    assert stored(needy) == {}


def test_what_gh_says_of_a_failure_is_shown_and_the_line_is_left_to_paste(
    needy: Scene, tmp_path: Path
) -> None:
    values = needy.world.places[AZURE].triple("ACR")
    weak = credentials.register(needy.github.add_token("classic", owner="mona", scopes=["public_repo"]))

    ended = init(needy, tmp_path, "--apply", **values, GH_TOKEN=weak)

    assert ended.code == 1
    assert f"Not stored: gh secret set {PASSWORD} --app actions --repo acme/app: " in ended.errors
    assert f"  gh secret set {PASSWORD} --app actions --repo acme/app\n" in ended.output
    assert stored(needy) == {}


def test_in_a_workflow_it_stores_nothing(needy: Scene, tmp_path: Path) -> None:
    ended = init(needy, tmp_path, "--apply", GITHUB_ACTIONS="true")

    assert (ended.code, "Run it in a terminal" in ended.errors) == (2, True)


@pytest.mark.parametrize("place", [WORKFLOW, ".github/workflows", ".github"])
def test_a_link_of_the_checkout_leads_nowhere(needy: Scene, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    (outside / "workflows").mkdir(parents=True)
    link = needy.folder / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / "new.yml" if place == WORKFLOW else outside)

    ended = init(needy, tmp_path)

    assert [path for path in outside.rglob("*") if path.is_file()] == []
    assert link.is_symlink()
    assert ended.code == (0 if place == WORKFLOW else 2), ended.errors


def test_what_may_hide_an_image_is_said(needy: Scene, tmp_path: Path) -> None:
    needy.write(".devcontainer/a/devcontainer.json", '{"build": {"dockerfile": "Dockerfile"}}')
    needy.write(".devcontainer/b/devcontainer.json", '{"image": "${localEnv:X:acme.azurecr.io/a:1}"}')
    output = init(needy, tmp_path, "--dry-run").output

    assert "files have 1 problem, so crreg may have missed an image. Run crreg images to see why.\n" in output


def test_an_organization_without_a_name_is_wrong_usage(needy: Scene, tmp_path: Path) -> None:
    ended = init(needy, tmp_path, "--org", "a/b")

    assert (ended.code, "is not an organization" in ended.errors) == (2, True)
    assert not (needy.folder / ".github").exists()
