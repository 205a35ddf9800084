"""Features are asked for as the dev containers CLI asks for them: compared with its `features resolve-dependencies`."""

import gzip
import json
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry.image.archives import packed
from tests.unit.registry.servers import Answer, Request, serving

from crreg.discovery.discover import discover
from crreg.discovery.found import Source
from crreg.facts.gather import Task, gather
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.registry.image.descriptor import OCI_MANIFEST, digest_of
from crreg.registry.outcome import PullOutcome
from crreg.registry.reference import ImageReference

PROGRAM = Path(__file__).parents[2] / "node_modules" / "@devcontainers" / "cli" / "devcontainer.js"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.devcontainers", "digest": digest_of(b"{}"), "size": 2},
        "layers": [],
        "annotations": {"dev.containers.metadata": json.dumps({"id": "x", "version": "1.0.0"})},
    }
).encode()
ONE: Mapping[str, Any] = {"REGISTRY/f/g/a:1": {}}
CASES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a tag, a digest and neither": (
        {"features": {**ONE, "REGISTRY/f/g/b": {}, f"REGISTRY/f/g/c@{digest_of(MANIFEST)}": {}}},
        {},
    ),
    "an order without a tag": ({"features": ONE, "overrideFeatureInstallOrder": ["REGISTRY/f/g/a"]}, {}),
    "an order of what is not installed": (
        {"features": ONE, "overrideFeatureInstallOrder": ["REGISTRY/f/g/b:2", "./none", "o/r/feature"]},
        {},
    ),
    "an order of a local feature": (
        {"features": {"./local": {}}},
        {"installsAfter": ["REGISTRY/f/g/b", "./none"], "dependsOn": {"REGISTRY/f/g/c:3": {}}},
    ),
}


def serve(request: Request) -> Answer:
    found = "/manifests/" in request.path
    return Answer(200, MANIFEST, {"Content-Type": OCI_MANIFEST}) if found else Answer()


@pytest.mark.parametrize("name", CASES)
def test_crreg_names_the_features_that_the_cli_asks_for(name: str, tmp_path: Path) -> None:
    config, local = CASES[name]
    with serving(serve) as server:
        # The CLI speaks plain http to this name alone.
        registry = f"localhost:{server.server_port}"
        files = {
            "devcontainer.json": {"image": "debian"} | config,
            "local/devcontainer-feature.json": {"id": "local", "version": "1.0.0"} | local,
            "local/install.sh": "",
        }
        for path, content in files.items():
            file = tmp_path / ".devcontainer" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content).replace("REGISTRY", registry))
        command = ["node", str(PROGRAM), "features", "resolve-dependencies", "--workspace-folder"]
        ran = subprocess.run(
            [*command, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
        asked = {request.path for request in server.requests}

    references = [
        ImageReference.parse(image.text)
        for image in discover(tmp_path).images
        if image.source is Source.FEATURE
    ]
    assert {f"/v2/{one.repository}/manifests/{one.target}" for one in references} == asked


ARCHIVES: Mapping[str, Callable[[bytes], bytes]] = {
    "plain": lambda text: packed(("./install.sh", b"#!/bin/sh\n"), ("./devcontainer-feature.json", text)),
    "undotted": lambda text: packed(("devcontainer-feature.json", text)),
    "gzip": lambda text: gzip.compress(packed(("./devcontainer-feature.json", text))),
    "pax": lambda text: packed(("./é", b""), ("./devcontainer-feature.json", text), form=tarfile.PAX_FORMAT),
}


def test_crreg_asks_for_what_the_cli_asks_for_where_only_archives_name_features(tmp_path: Path) -> None:
    answers: dict[str, Answer] = {"/v2/": Answer()}
    with serving(lambda request: answers.get(request.path, Answer(404))) as server:
        # The CLI speaks plain http to this name alone.
        registry = f"localhost:{server.server_port}"

        def publish(name: str, archive: bytes, *, is_whole: bool = True) -> None:
            layer = {"mediaType": "", "digest": digest_of(archive), "size": len(archive)}
            manifest = json.loads(MANIFEST) | {"annotations": {}, "layers": [layer]}
            answers[f"/v2/f/g/{name}/manifests/1"] = Answer(200, manifest, {"Content-Type": OCI_MANIFEST})
            if is_whole:
                answers[f"/v2/f/g/{name}/blobs/{layer['digest']}"] = Answer(200, archive)

        for name, archive in ARCHIVES.items():
            needed, ordering = f"{name}-needed", f"{name}-ordering"
            text = f"""{{"id": "{name}", "version": "1.0.0", // as its author wrote it
                "dependsOn": {{"{registry}/f/g/{needed}:1": {{}},}},
                "installsAfter": ["{registry}/f/g/{ordering}:1"]}}"""
            publish(name, archive(text.encode()))
            for other in (needed, ordering):
                publish(other, archive(json.dumps({"id": other, "version": "1.0.0"}).encode()))
        # An order needs nothing but the manifest, and asks for nothing that is installed as well.
        publish("ordered", b"gone", is_whole=False)
        installed = [f"{registry}/f/g/{name}:1" for name in ARCHIVES]
        config = {
            "image": "debian",
            "features": {name: {} for name in installed},
            "overrideFeatureInstallOrder": [f"{registry}/f/g/ordered:1", installed[0]],
        }
        (tmp_path / ".devcontainer.json").write_text(json.dumps(config))
        command = ["node", str(PROGRAM), "features", "resolve-dependencies", "--workspace-folder"]
        ran = subprocess.run(
            [*command, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
        asked = {request.path for request in server.requests}
        server.requests.clear()
        with RegistryClient(allow_insecure=frozenset({"localhost"})) as registries:
            task = Task(registries, Deadline.after(60), datetime(2026, 1, 2, tzinfo=UTC), workspace=tmp_path)
            gathered = gather(task)

    features = [image for image in gathered.images if image.source is Source.FEATURE]
    assert len(features) == 3 * len(ARCHIVES) + 2
    assert {image.pull and image.pull.outcome for image in features} == {PullOutcome.PUBLIC}
    assert not gathered.discovery.problems
    assert {request.path for request in server.requests} - {"/v2/"} == asked
    assert len(server.requests) == len(asked) + 1
