"""The action's Dockerfile: what it is built from can be no other image than the one that was looked at."""

import re
from pathlib import Path

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


def test_every_base_image_is_pinned_by_the_same_digest() -> None:
    named = bases(read())
    assert len(named) == read().count("\nFROM ") == 2
    assert PINNED.fullmatch(named[0])
    assert set(named) == {named[0]}


def test_each_pin_is_written_out_where_dependabot_updates_it() -> None:
    assert len(re.findall(rf"^FROM {PINNED.pattern}(?: AS \w+)?$", read(), re.MULTILINE)) == 2
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    assert "/" in [update["directory"] for update in updates if update["package-ecosystem"] == "docker"]


def test_the_sandbox_builds_the_same_file_without_the_pins() -> None:
    assert bases(unpinned(read())) == [IMAGE, IMAGE]
    assert [line for line in unpinned(read()).splitlines() if "FROM " not in line] == [
        line for line in read().splitlines() if "FROM " not in line
    ]
