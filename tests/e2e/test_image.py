"""What is in the action's image, what is not, and how large it is."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sandbox.base_image import ensure_base_image
from sandbox.engine import Engine
from tests.e2e.image import ROOT, Action

from crreg import __version__

pytestmark = pytest.mark.container

LARGEST = 30_000_000


def run_python(engine: Engine, image: str, code: str) -> str:
    """Run `code` in the image as its entry point runs Python, and return what it printed."""
    flags = ("-I", "-S", "-c", f"import sys; sys.path.insert(0, '/opt/crreg')\n{code}")
    done = engine.docker(
        "run", "--rm", "--network", "none", "--entrypoint", "/usr/bin/python3", image, *flags
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def members(
    engine: Engine, action_image: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tarfile.TarInfo]:
    """What the image holds, by path, without what the engine adds to each container."""
    exported = tmp_path_factory.mktemp("exported") / "image.tar"
    made = engine.docker("create", action_image)
    assert made.returncode == 0, made.stderr
    container = made.stdout.strip()
    assert engine.docker("export", "--output", str(exported), container).returncode == 0
    engine.docker("rm", container)
    added = {".dockerenv", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "dev", "proc", "sys"}
    with tarfile.open(exported) as archive:
        return {
            member.name: member
            for member in archive
            if not added & {member.name, member.name.partition("/")[0]}
        }


def test_with_arguments_the_container_is_the_command(engine: Engine, action_image: str) -> None:
    done = engine.docker("run", "--rm", "--network", "none", action_image, "--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"crreg {__version__}\n", "")


def test_a_person_who_gives_no_arguments_is_shown_the_commands(engine: Engine, action_image: str) -> None:
    done = engine.docker("run", "--rm", "--network", "none", action_image)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: crreg [OPTIONS] COMMAND [ARGS]...\n")


def test_two_builds_of_a_release_are_the_same_image_of_at_most_30_megabytes(
    newer_engine: Engine, action: Action, tmp_path: Path
) -> None:
    ensure_base_image(newer_engine)

    digests = [build_as_released(newer_engine, action.folder, tmp_path / name) for name in ("one", "two")]

    assert digests[0] == digests[1]
    manifest = blob(tmp_path / "one", digests[0])
    assert sum(layer["size"] for layer in manifest["layers"]) <= LARGEST
    assert len(manifest["layers"]) == 1


def build_as_released(engine: Engine, folder: Path, layout: Path) -> str:
    """Build the action from nothing with the options of release.yml; returns the digest of the image's manifest."""
    layout.mkdir()
    options = ("--no-cache", "--network", "host", "--provenance", "false")
    output = f"type=oci,tar=false,rewrite-timestamp=true,dest={layout}"
    done = subprocess.run(
        ["docker", "buildx", "build", *options, "--output", output, str(folder)],
        env={**os.environ, **engine.environment(), "SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [manifest] = json.loads((layout / "index.json").read_text())["manifests"]
    digest: str = manifest["digest"]
    return digest


def blob(layout: Path, digest: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
    return content


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


def test_modules_are_bytecode_that_python_compares_with_no_source(engine: Engine, action_image: str) -> None:
    code = """
import importlib.util, os, pathlib
folders = (pathlib.Path("/opt/crreg"), pathlib.Path(os.__file__).parent)
paths = [path for folder in folders for path in folder.rglob("*.py*")]
heads = {path.read_bytes()[:8] for path in paths}
print(len(paths) > 1000, heads == {importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0])})
"""

    assert run_python(engine, action_image, code) == "True True\n"


def test_python_is_the_only_program(members: dict[str, tarfile.TarInfo]) -> None:
    programs = {
        name
        for name, member in members.items()
        if member.isfile() and member.mode & 0o111 and ".so" not in name
    }

    assert [name.rpartition("/")[2].rstrip("0123456789.") for name in programs] == ["python"]


def test_nothing_is_left_of_the_build(members: dict[str, tarfile.TarInfo]) -> None:
    leftovers = ("tests", "pip", "setuptools", "ensurepip", "__pycache__", "apt", "cache", "build")

    assert [name for name in members if set(leftovers) & set(name.split("/"))] == []
    assert [name for name in members if name.endswith((".pyi", ".c", ".h", ".whl", ".py"))] == []


def test_every_file_is_roots_and_has_the_same_date(members: dict[str, tarfile.TarInfo]) -> None:
    assert {(member.uid, member.gid, member.mtime) for name, member in members.items() if "/" in name} == {
        (0, 0, 315_532_800)
    }


def test_scanners_are_told_the_debian_packages_and_people_their_licenses(
    members: dict[str, tarfile.TarInfo],
) -> None:
    listed = {name.rpartition("/")[2] for name in members if name.startswith("var/lib/dpkg/status.d/")}
    licensed = {name.split("/")[3] for name in members if name.startswith("usr/share/doc/")}

    assert {"base-files", "ca-certificates", "libc6", "libpython3.13-stdlib", "libssl3t64"} <= listed
    # The license of GCC's libraries is in the package that all of them belong to.
    assert listed - licensed <= {"libgcc-s1"}
    assert any(name.endswith("/compose/LICENSE-compose-spec.txt") for name in members)


def test_the_authorities_of_debian_are_trusted(engine: Engine, action_image: str) -> None:
    code = "import ssl; print(ssl.create_default_context().cert_store_stats()['x509_ca'] > 100)"

    assert run_python(engine, action_image, code) == "True\n"


def test_it_runs_as_root_since_the_runner_mounts_the_workspace_as_roots(
    engine: Engine, action_image: str
) -> None:
    configured = json.loads(engine.docker("image", "inspect", action_image).stdout)[0]["Config"]

    assert configured["User"] == ""
    assert (
        run_python(engine, action_image, "import os; print(os.getuid(), os.path.expanduser('~'))")
        == "0 /root\n"
    )


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
