"""The action's Dockerfile: what it is built from can be no other image than the one that was looked at."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sandbox.base_image import IMAGE, unpinned

from crreg.discovery.dockerfile.images import images_of_dockerfile

ROOT = Path(__file__).parents[2]
PINNED = re.compile(rf"{re.escape(IMAGE)}@sha256:[0-9a-f]{{64}}")


def read() -> str:
    return (ROOT / "Dockerfile").read_text()


def bases(dockerfile: str) -> list[str]:
    images, problems = images_of_dockerfile(dockerfile, "Dockerfile", build_args={}, target=None)
    assert problems == ()
    return [image.text for image in images]


def test_the_only_base_image_is_pinned_where_dependabot_updates_it() -> None:
    [base] = bases(read())
    assert PINNED.fullmatch(base)
    assert len(re.findall(rf"^FROM {PINNED.pattern} AS packages$", read(), re.MULTILINE)) == 1
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    assert "/" in [update["directory"] for update in updates if update["package-ecosystem"] == "docker"]


@pytest.mark.skipif(sys.platform == "darwin", reason="the script is for GNU sed, which the image has")
def test_debian_packages_come_from_the_snapshot_that_the_base_image_names(tmp_path: Path) -> None:
    # The form of these lines is that of debuerreotype, which makes Debian's images.
    stanza = "Types: deb\n# http://snapshot.debian.org/archive/debian/{0}\nURIs: {1}\nSuites: trixie\n"
    sources = tmp_path / "debian.sources"
    sources.write_text(stanza.format("20261101T000000Z", "http://deb.debian.org/debian"))
    [script] = re.findall(r"^RUN sed -i ('.+') /etc/apt/sources", read(), re.MULTILINE)

    command = ["sed", *shlex.split(script), str(sources)]
    rewritten = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    snapshot = "http://snapshot.debian.org/archive/debian/20261101T000000Z"
    assert f"\nURIs: {snapshot}\nSuites: trixie\n" in rewritten
    assert "deb.debian.org" not in rewritten


def test_the_sandbox_builds_the_same_file_without_the_pin() -> None:
    assert bases(unpinned(read())) == [IMAGE]
    assert [line for line in unpinned(read()).splitlines() if "FROM " not in line] == [
        line for line in read().splitlines() if "FROM " not in line
    ]
