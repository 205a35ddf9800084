"""What tests of the engine build with, and how they look at what came out."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.engine import Engine as RunningEngine

from crreg.configuration.settings import Build
from crreg.engine.engine import Built, Engine, RegistryLogin
from crreg.publish.apply import bases_of


class Told(list[str]):
    """Collects what is told."""

    def __call__(self, text: str) -> None:
        self.append(text)


@dataclass(frozen=True, slots=True)
class Docker:
    """The `docker` command with variables of a test's own."""

    variables: Mapping[str, str]

    def __call__(self, *arguments: str, text: str = "", check: bool = True) -> str:
        """Run it with `text` on its standard input; gives what it printed."""
        done = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.variables},
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout


def loses_contexts(engine: RunningEngine) -> bool:
    """Whether BuildKit does not find what the engine was sent without a session; versions before 28 with containerd."""
    told = engine.docker("info", "--format", "{{.ServerVersion}} {{json .DriverStatus}}").stdout
    return int(told.partition(".")[0]) < 28 and "io.containerd.snapshotter" in told


def build(
    engine: Engine,
    workspace: Path,
    recipe: Build | None = None,
    labels: Mapping[str, str] | None = None,
    *,
    logins: Sequence[RegistryLogin] = (),
    say: Told | None = None,
    progress: Told | None = None,
) -> Built:
    """Build the Dockerfile in a folder, beside which it leaves what it makes."""
    scratch = workspace.parent / f"{workspace.name}-scratch"
    scratch.mkdir(exist_ok=True)
    return engine.build(
        recipe or Build(),
        workspace,
        labels or {},
        bases=lambda dockerfile: bases_of(dockerfile, recipe or Build()),
        pull_credentials=logins,
        scratch=scratch,
        say=Told() if say is None else say,
        progress=Told() if progress is None else progress,
    )


def labels_of(engine: Engine, built: Built) -> dict[str, str]:
    """The labels of what was built, wherever it is."""
    if built.layout is not None:
        [config] = images_of(built.layout)
        return dict(config["config"].get("Labels", {}))
    answer: dict[str, Any] = engine._api.inspect_image(built.image or "")  # type: ignore[no-untyped-call]
    return dict(answer["Config"]["Labels"])


def images_of(layout: Path) -> list[dict[str, Any]]:
    """The configuration of each image in an image layout, in the order of its index."""
    return [blob(layout, manifest["config"]["digest"]) for manifest in manifests_of(layout)]


def manifests_of(layout: Path) -> list[dict[str, Any]]:
    """The manifests of an image layout."""
    top = root_of(layout)
    return [blob(layout, entry["digest"]) for entry in top["manifests"]] if "manifests" in top else [top]


def root_of(layout: Path) -> dict[str, Any]:
    """The one index or manifest that an image layout is about."""
    [entry] = json.loads((layout / "index.json").read_text())["manifests"]
    return blob(layout, entry["digest"])


def blob(layout: Path, digest: str) -> dict[str, Any]:
    """A blob that is JSON."""
    content: dict[str, Any] = json.loads(
        (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_text()
    )
    return content
