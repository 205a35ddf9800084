"""`crreg check [OWNER/NAME | URL | PATH]...`: which repository is checked with which files, and what several give."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from sandbox.command import Ended, crreg
from tests.integration.check.scene import Scene

AZURE = "acme.azurecr.io"


@pytest.fixture
def two(scene: Scene) -> Scene:
    """Two checkouts: `acme/app` needs an image that exists, `acme/api` one that does not."""
    scene.github.add_repository("acme/api")
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.store(place.triple("ACR"))
    for name, value in place.triple("ACR").items():
        scene.github.add_secret("repository", "acme/api", name, value)
    for name, tag in (("app", "1"), ("api", "none")):
        folder = scene.folder.parent / name
        folder.mkdir(exist_ok=True)
        (folder / ".devcontainer.json").write_text(json.dumps({"image": f"{AZURE}/dev/base:{tag}"}))
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        address = f"{scene.github.url}/acme/{name}.git"
        subprocess.run(["git", "-C", folder, "remote", "add", "origin", address], check=True)
    return scene


def check(scene: Scene, *arguments: str, folder: Path | None = None, **environment: str) -> Ended:
    asked = {**scene.environment, "GITHUB_REPOSITORY": "", **environment}
    return crreg("check", *arguments, environment=asked, folder=folder or scene.folder.parent)


def test_several_targets_give_a_line_each_and_the_worst_exit_code(two: Scene) -> None:
    ended = check(two, "./app", str(two.folder.parent / "api"), "--format", "json")

    documents = [json.loads(line) for line in ended.output.splitlines()]
    assert [(each["repository"], each["status"]) for each in documents] == [
        ("acme/app", "healthy"),
        ("acme/api", "unhealthy"),
    ]
    assert ended.code == 1
    alone = check(two, "./app", "--format", "json")
    assert (alone.code, alone.document) == (0, documents[0])


def test_several_targets_have_their_names_in_the_text_and_in_the_file(two: Scene, tmp_path: Path) -> None:
    ended = check(two, "./app", "./api", "--output", str(tmp_path / "report"))

    assert (ended.code, ended.output) == (1, "")
    lines = (tmp_path / "report").read_text().splitlines()
    title = "Codespaces registry secrets of "
    assert [line for line in lines if "acme/app" in line or "acme/api" in line] == [
        f"{title}acme/app",
        f"{title}acme/api",
    ]
    assert lines[lines.index(f"{title}acme/api") - 1] == ""


def test_a_target_whose_configuration_is_wrong_does_not_hide_the_other(two: Scene) -> None:
    (two.folder.parent / "api" / ".github").mkdir()
    (two.folder.parent / "api" / ".github" / "crreg.yaml").write_text("ignore: [x]\n")
    ended = check(two, "./api", "./app", "--format", "json")

    assert [json.loads(line)["repository"] for line in ended.output.splitlines()] == ["acme/app"]
    assert ended.errors.startswith("Error: acme/api: .github/crreg.yaml:1:10: ignore names 'x'")
    assert ended.code == 2


@pytest.mark.parametrize("form", ["ACME/App", "{url}/acme/app.git"])
def test_a_repository_is_checked_with_the_files_of_its_checkout(two: Scene, form: str) -> None:
    ended = check(two, form.format(url=two.github.url), "--format", "json", folder=two.folder)

    assert (ended.code, ended.document["repository"].lower()) == (0, "acme/app")
    assert [image["path"] for image in ended.document["images"]] == [".devcontainer.json"]


def test_a_repository_is_checked_with_the_files_that_the_path_names(two: Scene) -> None:
    ended = check(two, "acme/app", "--path", "api", "--format", "json")

    assert (ended.document["repository"], ended.code) == ("acme/app", 1)


def test_a_folder_without_an_origin_is_of_the_repository_that_is_named(two: Scene) -> None:
    folder = two.folder.parent / "copy"
    folder.mkdir()
    shutil.copy(two.folder / ".devcontainer.json", folder)

    assert check(two, "./copy", "--repository", "acme/app", "--format", "json").code == 0
    assert check(two, "./copy", "--format", "json", GITHUB_REPOSITORY="acme/app").code == 0
    assert "The repository is not known" in check(two, "./copy").errors


@pytest.fixture
def remote(two: Scene) -> Scene:
    """The same two repositories, as commits at GitHub."""
    for name, tag in (("app", "1"), ("api", "none")):
        files = {".devcontainer.json": json.dumps({"image": f"{AZURE}/dev/base:{tag}"})}
        two.github.repositories.commit(f"acme/{name}", files)
    return two


def test_a_repository_without_a_checkout_is_read_from_github(remote: Scene, tmp_path: Path) -> None:
    ended = check(remote, "acme/app", f"{remote.github.url}/acme/api", "--format", "json", folder=tmp_path)

    documents = [json.loads(line) for line in ended.output.splitlines()]
    assert [(each["repository"], each["status"]) for each in documents] == [
        ("acme/app", "healthy"),
        ("acme/api", "unhealthy"),
    ]
    checkout = check(remote, "./app", "--format", "json").document
    assert documents[0]["images"] == checkout["images"]
    assert ended.code == 1


def test_a_configuration_at_github_is_used_and_its_mistakes_are_told(remote: Scene, tmp_path: Path) -> None:
    remote.github.repositories.commit("acme/app", {".github/crreg.yaml": "ignore: [unused-tripel]\n"})
    ended = check(remote, "acme/app", folder=tmp_path)

    assert (ended.code, ended.output) == (2, "")
    assert "Error: .github/crreg.yaml:1:10: ignore names 'unused-tripel' (did you mean" in ended.errors


def test_a_repository_that_github_does_not_give_is_not_proven(remote: Scene, tmp_path: Path) -> None:
    ended = check(remote, "acme/none", folder=tmp_path)

    assert (ended.code, ended.output) == (3, "")
    assert ended.errors == ("Error: The repository acme/none does not exist, or the token can't read it.\n")


def test_without_a_token_a_repository_must_be_checked_out(two: Scene, tmp_path: Path) -> None:
    ended = check(two, "acme/other", folder=tmp_path, GITHUB_TOKEN="", PATH="/nonexistent")

    assert ended.code == 2
    assert "Or clone it with gh repo clone acme/other, and then run crreg check ./other" in ended.errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("acme/other", "--config", "x.yml"),
            "--config names a file of a checkout, so every target must be one.",
        ),
        (
            ("https://gitlab.example/acme/app",),
            "expected OWNER/NAME, the address of a repository, or a path that ",
        ),
        (("app",), "app is not a repository on 127.0.0.1:"),
        (("app",), "To check the folder, write ./app."),
        (("--state", "x"), "--state needs --org NAME."),
        (("./none",), "./none is not a folder."),
        (("./app", "./api", "--format", "sarif"), "--format sarif makes one document: give one target"),
        (("./app", "--path", "api"), "--path can't be combined with ./app: leave one out."),
        (
            ("acme/app", "--repository", "acme/api"),
            "--repository can't be combined with acme/app: leave one out.",
        ),
        (
            ("./app", "./api", "--repository", "acme/api"),
            "--repository can't be combined with ./app: leave one out.",
        ),
    ],
)
def test_what_can_not_be_checked_is_told_before_anything_is_asked(
    two: Scene, arguments: tuple[str, ...], said: str
) -> None:
    two.github.forget()
    ended = check(two, *arguments)

    assert (ended.code, ended.output, two.github.requests()) == (2, "", [])
    assert said in " ".join(ended.errors.split())
