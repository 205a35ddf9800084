"""What a run asks of the registries that the files of a stranger name."""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.registry.image.archives import packed
from tests.unit.registry.servers import MANIFEST, Answer, Request, basic_registry, serving

from crreg.discovery.found import FeatureRole, FoundImage, Source
from crreg.facts import gather, pulls
from crreg.facts.gather import Task
from crreg.facts.image import ImageFact
from crreg.facts.named_features import FurtherFeatures
from crreg.findings.finding import Effect, Severity
from crreg.findings.location import Location
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.image.descriptor import OCI_INDEX, OCI_MANIFEST, digest_of
from crreg.registry.outcome import PullOutcome, PullResult
from crreg.rules.catalog import judge


def test_a_stranger_can_not_have_a_registry_asked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "MOST_IMAGES", 3)

    def answer(request: Request) -> Answer:
        return Answer() if request.path == "/v2/" else MANIFEST

    allowed = frozenset({"127.0.0.1"})
    with serving(answer) as server, RegistryClient(allow_insecure=allowed) as registries:
        services = "".join(f"  s{number}: {{image: {server.address}/a{number}}}\n" for number in range(5))
        (tmp_path / "c.yml").write_text(f"services:\n{services}")
        (tmp_path / ".devcontainer.json").write_text('{"dockerComposeFile": "c.yml", "service": "s0"}')
        facts = gather.gather(
            Task(registries, Deadline.after(20), datetime(2026, 1, 2, tzinfo=UTC), workspace=tmp_path)
        )
    asked = {path for path in server.paths if path != "GET /v2/"}
    assert asked == {f"GET /v2/a{number}/manifests/latest" for number in range(3)}
    assert [image.pull and image.pull.outcome for image in facts.images] == [
        *[PullOutcome.PUBLIC] * 3,
        *[PullOutcome.UNREACHABLE] * 2,
    ]
    assert facts.images[4].pull == PullResult(
        PullOutcome.UNREACHABLE, "It was not checked: a run checks at most 3 images."
    )


def test_each_platform_of_an_image_is_a_question_of_its_own(tmp_path: Path) -> None:
    """Two services name one image, for two platforms; its index has one of them."""
    child = {
        "mediaType": OCI_MANIFEST,
        "digest": f"sha256:{'a' * 64}",
        "size": 2,
        "platform": {"os": "linux", "architecture": "arm64"},
    }
    raw = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child]}).encode()

    def answer(request: Request) -> Answer:
        return Answer() if request.path == "/v2/" else Answer(200, raw, {"Content-Type": OCI_INDEX})

    allowed = frozenset({"127.0.0.1"})
    with serving(answer) as server, RegistryClient(allow_insecure=allowed) as registries:
        (tmp_path / "c.yml").write_text(
            f"services:\n  a: {{image: {server.address}/a}}\n"
            f"  b: {{image: {server.address}/a, platform: linux/arm64}}\n"
            f"  c: {{image: {server.address}/a, platform: linux/x86_64}}\n"
        )
        (tmp_path / ".devcontainer.json").write_text('{"dockerComposeFile": "c.yml", "service": "a"}')
        task = Task(registries, Deadline.after(20), datetime(2026, 1, 2, tzinfo=UTC), workspace=tmp_path)
        facts = gather.gather(task)

    assert [(str(image.platform), image.pull and image.pull.outcome) for image in facts.images] == [
        ("linux/amd64", PullOutcome.NO_PLATFORM),
        ("linux/arm64", PullOutcome.PUBLIC),
        ("linux/amd64", PullOutcome.NO_PLATFORM),
    ]
    questions = {"GET /v2/": 1, "GET /v2/a/manifests/latest": 2, f"HEAD /v2/a/manifests/{child['digest']}": 1}
    assert {path: server.paths.count(path) for path in server.paths} == questions
    (missing,) = (finding for finding in judge(facts) if finding.rule == "image-not-found")
    assert "does not have it for linux/amd64, only for linux/arm64" in missing.message
    (foreign,) = (finding for finding in judge(facts) if finding.rule == "unsupported-configuration")
    assert (foreign.severity, foreign.effect) == (Severity.WARNING, Effect.UNPROVEN)
    assert "the service b is for linux/arm64" in foreign.message


def test_a_login_learns_how_many_images_follow(tmp_path: Path) -> None:
    """Two images are in the registry, and one is named twice, so the login opens one connection ahead."""
    told = threading.Event()
    registry = basic_registry("me", "pass", ("a/manifests/1", "b/manifests/1"))

    class Client(RegistryClient):
        def expect(self, registry: str, images: int) -> None:
            super().expect(registry, images)
            assert images == 2
            told.set()

    def answer(request: Request) -> Answer:
        assert told.wait(20)
        return registry(request)

    with serving(answer) as server, Client() as registries:
        (tmp_path / "Dockerfile").write_text(
            "FROM scratch\n" + "".join(f"COPY --from={server.address}/{name}:1 / /\n" for name in "aab")
        )
        (tmp_path / ".devcontainer.json").write_text('{"build": {"dockerfile": "Dockerfile"}}')
        parts = {"SERVER": server.address, "USER": "me", "PASSWORD": "pass"}
        values = {f"X_CONTAINER_REGISTRY_{part}": value for part, value in parts.items()}
        task = Task(
            registries, Deadline.after(20), datetime(2026, 1, 2, tzinfo=UTC), values, workspace=tmp_path
        )
        facts = gather.gather(task)
        assert {image.pull and image.pull.outcome for image in facts.images} == {PullOutcome.AVAILABLE}


def feature(**metadata: object) -> Answer:
    """The manifest of a feature with that metadata."""
    tree = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.devcontainers", "digest": f"sha256:{'0' * 64}", "size": 2},
        "layers": [],
        "annotations": {"dev.containers.metadata": json.dumps(metadata)},
    }
    return Answer(200, tree, {"Content-Type": OCI_MANIFEST})


def features_of(
    tmp_path: Path, features: dict[str, Answer], used: str, *, unknown: Sequence[str] = ()
) -> dict[str, PullOutcome]:
    """The outcomes for everything that a check asks a registry for; `used` is the feature in devcontainer.json.

    What the check can't know has these words, in this order.
    """
    registry = ""

    def answer(request: Request) -> Answer:
        if request.path == "/v2/":
            return Answer()
        found = features.get(request.path.removeprefix("/v2/f/g/").replace("/manifests/", ":"))
        if found is None:
            return Answer(404)
        if isinstance(found.body, bytes):
            return found
        return Answer(200, json.dumps(found.body).replace("REGISTRY", registry).encode(), found.headers)

    allowed = frozenset({"127.0.0.1"})
    with serving(answer) as server, RegistryClient(allow_insecure=allowed) as registries:
        registry = server.address
        config: dict[str, dict[str, object]] = {"features": {f"{registry}/f/g/{used}": {}}}
        (tmp_path / ".devcontainer.json").write_text(json.dumps(config))
        facts = gather.gather(
            Task(registries, Deadline.after(20), datetime(2026, 1, 2, tzinfo=UTC), workspace=tmp_path)
        )
    problems = facts.discovery.problems
    assert [problem.effect for problem in problems] == [Effect.UNPROVEN] * len(unknown)
    assert all(words in problem.message for words, problem in zip(unknown, problems, strict=True))
    assert {image.location.path for image in facts.images} == {".devcontainer.json"}
    assert len({image.text for image in facts.images}) == len(facts.images)
    assert {image.pull.metadata for image in facts.images if image.pull is not None} == {None}
    return {
        image.text.removeprefix(f"{registry}/f/g/"): image.pull.outcome
        for image in facts.images
        if image.pull is not None
    }


def test_a_codespace_needs_the_features_that_a_feature_names(tmp_path: Path) -> None:
    features = {
        "a:1": feature(
            dependsOn={"REGISTRY/f/g/b:2": {}, "REGISTRY/f/g/a:1": {}}, installsAfter=["REGISTRY/f/g/order"]
        ),
        "b:2": feature(dependsOn={"REGISTRY/f/g/a:1": {}, "REGISTRY/f/g/missing:1": {}}),
        "order:latest": feature(dependsOn={"REGISTRY/f/g/never-asked:1": {}}),
    }

    assert features_of(tmp_path, features, "a:1") == {
        "a:1": PullOutcome.PUBLIC,
        "b:2": PullOutcome.PUBLIC,
        "order": PullOutcome.PUBLIC,
        "missing:1": PullOutcome.NOT_FOUND,
    }


@pytest.mark.parametrize("needed", ["both", "c"])
def test_what_decides_the_order_is_followed_once_another_feature_needs_it(
    tmp_path: Path, needed: str
) -> None:
    features = {
        "a:1": feature(installsAfter=["REGISTRY/f/g/both:1"], dependsOn={"REGISTRY/f/g/b:1": {}}),
        "b:1": feature(dependsOn={f"REGISTRY/f/g/{needed}:1": {}}),
        "c:1": feature(dependsOn={"REGISTRY/f/g/both:1": {}}),
        "both:1": feature(dependsOn={"REGISTRY/f/g/missing:1": {}}),
    }

    found = features_of(tmp_path, features, "a:1")

    assert (found["both:1"], found["missing:1"]) == (PullOutcome.PUBLIC, PullOutcome.NOT_FOUND)


def test_a_long_chain_of_features_that_are_needed_late_is_followed() -> None:
    place = Location(".devcontainer.json", 1, 1, 1, 2)

    def served(number: int, role: FeatureRole) -> ImageFact:
        text = json.dumps({"dependsOn": {f"ghcr.io/f/g/{number + 1}:1": {}}})
        pull = PullResult(PullOutcome.PUBLIC, "", metadata=FeatureMetadata(text))
        found = FoundImage(f"ghcr.io/f/g/{number}:1", Source.FEATURE, place, role=role)
        return replace(ImageFact.of(found), pull=pull)

    further = FurtherFeatures()
    assert further.named_by([served(number, FeatureRole.AFTER) for number in range(1, 900)]) == ()
    [last] = further.named_by([served(0, FeatureRole.INSTALLED)])
    assert last.text == "ghcr.io/f/g/900:1"


@pytest.mark.parametrize(
    "metadata",
    [
        {"dependsOn": ["REGISTRY/f/g/b:1"], "installsAfter": {"REGISTRY/f/g/b:1": 1}},
        {
            "dependsOn": None,
            "installsAfter": [None, 1, "./local", "/absolute", "https://e.io/x"],
        },
    ],
)
def test_metadata_that_names_no_feature_adds_none(tmp_path: Path, metadata: dict[str, object]) -> None:
    assert features_of(tmp_path, {"a:1": feature(**metadata)}, "a:1") == {"a:1": PullOutcome.PUBLIC}


@pytest.mark.parametrize(
    ("annotation", "why"),
    [
        (None, "its manifest does not say so, and lists no archive"),
        ("{", 'its metadata is invalid JSON: expected "," or "}" before the end of the file'),
        ("1", "its metadata is not a JSON object"),
        ("[" * 200, "its metadata is invalid JSON: more than 100 levels"),
        (
            json.dumps({"dependsOn": {"x" * 2_000: {}}}),
            "it names more than 200, or one of more than 1000 characters",
        ),
    ],
)
def test_what_a_feature_names_is_unknown_unless_its_metadata_is_read(
    tmp_path: Path, annotation: str | None, why: str
) -> None:
    annotations = {} if annotation is None else {"dev.containers.metadata": annotation}
    tree = {**dict(feature().body), "annotations": annotations}
    answer = Answer(200, tree, {"Content-Type": OCI_MANIFEST})

    assert features_of(tmp_path, {"a:1": answer}, "a:1", unknown=[why]) == {"a:1": PullOutcome.PUBLIC}


def test_the_metadata_of_all_features_is_bounded() -> None:
    metadata = FeatureMetadata(json.dumps({"id": "x" * 250_000, "dependsOn": {"https://e.io/x.tgz": {}}}))
    pull = PullResult(PullOutcome.PUBLIC, "", metadata=metadata)
    place = Location(".devcontainer.json", 1, 1, 1, 2)
    images = [
        replace(ImageFact.of(FoundImage(f"ghcr.io/f/g/{number}", Source.FEATURE, place)), pull=pull)
        for number in range(100)
    ]
    further = FurtherFeatures()
    further.named_by(images)

    words = "the features before it have more metadata than crreg reads"
    unread = [problem for problem in further.problems if words in problem.message]
    assert len(unread) == 100 - 1024 * 1024 // len(metadata.text)


def test_the_features_that_an_archive_names_are_followed(tmp_path: Path) -> None:
    archive = packed(("./devcontainer-feature.json", b'{"dependsOn": {"https://e.io/x.tgz": {}, /* or */ }}'))
    layer = {"mediaType": "", "digest": digest_of(archive), "size": len(archive)}
    tree = {**dict(feature().body), "annotations": {}, "layers": [layer]}
    features = {
        "a:1": Answer(200, tree, {"Content-Type": OCI_MANIFEST}),
        f"a/blobs/{digest_of(archive)}": Answer(200, archive),
    }

    unknown = ["the feature https://e.io/x.tgz is downloaded from an address"]
    assert features_of(tmp_path, features, "a:1", unknown=unknown) == {"a:1": PullOutcome.PUBLIC}


def test_a_named_feature_that_no_registry_holds_is_not_proven(tmp_path: Path) -> None:
    features = {"a:1": feature(dependsOn={"https://e.io/x.tgz": {}})}

    assert features_of(tmp_path, features, "a:1", unknown=["downloaded from an address"]) == {
        "a:1": PullOutcome.PUBLIC
    }


def test_features_that_are_named_too_late_are_not_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "_MOST_ROUNDS", 1)
    features = {f"a:{number}": feature(dependsOn={f"REGISTRY/f/g/a:{number + 1}": {}}) for number in range(3)}

    assert features_of(tmp_path, features, "a:0") == {
        "a:0": PullOutcome.PUBLIC,
        "a:1": PullOutcome.PUBLIC,
        "a:2": PullOutcome.UNREACHABLE,
    }


def test_a_registry_can_not_have_features_asked_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "MOST_IMAGES", 3)
    features = {
        f"a:{number}": feature(dependsOn={f"REGISTRY/f/g/a:{number + 1}": {}}) for number in range(20)
    }

    found = features_of(tmp_path, features, "a:0")

    assert found == {
        **{f"a:{number}": PullOutcome.PUBLIC for number in range(3)},
        "a:3": PullOutcome.UNREACHABLE,
    }
