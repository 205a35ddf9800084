"""What to do at a registry's provider, as steps of a remedy."""

from dataclasses import dataclass

from crreg.findings.documentation import registry_page
from crreg.findings.remedy import Link, Remedy
from crreg.net.github_hosts import container_registry
from crreg.printable import plain
from crreg.registry.providers import host_of, provider_of
from crreg.registry.providers.github import GITHUB
from crreg.registry.providers.provider import Account, Renewal
from crreg.triple import Part


@dataclass(frozen=True, slots=True)
class Advice:
    """A provider's part in a remedy."""

    renewal: Renewal
    """How to get a credential that works and lasts."""
    grant: Remedy
    """How to let an account that logs in read images."""
    page: Link
    """What crreg's documentation says about the provider."""

    @property
    def renew(self) -> Remedy:
        """How to get a credential, before its values (`renewal.parts`) are stored."""
        return self.renewal.steps


def advice_for(registry: str | None, account: str | None = None, service: str = "") -> Advice:
    """Return what a registry's provider advises, for the account of that name if it is known.

    `service` is what the registry calls itself in its challenge.
    """
    provider = provider_of(registry, account, service)
    concerned = Account(plain(host_of(registry or "")), account)
    page = Link("About this registry", registry_page(provider.page))
    return Advice(provider.renew(concerned), provider.grant_pull(concerned, ""), page)


def how_to_grant_push(registry: str, repository: str) -> Remedy:
    """Return how to let an account push to a repository of a registry."""
    return provider_of(registry).grant_push(Account(plain(host_of(registry))), plain(repository))


def how_to_create_repository(registry: str, repository: str) -> Remedy:
    """Return how to create a repository of a registry where a push creates none."""
    return provider_of(registry).create_repository(Account(plain(host_of(registry))), plain(repository))


def server_value(registry: str) -> str:
    """Return what SERVER must be for a registry."""
    return provider_of(registry).server or registry


def known_values(registry: str) -> dict[Part, str]:
    """Return the values of a triple for a registry that are the same for everybody."""
    user = advice_for(registry).renewal.user
    return {Part.SERVER: server_value(registry)} | ({Part.USER: user} if user is not None else {})


def suggested_identifier(registry: str, web_url: str) -> str:
    """Return a good identifier for a triple that logs in to `registry`."""
    is_github = registry.lower() == container_registry(web_url)
    return (GITHUB if is_github else provider_of(registry)).identifier
