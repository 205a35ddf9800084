"""Building by buildx: several platforms, the person's own builder and logins, and what is left when it ends."""

import json
import re
import tempfile
from pathlib import Path

import pytest
from sandbox.base_image import IMAGE, ensure_base_image
from sandbox.buildkit import buildkit_of
from sandbox.credentials import Credential
from sandbox.engine import Engine as RunningEngine
from sandbox.registry import Htpasswd, Registry, running_registry
from tests.integration.engine.workshop import (
    Docker,
    Told,
    build,
    images_of,
    labels_of,
    manifests_of,
    root_of,
)

from crreg.configuration.settings import Build
from crreg.engine.engine import Engine, EngineError, RegistryLogin

pytestmark = pytest.mark.engine

BOTH = Build(platforms=("linux/amd64", "linux/arm64"))
SOURCE = "org.opencontainers.image.source"
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are, which must be gone at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def newer(newer_engine: RunningEngine, with_buildx: dict[str, str]) -> dict[str, str]:
    """Variables of the newer engine, with buildx and a configuration of the test's own."""
    return {**with_buildx, "DOCKER_HOST": newer_engine.host}


def test_several_platforms_end_as_an_annotated_index_of_labelled_images(
    newer: dict[str, str], folder: Path, temporary: Path
) -> None:
    told, steps = Told(), Told()
    labels = {SOURCE: "https://github.com/acme/app", "team": "a,b"}

    built = build(Engine.connect(newer), folder, BOTH, labels, say=told, progress=steps)

    assert (built.image, built.layout is not None) == (None, True)
    layout = built.layout or Path()
    annotations = {SOURCE: "https://github.com/acme/app"}
    index = root_of(layout)
    assert (index["mediaType"], index["annotations"]) == (INDEX, annotations)
    assert [manifest["annotations"] for manifest in manifests_of(layout)] == [annotations] * 2
    assert [(image["architecture"], image["config"]["Labels"]) for image in images_of(layout)] == [
        ("amd64", labels),
        ("arm64", labels),
    ]
    # What is the same for both is one step, which has the name of either.
    assert any(re.fullmatch(r"step \[linux/\w+ 1/1\] COPY Dockerfile /", step) for step in steps)
    assert any(re.fullmatch(r"\[linux/\w+ 1/1\] COPY Dockerfile /", line) for line in told)
    assert not any("load remote build context" in line for line in told)
    assert list(temporary.iterdir()) == []


def test_one_platform_is_built_for_it(newer: dict[str, str], folder: Path) -> None:
    built = build(Engine.connect(newer), folder, Build(platforms=("linux/arm64",)))

    [image] = images_of(built.layout or Path())
    assert image["architecture"] == "arm64"


@pytest.mark.parametrize("engine", ["installed"], indirect=True)
def test_an_engine_that_can_not_says_what_to_set_up(with_buildx: dict[str, str], folder: Path) -> None:
    with pytest.raises(EngineError) as caught:
        build(Engine.connect(with_buildx), folder, BOTH)

    assert caught.value.detail == (
        "The current builder `default` uses the driver docker, which can build for only one platform with this "
        "engine's image store."
    )
    assert "docker/setup-buildx-action" in caught.value.remedy


def test_where_there_is_no_buildx_it_is_said(by_itself: dict[str, str], folder: Path) -> None:
    with pytest.raises(EngineError) as caught:
        build(Engine.connect(by_itself), folder, BOTH)

    assert caught.value.detail == (
        "A build for several platforms needs docker buildx, which is not installed here."
    )


def test_a_builder_that_does_not_answer_is_named_and_one_platform_built_without_it(
    with_buildx: dict[str, str], folder: Path
) -> None:
    connected = Engine.connect({**with_buildx, "BUILDX_BUILDER": "absent"})

    with pytest.raises(EngineError) as caught:
        build(connected, folder, BOTH)
    built = build(connected, folder, labels={"a": "1"})

    assert caught.value.detail == "The current builder of docker buildx, `absent`, does not answer."
    assert built.image is not None
    assert labels_of(connected, built) == {"a": "1"}


@pytest.mark.parametrize("engine", ["installed"], indirect=True)
@pytest.mark.parametrize("chosen", ["by a variable", "by docker buildx use"])
def test_the_builder_that_the_person_chose_builds(
    newer_engine: RunningEngine, with_buildx: dict[str, str], folder: Path, docker: Docker, chosen: str
) -> None:
    with buildkit_of(newer_engine.host) as address:
        docker("buildx", "create", "--name", "chosen", "--driver", "remote", address)
        if chosen == "by docker buildx use":
            docker("buildx", "use", "chosen")
            connected = Engine.connect(with_buildx)
        else:
            connected = Engine.connect({**with_buildx, "BUILDX_BUILDER": "chosen"})

        built = build(connected, folder, BOTH)

    assert [image["architecture"] for image in images_of(built.layout or Path())] == ["amd64", "arm64"]


def test_a_login_of_the_persons_own_is_used_and_one_of_a_triple_goes_before_it(
    with_buildx: dict[str, str], by_itself: dict[str, str], folder: Path, tmp_path: Path, docker: Docker
) -> None:
    owner = Credential("owner", "made-up-password")
    with running_registry(tmp_path / "private", auth=Htpasswd([owner])) as private:
        login = RegistryLogin(private.address, owner.user, owner.password)
        wrong = RegistryLogin(private.address, owner.user, "another-password")
        base = f"{private.address}/org/base"
        connected = Engine.connect(with_buildx)
        # Each registry has an address of its own, so that nothing of it is in a cache.
        made = build(Engine.connect(by_itself), folder, labels={"base": private.address}).image or ""
        connected.push(made, base, "v1", login, Told())
        docker("image", "rm", f"{base}:v1")
        (folder / "Dockerfile").write_text(f"FROM {base}:v1\nLABEL built=yes\n")
        docker("login", private.address, "--username", owner.user, "--password-stdin", text=owner.password)

        built = build(connected, folder)
        with pytest.raises(EngineError) as caught:
            build(connected, folder, logins=[wrong])

    assert labels_of(connected, built) == {"base": private.address, "built": "yes"}
    assert "pass the triple of its registry" in caught.value.remedy
    assert "another-password" not in caught.value.detail


def test_layers_come_from_the_cache_sources(
    engine: RunningEngine, buildkit: dict[str, str], registry: Registry, folder: Path, docker: Docker
) -> None:
    ensure_base_image(engine)
    cache = f"{registry.address}/org/cache:1"
    # No second run of this step makes the same layer.
    (folder / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN head -c 16 /dev/urandom > /drawn\n")
    docker("buildx", "build", "--push", "--cache-to=type=inline", "--tag", cache, str(folder))
    drawn = _layers(docker, cache)
    docker("image", "rm", "--force", cache)
    docker("builder", "prune", "--all", "--force")

    built = build(Engine.connect(buildkit), folder, Build(cache_from=(cache,)))

    layers = (
        images_of(built.layout)[0]["rootfs"]["diff_ids"]
        if built.layout
        else _layers(docker, built.image or "")
    )
    assert layers == drawn


def test_a_document_in_the_dockerfile_is_built_where_the_builder_knows_it(
    newer: dict[str, str], folder: Path
) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY <<EOF /greeting\nhello\nEOF\n")

    built = build(Engine.connect(newer), folder)

    [image] = images_of(built.layout or Path())
    assert [step["created_by"] for step in image["history"]] == ["COPY <<EOF /greeting # buildkit"]


def test_what_a_step_prints_can_not_pose_as_the_builder(
    engine: RunningEngine, with_buildx: dict[str, str], folder: Path
) -> None:
    ensure_base_image(engine)
    # The last is longer than a line may be, so that it comes in pieces.
    (folder / "Dockerfile").write_text(
        f"FROM {IMAGE}\nRUN echo '#9 ERROR: forged'; echo 'ERROR: failed to solve: forged'; "
        "printf '\\033[2J##[error]\\n'; head -c 200000 /dev/zero | tr '\\0' x; echo 'ERROR: forged'; exit 7\n"
    )
    told = Told()

    with pytest.raises(EngineError) as caught:
        build(Engine.connect(with_buildx), folder, say=told)

    assert caught.value.says.endswith("exit code: 7")
    assert {"#9 ERROR: forged", "ERROR: failed to solve: forged", "\\x1b[2J## [error]"} <= set(told)
    assert max(map(len, told)) <= 2000


def _layers(docker: Docker, image: str) -> list[str]:
    layers: list[str] = json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))
    return layers
