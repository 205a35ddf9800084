"""Images whose manifests and configurations have members of unexpected types, read for a copy from a real layout."""

import contextlib
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crreg.registry.copy.read import read
from crreg.registry.copy.source import Content
from crreg.registry.image.descriptor import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    digest_of,
)
from crreg.registry.image.layout import LayoutSource
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

CONFIG = "application/vnd.oci.image.config.v1+json"
LABELS = {"org.opencontainers.image.source": "https://github.com/acme/app"}


class Shelf:
    """A folder in the image layout, filled with what a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes, media_type: str = OCI_MANIFEST) -> dict[str, Any]:
        """Keep a blob; its descriptor."""
        digits = hashlib.sha256(content).hexdigest()
        blobs = self.folder / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        (blobs / digits).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digits}", "size": len(content)}

    def copied(self, root: bytes, media_type: str, **how: Any) -> Content:
        """Read what is to be copied of that root."""
        listed = {"schemaVersion": 2, "manifests": [self.keep(root, media_type)]}
        (self.folder / "index.json").write_text(json.dumps(listed))
        return read(LayoutSource(self.folder), "", **how)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.mark.parametrize("members", [{}, {"manifests": None}, {"manifests": []}], ids=str)
@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_INDEX])
@pytest.mark.parametrize("how", [{}, {"link": LABELS}, {"platforms": ["linux/amd64"]}], ids=str)
def test_an_index_of_nothing_is_no_image(
    shelf: Shelf, members: dict[str, object], kind: str, how: dict[str, Any]
) -> None:
    root = json.dumps({"schemaVersion": 2, "mediaType": kind, **members}).encode()
    with pytest.raises(TransferError, match="its manifest is empty") as raised:
        shelf.copied(root, kind, **how)
    assert raised.value.cause is TransferCause.UNSUPPORTED


@pytest.mark.parametrize("kind", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_manifest_of_nothing_is_no_image(shelf: Shelf, kind: str) -> None:
    root = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": None, "layers": None}).encode()
    with pytest.raises(TransferError, match="its manifest is empty"):
        shelf.copied(root, kind)


@pytest.mark.parametrize("members", [{}, {"manifests": None}], ids=str)
def test_an_index_of_nothing_within_another_is_copied(shelf: Shelf, members: dict[str, object]) -> None:
    inner = shelf.keep(
        json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, **members}).encode(), OCI_INDEX
    )
    root = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [inner]}).encode()
    content = shelf.copied(root, OCI_INDEX, link=LABELS)
    assert len(content.manifests) == 2
    assert content.root.annotations == LABELS


@pytest.mark.parametrize("depth", range(100, 1_000, 100))
def test_what_is_nested_deeply_is_changed_or_refused(shelf: Shelf, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    config = shelf.keep(f'{{"config": {{"Labels": {{}}}}, "deep": {deep}}}'.encode(), CONFIG)
    image = f'{{"schemaVersion": 2, "config": {json.dumps(config)}, "layers": [], "deep": {deep}}}'
    entry = json.dumps(shelf.keep(image.encode()))
    root = f'{{"schemaVersion": 2, "mediaType": "{OCI_INDEX}", "manifests": [{entry}], "deep": {deep}}}'
    with contextlib.suppress(TransferError):
        assert shelf.copied(root.encode(), OCI_INDEX, link=LABELS).changed


ODD: st.SearchStrategy[object] = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            -1,
            1.5,
            1e300,
            float("inf"),
            10**30,
            "",
            "x",
            "\ud800",
            [],
            [[]],
            {},
            {"": {}},
        ),
        *("sha256:" + "a" * 64, "md5:" + "a" * 32, "sha512:" + "a" * 128, OCI_INDEX, CONFIG, ["sha256:"]),
    ]
)
MEMBERS = (
    *(
        "schemaVersion",
        "mediaType",
        "digest",
        "size",
        "urls",
        "data",
        "annotations",
        "platform",
        "os",
        "layers",
    ),
    *(
        "architecture",
        "config",
        "manifests",
        "subject",
        "artifactType",
        "Labels",
        "vnd.docker.reference.digest",
    ),
)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, bool, object]]:
    """Members to set or to take out, wherever they are."""
    change = st.tuples(st.sampled_from(MEMBERS), st.booleans(), ODD)
    return draw(st.lists(change, max_size=4))


def changed(tree: Any, what: list[tuple[str, bool, object]]) -> Any:
    """The JSON value with members changed at every level."""
    if isinstance(tree, list):
        return [changed(entry, what) for entry in tree]
    if not isinstance(tree, dict):
        return tree
    result = {name: changed(value, what) for name, value in tree.items()}
    for name, out, value in what:
        if out:
            result.pop(name, None)
        elif name in result or len(result) > 3:
            result[name] = value
    return result


@settings(max_examples=300, deadline=None)
@given(changes(), changes(), changes(), st.booleans(), st.sampled_from([(), ("linux/amd64",)]))
def test_whatever_members_are_made_of_it_is_copied_or_refused(
    of_config: list[tuple[str, bool, object]],
    of_image: list[tuple[str, bool, object]],
    of_index: list[tuple[str, bool, object]],
    link: bool,  # noqa: FBT001 - hypothesis hands it over by its place
    platforms: tuple[str, ...],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        config = {"os": "linux", "architecture": "amd64", "config": {"Labels": {"a": "b"}}}
        of = shelf.keep(json.dumps(changed(config, of_config)).encode(), CONFIG)
        image = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": of,
            "layers": [shelf.keep(b"layer", "application/x")],
            "annotations": {"a": "b"},
        }
        entry = shelf.keep(json.dumps(changed(image, of_image)).encode())
        platform = {"os": "linux", "architecture": "amd64"}
        about = {"vnd.docker.reference.digest": entry["digest"]}
        entries = [{**entry, "platform": platform}, {**entry, "annotations": about}]
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        root = json.dumps(changed(index, of_index)).encode()
        with contextlib.suppress(TransferError):
            content = shelf.copied(root, OCI_INDEX, link=LABELS if link else None, platforms=platforms)
            assert content.digest == digest_of(content.root.raw)
