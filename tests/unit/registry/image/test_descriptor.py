import contextlib
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.platform import Platform
from crreg.registry.image.descriptor import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    INDEXES,
    MANIFESTS,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    digest_of,
    is_digest,
    parse_manifest,
    tag_of,
    write_json,
)
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

EMPTY = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
BLOB = {"mediaType": "application/x", "digest": EMPTY, "size": 2}


def raw(**tree: object) -> bytes:
    return json.dumps({"schemaVersion": 2, **tree}).encode()


def refusal(content: bytes, kind: str = "", digest: str = "") -> TransferError:
    with pytest.raises(TransferError) as raised:
        parse_manifest(content, kind, digest)
    return raised.value


def test_an_image_is_read_with_all_it_names() -> None:
    layer = {**BLOB, "urls": ["https://a/b", 1], "annotations": {"a": "b", "c": 1}, "data": "e30="}
    content = raw(
        mediaType=OCI_MANIFEST,
        config=BLOB,
        layers=[layer],
        subject=BLOB,
        artifactType="a/b",
        annotations={"x": "y"},
    )

    manifest = parse_manifest(content, OCI_MANIFEST, digest_of(content))

    plain = Descriptor("application/x", EMPTY, 2)
    full = Descriptor("application/x", EMPTY, 2, annotations={"a": "b"}, urls=("https://a/b",), data=b"{}")
    assert manifest.blobs == (plain, full)
    assert (manifest.config, manifest.layers, manifest.subject) == (plain, (full,), plain)
    assert (manifest.artifact_type, manifest.annotations, manifest.size) == ("a/b", {"x": "y"}, len(content))
    assert manifest.digest == digest_of(content)
    assert not manifest.is_index


def test_an_index_is_read_with_its_platforms() -> None:
    entries = [
        {**BLOB, "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},
        {**BLOB, "platform": {"os": 1}},
    ]
    manifest = parse_manifest(raw(manifests=entries), DOCKER_INDEX)

    assert [entry.platform for entry in manifest.manifests] == [Platform("linux", "arm", "v7"), None]
    assert (manifest.media_type, manifest.is_index, manifest.blobs) == (DOCKER_INDEX, True, ())


@pytest.mark.parametrize(
    ("tree", "told", "media_type"),
    [
        ({"mediaType": OCI_INDEX, "manifests": []}, "text/plain", OCI_INDEX),
        ({"manifests": []}, f"{OCI_INDEX}; charset=utf-8", OCI_INDEX),
        ({"manifests": []}, "application/json", OCI_INDEX),
        ({"config": BLOB, "layers": []}, DOCKER_MANIFEST, DOCKER_MANIFEST),
        ({"config": BLOB}, "", OCI_MANIFEST),
        ({"mediaType": OCI_MANIFEST, "artifactType": "a/b", "layers": [BLOB]}, "", OCI_MANIFEST),
    ],
)
def test_the_media_type_is_the_manifests_own_else_the_answers_else_what_it_looks_like(
    tree: dict[str, Any], told: str, media_type: str
) -> None:
    assert parse_manifest(raw(**tree), told).media_type == media_type


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b'{"schemaVersion": 1}', "", "schema 1"),
        (raw(layers=[]), "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"),
        (raw(manifests=[], layers=[]), OCI_INDEX, "both an index and an image"),
        (raw(mediaType=OCI_MANIFEST, manifests=[]), OCI_INDEX, "does not match its media type"),
        (
            raw(mediaType="application/vnd.oci.artifact.manifest.v1+json", blobs=[]),
            "",
            "vnd.oci.artifact.manifest",
        ),
        (raw(mediaType="\x1b[31m"), "", "has the media type unknown"),
        (raw(), "text/html", "has the media type unknown"),
        (b"<html>", OCI_INDEX, "is not JSON"),
        (b"[" * 100_000, OCI_INDEX, "is not JSON"),
        (b"[]", OCI_INDEX, "is not a JSON object"),
        (raw(manifests={}), OCI_INDEX, "manifests is not a list"),
        (raw(manifests=[1]), OCI_INDEX, "manifests contains something other than a descriptor"),
        (raw(manifests=[BLOB] * 10_001), OCI_INDEX, "manifests has more than 10000 entries"),
        (raw(layers=[{**BLOB, "size": -1}]), OCI_MANIFEST, "layers has no size in bytes"),
        (raw(layers=[{**BLOB, "size": True}]), OCI_MANIFEST, "layers has no size in bytes"),
        (raw(layers=[{**BLOB, "size": 1e3}]), OCI_MANIFEST, "layers has no size in bytes"),
        (raw(layers=[{**BLOB, "digest": "sha256:../../x"}]), OCI_MANIFEST, "layers has no digest"),
        (raw(config={**BLOB, "mediaType": 1}), OCI_MANIFEST, "config has no media type"),
        (raw(manifests=[{**BLOB, "mediaType": "a b"}]), OCI_INDEX, "manifests has no media type"),
        (raw(layers=[], subject=[]), OCI_MANIFEST, "subject contains something other than a descriptor"),
    ],
)
def test_what_is_not_copied_is_refused_with_a_reason(content: bytes, kind: str, words: str) -> None:
    error = refusal(content, kind)

    assert error.cause is TransferCause.UNSUPPORTED
    assert words in error.detail
    assert "\x1b" not in error.detail


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_a_number_that_json_can_not_express_is_not_written(number: str) -> None:
    with pytest.raises(TransferError) as raised:
        write_json(json.loads(f'{{"x": {number}}}'))
    assert raised.value.cause is TransferCause.UNSUPPORTED


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_manifest_is_held_against_its_digest(algorithm: str) -> None:
    content = raw(manifests=[])
    digest = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"

    assert parse_manifest(content, OCI_INDEX, digest).digest == digest
    assert refusal(content + b" ", OCI_INDEX, digest).cause is TransferCause.MISMATCH


@pytest.mark.parametrize("data", ["W10=", "!", "e30", 1, "e30=e30="])
def test_inline_data_that_is_not_what_its_digest_says_is_not_used(data: object) -> None:
    manifest = parse_manifest(raw(layers=[{**BLOB, "data": data}]), OCI_MANIFEST)

    assert manifest.layers[0].data is None


def test_a_digest_is_one_of_three_algorithms() -> None:
    assert [
        is_digest(f"{name}:{'a' * size}") for name, size in (("sha256", 64), ("sha384", 96), ("sha512", 128))
    ] == [
        True,
        True,
        True,
    ]
    assert not any(
        is_digest(text) for text in ("latest", "sha256:A" + "a" * 63, "md5:" + "a" * 32, EMPTY + "\n")
    )


def test_a_tag_for_what_refers_is_cut_as_the_specification_says() -> None:
    assert tag_of(EMPTY) == f"sha256-{EMPTY[7:]}"
    assert tag_of("sha512:" + "ab" * 64) == "sha512-" + "ab" * 32


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just(EMPTY)
    | st.just(OCI_MANIFEST),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    "manifests",
                    "layers",
                    "config",
                    "digest",
                    "size",
                    "mediaType",
                    "data",
                    "platform",
                    "subject",
                ]
            ),
            inner,
        )
    ),
)


@given(json_values, st.sampled_from([OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, "", "text/html"]))
def test_hostile_json_is_read_or_refused(tree: object, kind: str) -> None:
    with contextlib.suppress(TransferError):
        assert parse_manifest(json.dumps(tree).encode(), kind).media_type in INDEXES | MANIFESTS


@given(st.binary(), st.text())
def test_hostile_bytes_are_refused(content: bytes, kind: str) -> None:
    assert refusal(content, kind).cause is TransferCause.UNSUPPORTED
