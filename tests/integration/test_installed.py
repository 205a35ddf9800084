"""The wheel as users get it: `uvx` and `pipx run` run it, with the pages of the rules in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from crreg import __version__
from crreg.findings.documentation import rule_page

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with crreg's wheel and those that it needs, the only place to install from."""
    folder = tmp_path_factory.mktemp("wheels")
    pip = (
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
    )
    run(*pip, "--dest", folder, "--requirement", ROOT / "requirements" / "runtime.txt")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    return folder


def run(*words: str | Path, environment: dict[str, str] | None = None) -> str:
    ended = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("runner", [("uvx", "--from"), ("pipx", "run", "--spec")], ids=["uvx", "pipx"])
def test_the_wheel_runs_without_being_installed(
    wheels: Path, tmp_path: Path, runner: tuple[str, ...]
) -> None:
    [wheel] = wheels.glob("crreg-*.whl")
    environment = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "PIPX_DEFAULT_PYTHON": sys.executable,
        # pipx installs with uv if there is one, else with pip.
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_PYTHON": sys.executable,
    }
    program, *options = runner

    def crreg(*arguments: str) -> str:
        return run(PROGRAMS / program, *options, wheel, "crreg", *arguments, environment=environment)

    assert crreg("--version") == f"crreg {__version__}\n"
    page = crreg("rules", "missing-secret")
    assert page.startswith("missing-secret\n\n**error**: ")
    assert page.endswith(f"{rule_page('missing-secret')}\n")
