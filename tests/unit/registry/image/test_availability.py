"""Whether an engine could pull an image, asked of registries as they are found."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.registry.image.archives import packed
from tests.unit.registry.servers import Answer, Request, Server, basic, serving

from crreg.platform import LINUX_AMD64, Platform
from crreg.registry.client import RegistryClient
from crreg.registry.image.artifact import Artifact, FeatureMetadata, Use
from crreg.registry.image.descriptor import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    digest_of,
)
from crreg.registry.outcome import Lack, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

CONFIG_KINDS = {
    OCI_MANIFEST: "application/vnd.oci.image.config.v1+json",
    DOCKER_MANIFEST: "application/vnd.docker.container.image.v1+json",
}
GONE = Answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "unknown"}]})
Answering = Callable[[Request], Answer]


def single(
    architecture: str = "amd64", os: str = "linux", kind: str = OCI_MANIFEST
) -> tuple[bytes, dict[str, Answer]]:
    """A manifest, and the answers for it by path under the repository."""
    config = json.dumps({"architecture": architecture, "os": os, "rootfs": {}}).encode()
    entry = {"mediaType": CONFIG_KINDS[kind], "digest": digest_of(config), "size": len(config)}
    raw = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": entry, "layers": []}).encode()
    return raw, {
        f"manifests/{digest_of(raw)}": Answer(200, raw, {"Content-Type": kind}),
        f"blobs/{digest_of(config)}": Answer(200, config),
    }


def index(*platforms: str, kind: str = OCI_INDEX) -> tuple[dict[str, Answer], list[str]]:
    """The answers for an index with an image for each platform, and the images' digests."""
    answers: dict[str, Answer] = {}
    entries: list[dict[str, Any]] = []
    for platform in platforms:
        os, architecture = platform.split("/")
        raw, own = single(architecture, os)
        answers |= own
        entries.append(
            {
                "mediaType": OCI_MANIFEST,
                "digest": digest_of(raw),
                "size": len(raw),
                "platform": {"os": os, "architecture": architecture},
            }
        )
    root = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": entries}).encode()
    return answers | {"manifests/1": Answer(200, root, {"Content-Type": kind})}, [
        entry["digest"] for entry in entries
    ]


def registry(answers: dict[str, Answer], *, no_head: int = 0) -> Answering:
    def answer(request: Request) -> Answer:
        if request.path == "/v2/":
            return Answer()
        if no_head and request.method == "HEAD":
            return Answer(no_head)
        return answers.get(request.path.removeprefix("/v2/a/b/"), GONE)

    return answer


def pull(server: Server, triple: Triple | None = None, use: Use = LINUX_AMD64) -> PullResult:
    with RegistryClient() as client:
        reference = ImageReference.parse(f"{server.address}/a/b:1")
        return client.pull(reference, triple, named=True, use=use)


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_INDEX])
def test_an_index_costs_one_request_more_for_the_image_that_an_engine_takes(kind: str) -> None:
    answers, (_, amd64) = index("linux/arm64", "linux/amd64", kind=kind)
    with serving(registry(answers)) as server:
        result = pull(server)
        assert (result.outcome, result.requests) == (PullOutcome.PUBLIC, 3)
        assert server.paths == ["GET /v2/", "GET /v2/a/b/manifests/1", f"HEAD /v2/a/b/manifests/{amd64}"]


@pytest.mark.parametrize("kind", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_single_image_costs_one_request_more_for_its_platform(kind: str) -> None:
    raw, answers = single(kind=kind)
    with serving(registry(answers | {"manifests/1": Answer(200, raw, {"Content-Type": kind})})) as server:
        result = pull(server)
        assert (result.outcome, result.requests) == (PullOutcome.PUBLIC, 3)


def test_a_platform_that_is_missing_is_named_with_those_that_are_there() -> None:
    answers, _ = index("linux/arm64", "windows/amd64")
    with serving(registry(answers)) as server:
        result = pull(server)
        assert (result.outcome, result.lack) == (PullOutcome.NO_PLATFORM, Lack.PLATFORM)
        assert result.detail == (
            f"{server.address} does not have it for linux/amd64, only for linux/arm64, windows/amd64."
        )
        assert pull(server, use=Platform("linux", "arm64")).outcome is PullOutcome.PUBLIC


def test_a_single_image_for_another_machine_has_no_platform() -> None:
    raw, answers = single("arm64")
    answers["manifests/1"] = Answer(200, raw, {"Content-Type": OCI_MANIFEST})
    with serving(registry(answers)) as server:
        assert pull(server).outcome is PullOutcome.NO_PLATFORM
        assert pull(server, use=Platform("linux", "arm64")).outcome is PullOutcome.PUBLIC


def test_an_image_that_a_clean_up_job_deleted_from_its_index_is_not_found() -> None:
    answers, (amd64, _) = index("linux/amd64", "linux/arm64")
    del answers[f"manifests/{amd64}"]
    with serving(registry(answers)) as server:
        result = pull(server)
        assert (result.outcome, result.lack, result.codes) == (
            PullOutcome.NOT_FOUND,
            Lack.CHILD,
            ("MANIFEST_UNKNOWN",),
        )
        assert f"the image for linux/amd64 that the index lists ({amd64})" in result.detail


def wrapped(raw: bytes, kind: str) -> tuple[bytes, dict[str, Answer]]:
    """An index whose one entry names no platform, and the answers for it and for the entry."""
    entry = {"mediaType": kind, "digest": digest_of(raw), "size": len(raw)}
    root = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}).encode()
    own = {digest_of(raw): Answer(200, raw, {"Content-Type": kind})}
    return root, {
        f"manifests/{name}": answer
        for name, answer in {**own, "1": Answer(200, root, {"Content-Type": OCI_INDEX})}.items()
    }


@pytest.mark.parametrize(
    ("architecture", "outcome"), [("amd64", PullOutcome.PUBLIC), ("arm64", PullOutcome.NO_PLATFORM)]
)
def test_an_entry_without_a_platform_is_for_what_its_configuration_says(
    architecture: str, outcome: PullOutcome
) -> None:
    raw, answers = single(architecture)
    with serving(registry(answers | wrapped(raw, OCI_MANIFEST)[1])) as server:
        assert pull(server).outcome is outcome


@pytest.mark.parametrize(
    ("architecture", "outcome"), [("amd64", PullOutcome.PUBLIC), ("arm64", PullOutcome.NO_PLATFORM)]
)
@pytest.mark.parametrize("names_platform", [True, False])
def test_an_index_within_an_index_is_read(
    architecture: str, outcome: PullOutcome, *, names_platform: bool
) -> None:
    """An entry's platform says nothing of what the index that it names holds."""
    answers, _ = index(f"linux/{architecture}")
    inner = answers.pop("manifests/1").body
    root, outer = wrapped(inner, OCI_INDEX)
    if names_platform:
        tree = json.loads(root)
        tree["manifests"][0]["platform"] = {"os": "linux", "architecture": "amd64"}
        outer["manifests/1"] = Answer(200, json.dumps(tree).encode(), {"Content-Type": OCI_INDEX})
    with serving(registry(answers | outer)) as server:
        assert pull(server).outcome is outcome
    with serving(registry({"manifests/1": outer["manifests/1"]})) as server:
        assert pull(server).lack is Lack.CHILD


def test_indexes_are_not_read_without_end() -> None:
    raw, answers = single()
    kind = OCI_MANIFEST
    for _ in range(20):
        raw, more = wrapped(raw, kind)
        answers |= more
        kind = OCI_INDEX
    with serving(registry(answers)) as server:
        assert pull(server).outcome is PullOutcome.NOT_A_REGISTRY
        assert len(server.requests) < 10


def test_an_image_without_its_configuration_is_not_found() -> None:
    raw, _ = single()
    with serving(registry({"manifests/1": Answer(200, raw, {"Content-Type": OCI_MANIFEST})})) as server:
        result = pull(server)
        assert (result.outcome, result.lack) == (PullOutcome.NOT_FOUND, Lack.CHILD)


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
    ],
)
def test_schema_1_has_its_own_words(kind: str) -> None:
    answer = Answer(200, {"schemaVersion": 1, "fsLayers": []}, {"Content-Type": kind})
    with serving(registry({"manifests/1": answer})) as server:
        result = pull(server)
        assert (result.outcome, result.lack) == (PullOutcome.NOT_FOUND, Lack.FORMAT)
        assert "schema 1" in result.detail


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 501])
def test_where_head_is_refused_the_image_of_an_index_is_got(status: int) -> None:
    answers, (amd64,) = index("linux/amd64")
    with serving(registry(answers, no_head=status)) as server:
        assert pull(server).outcome is PullOutcome.PUBLIC
        assert server.paths[-1] == f"GET /v2/a/b/manifests/{amd64}"


def behind_basic(answers: dict[str, Answer], *, ping: bool) -> Answering:
    """A registry whose repositories want Basic; `ping` is whether `/v2/` wants it, too."""
    challenge = {"WWW-Authenticate": 'Basic realm="r"'}

    def answer(request: Request) -> Answer:
        allowed = request.authorization == basic("me", "pass")
        if not allowed and (ping or request.path != "/v2/"):
            return Answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "no"}]}, challenge)
        return registry(answers)(request)

    return answer


def test_repositories_that_want_a_login_behind_an_open_ping_get_it() -> None:
    answers, _ = index("linux/amd64")
    with serving(behind_basic(answers, ping=False)) as server:
        good = pull(server, Triple("X", server.address, "me", "pass"))
        bad = pull(server, Triple("X", server.address, "me", "wrong"))
    assert good.outcome is PullOutcome.AVAILABLE
    assert (bad.outcome, bad.codes) == (PullOutcome.DENIED, ("UNAUTHORIZED",))
    assert "The user may not pull it" in bad.detail
    asked = [request.authorization for request in server.requests if request.path.endswith("/1")]
    assert asked == [None, basic("me", "pass"), None, basic("me", "wrong")]


def test_public_images_behind_a_ping_that_wants_basic_are_public() -> None:
    answers, _ = index("linux/amd64")

    def answer(request: Request) -> Answer:
        inner = registry(answers) if request.path != "/v2/" else behind_basic(answers, ping=True)
        return inner(request)

    with serving(answer) as server:
        assert pull(server).outcome is PullOutcome.PUBLIC


def test_repositories_that_want_a_token_behind_an_open_ping_get_it() -> None:
    answers, _ = index("linux/amd64")
    url: list[str] = []

    def answer(request: Request) -> Answer:
        if request.path == "/token":
            allowed = request.authorization == basic("me", "pass")
            return Answer(200, {"token": "T"}) if allowed else Answer(401)
        if request.path != "/v2/" and request.authorization != "Bearer T":
            return Answer(401, {}, {"WWW-Authenticate": f'Bearer realm="{url[0]}/token",service="s"'})
        return registry(answers)(request)

    with serving(answer) as server:
        url.append(server.url)
        assert pull(server, Triple("X", server.address, "me", "pass")).outcome is PullOutcome.AVAILABLE
        assert pull(server).outcome is PullOutcome.DENIED


def test_where_a_token_is_refused_and_a_password_offered_the_password_is_shown() -> None:
    answers, _ = index("linux/amd64")
    url: list[str] = []

    def answer(request: Request) -> Answer:
        if request.path == "/token":
            return Answer(200, {"token": "T"})
        if request.authorization != basic("me", "pass"):
            bearer = f'Bearer realm="{url[0]}/token",service="s"'
            return Answer(401, {}, {"WWW-Authenticate": bearer, "Www-Authenticate": 'Basic realm="r"'})
        return Answer() if request.path == "/v2/" else registry(answers)(request)

    with serving(answer) as server:
        url.append(server.url)
        assert pull(server, Triple("X", server.address, "me", "pass")).outcome is PullOutcome.AVAILABLE
        assert pull(server).outcome is PullOutcome.DENIED


def test_a_password_goes_to_no_host_that_a_repository_redirects_to() -> None:
    challenge = {"WWW-Authenticate": 'Basic realm="r"'}
    with serving(lambda _: Answer(401, {}, challenge)) as other:

        def answer(request: Request) -> Answer:
            if request.path == "/v2/":
                return Answer()
            return Answer(307, {}, {"Location": f"{other.url}{request.path}"})

        with serving(answer) as server:
            result = pull(server, Triple("X", server.address, "me", "pass"))
        assert result.outcome is PullOutcome.DENIED
        assert {request.authorization for request in (*server.requests, *other.requests)} == {None}


def test_a_refusal_says_why() -> None:
    body = {"errors": [{"code": "DENIED", "message": "The token provided does not match expected scopes."}]}
    with serving(registry({"manifests/1": Answer(403, body)})) as server:
        result = pull(server)
    assert (result.outcome, result.codes, result.fault) == (PullOutcome.DENIED, ("DENIED",), None)
    assert "does not match expected scopes" in result.detail


def test_a_rate_limit_says_why() -> None:
    body = {"errors": [{"code": "TOOMANYREQUESTS", "message": "You have reached your pull rate limit."}]}
    limited = Answer(429, body, {"Retry-After": "21600"})
    with serving(registry({"manifests/1": limited})) as server:
        result = pull(server)
    assert (result.outcome, result.requests, result.codes) == (
        PullOutcome.RATE_LIMITED,
        2,
        ("TOOMANYREQUESTS",),
    )
    assert "pull rate limit" in result.detail


def of_kind(kind: str, configuration: bytes = b"{}") -> bytes:
    """A manifest whose configuration has that media type."""
    entry = {"mediaType": kind, "digest": digest_of(configuration), "size": len(configuration)}
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": entry, "layers": []}).encode()


FEATURE, CHART, CACHE = (
    "application/vnd.devcontainers",
    "application/vnd.cncf.helm.config.v1+json",
    "application/vnd.buildkit.cacheconfig.v0",
)


@pytest.mark.parametrize(
    ("kind", "use", "wanted"),
    [
        (CHART, LINUX_AMD64, "image"),
        (FEATURE, LINUX_AMD64, "image"),
        (CHART, Artifact.FEATURE, "feature"),
        (CONFIG_KINDS[OCI_MANIFEST], Artifact.FEATURE, "feature"),
        (FEATURE, Artifact.FEATURE, ""),
        (CACHE, Artifact.CACHE, ""),
        ("application/octet-stream", LINUX_AMD64, ""),
    ],
)
def test_what_has_the_name_of_an_image_may_be_something_else(kind: str, use: Use, wanted: str) -> None:
    answer = Answer(200, of_kind(kind), {"Content-Type": OCI_MANIFEST})
    with serving(registry({"manifests/1": answer})) as server:
        result = pull(server, use=use)

    assert result.outcome is (PullOutcome.NOT_FOUND if wanted else PullOutcome.PUBLIC)
    if wanted:
        detail = f"{server.address} has something else by that name, which is no {wanted} ({kind})."
        assert (result.detail, result.lack) == (detail, Lack.KIND)


def test_an_index_is_no_feature_but_may_be_a_cache() -> None:
    layers = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": digest_of(b"l"),
                "size": 1,
            },
            {"mediaType": CACHE, "digest": digest_of(b"{}"), "size": 2},
        ],
    }
    with serving(registry({"manifests/1": Answer(200, layers, {"Content-Type": OCI_INDEX})})) as server:
        assert pull(server, use=Artifact.CACHE).outcome is PullOutcome.PUBLIC
        assert pull(server, use=Artifact.FEATURE).lack is Lack.KIND


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"{}", b'"image"', json.dumps({"schemaVersion": 2, "layers": []}).encode()],
)
@pytest.mark.parametrize("use", [LINUX_AMD64, *Artifact])
def test_a_manifest_that_docker_can_t_read_proves_nothing(body: bytes, use: Use) -> None:
    with serving(registry({"manifests/1": Answer(200, body, {"Content-Type": OCI_MANIFEST})})) as server:
        result = pull(server, use=use)

    detail = f"{server.address} returned something that docker can't read as a manifest."
    assert (result.outcome, result.detail) == (PullOutcome.NOT_A_REGISTRY, detail)


@pytest.mark.parametrize("use", [LINUX_AMD64, Artifact.FEATURE])
def test_a_manifest_must_have_the_digest_that_it_was_asked_by(use: Use) -> None:
    asked = digest_of(b"another")
    answer = Answer(200, of_kind(FEATURE), {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": asked})
    with serving(registry({f"manifests/{asked}": answer})) as server, RegistryClient() as client:
        reference = ImageReference.parse(f"{server.address}/a/b@{asked}")
        result = client.pull(reference, None, named=True, use=use)

    detail = f"{server.address} returned something other than {asked}."
    assert (result.outcome, result.detail) == (PullOutcome.NOT_A_REGISTRY, detail)


def test_an_entry_that_is_read_must_have_the_digest_that_the_index_lists() -> None:
    root, answers = wrapped(single()[0], OCI_INDEX)
    answers = {path: replace(answer, body=b"{}") for path, answer in answers.items()}
    answers["manifests/1"] = Answer(200, root, {"Content-Type": OCI_INDEX})
    with serving(registry(answers)) as server:
        assert pull(server).outcome is PullOutcome.NOT_A_REGISTRY


def test_a_sign_in_page_in_place_of_the_configuration_proves_nothing() -> None:
    raw, answers = single()
    blob = next(path for path in answers if path.startswith("blobs/"))
    answers |= {"manifests/1": Answer(200, raw, {"Content-Type": OCI_MANIFEST}), blob: Answer(200, b"<html>")}
    with serving(registry(answers)) as server:
        result = pull(server)

    assert result.outcome is PullOutcome.NOT_A_REGISTRY
    assert "something else for its configuration" in result.detail


def feature(archive: bytes, metadata: str = "") -> dict[str, Answer]:
    """The answers for a feature whose only layer is that archive."""
    tree = json.loads(of_kind(FEATURE))
    tree["layers"] = [{"mediaType": "", "digest": digest_of(archive), "size": len(archive)}]
    tree["annotations"] = {"dev.containers.metadata": metadata} if metadata else {}
    return {
        "manifests/1": Answer(200, json.dumps(tree).encode(), {"Content-Type": OCI_MANIFEST}),
        f"blobs/{digest_of(archive)}": Answer(200, archive),
    }


ARCHIVE = packed(("./devcontainer-feature.json", b'{"id": "a"}'))
BLOB = f"blobs/{digest_of(ARCHIVE)}"


def test_the_archive_of_a_feature_is_asked_for_only_if_its_manifest_has_no_metadata() -> None:
    metadata = FeatureMetadata('{"id": "a"}')
    with serving(registry(feature(ARCHIVE, metadata.text))) as server:
        assert pull(server, use=Artifact.FEATURE).metadata == metadata
        assert server.paths == ["GET /v2/", "GET /v2/a/b/manifests/1"]
    with serving(registry(feature(ARCHIVE))) as server:
        result = pull(server, use=Artifact.FEATURE)
        assert (result.outcome, result.metadata) == (PullOutcome.PUBLIC, metadata)
        assert server.paths == ["GET /v2/", "GET /v2/a/b/manifests/1", f"GET /v2/a/b/{BLOB}"]


def test_the_archive_of_a_feature_is_read_with_its_login() -> None:
    with serving(behind_basic(feature(ARCHIVE), ping=True)) as server:
        triple = Triple("X", server.address, "me", "pass")
        assert pull(server, triple, Artifact.FEATURE).metadata == FeatureMetadata('{"id": "a"}')
        assert [one.authorization for one in server.requests if "/blobs/" in one.path] == [
            basic("me", "pass")
        ]


def test_a_feature_without_its_archive_is_not_found() -> None:
    with serving(registry(feature(ARCHIVE) | {BLOB: Answer(404)})) as server:
        result = pull(server, use=Artifact.FEATURE)

    assert (result.outcome, result.lack, result.metadata) == (PullOutcome.NOT_FOUND, Lack.CHILD, None)
    assert "but not the archive that the manifest lists" in result.detail


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, b"<html>"), PullOutcome.NOT_A_REGISTRY),
        (Answer(200, packed(("a", b""))), PullOutcome.NOT_A_REGISTRY),
        (Answer(403), PullOutcome.SERVER_ERROR),
    ],
)
def test_an_archive_that_is_not_served_proves_nothing(answer: Answer, outcome: PullOutcome) -> None:
    with serving(registry(feature(ARCHIVE) | {BLOB: answer})) as server:
        result = pull(server, use=Artifact.FEATURE)

    assert (result.outcome, result.metadata) == (outcome, None)
