"""GitHub's container registry: ghcr.io, and containers.SUBDOMAIN.ghe.com with data residency.

Sources: https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
https://docs.github.com/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
https://docs.github.com/enterprise-cloud@latest/admin/data-residency/feature-overview-for-github-enterprise-cloud-with-data-residency
"""

from crreg.findings.remedy import Link, Prose, Step
from crreg.net.github_hosts import REGISTRY_HOSTS, web_host_of
from crreg.registry.providers.provider import Account, Attempt, Provider, Renewal

ANY_USER = "x-access-token"
"""A user name for logins with a token of GitHub: the registry only checks the token."""


def _cause(attempt: Attempt) -> str:
    if attempt.password.startswith("github_pat_"):
        return "PASSWORD is a fine-grained token, which GHCR does not accept: use a classic one."
    return "GHCR accepts a workflow's own token, or a classic personal access token that is not expired or revoked."


def _renew(account: Account) -> Renewal:
    tokens = f"https://{web_host_of(account.host)}/settings/tokens"
    return Renewal(
        (
            Link(
                "Create a classic personal access token with the scope read:packages",
                f"{tokens}/new?scopes=read:packages&description=codespaces",
            ),
            Link(
                "If the organization uses single sign-on, authorize the token for it under Configure SSO",
                tokens,
            ),
        ),
        account.renewed,
    )


def _grant_pull(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Prose(
            "Make sure that the token has the scope read:packages, and that the package's settings let the account "
            "read it. Authorize the token for single sign-on if the organization uses it. A package that this "
            "repository's codespaces may read (Manage Codespaces access, or inherited access) needs no triple at all."
        ),
    )


def _grant_push(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Prose(
            "Use the workflow's GITHUB_TOKEN with the permission packages: write, or a classic personal access token "
            "with the scope write:packages."
        ),
    )


GITHUB = Provider(
    name="GitHub Container Registry",
    hosts=REGISTRY_HOSTS,
    identifier="GHCR",
    public_users=frozenset({ANY_USER}),
    cause=_cause,
    renew=_renew,
    grant_pull=_grant_pull,
    grant_push=_grant_push,
    # Users report both: https://github.com/dexidp/dex/issues/2672
    forbids_unknown=True,
    stale_login_blocks_public=True,
    page="ghcr.md",
)
