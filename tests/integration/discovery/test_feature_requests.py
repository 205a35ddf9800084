"""Features are asked for as the dev containers CLI asks for them: compared with its `features resolve-dependencies`."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.discovery.discover import discover
from crreg.discovery.found import Source
from crreg.registry.image.descriptor import OCI_MANIFEST, digest_of
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
