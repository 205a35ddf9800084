import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.platform import InvalidPlatform, Platform, parse_platform
from crreg.registry.copy.platforms import filtered, matches
from crreg.registry.image.descriptor import OCI_INDEX, OCI_MANIFEST, parse_manifest, write_json


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux/arm/v7", Platform("linux", "arm", "v7")),
        ("Linux/AArch64", Platform("linux", "arm64")),
        ("windows/x86_64", Platform("windows", "amd64")),
        ("arm64", Platform("linux", "arm64")),
        ("linux/armhf", Platform("linux", "arm", "v7")),
        ("linux/armel", Platform("linux", "arm", "v6")),
    ],
)
def test_a_platform_is_read_as_containerd_reads_it(text: str, platform: Platform) -> None:
    assert parse_platform(text) == platform


@pytest.mark.parametrize(
    "text", ["", "/", "linux/", "linux/arm/v7/x", "linux arm64", "linux/ärm", "../amd64"]
)
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlatform):
        parse_platform(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidPlatform):
        platform = parse_platform(text)
        assert parse_platform(str(platform)) == platform


@pytest.mark.parametrize(
    ("wanted", "platform", "is_wanted"),
    [
        ("linux/arm", Platform("linux", "arm", "v6"), True),
        ("linux/arm/v7", Platform("linux", "arm", "v6"), False),
        ("linux/arm64/v8", Platform("linux", "arm64"), True),
        ("linux/arm64", Platform("linux", "arm64", "v8"), True),
        ("linux/amd64/v2", Platform("linux", "amd64"), False),
        ("linux/amd64", Platform("windows", "amd64"), False),
        ("linux/amd64", Platform("unknown", "unknown"), False),
    ],
)
def test_an_image_is_wanted_by_its_platform(wanted: str, platform: Platform, is_wanted: bool) -> None:  # noqa: FBT001 - a literal of the table
    assert matches(parse_platform(wanted), platform) is is_wanted


def test_an_image_that_an_index_lists_for_two_platforms_is_kept_for_the_wanted_one() -> None:
    one = {"mediaType": OCI_MANIFEST, "digest": f"sha256:{'a' * 64}", "size": 7}
    entries = [{**one, "platform": {"os": "linux", "architecture": name}} for name in ("amd64", "386")]
    root = parse_manifest(write_json({"schemaVersion": 2, "manifests": entries}), OCI_INDEX)
    for number, name in enumerate(("linux/amd64", "linux/386")):
        assert filtered(root, [parse_platform(name)], "It").tree()["manifests"] == [entries[number]]
    assert filtered(root, [parse_platform("linux/amd64"), parse_platform("linux/386")], "It") is root
