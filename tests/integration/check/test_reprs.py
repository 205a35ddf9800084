"""No object of a run shows a credential in its `repr`, which a debugger, an exception or a log may write."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox.aws import ECR_HOST
from sandbox.command import surroundings
from tests.integration.check.scene import Scene

AZURE = "acme.azurecr.io"
_LOOK = """
import gc, json, os, sys, threading

from crreg.cli.main import run
from crreg.net import request_log

secrets = json.loads(os.environ.pop("SECRETS"))
seen, shown, looking = set(), set(), threading.Lock()

def look(sent):
    if not looking.acquire(blocking=False):
        return
    for each in gc.get_objects():
        kind = type(each)
        if str(getattr(kind, "__module__", "")).startswith("crreg."):
            seen.add(kind.__name__)
            text = repr(each)
            if any(secret in text for secret in secrets):
                shown.add(kind.__name__)
    looking.release()

request_log.write_to(look)
try:
    run(sys.argv[2:])
finally:
    with open(sys.argv[1], "w") as file:
        json.dump([sorted(seen), sorted(shown)], file)
"""
"""Runs the command, and looks at every object of crreg's own classes after each request."""


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        (("check",), {"Triple", "GitHubAccess", "Request"}),
        (("ensure", "--force"), {"Ensure", "Triple", "GitHubAccess"}),
    ],
)
def test_no_object_shows_a_credential(
    scene: Scene, tmp_path: Path, arguments: tuple[str, ...], kinds: set[str]
) -> None:
    scene.need(f"{AZURE}/dev/base:1", f"{ECR_HOST}/dev/base:1")
    for name, credential in ((AZURE, None), (ECR_HOST, scene.world.aws.puller)):
        place = scene.world.places[name]
        place.push("dev/base", "1")
        scene.store(place.triple("ECR" if credential else "ACR", credential))
    hidden = [value for name, value in scene.values.items() if name.endswith("_PASSWORD")]
    secrets = [*hidden, scene.values["ECR_CONTAINER_REGISTRY_USER"], scene.token]
    found = tmp_path / "found.json"
    environment = {**surroundings(), **scene.environment, "SECRETS": json.dumps(secrets)}

    subprocess.run(
        [sys.executable, "-c", _LOOK, os.fspath(found), *arguments],
        env=environment,
        cwd=scene.folder,
        capture_output=True,
        timeout=60,
        check=False,
    )

    seen, shown = json.loads(found.read_text())
    assert kinds <= set(seen)
    assert shown == []
