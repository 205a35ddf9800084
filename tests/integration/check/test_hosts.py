"""Names that DNS does not have, or that lead to a private network, asked of a name server of the sandbox's own."""

import subprocess
import sys
from pathlib import Path

import pytest
from sandbox.command import Ended, crreg
from sandbox.name_server import NameServer, why_none
from tests.integration.check.scene import REPOSITORY, Scene

pytestmark = pytest.mark.skipif(bool(why_none()), reason=why_none() or "there is a name server")

CONTROL = {"github.com": "192.0.2.1"}
TYPO = "acme-typo.azurecr.io"


def checked(scene: Scene, names: NameServer, **environment: str) -> Ended:
    asked = {"GITHUB_API_URL": scene.github.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": scene.token}
    return crreg(
        *("check", "--format", "json"),
        environment={**asked, **scene.values, **environment},
        folder=scene.folder,
        within=names.before(),
    )


def test_a_host_that_does_not_exist_is_an_error_and_no_triple_is_called_unused(
    scene: Scene, tmp_path: Path
) -> None:
    scene.need(f"{TYPO}/dev/base:1")
    scene.store(scene.world.places["basic"].triple("LOCAL"))
    with NameServer(tmp_path / "names", CONTROL) as names:
        ended = checked(scene, names)
    assert TYPO in names.asked
    assert (ended.code, ended.rules) == (1, ["wrong-host"])
    assert ended.document["status"] == "unhealthy"
    [finding] = ended.document["findings"]
    assert finding["message"] == (
        f"Codespaces can't pull `{TYPO}/dev/base:1`: {TYPO} does not exist: DNS has no address for it."
    )


def test_a_server_that_does_not_exist_is_one_error(scene: Scene, tmp_path: Path) -> None:
    scene.need(f"{TYPO}/dev/base:1", f"{TYPO}/dev/other:1")
    triple = scene.world.places["basic"].triple("ACR")
    scene.store({**triple, "ACR_CONTAINER_REGISTRY_SERVER": TYPO})
    with NameServer(tmp_path / "names", CONTROL) as names:
        ended = checked(scene, names)
    assert (ended.code, ended.rules) == (1, ["wrong-host"])
    assert "gh secret set ACR_CONTAINER_REGISTRY_SERVER" in ended.document["findings"][0]["remedy"]


@pytest.mark.parametrize(
    ("zone", "environment"),
    [
        ({**CONTROL, TYPO: ""}, {}),
        ({}, {}),
        ({"github.com": ""}, {}),
        (CONTROL, {"HTTPS_PROXY": "http://proxy.corp.example:3128", "NO_PROXY": f"127.0.0.1,{TYPO}"}),
        (CONTROL, {"all_proxy": "http://proxy.corp.example:3128", "no_proxy": f"127.0.0.1,{TYPO}"}),
    ],
    ids=["the server failed", "no DNS", "no answer for the control", "https proxy", "all proxy"],
)
def test_a_name_that_may_exist_elsewhere_is_unknown(
    scene: Scene, tmp_path: Path, zone: dict[str, str], environment: dict[str, str]
) -> None:
    scene.need(f"{TYPO}/dev/base:1")
    with NameServer(tmp_path / "names", zone) as names:
        ended = checked(scene, names, **environment)
    assert ended.rules == ["registry-unreachable"]
    assert ended.document["status"] == "unknown"
    assert "Could not resolve the host name" in ended.document["findings"][0]["message"]


_IN_A_PRIVATE_NETWORK = """
import sys
from crreg.registry.client import RegistryClient
from crreg.registry.reference import ImageReference
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import threading

class Registry(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        self.send_header("Docker-Content-Digest", "sha256:" + "0" * 64)
        self.end_headers()
    do_HEAD = do_GET
    def log_message(self, *_):
        pass

server = ThreadingHTTPServer((sys.argv[1], 5000), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
name = sys.argv[1] + ":5000"
with RegistryClient(allow_insecure=frozenset({name})) as client:
    print(client.pull(ImageReference.parse(name + "/a/b:1"), None).place)
"""


@pytest.mark.parametrize(
    ("address", "place"),
    [("10.9.8.7", "private"), ("100.64.1.1", "private"), ("198.51.100.7", "None"), ("127.0.0.9", "loopback")],
)
def test_the_place_is_that_of_the_connection(address: str, place: str) -> None:
    script = _IN_A_PRIVATE_NETWORK
    enter = f'ip link set lo up && ip addr add {address}/32 dev lo 2>/dev/null; exec "$@"'
    ended = subprocess.run(
        ["unshare", "--net", "sh", "-c", enter, "sh", sys.executable, "-c", script, address],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.stdout.strip(), ended.stderr) == (place, "")
