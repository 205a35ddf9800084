"""Registries and token servers that go wrong, each at an address of its own, all in front of the world's."""

import contextlib
import re
from dataclasses import dataclass, field

from sandbox.authority import Authority
from sandbox.aws import ECR_HOST
from sandbox.command import Ended
from sandbox.faults import FaultProxy
from sandbox.relay import RelayHandler
from sandbox.serving import Server
from sandbox.world import triple
from tests.integration.check.scene import Scene

IMAGE = "dev/weather"
BASIC = "basic"
"""The world's registry with passwords of its own; nothing is put in front of it, and it stays healthy."""
AZURE = "acme.azurecr.io"
"""The world's registry whose token server is elsewhere."""
GRACE = 20.0
"""Seconds that a run may take beyond its budget on a busy machine. It would take 120 if it did not know its budget."""


class _RealmFront(Server):
    """Relays to a registry, but names another token server."""

    def __init__(self, backend: str, realm: str, authority: Authority) -> None:
        super().__init__(_RealmHandler, tls=authority.leaf("127.0.0.1").server_context())
        self.backend = backend
        self.realm = realm


class _RealmHandler(RelayHandler):
    server: _RealmFront

    def answer(self) -> None:
        self.relay(self.server.backend)

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() == "www-authenticate":
            value = re.sub(r'realm="[^"]*"', f'realm="{self.server.realm}"', value)
        super().send_header(keyword, value)


@dataclass
class Weather:
    """What stands between crreg and the scene's servers; an image is needed from each of its registries."""

    scene: Scene
    stack: contextlib.ExitStack
    images: list[str] = field(default_factory=list)

    def healthy(self) -> str:
        """The registry that works; its address."""
        place = self.scene.world.places[BASIC]
        place.push(IMAGE, "1")
        self._need(place.server, place.triple("HEALTHY"))
        return place.server

    def registry(self, identifier: str) -> FaultProxy:
        """A registry over TLS that can go wrong."""
        place = self.scene.world.places[BASIC]
        place.push(IMAGE, "1")
        proxy = self._proxy(place.registry.url)
        self._need(proxy.address, triple(identifier, proxy.address, place.owner))
        return proxy

    def token_server(self, identifier: str) -> tuple[FaultProxy, str]:
        """The token server, which can go wrong, of a registry that does not; and that one's address."""
        place = self.scene.world.places[AZURE]
        assert place.token_server is not None
        place.push(IMAGE, "1")
        proxy = self._proxy(place.token_server.url)
        authority = self.scene.world.authority
        front = self.stack.enter_context(
            _RealmFront(place.registry.url, f"{proxy.url}/oauth2/token", authority)
        )
        self._need(front.address, triple(identifier, front.address, place.owner))
        return proxy, front.address

    def github(self) -> FaultProxy:
        """GitHub over TLS, which can go wrong."""
        proxy = self._proxy(self.scene.github.url)
        self.scene.variables["GITHUB_API_URL"] = proxy.url
        return proxy

    def aws(self) -> FaultProxy:
        """AWS over TLS, which can go wrong, and a registry of its own that does not."""
        return self._aws("AWS_ENDPOINT_URL")

    def sts(self) -> FaultProxy:
        """The same, where only AWS's service that names identities can go wrong."""
        return self._aws("AWS_ENDPOINT_URL_STS")

    def _aws(self, variable: str) -> FaultProxy:
        place = self.scene.world.places[ECR_HOST]
        place.push(IMAGE, "1")
        proxy = self._proxy(self.scene.world.aws.url)
        self._need(ECR_HOST, place.triple("ECR", self.scene.world.aws.puller))
        self.scene.variables[variable] = proxy.url
        return proxy

    def check(self, budget: float) -> "Sky":
        """Run the check, which has to end in time."""
        self.scene.need(*self.images)
        ended = self.scene.check(CRREG_TIMEOUT=str(budget))
        assert ended.seconds < budget + GRACE
        return Sky(ended)

    def _proxy(self, backend: str) -> FaultProxy:
        return self.stack.enter_context(FaultProxy(backend, authority=self.scene.world.authority))

    def _need(self, server: str, secrets: dict[str, str]) -> None:
        self.scene.store(secrets)
        self.images.append(f"{server}/{IMAGE}:1")


@dataclass(frozen=True)
class Sky:
    """How a check ended."""

    ended: Ended

    @property
    def logins(self) -> dict[str, str]:
        """The outcome of each triple's login, by identifier."""
        return {found["identifier"]: found["login"]["outcome"] for found in self.ended.document["triples"]}

    @property
    def pulls(self) -> dict[str, str]:
        """The outcome for each image, by registry."""
        return {image["registry"]: image["pull"]["outcome"] for image in self.ended.document["images"]}

    @property
    def findings(self) -> list[tuple[str | None, str, str]]:
        """Triple, rule and severity of each finding, sorted, those of no triple last; printed in full for a failure."""
        found = self.ended.document["findings"]
        print(*(finding["message"] for finding in found), sep="\n")
        told = [(finding["triple"], finding["rule"], finding["severity"]) for finding in found]
        return sorted(told, key=lambda finding: (finding[0] is None, finding))

    def message(self, rule: str) -> str:
        """What the one finding of a rule says."""
        [message] = [found["message"] for found in self.ended.document["findings"] if found["rule"] == rule]
        return str(message)
