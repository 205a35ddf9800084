"""Docker Hub has several names, and each place wants one of them."""

import pytest

from crreg.net.docker_hub import (
    DOCKER_HUB,
    NAMES,
    OTHER_NAMES,
    SERVER,
    address,
    attested,
    completed,
    familiar,
    login_key,
    normalized,
)

OTHER = "registry.example:5000"


@pytest.mark.parametrize("host", sorted(NAMES))
def test_its_two_names_are_one(host: str) -> None:
    assert normalized(host) == DOCKER_HUB == "docker.io"


@pytest.mark.parametrize(
    "host", [OTHER, "Docker.io", "docker.io:443", "docker.io.example", *sorted(OTHER_NAMES)]
)
def test_any_other_name_is_another_registry(host: str) -> None:
    assert (normalized(host), address(host), login_key(host), attested(host)) == (host,) * 4


def test_requests_logins_and_attestations_each_use_a_name_of_their_own() -> None:
    assert address(DOCKER_HUB) == "registry-1.docker.io"
    assert login_key(DOCKER_HUB) == SERVER == "https://index.docker.io/v1/"
    assert attested(DOCKER_HUB) == "index.docker.io"


def test_only_a_name_of_one_part_at_docker_hub_is_official() -> None:
    assert completed(DOCKER_HUB, "debian") == "library/debian"
    assert completed(DOCKER_HUB, "acme/app") == "acme/app"
    assert completed(OTHER, "debian") == "debian"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("docker.io/library/debian:latest", "debian"),
        ("index.docker.io/acme/app:1", "acme/app:1"),
        ("library/a/b", "library/a/b"),
        ("ghcr.io/library/debian", "ghcr.io/library/debian"),
    ],
)
def test_a_familiar_name_leaves_out_what_docker_adds(name: str, short: str) -> None:
    assert familiar(name) == short
