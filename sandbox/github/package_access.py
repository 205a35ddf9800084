"""Who may read, write and create container packages, and what GHCR says to who may not.

GitHub documents the rules ("About permissions for GitHub Packages", "Configuring a package's access control and
visibility"); the refusals are what people report of pushes and pulls.
"""

from sandbox.github.identity import Identity, TokenKind
from sandbox.github.world import ROLES, Account, Package, Repository, World

NO_SCOPES = "permission_denied: The token provided does not match expected scopes."
NO_READ = "permission_denied: read_package"
NO_WRITE = "permission_denied: write_package"
NO_CREATE = "permission_denied: create_package"
NO_OWNER = "not_found: owner not found"
NOT_INSTALLED = "permission_denied: The requested installation does not exist."
MAY_NOT_CREATE = "installation not allowed to Create organization package"
MAY_NOT_WRITE = "installation not allowed to Write organization package"
READING = frozenset({"read:packages", "write:packages"})
_OF_REPOSITORIES = (TokenKind.WORKFLOW, TokenKind.CODESPACE)
"""Kinds that reach what their repositories do, no matter who started them.

The token of a GitHub App's installation logs in and reaches no package that is not public, whatever its permissions:
https://github.com/jikig-ai/soleur/issues/6073, https://github.com/akuity/kargo/pull/2391; GitHub's description of the
REST API has `enabledForGitHubApps: false` for packages.
"""


def may_read(world: World, identity: Identity, package: Package) -> bool:
    """Whether the package is the token's to see and pull; what the token itself must hold is not judged here."""
    # Assumes GHCR-ACCESS, GH-APP-PACKAGES.
    if package.visibility == "public":
        return True
    if identity.kind is TokenKind.INSTALLATION:
        return False
    if identity.kind in _OF_REPOSITORIES:
        return identity.permits("packages", "read") and _repositories_read(world, identity, package)
    owner = world.accounts[package.owner.lower()]
    if identity.owner is None or not _admits(owner, identity):
        return False
    person = identity.owner.lower()
    if _administers(owner, person) or package.publisher == person:
        return True
    internal = package.visibility == "internal" and person in owner.members
    return internal or _role(world, person, package) is not None


def may_write(world: World, identity: Identity, package: Package) -> bool:
    """Whether the token may push to a package that is there; again scopes aside."""
    # Assumes GHCR-ACCESS.
    if identity.kind is TokenKind.INSTALLATION:
        return False
    if identity.kind in _OF_REPOSITORIES:
        if identity.kind is TokenKind.CODESPACE or not identity.permits("packages", "write"):
            return False
        given = any(
            role != "read" and _reaches(world, identity, repository)
            for repository, role in package.actions_access.items()
        )
        return given or _inherits(world, identity, package)
    owner = world.accounts[package.owner.lower()]
    if identity.owner is None or not _admits(owner, identity):
        return False
    person = identity.owner.lower()
    role = _role(world, person, package)
    writes = role is not None and ROLES.index(role) >= ROLES.index("write")
    return _administers(owner, person) or package.publisher == person or writes


def pull_refusal(world: World, identity: Identity, package: Package) -> str | None:
    """What GHCR says to a pull; None if it is allowed."""
    # Assumes GHCR-ACCESS, GHCR-WORDS.
    if package.visibility == "public":
        return None
    if _lacks(identity, READING):
        return NO_SCOPES
    return None if may_read(world, identity, package) else NO_READ


def push_refusal(world: World, identity: Identity, owner: str, package: Package | None) -> str | None:
    """What GHCR says to a push to a package of `owner`, which is to be created if None; None if it is allowed."""
    # Assumes GHCR-ACCESS, GHCR-WORDS.
    if _lacks(identity, frozenset({"write:packages"})):
        return NO_SCOPES
    account = world.account(owner)
    if account is None:
        return NO_OWNER
    if package is not None:
        if may_write(world, identity, package):
            return None
        unpermitted = identity.kind in (TokenKind.INSTALLATION, TokenKind.WORKFLOW) and not identity.permits(
            "packages", "write"
        )
        return MAY_NOT_WRITE if unpermitted and _at_home(identity, account) else NO_WRITE
    return _creation_refusal(identity, account)


def _creation_refusal(identity: Identity, account: Account) -> str | None:
    if identity.kind in (TokenKind.INSTALLATION, TokenKind.WORKFLOW):
        if not _at_home(identity, account):
            return NOT_INSTALLED
        creates = identity.kind is TokenKind.WORKFLOW and identity.permits("packages", "write")
        return None if creates and account.creates_packages else MAY_NOT_CREATE
    if identity.kind is TokenKind.CODESPACE or identity.owner is None:
        return NO_CREATE
    person = identity.owner.lower()
    home = person == account.login.lower() or (person in account.members and account.creates_packages)
    return None if home and _admits(account, identity) else NO_CREATE


def _lacks(identity: Identity, scopes: frozenset[str]) -> bool:
    """Whether the token is of a kind that GHCR doesn't know, or has none of the scopes."""
    # Assumes U8.
    if identity.kind is TokenKind.CLASSIC:
        return not identity.scopes & scopes
    return identity.kind is TokenKind.FINE_GRAINED


def _repositories_read(world: World, identity: Identity, package: Package) -> bool:
    # Assumes GHCR-OTHER-REPOSITORIES, GHCR-INTERNAL-ELSEWHERE.
    if _inherits(world, identity, package):
        return True
    if identity.kind is not TokenKind.CODESPACE:
        return any(_reaches(world, identity, repository) for repository in package.actions_access)
    if any(_reaches(world, identity, repository) for repository in package.codespaces_access):
        return True
    # GitHub does not document which packages `packages: read` of another repository opens; here those that inherit
    # that repository's access.
    linked = _inherited(world, package)
    if linked is not None and linked.id in identity.packages_of:
        return True
    owned = (identity.resource_owner or "").lower() == package.owner.lower()
    started_for = (world.repository_by_id(each) for each in identity.repositories or ())
    hidden = any(each is not None and each.visibility != "public" for each in started_for)
    return package.visibility == "internal" and owned and hidden


def _inherits(world: World, identity: Identity, package: Package) -> bool:
    linked = _inherited(world, package)
    return linked is not None and _reaches(world, identity, linked.id)


def _inherited(world: World, package: Package) -> Repository | None:
    """The repository whose access the package inherits."""
    return world.repository(package.repository) if package.repository and package.inherits else None


def _reaches(world: World, identity: Identity, identifier: int) -> bool:
    if identity.repositories is not None:
        return identifier in identity.repositories
    repository = world.repository_by_id(identifier)
    return repository is not None and (identity.resource_owner or "").lower() == repository.owner.lower()


def _role(world: World, person: str, package: Package) -> str | None:
    """What a person may do with the package by way of the repository that it inherits from."""
    linked = _inherited(world, package)
    return world.role(person, linked) if linked is not None else None


def _administers(account: Account, person: str) -> bool:
    return person == account.login.lower() or account.members.get(person) == "admin"


def _at_home(identity: Identity, account: Account) -> bool:
    return (identity.resource_owner or "").lower() == account.login.lower()


def _admits(account: Account, identity: Identity) -> bool:
    """Whether an organization's policy lets a classic token in at all."""
    if identity.kind is not TokenKind.CLASSIC:
        return True
    return not account.forbids_classic and (
        not account.saml or account.login.lower() in identity.single_sign_on
    )
