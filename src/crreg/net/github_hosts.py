"""GitHub's hosts: its web pages, API and container registry, on github.com and with data residency (ghe.com)."""

import re

from crreg.net.urls import Address, is_loopback

HOST = "github.com"
WEB_URL = f"https://{HOST}"
API_URL = f"https://api.{HOST}"
CONTAINER_REGISTRY = "ghcr.io"
RESIDENT = ".ghe.com"
"""The end of the host of a GitHub with data residency."""
REGISTRY_HOSTS = (CONTAINER_REGISTRY, f"containers.*{RESIDENT}")
"""Patterns of the registries that codespaces use, label by label."""
_OWN_REGISTRY = "containers."
"""The beginning of the registry's host everywhere but on github.com."""
_RESIDENT_API = re.compile(rf"api\.([a-z0-9-]+{re.escape(RESIDENT)})")


def container_registry(web_url: str) -> str:
    """The host (and port) of the container registry of the GitHub at this web address.

    `ghcr.io` for github.com, else `containers.` and the host, for GitHub Enterprise Server and for data residency.
    Codespaces exists on github.com and with data residency only; a Server's registry can be published to. An API
    on this machine is no Server, but a proxy of github.com or a stand-in for it: `containers.127.0.0.1` is no host.
    Sources: https://docs.github.com/en/enterprise-server/packages/working-with-a-github-packages-registry/working-with-the-container-registry
    https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/feature-overview-for-github-enterprise-cloud-with-data-residency
    """
    web = Address.parse(web_url)
    if web_url == WEB_URL or is_loopback(web.host):
        return CONTAINER_REGISTRY
    return f"{_OWN_REGISTRY}{web.authority}"


def web_host_of(registry: str) -> str:
    """Return the host of the web pages of the GitHub with this container registry."""
    return registry.removeprefix(_OWN_REGISTRY) if registry.startswith(_OWN_REGISTRY) else HOST


def web_url_of(api: Address) -> str:
    """Return the address of the web pages of the GitHub with this API, or the API's own host if that is not known.

    Sources: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
    https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
    """
    if api.root == API_URL:
        return WEB_URL
    resident = _RESIDENT_API.fullmatch(api.host)
    if resident and api.root == f"https://{api.host}":
        return f"https://{resident[1]}"
    return api.root
