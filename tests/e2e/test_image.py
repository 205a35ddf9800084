"""What is in the action's image, what is not, how large it is and how quickly it starts."""

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sandbox.engine import Engine
from tests.e2e.image import BASE, ROOT, Action

from crreg import __version__

pytestmark = pytest.mark.container

MEBIBYTE = 1024 * 1024
LARGEST = 110 * MEBIBYTE
SLOWEST = 0.2
PAIRS = 9
ROUNDS = 3


def run_python(engine: Engine, image: str, code: str) -> str:
    """Run `code` in the image as its entry point runs Python, and return what it printed."""
    flags = ("-I", "-S", "-c", f"import sys; sys.path.insert(0, '/opt/crreg')\n{code}")
    done = engine.docker(
        "run", "--rm", "--network", "none", "--entrypoint", "/usr/bin/python3", image, *flags
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_shell(engine: Engine, image: str, script: str) -> str:
    done = engine.docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_with_arguments_the_container_is_the_command(engine: Engine, action_image: str) -> None:
    done = engine.docker("run", "--rm", "--network", "none", action_image, "--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"crreg {__version__}\n", "")


def test_a_person_who_gives_no_arguments_is_shown_the_commands(engine: Engine, action_image: str) -> None:
    done = engine.docker("run", "--rm", "--network", "none", action_image)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: crreg [OPTIONS] COMMAND [ARGS]...\n")


def test_the_image_adds_less_to_its_base_than_promised(engine: Engine, action_image: str) -> None:
    images = json.loads(engine.docker("image", "inspect", BASE, action_image).stdout)
    base, ours = ((image["RootFS"]["Layers"], image["Size"]) for image in images)

    assert ours[0][: len(base[0])] == base[0]
    assert 0 < ours[1] - base[1] < LARGEST


def test_the_command_starts_nearly_as_quickly_as_a_program_that_does_nothing(
    engine: Engine, action_image: str
) -> None:
    def seconds(*arguments: str) -> float:
        began = time.perf_counter()
        done = engine.docker("run", "--rm", "--network", "none", *arguments)
        taken = time.perf_counter() - began
        assert done.returncode == 0, done.stderr
        return taken

    def more() -> float:
        nothing = seconds("--entrypoint", "true", action_image)
        return seconds(action_image, "--version") - nothing

    # Whatever else the machine does only adds, and to a round of all of them: so the quickest round counts.
    rounds = (statistics.median(more() for _ in range(PAIRS)) for _ in range(ROUNDS))

    assert any(taken < SLOWEST for taken in rounds)


def test_nothing_of_the_workspace_and_of_pythons_variables_is_imported(
    engine: Engine, action_image: str, tmp_path: Path
) -> None:
    trap = "print('the workspace was imported'); raise SystemExit(66)\n"
    for name in ("sitecustomize", "usercustomize", "click", "os", "re", "crreg"):
        (tmp_path / f"{name}.py").write_text(trap)

    done = engine.docker(
        *("run", "--rm", "--network", "none", "--volume", f"{tmp_path}:/github/workspace"),
        *("--workdir", "/github/workspace", "--env", "PYTHONPATH=/github/workspace"),
        *("--env", "PYTHONHOME=/github/workspace", "--env", "PYTHONSTARTUP=/github/workspace/os.py"),
        *(action_image, "--version"),
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, f"crreg {__version__}\n", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "click.py",
        "crreg.py",
        "os.py",
        "re.py",
        "sitecustomize.py",
        "usercustomize.py",
    ]


def test_every_module_of_the_project_can_be_imported(engine: Engine, action: Action) -> None:
    code = """
import importlib, pkgutil, crreg
names = [module.name for module in pkgutil.walk_packages(crreg.__path__, "crreg.")]
for name in names:
    importlib.import_module(name)
import boto3, click, docker, github, nacl.public, rich.console, urllib3, yaml
print(1 + len(names))
"""
    modules = list((action.folder / "src" / "crreg").rglob("*.py"))

    assert int(run_python(engine, action.image, code)) == len(modules)


def test_botocore_knows_the_services_that_are_used_and_no_others(engine: Engine, action_image: str) -> None:
    code = """
import json, boto3
session = boto3.session.Session()
where = {}
for service, region in (("sts", "eu-west-1"), ("ecr", "cn-north-1"), ("ecr-public", "us-east-1")):
    client = session.client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
    where[service] = client.meta.endpoint_url
print(json.dumps([session.get_available_services(), where]))
"""

    assert json.loads(run_python(engine, action_image, code)) == [
        ["ecr", "ecr-public", "sts"],
        {
            "sts": "https://sts.eu-west-1.amazonaws.com",
            "ecr": "https://api.ecr.cn-north-1.amazonaws.com.cn",
            "ecr-public": "https://api.ecr-public.us-east-1.amazonaws.com",
        },
    ]


def test_every_module_is_compiled_for_this_python(engine: Engine, action_image: str) -> None:
    code = """
import importlib.util, pathlib
print([
    str(path) for path in pathlib.Path("/opt/crreg").rglob("*.py")
    if path.name != "entrypoint.py" and not pathlib.Path(importlib.util.cache_from_source(path)).exists()
])
"""

    assert run_python(engine, action_image, code) == "[]\n"


def test_no_compiler_no_installer_and_no_cache_is_left(engine: Engine, action_image: str) -> None:
    script = """
for program in cc gcc make pip pip3 git curl wget; do command -v $program; done
find /var/lib/apt/lists /var/cache/apt /var/log /root/.cache /build /tmp -type f 2>/dev/null
find /opt/crreg /usr/lib/python3 -type d '(' -name tests -o -name pip -o -name setuptools -o -name ensurepip ')'
find /opt/crreg -name '*.pyi' -o -name '*.c' -o -name '*.h' -o -name '*.whl'
true
"""

    assert run_shell(engine, action_image, script) == ""


def test_the_authorities_of_debian_are_trusted(engine: Engine, action_image: str) -> None:
    code = "import ssl; print(ssl.create_default_context().cert_store_stats()['x509_ca'] > 100)"

    assert run_python(engine, action_image, code) == "True\n"


def test_it_runs_as_root_since_the_runner_mounts_the_workspace_as_roots(
    engine: Engine, action_image: str
) -> None:
    configured = json.loads(engine.docker("image", "inspect", action_image).stdout)[0]["Config"]

    assert configured["User"] == ""
    assert run_shell(engine, action_image, "id -u") == "0\n"


@pytest.mark.parametrize("platform", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"])
def test_every_locked_package_has_a_wheel_for_each_platform_of_the_container(
    platform: str, tmp_path: Path
) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert uv is not None, "uv is not installed: see the development requirements"

    done = subprocess.run(
        [
            *(uv, "pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
            # As pip does on Debian: a company's authority is known to the machine, not to uv's own list.
            "--system-certs",
            *("--python-platform", platform, "--python-version", "3.13"),
            *("--target", str(tmp_path), "--requirement", "requirements/runtime.txt"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
