from pathlib import Path

import pytest

from crreg.engine.buildx import find
from crreg.engine.child_environment import child_environment

NEEDED = {
    "PATH": "/usr/bin",
    "HOME": "/home/mona",
    "LC_ALL": "C.UTF-8",
    "DOCKER_HOST": "ssh://engine",
    "SSH_AUTH_SOCK": "/run/agent",
    "BUILDX_BUILDER": "mine",
    "https_proxy": "http://proxy:3128",
    "SSL_CERT_FILE": "/etc/ssl/own.pem",
}


@pytest.mark.parametrize(
    "name",
    [
        "ACR_CONTAINER_REGISTRY_PASSWORD",
        "ACR_CONTAINER_REGISTRY_SERVER",
        "INPUT_TOKEN",
        "INPUT_CREDENTIALS",
        "INPUT_APP-PRIVATE-KEY",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "GITHUB_OUTPUT",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "DOCKER_AUTH_CONFIG",
        "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE",
        "BUILDX_BAKE_GIT_AUTH_TOKEN",
        "CRREG_TIMEOUT",
        "NPM_TOKEN",
        "LD_PRELOAD",
        "path",
    ],
)
def test_the_docker_command_is_given_what_it_needs_and_nothing_else(name: str) -> None:
    assert child_environment({**NEEDED, name: "value"}) == NEEDED


@pytest.mark.parametrize("folder", ["", ".", "bin"])
def test_no_docker_of_a_checkout_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    program = tmp_path / folder / "docker"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    path = f"{folder}:/nowhere"

    assert find({"PATH": path}) is None
    assert child_environment({"PATH": f"{path}:{folder}"}) == {"PATH": "/nowhere"}
    assert not (tmp_path / "ran").exists()
