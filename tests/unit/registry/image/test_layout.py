import hashlib
import json
import os
from pathlib import Path

import pytest

from crreg.registry.copy.read import read
from crreg.registry.image.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor
from crreg.registry.image.layout import LayoutSource
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

NAME = "org.opencontainers.image.ref.name"


def keep(folder: Path, content: bytes) -> str:
    digits = hashlib.sha256(content).hexdigest()
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / digits).write_bytes(content)
    return f"sha256:{digits}"


def put(folder: Path, *names: str) -> dict[str, object]:
    """A layout with one image, listed under each of the names; its entry without one."""
    content = {"mediaType": "application/x", "digest": keep(folder, b"{}"), "size": 2}
    raw = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": content, "layers": [content]}
    ).encode()
    entry = {"mediaType": OCI_MANIFEST, "digest": keep(folder, raw), "size": len(raw)}
    entries = [{**entry, "annotations": {NAME: name}} for name in names] or [entry]
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    return entry


def failure(folder: Path, target: str = "") -> TransferError:
    with pytest.raises(TransferError) as raised:
        LayoutSource(folder).fetch(target)
    return raised.value


def test_the_one_image_needs_no_name(tmp_path: Path) -> None:
    entry = put(tmp_path)
    layout = LayoutSource(tmp_path)

    content = read(layout, "")

    assert (content.digest, content.size, content.changed) == (entry["digest"], 2, False)
    assert layout.resolve("") == Descriptor(OCI_MANIFEST, content.digest, content.root.size)
    with layout.open_blob(Descriptor("application/x", content.blobs[0].digest, 2), 1) as pieces:
        assert b"".join(pieces) == b"}"


def test_images_are_found_by_their_names_and_digests(tmp_path: Path) -> None:
    entry = put(tmp_path, "1.0", "latest")
    layout = LayoutSource(tmp_path)

    assert layout.fetch("1.0").digest == layout.fetch(str(entry["digest"])).digest == entry["digest"]
    assert layout.resolve("2.0") is None
    assert failure(tmp_path, "2.0").cause is failure(tmp_path).cause is TransferCause.NOT_FOUND


def test_what_changed_in_the_folder_is_an_error(tmp_path: Path) -> None:
    entry = put(tmp_path)
    blob = tmp_path / "blobs" / str(entry["digest"]).replace(":", "/")
    blob.write_bytes(blob.read_bytes() + b" ")

    assert failure(tmp_path).cause is TransferCause.MISMATCH


def test_no_symbolic_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside, layout = tmp_path / "outside", tmp_path / "layout"
    outside.mkdir()
    layout.mkdir()
    put(outside)
    (layout / "index.json").symlink_to(outside / "index.json")
    assert failure(layout).cause is TransferCause.NOT_FOUND

    (layout / "index.json").unlink()
    (layout / "index.json").write_bytes((outside / "index.json").read_bytes())
    (layout / "blobs").symlink_to(outside / "blobs")
    assert "can't be read" in failure(layout).detail


def test_what_is_no_layout_is_said(tmp_path: Path) -> None:
    assert "index.json" in failure(tmp_path).detail
    os.mkfifo(tmp_path / "index.json")
    assert "is not a regular file" in failure(tmp_path).detail
    (tmp_path / "index.json").unlink()
    (tmp_path / "index.json").write_text('{"schemaVersion": 2, "mediaType": "application/x"}')
    assert failure(tmp_path).cause is TransferCause.UNSUPPORTED


def test_an_index_that_lists_what_is_missing_is_an_error(tmp_path: Path) -> None:
    put(tmp_path)
    missing = {"mediaType": OCI_MANIFEST, "digest": f"sha256:{'0' * 64}", "size": 2}
    raw = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [missing]}).encode()
    entry = {"mediaType": OCI_INDEX, "digest": keep(tmp_path, raw), "size": len(raw)}
    (tmp_path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))

    with pytest.raises(TransferError) as raised:
        read(LayoutSource(tmp_path), "")

    assert raised.value.cause is TransferCause.NOT_FOUND
