import contextlib
import gc
import re
import urllib.request
from pathlib import Path

import docker
import pytest
from sandbox.base_image import IMAGE, ensure_base_image
from sandbox.credentials import Credential
from sandbox.engine import Engine as RunningEngine
from sandbox.registry import Htpasswd, Registry, running_registry
from tests.integration.engine.workshop import Told, build, labels_of, loses_contexts

from crreg.configuration.settings import Build
from crreg.engine.engine import Built, Engine, EngineError, RegistryLogin
from crreg.engine.error import PushDeniedError

pytestmark = pytest.mark.engine


def test_a_build_takes_stage_arguments_and_labels(environment: dict[str, str], folder: Path) -> None:
    (folder / "Dockerfile").write_text(
        "FROM scratch AS first\nARG VALUE\nLABEL value=$VALUE\nCOPY Dockerfile /\nFROM first\nLABEL last=yes\n"
    )
    connected = Engine.connect(environment)
    recipe = Build(target="first", args={"VALUE": "7"}, labels={"own": "a,b"})

    built = build(connected, folder, recipe, {"ours": "2"})

    assert labels_of(connected, built) == {"value": "7", "own": "a,b", "ours": "2"}


def test_a_build_runs_with_what_only_buildkit_knows_and_its_output_is_handed_on(
    engine: RunningEngine, buildkit: dict[str, str], folder: Path
) -> None:
    ensure_base_image(engine)
    (folder / "Dockerfile").write_text(
        f"FROM {IMAGE}\nRUN --mount=type=cache,target=/cache echo {folder}; echo '::error::from the build'\n"
    )
    told, steps = Told(), Told()

    build(Engine.connect(buildkit), folder, say=told, progress=steps)

    assert "::error::from the build" in told
    assert any(re.match(r"step \[(stage-0 )?2/2\] RUN --mount=type=cache", step) for step in steps)


def test_a_step_that_fails_is_named_with_its_last_lines(
    engine: RunningEngine, environment: dict[str, str], folder: Path
) -> None:
    ensure_base_image(engine)
    (folder / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo one; echo two; exit 3\n")

    with pytest.raises(EngineError) as caught:
        build(Engine.connect(environment), folder)

    assert "2/2" in caught.value.detail
    assert "RUN echo one; echo two; exit 3`: " in caught.value.detail
    assert caught.value.detail.endswith('one / two".')


def test_what_the_builder_does_not_know_has_buildx_for_a_remedy(
    newer_engine: RunningEngine, folder: Path
) -> None:
    if not loses_contexts(newer_engine):
        pytest.skip("this engine's BuildKit finds a context that is sent without a session")
    (folder / "Dockerfile").write_text(
        "FROM scratch\nCOPY Dockerfile /\nRUN --mount=type=cache,target=/cache /true\n"
    )

    with pytest.raises(EngineError) as caught:
        build(Engine.connect({**newer_engine.environment(), "PATH": ""}), folder)

    assert "the --mount option requires BuildKit" in caught.value.detail
    assert "install docker buildx where crreg runs" in caught.value.remedy


def test_a_file_that_is_not_in_the_context_is_named(environment: dict[str, str], folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY absent /\n")

    with pytest.raises(EngineError) as caught:
        build(Engine.connect(environment), folder)

    assert re.search(
        r'COPY absent /`: .*("/absent":? not found|stat absent: file does not exist)', caught.value.detail
    )


def test_what_is_ignored_does_not_reach_the_engine(environment: dict[str, str], folder: Path) -> None:
    (folder / ".dockerignore").write_text("lost\n")
    (folder / "lost").write_text("1")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY lost /\n")

    with pytest.raises(EngineError) as caught:
        build(Engine.connect(environment), folder)

    assert re.search(r'("/lost":? not found|stat lost: file does not exist)', caught.value.detail)


def test_a_pushed_image_has_the_digest_that_the_registry_knows_and_keeps_its_names(
    by_itself: dict[str, str], registry: Registry, folder: Path
) -> None:
    connected = Engine.connect(by_itself)
    image = connected.labelled(build(connected, folder, labels={"a": "1"}).image or "", {"b": "2"})

    digest = connected.push(image, f"{registry.address}/org/app", "v1", None, Told())

    assert _digest(registry, "org/app", "v1") == digest
    assert labels_of(connected, Built(image=image)) == {"a": "1", "b": "2"}
    with contextlib.closing(docker.DockerClient(base_url=by_itself["DOCKER_HOST"])) as client:
        assert f"{registry.address}/org/app@{digest}" in client.images.get(image).attrs["RepoDigests"]


def test_a_name_that_stood_for_another_image_stands_for_it_again(
    by_itself: dict[str, str], registry: Registry, folder: Path
) -> None:
    connected = Engine.connect(by_itself)
    name = f"{registry.address}/org/app"
    first = build(connected, folder, labels={"of": "first"}).image or ""
    second = build(connected, folder, labels={"of": "second"}).image or ""
    before = connected.push(first, name, "v1", None, Told())

    after = connected.push(second, name, "v1", None, Told())

    named = connected.image(f"{name}:v1")
    assert named is not None
    assert named.id == first
    assert _digest(registry, "org/app", "v1") == after != before


def test_a_registry_that_does_not_answer_is_said(by_itself: dict[str, str], folder: Path) -> None:
    connected = Engine.connect(by_itself)
    image = build(connected, folder).image or ""
    login = RegistryLogin("127.0.0.1:1", "u", "made-up")

    with pytest.raises(EngineError) as caught:
        connected.push(image, "127.0.0.1:1/org/app", "v1", login, Told())

    assert "connection refused" in caught.value.says


def test_a_registry_that_denies_the_push_is_quoted(
    by_itself: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    connected = Engine.connect(by_itself)
    image = build(connected, folder).image or ""
    owner = Credential("owner", "made-up-password")
    with running_registry(tmp_path / "private", auth=Htpasswd([owner])) as private:
        name, login = (
            f"{private.address}/org/app",
            RegistryLogin(private.address, "owner", "another-password"),
        )
        with pytest.raises(EngineError) as caught:
            connected.push(image, name, "v1", login, Told())

    assert caught.value.detail == f'Pushing to `{private.address}/org/app` failed: "{caught.value.says}".'
    assert isinstance(caught.value, PushDeniedError)
    assert "another-password" not in caught.value.detail


def test_an_image_that_is_not_there_is_none(engine: RunningEngine) -> None:
    assert Engine.connect(engine.environment()).image("absent.example/none") is None


# The client library leaves the socket that it could not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_where_no_engine_answers_it_is_said(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/none.sock"

    with pytest.raises(EngineError) as caught:
        Engine.connect({"DOCKER_HOST": host})

    gc.collect()
    assert caught.value.detail == f"No Docker Engine answers at `{host}`."


def test_a_private_base_is_pulled_with_its_login_and_not_without(
    engine: RunningEngine, environment: dict[str, str], by_itself: dict[str, str], tmp_path: Path
) -> None:
    credential = Credential("reader", "made-up-password")
    with running_registry(tmp_path / "private", auth=Htpasswd([credential])) as private:
        base = f"{private.address}/org/base"
        login = RegistryLogin(private.address, credential.user, credential.password)
        connected = Engine.connect(environment)
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        (first / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\nLABEL base=private\n")
        (second / "Dockerfile").write_text(f"FROM {base}:v1\nLABEL built=yes\n")
        made = build(Engine.connect(by_itself), first).image or ""
        connected.push(made, base, "v1", login, Told())
        engine.docker("image", "rm", f"{base}:v1")

        with pytest.raises(EngineError) as caught:
            build(connected, second)
        built = build(connected, second, logins=[login])

    assert f"{private.address}/org/base" in caught.value.detail
    assert labels_of(connected, built) == {"base": "private", "built": "yes"}


def _digest(registry: Registry, repository: str, tag: str) -> str:
    kinds = ("docker.distribution.manifest.v2", "oci.image.manifest.v1", "oci.image.index.v1")
    accept = ", ".join(f"application/vnd.{kind}+json" for kind in kinds)
    asked = urllib.request.Request(
        f"{registry.url}/v2/{repository}/manifests/{tag}", headers={"Accept": accept}
    )
    with urllib.request.urlopen(asked) as answer:
        return str(answer.headers["Docker-Content-Digest"])
