import json
import subprocess
from collections import Counter

import pytest
from sandbox.registry import Registry
from tests.integration.copy.scene import Copied, copy, counted, opened
from tests.integration.copy.shelf import (
    CONFIG,
    DOCKER_CONFIG,
    DOCKER_INDEX,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    MANIFEST,
    ZSTD_LAYER,
    Shelf,
    describe,
    empty,
    noise,
)

from crreg.registry.copy.read import read
from crreg.registry.copy.transfer import Tagged, TransferProgress, Transferred, transfer
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

LINK = {"org.opencontainers.image.source": "https://github.com/o/r"}


def three_platforms(shelf: Shelf, tag: str = "1") -> list[str]:
    """An index of three images that share a layer; the digests of the images."""
    shared = noise(300_000, 0)
    entries = [
        shelf.image(platform, shared, noise(1000 + number, number))
        for number, platform in enumerate(("linux/amd64", "linux/arm64/v8", "linux/arm/v7"), 1)
    ]
    shelf.index(*entries, tag=tag)
    return [entry["digest"] for entry in entries]


def test_an_index_is_copied_blob_by_blob_and_each_blob_once(shelf: Shelf, mirror: Shelf) -> None:
    three_platforms(shelf)
    source, target = opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r")

    copied = copy(source, target, "1", "latest")

    everything = shelf.everything("1")
    blobs = sum(len(content) for content in everything.values() if not content.startswith(b'{"schemaVersion'))
    assert mirror.everything("latest") == everything
    assert copied.transferred == Transferred(
        blobs_sent=7,
        bytes_sent=blobs,
        manifests_sent=4,
    )
    assert copied.tagged == Tagged(("1", "latest"), ())
    assert mirror.digest("1") == mirror.digest("latest") == shelf.digest("1")
    sent = counted(mirror.registry.requests, "o/r")
    assert sent == {
        "GET /v2/": 1,
        "HEAD manifests": 4 + 2 * 3,
        "HEAD blobs": 7,
        "POST uploads": 7,
        "PUT uploads": 7,
        "PUT manifests": 4 + 2,
    }


def test_what_was_copied_is_what_skopeo_reads(shelf: Shelf, mirror: Shelf) -> None:
    three_platforms(shelf)
    copy(opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    raw, arm = (
        subprocess.run(
            [
                "skopeo",
                "inspect",
                "--tls-verify=false",
                *options,
                f"docker://{mirror.registry.address}/o/r:1",
            ],
            check=True,
            capture_output=True,
        ).stdout
        for options in (["--raw"], ["--override-arch=arm64"])
    )

    assert raw == shelf.raw("1")
    assert json.loads(arm)["Architecture"] == "arm64"
    assert len(json.loads(arm)["Layers"]) == 2


def test_a_second_run_asks_once_for_the_root_and_once_for_each_tag_and_manifest(
    shelf: Shelf, mirror: Shelf
) -> None:
    three_platforms(shelf)
    names = f"{shelf.registry.address}/dev/base", f"{mirror.registry.address}/o/r"
    copy(opened(names[0]), opened(names[1]), "1", "latest")
    shelf.registry.clear()
    mirror.registry.clear()

    assert copy(opened(names[0]), opened(names[1]), "1", "latest") == Copied(None)

    assert counted(shelf.registry.requests, "dev/base") == Counter({"GET /v2/": 1, "GET manifests": 1})
    assert counted(mirror.registry.requests, "o/r") == Counter({"GET /v2/": 1, "HEAD manifests": 2 + 3})


def test_a_manifest_that_a_clean_up_job_deleted_is_put_back(shelf: Shelf, mirror: Shelf) -> None:
    _, arm64, _ = three_platforms(shelf)
    names = f"{shelf.registry.address}/dev/base", f"{mirror.registry.address}/o/r"
    copy(opened(names[0]), opened(names[1]), "1")
    mirror.delete_manifest(arm64)

    copied = copy(opened(names[0]), opened(names[1]), "1")

    assert mirror.everything("1") == shelf.everything("1")
    assert copied.tagged == Tagged((), ("1",))
    assert copied.transferred is not None
    assert (copied.transferred.blobs_sent, copied.transferred.manifests_sent) == (0, 1)


def test_a_manifest_two_indexes_down_that_was_deleted_is_put_back(shelf: Shelf, mirror: Shelf) -> None:
    image, other = (shelf.image("linux/amd64", noise(100, number)) for number in (1, 2))
    inner = shelf.index(image, other)
    shelf.index(inner, tag="1")
    names = f"{shelf.registry.address}/dev/base", f"{mirror.registry.address}/o/r"
    copy(opened(names[0]), opened(names[1]), "1")
    mirror.delete_manifest(image["digest"])

    copied = copy(opened(names[0]), opened(names[1]), "1")

    assert mirror.everything("1") == shelf.everything("1")
    assert copied.transferred == Transferred(manifests_sent=1, blobs_there=3)


def test_a_blob_of_another_repository_of_the_registry_is_mounted(shelf: Shelf) -> None:
    three_platforms(shelf)
    name = shelf.registry.address
    shelf.registry.clear()

    copied = copy(opened(f"{name}/dev/base"), opened(f"{name}/o/r"), "1")

    assert Shelf(shelf.registry, "o/r").everything("1") == shelf.everything("1")
    assert copied.transferred is not None
    assert (copied.transferred.blobs_mounted, copied.transferred.bytes_sent) == (7, 0)
    asked = counted(shelf.registry.requests, "o/r")
    assert (asked["POST uploads"], asked["PUT uploads"], asked["HEAD blobs"]) == (7, 0, 0)


def test_a_label_does_not_end_the_mounting_of_larger_and_smaller_blobs(shelf: Shelf) -> None:
    layers = [noise(10 + number, number) for number in range(9)] + [noise(9000, 9)]
    shelf.image("linux/amd64", *layers, tag="1")
    address = shelf.registry.address

    copied = copy(opened(f"{address}/dev/base"), opened(f"{address}/o/r"), "1", link=LINK)

    assert copied.transferred is not None
    assert (copied.transferred.blobs_mounted, copied.transferred.blobs_sent) == (len(layers), 1)


def test_many_small_blobs_take_two_requests_each_and_those_there_one(shelf: Shelf, mirror: Shelf) -> None:
    layers = [noise(500, number) for number in range(60)]
    shelf.image("linux/amd64", *layers, tag="1")
    for layer in layers[:10]:
        mirror.blob(layer)
    mirror.registry.clear()

    copied = copy(opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert mirror.everything("1") == shelf.everything("1")
    assert copied.transferred is not None
    assert (copied.transferred.blobs_sent, copied.transferred.blobs_there) == (51, 10)
    asked = counted(mirror.registry.requests, "o/r")
    assert asked["PUT uploads"] == 51
    # Those that are under way at first are asked for with a HEAD, and one POST finds out that this is not needed.
    assert asked["HEAD blobs"] < 61
    assert asked["POST uploads"] <= 61 + 1


def test_only_the_platforms_asked_for_are_copied_with_what_attests_them(shelf: Shelf, mirror: Shelf) -> None:
    images = [
        shelf.image(platform, noise(900, number))
        for number, platform in enumerate(("linux/amd64", "linux/arm64"))
    ]
    attestations = [
        shelf.image(
            "unknown/unknown",
            noise(300, 10 + number),
            annotations={
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": image["digest"],
            },
        )
        for number, image in enumerate(images)
    ]
    shelf.index(*images, *attestations, tag="1")

    copied = copy(
        opened(f"{shelf.registry.address}/dev/base"),
        opened(f"{mirror.registry.address}/o/r"),
        "1",
        platforms=("linux/arm64/v8",),
    )

    index = json.loads(mirror.raw("1"))
    assert index["manifests"] == [images[1], attestations[1]]
    assert copied.content is not None
    assert copied.content.changed
    assert set(mirror.everything("1")) == {mirror.digest("1")} | set(
        shelf.everything(images[1]["digest"]) | shelf.everything(attestations[1]["digest"])
    )


def test_a_platform_that_is_not_there_is_an_error_that_lists_those_that_are(shelf: Shelf) -> None:
    three_platforms(shelf)
    shelf.image("linux/amd64", noise(10, 1), tag="single")
    source = opened(f"{shelf.registry.address}/dev/base")

    with pytest.raises(TransferError) as index:
        read(source, "1", platforms=("linux/amd64", "windows/amd64"))
    with pytest.raises(TransferError) as single:
        read(source, "single", platforms=("linux/arm64",))

    assert index.value.cause is single.value.cause is TransferCause.NOT_FOUND
    assert "for windows/amd64. Available: linux/amd64, linux/arm/v7, linux/arm64/v8." in index.value.detail
    assert "for linux/arm64. Available: linux/amd64." in single.value.detail


def test_a_link_changes_the_digest_once_and_the_same_way_every_time(shelf: Shelf, mirror: Shelf) -> None:
    three_platforms(shelf)
    names = f"{shelf.registry.address}/dev/base", f"{mirror.registry.address}/o/r"

    copied = copy(opened(names[0]), opened(names[1]), "1", link=LINK)
    again = copy(opened(names[0]), opened(names[1]), "1", link=LINK)
    from_the_copy = copy(opened(names[1]), opened(f"{mirror.registry.address}/o/r2"), "1", link=LINK)

    index = json.loads(mirror.raw("1"))
    assert index["annotations"] == LINK
    for entry, original in zip(index["manifests"], json.loads(shelf.raw("1"))["manifests"], strict=True):
        manifest = json.loads(mirror.raw(entry["digest"]))
        assert manifest["annotations"] == LINK
        assert entry["platform"] == original["platform"]
        config = json.loads(mirror.everything(entry["digest"])[manifest["config"]["digest"]])
        assert config["config"] == {"Cmd": ["/none"], "Labels": LINK}
    assert copied.content is not None
    assert again.content is not None
    assert from_the_copy.content is not None
    assert (copied.content.changed, from_the_copy.content.changed) == (True, False)
    assert copied.content.digest == again.content.digest == from_the_copy.content.digest
    assert again.transferred is not None
    assert (again.transferred.blobs_sent, again.transferred.manifests_sent) == (0, 0)


def test_a_docker_image_has_its_link_as_a_label_alone(shelf: Shelf, mirror: Shelf) -> None:
    config = shelf.blob(b'{"os":"linux","architecture":"amd64","config":null}', DOCKER_CONFIG)
    image = shelf.manifest(
        {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": config,
            "layers": [shelf.blob(noise(100, 1), DOCKER_LAYER)],
        },
        platform={"os": "linux", "architecture": "amd64"},
    )
    shelf.manifest({"schemaVersion": 2, "mediaType": DOCKER_INDEX, "manifests": [image]}, "1")

    copy(
        opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1", link=LINK
    )

    index = json.loads(mirror.raw("1"))
    manifest = json.loads(mirror.raw(index["manifests"][0]["digest"]))
    assert (index["mediaType"], manifest["mediaType"]) == (DOCKER_INDEX, DOCKER_MANIFEST)
    assert "annotations" not in index
    assert "annotations" not in manifest
    labelled = mirror.everything("1")[manifest["config"]["digest"]]
    assert json.loads(labelled)["config"] == {"Labels": LINK}


def test_signatures_and_sboms_go_along_when_asked_for(shelf: Shelf, mirror: Shelf) -> None:
    image = shelf.image("linux/amd64", noise(100, 1), tag="1")
    subject = {name: image[name] for name in ("mediaType", "digest", "size")}
    sbom = shelf.manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": "application/spdx+json",
            "config": {**empty(), "digest": shelf.blob(b"{}")["digest"]},
            "layers": [shelf.blob(b'{"spdx": true}', "application/spdx+json")],
            "subject": subject,
            "annotations": {"made": "today"},
        }
    )
    fallback = f"sha256-{image['digest'].removeprefix('sha256:')}"
    shelf.index({**sbom, "artifactType": "application/spdx+json"}, tag=fallback)
    signature = shelf.image("linux/amd64", b"signed", tag=f"{fallback}.sig")
    names = f"{shelf.registry.address}/dev/base", f"{mirror.registry.address}/o/r"

    without = copy(opened(names[0]), opened(f"{mirror.registry.address}/o/without"), "1")
    copied = copy(opened(names[0]), opened(names[1]), "1", referrers=True)

    assert mirror.everything(sbom["digest"]) == shelf.everything(sbom["digest"])
    assert mirror.everything(f"{fallback}.sig") == shelf.everything(f"{fallback}.sig")
    assert mirror.digest(f"{fallback}.sig") == signature["digest"]
    assert json.loads(mirror.raw(fallback))["manifests"] == [
        {**sbom, "artifactType": "application/spdx+json", "annotations": {"made": "today"}}
    ]
    assert copied.content is not None
    assert copied.content.digest == image["digest"]
    assert without.content is not None
    assert len(without.content.manifests) == 1


def test_kinds_that_registries_hold_today_are_copied(shelf: Shelf, mirror: Shelf) -> None:
    shelf.blob(b"{}")
    inline = b'{"os": "linux"}'
    shelf.blob(inline)
    foreign = describe(
        b"windows",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        urls=["https://mcr.example/layer"],
    )
    # Real images have media types with parameters, and none at all.
    odd = [
        shelf.blob(b"text", "text/plain; charset=utf-8"),
        shelf.blob(b"untyped", ""),
    ]
    layers = [shelf.blob(noise(100, 1), ZSTD_LAYER), foreign, *odd]
    artifact = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/x",
        "config": empty(),
        "layers": [empty()],
    }
    # As the image specification has `data`: the content in base64.
    config = describe(inline, CONFIG, data="eyJvcyI6ICJsaW51eCJ9")
    image = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
    shelf.index(shelf.manifest(artifact), shelf.manifest(image), tag="1")

    copied = copy(opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1")

    assert mirror.everything("1") == shelf.everything("1")
    assert copied.content is not None
    assert copied.content.left_out == (
        f"layer {foreign['digest']}, because its publisher distributes it elsewhere",
    )
    fetched = [request.path for request in shelf.registry.requests if "/blobs/" in request.path]
    copied_layers = [layers[0], *odd]
    assert sorted(fetched) == sorted(f"/v2/dev/base/blobs/{layer['digest']}" for layer in copied_layers)


def test_progress_ends_at_all_blobs_and_bytes(shelf: Shelf, mirror: Shelf) -> None:
    three_platforms(shelf)
    source, target = opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r")
    content = read(source, "1")
    seen: list[TransferProgress] = []

    transfer(content, source, target, seen.append)

    assert seen[-1] == TransferProgress(7, 7, content.size, content.size)
    assert [one.bytes for one in seen] == sorted(one.bytes for one in seen)


def test_what_is_not_there_is_said(shelf: Shelf, target: Registry) -> None:
    shelf.image("linux/amd64", noise(10, 1), tag="1")
    source = opened(f"{shelf.registry.address}/dev/base")

    with pytest.raises(TransferError) as raised:
        read(source, "none")

    assert raised.value.cause is TransferCause.NOT_FOUND
    assert raised.value.says == "MANIFEST_UNKNOWN: manifest unknown"
    assert opened(f"{target.address}/o/r").resolve("1") is None


def test_no_tag_is_read_while_others_of_the_image_are_written(shelf: Shelf, mirror: Shelf) -> None:
    three_platforms(shelf)
    tags = [f"t{number}" for number in range(8)]
    copy(opened(f"{shelf.registry.address}/dev/base"), opened(f"{mirror.registry.address}/o/r"), "1", *tags)

    asked = [request for request in mirror.registry.requests if request.path.rpartition("/")[2] in tags]
    assert [request.method for request in asked] == ["HEAD"] * 16 + ["PUT"] * 8 + ["HEAD"] * 8
