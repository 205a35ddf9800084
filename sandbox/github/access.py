"""GitHub's refusals: the 401, 403 or 404 that a token of each kind gets."""

from collections.abc import Mapping

from sandbox.github.exchange import RefusalError, not_found
from sandbox.github.identity import Identity, TokenKind
from sandbox.github.routes import Need, Target
from sandbox.github.world import ROLES, Account, Repository, World

NO_ADMIN = "Must have admin rights to Repository."
"""GitHub's message to a classic token without the scope or the role, for any path."""
NOT_BY_TOKEN = "Resource not accessible by personal access token"
NOT_BY_INTEGRATION = "Resource not accessible by integration"
INTEGRATIONS = (TokenKind.INSTALLATION, TokenKind.WORKFLOW)
APPS = (*INTEGRATIONS, TokenKind.CODESPACE)
"""A codespace's token is an App's token for a user. GitHub's description enables Apps for no endpoint of a user's
Codespaces secrets (`x-github.enabledForGitHubApps`)."""


def authorize(world: World, identity: Identity, need: Need, path: Mapping[str, str]) -> None:
    """Raise RefusalError unless the token has access to the path."""
    # Assumes U5.
    if need.target is Target.OPEN:
        return
    if need.target is Target.APP:
        _app(identity)
    elif identity.kind is TokenKind.APP:
        raise RefusalError(403, NOT_BY_INTEGRATION)
    elif need.target is Target.REPOSITORY:
        _repository(world, identity, need, f"{path['owner']}/{path['repo']}")
    elif need.target is Target.ORGANIZATION:
        _organization(world, identity, need, path["org"])
    else:
        _user(identity, need)


def visible(world: World, identity: Identity, repository: Repository) -> bool:
    """Whether the token can see that the repository exists."""
    # Assumes GH-REPOSITORY.
    if repository.visibility == "public":
        return True
    if identity.kind is TokenKind.CLASSIC and "repo" not in identity.scopes:
        return False
    if identity.kind is not TokenKind.CLASSIC and not _reaches(identity, repository):
        return False
    return identity.owner is None or world.role(identity.owner, repository) is not None


def _app(identity: Identity) -> None:
    # Assumes GH-APP-JWT.
    if identity.kind is not TokenKind.APP:
        raise RefusalError(401, "A JSON web token could not be decoded")


def _repository(world: World, identity: Identity, need: Need, full_name: str) -> None:
    # Assumes GH-PERMISSIONS, U5, U7.
    repository = world.repository(full_name)
    if repository is None or not visible(world, identity, repository):
        raise not_found()
    if repository.visibility != "public":
        policy(world.accounts[repository.owner.lower()], identity)
    if need.permission is None or (need.public and repository.visibility == "public"):
        return
    _authenticated(identity)
    if identity.kind is TokenKind.CLASSIC and not identity.scopes.intersection(need.scopes):
        raise not_found() if need.denied else RefusalError(403, NO_ADMIN)
    if identity.kind is not TokenKind.CLASSIC:
        _permission(identity, need, reached=_reaches(identity, repository))
    if identity.owner is not None:
        role = world.role(identity.owner, repository)
        if role is None or ROLES.index(role) < ROLES.index(need.role):
            raise RefusalError(403, NO_ADMIN)


def _organization(world: World, identity: Identity, need: Need, login: str) -> None:
    # Assumes GH-PERMISSIONS, GH-PLAN, U5.
    organization = world.organization(login)
    if organization is None:
        raise not_found()
    if need.permission is None:
        return
    _authenticated(identity)
    if identity.kind is TokenKind.CLASSIC and not identity.scopes.intersection(need.scopes):
        raise RefusalError(403, NO_ADMIN)
    if identity.kind is not TokenKind.CLASSIC:
        _permission(identity, need, reached=_owns(identity, organization))
    if identity.owner is not None:
        role = organization.members.get(identity.owner.lower())
        if role is None:
            raise not_found()
        policy(organization, identity)
        if need.role == "admin" and role != "admin":
            raise RefusalError(403, NO_ADMIN)
    if need.paid and organization.plan == "free":
        raise not_found()


def policy(account: Account, identity: Identity) -> None:
    """Raise RefusalError if an organization's rules for classic tokens, apart from their scopes, forbid this one."""
    # Assumes GH-SAML, GH-NO-CLASSIC.
    if identity.kind is not TokenKind.CLASSIC:
        return
    if account.forbids_classic:
        raise RefusalError(
            403,
            f"`{account.login}` forbids access via a personal access token (classic). Please use a GitHub App, "
            "OAuth App, or a personal access token with fine-grained permissions.",
        )
    if account.saml and account.login.lower() not in identity.single_sign_on:
        page = f"https://github.com/orgs/{account.login}/sso"
        raise RefusalError(
            403,
            "Resource protected by organization SAML enforcement. You must grant your Personal Access token "
            "access to this organization.",
            X_GitHub_SSO=f"required; url={page}?authorization_request=sandbox",
        )


def _user(identity: Identity, need: Need) -> None:
    # Assumes GH-USER-LEVEL, U4, U5.
    _authenticated(identity)
    if identity.kind in APPS:
        raise RefusalError(403, NOT_BY_INTEGRATION)
    if identity.kind is TokenKind.CLASSIC and need.scopes and not identity.scopes.intersection(need.scopes):
        raise RefusalError(403, NO_ADMIN)
    if identity.kind is TokenKind.FINE_GRAINED and need.permission is not None:
        _permission(identity, need, reached=True)


def _authenticated(identity: Identity) -> None:
    # Assumes GH-UNDESCRIBED.
    if identity.kind is TokenKind.NONE:
        raise RefusalError(401, "Requires authentication")


def _permission(identity: Identity, need: Need, *, reached: bool) -> None:
    # Assumes GH-PERMISSIONS, GH-WORKFLOW-TOKEN, GH-REFUSALS.
    admitted = need.fine_grained or identity.kind is not TokenKind.FINE_GRAINED
    permitted = need.permission is None or identity.permits(need.permission, need.level)
    if not (reached and admitted and permitted):
        raise RefusalError(403, NOT_BY_INTEGRATION if identity.kind in APPS else NOT_BY_TOKEN)


def _reaches(identity: Identity, repository: Repository) -> bool:
    if identity.resource_owner is None or identity.resource_owner.lower() != repository.owner.lower():
        return False
    return identity.repositories is None or repository.id in identity.repositories


def _owns(identity: Identity, account: Account) -> bool:
    return identity.resource_owner is not None and identity.resource_owner.lower() == account.login.lower()
