"""The hook for pre-commit: which files start it, and what it says about them without a network."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from docs.generate import ROOT
from sandbox.command import crreg

(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def test_the_documentation_names_the_hook() -> None:
    page = (ROOT / "docs/integrations.md").read_text()
    assert f"- id: {HOOK['id']}\n" in page
    assert f"`{HOOK['entry']}`" in page


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        (".devcontainer/devcontainer.json", True),
        (".devcontainer/api/devcontainer.json", True),
        (".devcontainer/library-scripts/x.sh", True),
        (".devcontainer.json", True),
        ("Dockerfile", True),
        ("docker/dev.Dockerfile", True),
        ("docker-compose.dev.yml", True),
        ("services/compose.yaml", True),
        (".github/crreg.yml", True),
        ("src/app.py", False),
        ("docs/composer.json", False),
        (".github/workflows/ci.yml", False),
    ],
)
def test_it_starts_for_the_files_that_name_images(path: str, starts: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    assert (re.search(HOOK["files"], path) is not None) is starts


@pytest.mark.parametrize(
    ("image", "code"), [("registry.invalid/dev/base:1", 0), ("registry.invalid/dev/Base:1", 1)]
)
def test_it_fails_for_an_invalid_name_and_asks_no_registry(image: str, code: int, tmp_path: Path) -> None:
    folder = tmp_path / ".devcontainer"
    folder.mkdir()
    (folder / "devcontainer.json").write_text(f'{{"image": "{image}"}}')
    program, *arguments = shlex.split(HOOK["entry"])
    assert program == "crreg"

    ended = crreg(*arguments, environment={"HOME": str(tmp_path)}, folder=tmp_path, within=NO_NETWORK)

    assert (ended.code, ended.errors) == (code, "")
    assert image in ended.output


NO_NETWORK = ("unshare", "--net", "--map-root-user")
"""Run a command without any network."""
