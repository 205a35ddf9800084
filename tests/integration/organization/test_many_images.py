"""A repository with many images on a registry that hangs takes nothing from the others, which are proven."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sandbox.faults import Fault, FaultHandler, FaultProxy
from tests.integration.organization.scene import AZURE, Organization, dev_container, good, status

OTHER = "identity.example"
MANY = 100
"""More images than crreg has threads."""


@dataclass
class Hanging:
    """A registry that answers for no image before every other image was asked for."""

    others: int
    """How many images there are at the other registry."""
    asked: set[str] = field(default_factory=set)
    all_asked: threading.Event = field(default_factory=threading.Event)
    early: set[str] = field(default_factory=set)
    """What was requested before."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, handler: FaultHandler) -> None:
        """Note a request to the other registry, and relay it."""
        if "/manifests/" in handler.path:
            with self.lock:
                self.asked.add(handler.path)
            if len(self.asked) == self.others:
                self.all_asked.set()
        handler.relay(handler.server.backend)

    def hang(self, handler: FaultHandler) -> None:
        """Let a request for an image wait."""
        if "/manifests/" in handler.path and not self.all_asked.is_set():
            self.early.add(handler.path)
            while not (self.all_asked.wait(0.1) or handler.server.stopping.is_set()):
                continue
        handler.relay(handler.server.backend)


@pytest.fixture
def proxies(acme: Organization) -> Iterator[tuple[FaultProxy, FaultProxy]]:
    """Proxies in front of both registries."""
    hosts, sites = (AZURE, OTHER), dict(acme.world.internet.sites)
    with FaultProxy(sites[AZURE].backend) as azure, FaultProxy(sites[OTHER].backend) as other:
        for host, proxy in zip(hosts, (azure, other), strict=True):
            acme.world.internet.add(host, proxy.url, routes=sites[host].routes)
        yield azure, other
        acme.world.internet.sites.update(sites)


def hanging(proxies: tuple[FaultProxy, FaultProxy], others: int) -> Hanging:
    azure, other = proxies
    found = Hanging(others)
    azure.go_wrong(Fault("watched", found.watch))
    other.go_wrong(Fault("hangs", found.hang))
    return found


def images(registry: str, name: str, count: int) -> list[str]:
    return [f"{registry}/dev/{name}:{number}" for number in range(count)]


def test_repositories_with_few_images_are_proven_first(
    acme: Organization, proxies: tuple[FaultProxy, FaultProxy]
) -> None:
    acme.add("big", dev_container(*images(OTHER, "none", MANY)))
    few = [f"few-{number}" for number in range(12)]
    for name in few:
        acme.world.places[AZURE].push(f"dev/{name}", "0")
        acme.add(name, dev_container(*images(AZURE, name, 1)))
    acme.store(good(acme))
    registry = hanging(proxies, len(few))
    document = acme.check(CRREG_TIMEOUT="60").document
    assert (len(registry.asked), registry.early) == (len(few), set())
    assert {name: found for name, found in status(document).items() if name != "acme/big"} == {
        f"acme/{name}": "healthy" for name in few
    }
    [big] = [each for each in document["repositories"] if each["repository"] == "acme/big"]
    assert len(big["images"]) == MANY


def test_of_those_with_many_images_each_has_its_share(
    acme: Organization, proxies: tuple[FaultProxy, FaultProxy]
) -> None:
    acme.add("hangs", dev_container(*images(OTHER, "none", MANY)))
    acme.world.places[AZURE].push("dev/base", "0")
    acme.add("works", dev_container(*images(AZURE, "base", MANY + 1)))
    acme.store(good(acme))
    registry = hanging(proxies, MANY + 1)
    document = acme.check(CRREG_TIMEOUT="60").document
    assert len(registry.asked) == MANY + 1
    assert 0 < len(registry.early) <= 8, "the others wait for their turn"
    [works] = [each for each in document["repositories"] if each["repository"] == "acme/works"]
    assert {image["pull"]["outcome"] for image in works["images"]} == {"available", "not-found"}
