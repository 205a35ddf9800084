"""Which image of an index an engine pulls."""

import pytest

from crreg.platform import LINUX_AMD64, Platform
from crreg.registry.image.descriptor import OCI_MANIFEST, Descriptor
from crreg.registry.image.platform import accepts, chosen


def entry(number: int, platform: str | None) -> Descriptor:
    parts = platform.split("/") if platform is not None else []
    return Descriptor(OCI_MANIFEST, f"sha256:{number:064x}", 1, Platform(*parts) if parts else None)


@pytest.mark.parametrize(
    ("platforms", "wanted", "number"),
    [
        (["linux/arm64", "linux/amd64"], "linux/amd64", 1),
        (["linux/386", "linux/amd64"], "linux/amd64", 1),
        (["linux/386"], "linux/amd64", 0),
        (["Linux/x86_64"], "linux/amd64", 0),
        (["linux/amd64/v1"], "linux/amd64", 0),
        (["linux/amd64/v3", "linux/amd64"], "linux/amd64", 1),
        (["linux/amd64/v3"], "linux/amd64", None),
        (["windows/amd64"], "linux/amd64", None),
        (["linux/arm64", "unknown/unknown"], "linux/amd64", None),
        ([None, "linux/amd64"], "linux/amd64", 1),
        (["linux/arm64", None], "linux/amd64", 1),
        ([], "linux/amd64", None),
        (["linux/amd64", "linux/arm64/v8"], "linux/arm64", 1),
        (["linux/aarch64"], "linux/arm64", 0),
        (["linux/arm/v6", "linux/arm/v7"], "linux/arm64", 1),
        (["linux/arm/v6", "linux/arm/v5"], "linux/arm/v7", 0),
        (["linux/arm/v7"], "linux/arm/v6", None),
        (["linux/arm"], "linux/arm/v7", 0),
    ],
)
def test_an_engine_chooses_the_nearest(platforms: list[str | None], wanted: str, number: int | None) -> None:
    entries = [entry(position, platform) for position, platform in enumerate(platforms)]
    assert chosen(entries, Platform(*wanted.split("/"))) == (None if number is None else entries[number])


def test_an_image_for_another_machine_is_not_accepted() -> None:
    assert accepts(LINUX_AMD64, Platform("linux", "arm64")) is None
    assert accepts(LINUX_AMD64, Platform("linux", "amd64")) == 0
