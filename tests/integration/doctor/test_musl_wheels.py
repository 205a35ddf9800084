"""crreg installs in the recovery container without a compiler: there are wheels for Alpine's Python and its musl."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

LOCKED = Path(__file__).parents[3] / "requirements" / "runtime.txt"
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize(("python", "machine"), [("3.12", "x86_64"), ("3.12", "aarch64"), ("3.14", "x86_64")])
def test_every_locked_package_has_a_wheel_for_musl(python: str, machine: str, tmp_path: Path) -> None:
    """Alpine 3.20 to 3.23 have Python 3.12 (https://pkgs.alpinelinux.org)."""
    report = tmp_path / "report.json"
    # It installs nothing, and takes wheels alone, of which each must have a hash of the lock file.
    asked = (
        "install",
        "--dry-run",
        "--ignore-installed",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    )
    target = (f"--platform=musllinux_1_2_{machine}", f"--python-version={python}", f"--target={tmp_path}")
    done = subprocess.run(
        [sys.executable, "-m", "pip", *asked, *target, f"--requirement={LOCKED}", f"--report={report}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())["install"]
    names = {
        (each["metadata"]["name"].lower().replace("_", "-"), each["metadata"]["version"]) for each in found
    }
    assert names == {pin for pin in PINNED.findall(LOCKED.read_text()) if pin[0] != "pywin32"}
    wheels = [each["download_info"]["url"].rpartition("/")[2] for each in found]
    native = [wheel for wheel in wheels if not wheel.endswith("-none-any.whl")]
    assert native
    assert all(f"musllinux_1_2_{machine}" in wheel for wheel in native)
