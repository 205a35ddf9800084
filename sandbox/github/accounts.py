"""The endpoints of repositories, users and organizations, and of the API itself."""

# Assumes GH-DESCRIPTION.

from sandbox.github import shapes
from sandbox.github.exchange import Answer, Call, not_found
from sandbox.github.routes import ROUTER, Need, Target


@ROUTER.route("GET", "/repos/{owner}/{repo}", Need(Target.REPOSITORY))
def get_repository(call: Call) -> Answer:
    # Assumes GH-REPOSITORY.
    repository = call.world.repository(call.full_name)
    if repository is None:
        raise not_found()
    body = shapes.full_repository(call.request.base, call.world, repository)
    if call.identity.owner is not None:
        body["permissions"] = shapes.permissions(call.world.role(call.identity.owner, repository))
    return Answer(200, body)


@ROUTER.route("GET", "/orgs/{org}", Need(Target.ORGANIZATION))
def get_organization(call: Call) -> Answer:
    # Assumes GH-ACCOUNTS.
    organization = call.world.organization(call.path["org"])
    if organization is None:
        raise not_found()
    # "To see the full details about an organization, the authenticated user must be an organization owner", with the
    # scope admin:org: https://docs.github.com/en/rest/orgs/orgs#get-an-organization
    owner = organization.members.get((call.identity.owner or "").lower()) == "admin"
    details = shapes.plan(organization) if owner and "admin:org" in call.identity.scopes else {}
    return Answer(200, shapes.organization(call.request.base, organization) | details)


@ROUTER.route("GET", "/users/{username}", Need(Target.OPEN))
def get_user(call: Call) -> Answer:
    # Assumes GH-ACCOUNTS.
    account = call.world.account(call.path["username"])
    if account is None:
        raise not_found()
    return Answer(200, shapes.public_user(call.request.base, account))


@ROUTER.route("GET", "/user", Need(Target.USER))
def get_authenticated_user(call: Call) -> Answer:
    # Assumes GH-ACCOUNTS.
    account = call.world.account(call.identity.owner or "")
    if account is None:
        raise not_found()
    return Answer(200, shapes.private_user(call.request.base, account))


@ROUTER.route("GET", "/meta", Need(Target.OPEN))
def get_meta(_call: Call) -> Answer:
    # Assumes GH-ENTERPRISE.
    return Answer(200, {"verifiable_password_authentication": False})
