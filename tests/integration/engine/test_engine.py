import gc
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.sandbox.credentials import Credential
from tests.sandbox.engine import Engine as RunningEngine
from tests.sandbox.registry import Htpasswd, Registry, running_registry

from crreg.engine.engine import Built, Engine, EngineError, LocalImage, RegistryLogin
from crreg.settings import Build

pytestmark = pytest.mark.engine


class _Told(list[str]):
    def __call__(self, text: str) -> None:
        self.append(text)


def _build(
    engine: Engine, workspace: Path, build: Build, labels: Mapping[str, str], say: _Told | None = None
) -> Built:
    return engine.build(
        build,
        workspace,
        labels,
        pull_credentials=[],
        scratch=workspace,
        say=_Told() if say is None else say,
        progress=_Told(),
    )


def _image(engine: Engine, built: Built) -> LocalImage:
    image = engine.image(built.image or "")
    assert image is not None
    return image


def test_a_build_takes_stage_arguments_and_labels(engine: RunningEngine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch AS first\nARG VALUE\nLABEL value=$VALUE\nCOPY Dockerfile /\nFROM first\nLABEL last=yes\n"
    )
    connected = Engine.connect(engine.environment())

    built = _build(
        connected, tmp_path, Build(target="first", args={"VALUE": "7"}, labels={"own": "1"}), {"ours": "2"}
    )

    assert _image(connected, built).labels == {"value": "7", "own": "1", "ours": "2"}


def test_a_build_runs_with_what_only_buildkit_knows_and_its_output_is_handed_on(
    engine: RunningEngine, base_image: str, tmp_path: Path
) -> None:
    if not engine.bridge:
        pytest.skip("BuildKit gives what RUN starts the engine's bridge, and this engine has none")
    (tmp_path / "Dockerfile").write_text(
        f"FROM {base_image}\nRUN --mount=type=cache,target=/cache echo '::error::from the build'\n"
    )
    told = _Told()

    _build(Engine.connect(engine.environment()), tmp_path, Build(), {}, told)

    assert "::error::from the build" in told


def test_a_build_that_fails_names_its_step(engine: RunningEngine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY absent /\n")

    with pytest.raises(EngineError) as caught:
        _build(Engine.connect(engine.environment()), tmp_path, Build(), {})

    assert caught.value.detail.startswith("The build failed in the step `[1/1] COPY absent /`: ")
    assert '"/absent" not found' in caught.value.detail


def test_a_pushed_image_has_the_digest_that_the_registry_knows_and_keeps_its_names(
    engine: RunningEngine, registry: Registry, tmp_path: Path
) -> None:
    import urllib.request

    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    connected = Engine.connect(engine.environment())
    image = connected.labelled(_build(connected, tmp_path, Build(), {"a": "1"}).image or "", {"b": "2"})

    digest = connected.push(image, f"{registry.address}/org/app", "v1", None, _Told())

    accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
    asked = urllib.request.Request(f"{registry.url}/v2/org/app/manifests/v1", headers=accept)
    with urllib.request.urlopen(asked) as answer:
        assert answer.headers["Docker-Content-Digest"] == digest
    pushed = connected.image(image)
    assert pushed is not None
    assert pushed.labels == {"a": "1", "b": "2"}
    assert f"{registry.address}/org/app@{digest}" in pushed.repo_digests


def test_a_refused_push_has_the_words_of_the_registry(engine: RunningEngine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    connected = Engine.connect(engine.environment())
    image = _build(connected, tmp_path, Build(), {}).image or ""

    with pytest.raises(EngineError) as caught:
        connected.push(
            image, "127.0.0.1:1/org/app", "v1", RegistryLogin("127.0.0.1:1", "u", "made-up"), _Told()
        )

    assert "connection refused" in caught.value.says


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
    engine: RunningEngine, tmp_path: Path
) -> None:
    credential = Credential("reader", "made-up-password")
    with running_registry(tmp_path / "private", auth=Htpasswd([credential])) as private:
        base = f"{private.address}/org/base"
        login = RegistryLogin(private.address, credential.user, credential.password)
        connected = Engine.connect(engine.environment())
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        (first / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\nLABEL base=private\n")
        (second / "Dockerfile").write_text(f"FROM {base}:v1\nLABEL built=yes\n")
        connected.push(_build(connected, first, Build(), {}).image or "", base, "v1", login, _Told())
        engine.docker("image", "rm", f"{base}:v1")

        with pytest.raises(EngineError) as caught:
            _build(connected, second, Build(), {})
        built = connected.build(
            Build(), second, {}, pull_credentials=[login], scratch=tmp_path, say=_Told(), progress=_Told()
        )

    assert f"{private.address}/org/base" in caught.value.detail
    assert _image(connected, built).labels == {"base": "private", "built": "yes"}
