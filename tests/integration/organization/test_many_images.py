"""A repository on a registry that hangs takes nothing from the others, however many images it and they have."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sandbox.faults import Fault, FaultHandler, FaultProxy
from tests.integration.organization.scene import AZURE, Organization, dev_container, good, status

OTHER = "identity.example"
FEW = 50
"""A repository with more images has many."""
MANY = 100
"""More images than crreg has threads."""


@dataclass
class Hanging:
    """A registry that answers for no image before every other image was asked for, which begins after its own."""

    others: int
    """How many images there are at the other registry."""
    asked: set[str] = field(default_factory=set)
    hangs: threading.Event = field(default_factory=threading.Event)
    all_asked: threading.Event = field(default_factory=threading.Event)
    early: set[str] = field(default_factory=set)
    """What was requested before."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, handler: FaultHandler) -> None:
        """Note a request to the other registry, and relay it."""
        if "/manifests/" in handler.path:
            _wait(self.hangs, handler)
            with self.lock:
                self.asked.add(handler.path)
            if len(self.asked) == self.others:
                self.all_asked.set()
        handler.relay(handler.server.backend)

    def hang(self, handler: FaultHandler) -> None:
        """Let a request for an image wait."""
        if "/manifests/" in handler.path and not self.all_asked.is_set():
            self.early.add(handler.path)
            self.hangs.set()
            _wait(self.all_asked, handler)
        handler.relay(handler.server.backend)


def _wait(event: threading.Event, handler: FaultHandler) -> None:
    while not (event.wait(0.1) or handler.server.stopping.is_set()):
        continue


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


def test_repositories_with_few_images_do_not_wait_for_one_with_many(
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
    assert len(registry.asked) == len(few)
    assert 0 < len(registry.early) <= 8, "the others wait for their turn"
    assert {name: found for name, found in status(document).items() if name != "acme/big"} == {
        f"acme/{name}": "healthy" for name in few
    }
    [big] = [each for each in document["repositories"] if each["repository"] == "acme/big"]
    assert len(big["images"]) == MANY


@pytest.mark.parametrize("hanging_images", [1, MANY])
def test_one_with_many_images_does_not_wait_for_one_that_hangs(
    acme: Organization, proxies: tuple[FaultProxy, FaultProxy], hanging_images: int
) -> None:
    acme.add("hangs", dev_container(*images(OTHER, "none", hanging_images)))
    acme.world.places[AZURE].push("dev/base", "0")
    acme.add("works", dev_container(*images(AZURE, "base", FEW + 1)))
    acme.store(good(acme))
    registry = hanging(proxies, FEW + 1)
    document = acme.check(CRREG_TIMEOUT="60").document
    assert len(registry.asked) == FEW + 1
    assert 0 < len(registry.early) <= 8, "the others wait for their turn"
    found = {each["repository"]: each["images"] for each in document["repositories"]}
    assert {image["pull"]["outcome"] for image in found["acme/works"]} == {"available", "not-found"}
    # No request gave up before the registry answered, which it did after those of the other repository.
    assert "unreachable" not in {image["pull"]["outcome"] for image in found["acme/hangs"]}
