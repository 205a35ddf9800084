"""Azure Container Registry.

Sources: https://learn.microsoft.com/azure/container-registry/container-registry-token-based-repository-permissions
https://learn.microsoft.com/cli/azure/acr/token/credential
https://learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions
https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks
"""

import re

from crreg.findings.remedy import Prose, Step, command
from crreg.registry.providers.provider import BOTH, Account, Attempt, Provider, Renewal, user_name
from crreg.triple import Part

_NOBODY = "00000000-0000-0000-0000-000000000000"
"""The user name for a Microsoft Entra access token."""
_APPLICATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BLOCKED = re.compile(r"client with IP '[^']*' is not allowed access|aka\.ms/acr/firewall", re.IGNORECASE)
_NEW_TOKEN = "codespaces-pull"  # noqa: S105 - a token's name, no token
_TOKEN = ("az", "acr", "token")
_MAY_PULL = ("--scope-map", "_repositories_pull")


def _registry(host: str) -> str:
    """Return the registry's name, which has only letters and digits; in a host, a hyphen and a hash may follow it.

    Source: https://learn.microsoft.com/powershell/module/az.containerregistry/test-azcontainerregistrynameavailability
    """
    return host.partition(".")[0].partition("-")[0]


def _account(attempt: Attempt) -> str | None:
    return None if attempt.user == _NOBODY else user_name(attempt)


def _renew(account: Account) -> Renewal:
    registry, name = _registry(account.host), account.name
    if name is None:
        return Renewal(
            (
                Prose(
                    "Create a token that may pull. Its name is the new USER, and one of its passwords the new PASSWORD:"
                ),
                command(*_TOKEN, "create", "--registry", registry, "--name", _NEW_TOKEN, *_MAY_PULL),
            ),
            BOTH,
        )
    return Renewal(_new_password(registry, name), (Part.PASSWORD,))


def _new_password(registry: str, name: str) -> tuple[Step, ...]:
    if _APPLICATION.fullmatch(name):
        return (
            Prose("Add a client secret to the service principal; its `password` is the new PASSWORD:"),
            command("az", "ad", "sp", "credential", "reset", "--id", name, "--append"),
        )
    if name.lower() == registry:
        return (
            Prose(
                "USER is the registry's admin user. If it is enabled, this shows the passwords that are valid now:"
            ),
            command("az", "acr", "credential", "show", "--name", registry),
        )
    return (
        Prose(
            "Generate a second password for the token (use --password1 if the second one is in use elsewhere):"
        ),
        command(*_TOKEN, "credential", "generate", "--registry", registry, "--name", name, "--password2"),
    )


def _grant_pull(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Prose(
            "Give the service principal the role AcrPull, or the token a scope map with content/read. In a registry "
            'with "RBAC Registry + ABAC Repository Permissions", AcrPull has no effect: the role is Container Registry '
            "Repository Reader."
        ),
    )


def _grant_push(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Prose(
            "Give the service principal the role AcrPush, or the token a scope map with content/read and "
            'content/write. In a registry with "RBAC Registry + ABAC Repository Permissions", AcrPush has no effect: '
            "the role is Container Registry Repository Writer."
        ),
    )


AZURE = Provider(
    name="Azure Container Registry",
    hosts=("**.azurecr.io", "**.azurecr.cn", "**.azurecr.us"),
    identifier="ACR",
    public_users=frozenset({_NOBODY}),
    cause=lambda _: (
        "Azure accepts a registry token, a service principal whose secret has not expired, or the registry's "
        "admin user if it is enabled."
    ),
    blocks=lambda says: _BLOCKED.search(says) is not None,
    account=_account,
    renew=_renew,
    grant_pull=_grant_pull,
    grant_push=_grant_push,
    page="azure.md",
)
