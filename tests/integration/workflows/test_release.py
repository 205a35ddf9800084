"""A release: what it says and rewrites, and what its own commands then commit and tag."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.integration.workflows.documents import ROOT, workflows

SCRIPT = ROOT / ".ci/release.py"
IMAGE = f"ghcr.io/acme/crreg-action@sha256:{'5' * 64}"
COMMIT = "c" * 40
CALLED = {
    "organization-health.yml": 1,
    "organizations-health.yml": 3,
    "publish-ghcr.yml": 1,
    "registry-ensure.yml": 1,
    "registry-health.yml": 1,
}
"""The workflows to call that use the action, with the number of their steps that do."""
CHANGELOG = """\
# Changelog

## Unreleased

## [1.2.3] - 2026-01-02

### Added
- A thing.

## 1.2.2 - 2026-01-01

- Another.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the project that a release reads and rewrites, as of version 1.2.3."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / ".github", folder / ".github")
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    shutil.copy(ROOT / "action.yml", folder)
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    (folder / "src/crreg").mkdir(parents=True)
    (folder / "src/crreg/__init__.py").write_text('"""A package."""\n\n__version__ = "1.2.3"\n')
    return folder


def release(project: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the script."""
    program = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(program, cwd=project, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_version_that_the_package_and_the_changelog_have_can_be_released(project: Path) -> None:
    assert release(project, "check", "1.2.3") == (0, "", "")


@pytest.mark.parametrize(
    ("version", "complaint"),
    [
        ("v1.2.3", "'v1.2.3' is no version: write it as 1.2.3, without a v.\n"),
        ("1.02.3", "'1.02.3' is no version: write it as 1.2.3, without a v.\n"),
        ("1.2", "'1.2' is no version: write it as 1.2.3, without a v.\n"),
        (
            "1.2.2",
            "src/crreg/__init__.py has another __version__ than 1.2.2: set it, and commit.\n",
        ),
    ],
)
def test_another_version_can_not(version: str, complaint: str, project: Path) -> None:
    assert release(project, "check", version) == (1, "", complaint)


@pytest.mark.parametrize(
    "changelog", ["## 1.2.3 - 2026-01-02\n\n## 1.2.2\n- x\n", "## Unreleased\n- x\n", ""]
)
def test_nor_one_of_which_the_changelog_says_nothing(changelog: str, project: Path) -> None:
    (project / "CHANGELOG.md").write_text(changelog)

    code, output, complaint = release(project, "check", "1.2.3")

    assert (code, output) == (1, "")
    assert complaint.startswith('CHANGELOG.md has nothing under "## 1.2.3 - DATE": ')


@pytest.mark.parametrize(
    ("version", "notes"), [("1.2.3", "### Added\n- A thing.\n"), ("1.2.2", "- Another.\n")]
)
def test_the_notes_are_the_changelogs_section(version: str, notes: str, project: Path) -> None:
    assert release(project, "notes", version) == (0, notes, "")


def test_the_action_runs_the_published_image_and_is_the_same_otherwise(project: Path) -> None:
    before = (project / "action.yml").read_text()

    assert release(project, "image", IMAGE) == (0, "", "")

    after = (project / "action.yml").read_text()
    assert yaml.safe_load(after)["runs"] == {"using": "docker", "image": f"docker://{IMAGE}"}
    assert changed(before, after) == [("  image: Dockerfile", f"  image: docker://{IMAGE}")]


@pytest.mark.parametrize(
    "image", ["ghcr.io/acme/crreg-action:1", "ghcr.io/acme/crreg@sha256:12", f"{IMAGE}\nx: 1"]
)
def test_an_image_without_a_digest_is_none(image: str, project: Path) -> None:
    before = (project / "action.yml").read_text()

    code, _, complaint = release(project, "image", image)

    assert (code, (project / "action.yml").read_text()) == (1, before)
    assert "is no image with a digest" in complaint


def test_an_image_is_not_put_in_twice(project: Path) -> None:
    release(project, "image", IMAGE)

    assert release(project, "image", IMAGE) == (
        1,
        "",
        'action.yml has 0 lines "  image: Dockerfile", but must have one.\n',
    )


def test_every_workflow_to_call_uses_the_action_of_the_release_and_is_the_same_otherwise(
    project: Path,
) -> None:
    folder = project / ".github/workflows"
    before = {path.name: path.read_text() for path in folder.iterdir()}

    assert release(project, "use", "acme/crreg-action", COMMIT, "1.2.3") == (0, "", "")

    changes = {path.name: changed(before[path.name], path.read_text()) for path in folder.iterdir()}
    line = ("        uses: org/crreg-action@v1", f"        uses: acme/crreg-action@{COMMIT} # v1.2.3")
    assert {name: lines for name, lines in changes.items() if lines} == {
        name: [line] * steps for name, steps in CALLED.items()
    }


def test_the_releases_own_commands_commit_tag_and_push_and_do_the_same_when_run_again(
    project: Path, tmp_path: Path
) -> None:
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", str(origin))
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "remote", "add", "origin", str(origin))
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "All")
    git(project, "push", "--quiet", "origin", "main", "HEAD:refs/tags/v1")
    start = git(project, "rev-parse", "HEAD")

    def run() -> dict[str, str]:
        """What the tags of the origin point at, after the job's commands."""
        for step in ("Commit the released action, and the workflows that use it", "Push the tags"):
            run_step(step, project, tmp_path)
        references = git(origin, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags")
        return dict(line.split(" ") for line in references.splitlines())

    first = run()
    git(project, "checkout", "--quiet", "--detach", start)
    git(project, "tag", "--delete", "v1", "v1.2.3")
    second = run()

    assert first == second
    assert first.keys() == {"v1", "v1.2.3"}
    assert first["v1"] == first["v1.2.3"]
    released = first["v1"]
    assert git(project, "rev-parse", f"{released}~2") == start
    assert git(project, "diff", "--name-only", start, f"{released}~1").splitlines() == ["action.yml"]
    assert git(project, "diff", "--name-only", f"{released}~1", released).splitlines() == [
        f".github/workflows/{name}" for name in CALLED
    ]
    action = git(project, "show", f"{released}~1:action.yml")
    assert f"  image: docker://{IMAGE}" in action.splitlines()
    pin = git(project, "rev-parse", f"{released}~1")
    for name, steps in CALLED.items():
        text = git(project, "show", f"{released}:.github/workflows/{name}")
        assert re.findall(r"uses: (acme/\S+ # \S+)", text) == [f"acme/crreg-action@{pin} # v1.2.3"] * steps


def run_step(name: str, project: Path, home: Path) -> None:
    """Run the commands of a step of release.yml as the runner does, with what the job gives it."""
    [document] = [found for found in workflows() if found.name.endswith("/release.yml")]
    steps = document.content["jobs"]["release"]["steps"]
    [commands] = [step["run"] for step in steps if step["name"] == name]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "GITHUB_REPOSITORY": "acme/crreg-action",
        "VERSION": "1.2.3",
        "IMAGE": IMAGE,
        "GH_TOKEN": "ghp_made-up",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ, in pairs; there are as many before as after."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


def git(folder: Path, *arguments: str) -> str:
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *person, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
