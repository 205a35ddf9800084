"""The line of docs/doctor.md in a real Alpine root: pipx installs crreg there without a compiler, and the doctor runs.

Two parts of it have stand-ins. `apk add` needs Alpine's mirrors, so Python and pipx come from PyPI. The address of the
repository is a copy of this checkout, which pip builds in the same way.
"""

import os
import platform
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.alpine import PYTHON, alpine_with_python, download
from sandbox.aws import ECR_HOST
from sandbox.recovery_container import Machine
from sandbox.world import triple
from tests.integration.doctor.recovery import IMAGE, Recovery
from tests.integration.doctor.scene import AZURE, Scene

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
LOCKED = re.compile(r"^([a-z0-9-]+)==\S+.*(?:\n    --hash=\S+(?: \\)?)+", re.MULTILINE)
TOOLS = frozenset(
    # pipx and what it needs.
    {"argcomplete", "click", "filelock", "packaging", "pipx", "platformdirs", "userpath"}
    # What builds crreg.
    | {
        "hatch-fancy-pypi-readme",
        "hatchling",
        "packaging",
        "pathspec",
        "pluggy",
        "tomlkit",
        "trove-classifiers",
    }
)
PIP = "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
"""pipx updates the pip of its own environments. In dev.txt it would replace the pip of this project's environment."""
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or platform.machine() != "x86_64",
    reason="only root gives a program a root of its own, and the Alpine root is for x86_64",
)


@dataclass(frozen=True)
class Installed:
    """An Alpine root in which the first half of the line was run."""

    machine: Machine
    command: tuple[str, ...]
    """The second half of the line."""
    variables: dict[str, str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("alpine")
    machine = alpine_with_python()
    wheels = folder / "wheels"
    wheels.mkdir()
    locked = {match[1]: match[0] for match in LOCKED.finditer((ROOT / "requirements/dev.txt").read_text())}
    needed = {match[1] for match in LOCKED.finditer((ROOT / "requirements/runtime.txt").read_text())}
    lines = [PIP, *(locked[name] for name in sorted(needed | TOOLS))]
    download("\n".join(lines), wheels, platform="musllinux_1_2_x86_64", python="3.13")
    source, home = folder / "source", folder / "home"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "docs").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "docs/rules.md"):
        shutil.copy(ROOT / name, source / name)
    home.mkdir()
    variables = {
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:{PYTHON}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
    pip = ("python3", "-m", "pip", "install", "--quiet", "--user", "--root-user-action=ignore")
    added = machine.run(folder, "/", *pip, "pipx", environment=variables)
    assert added.returncode == 0, added.stderr
    first, _, second = line().partition(" && ")
    assert first == "sudo apk add --no-cache pipx"
    words = shlex.split(second)
    at = words.index("--spec") + 1
    assert words[at] == "git+https://github.com/org/crreg-action"
    words[at] = str(source)
    # The first run installs; pipx keeps that for the runs to come.
    run = machine.run(folder, "/", *words[:-1], "--version", environment=variables, seconds=280)
    assert (run.returncode, run.stdout.startswith("crreg")) == (0, True), run.stderr
    return Installed(machine, tuple(words), variables)


def line() -> str:
    """The first command of the page."""
    found = re.search(r"```sh\n(.*?)\n```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def recovery(installed: Installed, scene: Scene, tmp_path: Path) -> Recovery:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.store(place.triple("ACR"))
    recovery = Recovery(scene, tmp_path, installed.machine)
    recovery.command, recovery.variables = installed.command, installed.variables
    return recovery


def test_python_is_built_for_musl(installed: Installed, tmp_path: Path) -> None:
    ask = "import sysconfig; print(sysconfig.get_config_var('SOABI'))"
    done = installed.machine.run(tmp_path, "/", "python3", "-c", ask, environment=installed.variables)
    assert done.stdout == "cpython-313-x86_64-linux-musl\n"


def test_the_line_of_the_page_finds_the_wrong_password(recovery: Recovery) -> None:
    recovery.scene.store({PASSWORD: credentials.password()})
    recovery.fail('Error response from daemon: Head "https://acme.azurecr.io": unauthorized')
    ended = recovery.doctor()
    [found] = ended.document["diagnosis"]
    assert (ended.code, found["action"], found["secrets"]) == (1, "update-secret", [PASSWORD])
    assert ended.document["codespace"]["recovery"] is True


def test_with_the_right_one_it_says_that_the_image_can_be_pulled(recovery: Recovery) -> None:
    recovery.fail("Error: denied")
    ended = recovery.doctor(form="text")
    assert (ended.code, f"✓ Image      {IMAGE}: can be pulled\n" in ended.output) == (0, True)


def test_it_exchanges_aws_keys_there_too(recovery: Recovery) -> None:
    scene = recovery.scene
    scene.world.places[ECR_HOST].push("dev/base", "1")
    scene.store(triple("ECR", ECR_HOST, scene.world.aws.puller))
    recovery.need(f"{ECR_HOST}/dev/base:1")
    recovery.fail("Error: denied")
    ended = recovery.doctor()
    assert (ended.code, [each["pull"]["outcome"] for each in ended.document["images"]]) == (0, ["available"])
