"""`crreg publish` of what an engine builds or has."""

from pathlib import Path

import pytest
from sandbox.aws import ECR_HOST
from sandbox.codespace import Codespaces, Start
from sandbox.engine import Engine
from tests.integration.publish.scene import IMAGE, Scene

pytestmark = pytest.mark.engine

SOURCE = "org.opencontainers.image.source"
COMMIT = "1234567890abcdef1234567890abcdef12345678"
DOCKERFILE = (
    'FROM scratch AS other\nFROM scratch AS dev\nARG VERSION=0\nLABEL of="$VERSION"\nCOPY hello /hello\n'
)


@pytest.fixture(scope="module", params=["installed", "newer"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """What is installed, and a newer one with containerd's image store; both build by themselves."""
    engine = request.getfixturevalue("newer_engine" if request.param == "newer" else "world_engine")
    assert isinstance(engine, Engine)
    return engine


@pytest.fixture
def scene(scene: Scene, engine: Engine) -> Scene:
    scene.variables["DOCKER_HOST"] = engine.host
    (scene.folder / "app").mkdir()
    (scene.folder / "app" / "Dockerfile").write_text(DOCKERFILE)
    (scene.folder / "app" / "hello").write_text("hello")
    return scene


@pytest.fixture
def codespaces(scene: Scene, world_engine: Engine) -> Codespaces:
    """On the installed engine, which keeps no connection to the GHCR of the test before."""
    return Codespaces(scene.github, world_engine, scene.world.aws.url, ghcr=True)


def test_what_is_built_is_labelled_tagged_and_pulled_by_a_codespace(
    scene: Scene, codespaces: Codespaces
) -> None:
    ended = scene.publish(
        *("--build", "app", "--target", "dev", "--build-arg", "VERSION=7"),
        *("--to", f"{IMAGE}:1.4", "--tag", "latest"),
        GITHUB_SHA=COMMIT,
    )
    assert ended.code == 0, ended.output + ended.errors
    [image] = ended.document["images"]
    assert (image["outcome"], image["linked"]) == ("published", "yes")
    assert image["digest"] == scene.manifest("1.4")[0] == scene.manifest("latest")[0]
    labels = scene.config("1.4")["config"]["Labels"]
    created = labels.pop("org.opencontainers.image.created")
    assert (len(created), created[-1]) == (20, "Z")
    assert labels == {
        "of": "7",
        SOURCE: "https://github.com/acme/app",
        "org.opencontainers.image.revision": COMMIT,
        "org.opencontainers.image.version": "1.4",
    }
    assert codespaces.start(f"{IMAGE}:1.4", repository="acme/app", person="hubot") == Start(started=True)


def test_a_builds_output_goes_to_standard_error(scene: Scene) -> None:
    (scene.folder / "app" / "hello").write_text("never built before")
    ended = scene.publish("--build", "app", "--to", IMAGE, form="text")
    assert ended.code == 0, ended.output + ended.errors
    assert "COPY hello" in ended.errors
    assert "Healthy: 1 image, 1 published." in ended.output


def test_a_build_that_fails_publishes_nothing_of_any_target(scene: Scene) -> None:
    scene.put()
    (scene.folder / "app" / "Dockerfile").write_text("FROM scratch\nCOPY missing /\n")
    scene.configure(
        {"image": "ghcr.io/acme/copied", "copy": scene.base},
        {"image": IMAGE, "build": "app"},
    )
    ended = scene.publish("--allow-insecure", scene.source.address)
    assert (ended.code, [image["outcome"] for image in ended.document["images"]]) == (
        1,
        ["skipped", "failed"],
    )
    [finding] = ended.document["findings"]
    assert (finding["rule"], finding["location"]["line"]) == ("build-failed", 1)
    assert "missing" in finding["message"]
    assert scene.github.packages.get("acme", "copied") is None


def test_a_token_that_may_not_push_is_told_before_anything_is_built(scene: Scene) -> None:
    scene.use_workflow(packages="read")
    ended = scene.publish("--build", "app", "--to", IMAGE, form="text")
    assert (ended.code, "push-refused" in ended.output, "COPY hello" in ended.errors) == (1, True, False)


def test_an_image_of_the_engine_is_pushed_and_linked(
    scene: Scene, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An image alone on either engine, which buildx would else put into an index with where it comes from.
    monkeypatch.setenv("BUILDX_NO_DEFAULT_ATTESTATIONS", "1")
    built = engine.docker("build", "--quiet", "--tag", "app:ci", str(scene.folder / "app"))
    assert built.returncode == 0, built.stderr
    plain = scene.publish("--local", "app:ci", "--to", f"{IMAGE}:plain")
    again = scene.publish("--local", "app:ci", "--to", f"{IMAGE}:plain")
    linked = scene.publish("--local", "app:ci", "--to", f"{IMAGE}:linked")
    labelled = scene.publish("--local", "app:ci", "--to", f"{IMAGE}:labelled", "--link")
    outcomes = [ended.document["images"][0]["outcome"] for ended in (plain, again, linked, labelled)]
    assert outcomes == ["published", "unchanged", "published", "published"]
    assert scene.manifest("plain")[0] == scene.manifest("linked")[0]
    assert scene.config("plain")["config"]["Labels"] == {"of": "0"}
    assert scene.config("labelled")["config"]["Labels"] == {"of": "0", SOURCE: "https://github.com/acme/app"}


def test_an_image_that_the_engine_does_not_have_is_said(scene: Scene) -> None:
    ended = scene.publish("--local", "no/such:image", "--to", IMAGE)
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "source-not-readable")
    assert "The engine has no image `no/such:image`" in finding["message"]


def test_an_engine_that_is_not_there_is_said_before_anything_is_sent(scene: Scene, tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/docker.sock"
    ended = scene.publish("--build", "app", "--to", IMAGE, DOCKER_HOST=host)
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "engine-unavailable")
    assert host in finding["message"]
    assert not any(request.method == "POST" for request in scene.ghcr.requests)


def test_a_context_that_leads_out_of_the_workspace_is_refused(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (scene.folder / "out").symlink_to(tmp_path)
    ended = scene.publish("--build", "out", "--to", IMAGE)
    assert (ended.code, ended.rules) == (1, ["build-failed"])


def test_platforms_that_can_not_be_built_are_told_before_anything_is_built_or_copied(scene: Scene) -> None:
    scene.put()
    scene.configure(
        {"image": "ghcr.io/acme/copied", "copy": scene.base},
        {"image": IMAGE, "build": {"context": "app", "platforms": ["linux/amd64", "linux/arm64"]}},
    )
    allowed = ("--allow-insecure", scene.source.address)
    ended = scene.publish("--dry-run", *allowed, DOCKER_CONFIG=str(scene.folder), PATH="")
    assert (ended.code, ended.rules) == (1, ["engine-unavailable"])
    [finding] = ended.document["findings"]
    assert "A build for several platforms needs docker buildx" in finding["message"]


def test_a_private_base_is_pulled_with_aws_keys(scene: Scene) -> None:
    place = scene.world.places[ECR_HOST]
    # A tag of its own, as the engine keeps what it pulled.
    place.push("dev/base", scene.folder.parent.name.lower())
    (scene.folder / "app" / "Dockerfile").write_text(
        f"FROM {ECR_HOST}/dev/base:{scene.folder.parent.name.lower()}\n"
    )
    refused = scene.publish("--build", "app", "--to", IMAGE)
    scene.values = place.triple("AWS", scene.world.aws.puller)
    built = scene.publish("--build", "app", "--to", IMAGE)
    assert (refused.rules, built.rules, built.code) == (["build-failed"], [], 0), built.output


def test_a_private_base_of_ghcr_is_pulled_with_githubs_token(scene: Scene, engine: Engine) -> None:
    published = scene.publish("--build", "app", "--to", f"{IMAGE}:base", "--label", f"of={scene.folder}")
    assert published.code == 0
    engine.docker("image", "rm", "--force", f"{IMAGE}:base")
    (scene.folder / "app" / "Dockerfile").write_text(f"FROM {IMAGE}:base\nLABEL built=yes\n")
    ended = scene.publish("--build", "app", "--to", f"{IMAGE}:built")
    assert ended.code == 0, ended.output
    assert scene.config("built")["config"]["Labels"]["built"] == "yes"
