"""The hosts of a GitHub: its registry, and its web pages."""

import pytest

from crreg.net.github_hosts import container_registry, web_host_of, web_url_of
from crreg.net.urls import Address


@pytest.mark.parametrize(
    ("web_url", "registry"),
    [
        ("https://github.com", "ghcr.io"),
        ("https://ghe.example", "containers.ghe.example"),
        ("https://GHE.example:8443", "containers.ghe.example:8443"),
        ("https://octocorp.ghe.com", "containers.octocorp.ghe.com"),
        ("http://127.0.0.1:8080", "ghcr.io"),
        ("http://localhost:8080", "ghcr.io"),
        ("http://[::1]:8080", "ghcr.io"),
    ],
)
def test_each_github_has_a_registry_of_its_own(web_url: str, registry: str) -> None:
    assert container_registry(web_url) == registry


@pytest.mark.parametrize(
    ("registry", "host"),
    [("ghcr.io", "github.com"), ("containers.octocorp.ghe.com", "octocorp.ghe.com")],
)
def test_a_registry_belongs_to_a_github(registry: str, host: str) -> None:
    assert web_host_of(registry) == host
    assert container_registry(f"https://{host}") == registry


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.github.com:443/", "https://github.com"),
        ("https://api.octocorp.ghe.com", "https://octocorp.ghe.com"),
        ("http://api.github.com", "http://api.github.com"),
        ("https://api.octocorp.ghe.com:8443", "https://api.octocorp.ghe.com:8443"),
        ("https://ghe.example/api/v3", "https://ghe.example"),
    ],
)
def test_the_web_pages_of_an_api(api: str, web: str) -> None:
    assert web_url_of(Address.parse(api)) == web
