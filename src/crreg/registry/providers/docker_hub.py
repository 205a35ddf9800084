"""Docker Hub.

Sources: https://docs.docker.com/security/access-tokens/reference/
https://docs.docker.com/security/access-tokens/organization-access-tokens/
https://docs.docker.com/enterprise/security/access-tokens/
"""

from crreg.findings.remedy import Link, Prose, Step
from crreg.net import docker_hub
from crreg.registry.providers.provider import Account, Attempt, Provider, Renewal, user_name

_HOME = "https://app.docker.com"
_TOKENS = "https://app.docker.com/settings/personal-access-tokens"


def _account(attempt: Attempt) -> str | None:
    """Return the Docker ID; None for an e-mail address."""
    return None if "@" in attempt.user else user_name(attempt)


def _cause(attempt: Attempt) -> str:
    if "@" in attempt.user:
        return "USER is an e-mail address, and Docker Hub needs the Docker ID."
    return "Docker Hub needs the Docker ID (not the e-mail address) and an access token that is not expired or revoked."


def _renew(account: Account) -> Renewal:
    return Renewal(
        (
            Link(
                "Sign in as the account that pulls, and create an access token with the permission Repo Read-only",
                _TOKENS,
            ),
            # The password of an organization's name is never a person's token.
            Link(
                "If USER is an organization's name, create an access token of that organization instead",
                _HOME,
            ),
        ),
        account.renewed,
    )


def _grant_pull(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Prose(
            "Add the account to the repository's collaborators or to a team that may read it. A token with the "
            "permission Repo Public Read-only can't pull private images."
        ),
    )


def _grant_push(_account: Account, _repository: str) -> tuple[Step, ...]:
    return (
        Link(
            "Use an access token with the permission Repo Read & Write, from an account that may push there",
            _TOKENS,
        ),
    )


DOCKER_HUB = Provider(
    name="Docker Hub",
    hosts=tuple(sorted(docker_hub.NAMES | docker_hub.OTHER_NAMES)),
    identifier="DOCKERHUB",
    # https://docs.github.com/codespaces/reference/allowing-your-codespace-to-access-a-private-registry
    server=docker_hub.SERVER,
    cause=_cause,
    account=_account,
    renew=_renew,
    grant_pull=_grant_pull,
    grant_push=_grant_push,
    page="docker-hub.md",
)
