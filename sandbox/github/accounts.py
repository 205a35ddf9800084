"""The endpoints of repositories, users and organizations, and of the API itself."""

# Assumes GH-DESCRIPTION.

from sandbox.github import shapes
from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.git_objects import Blob, Commit, Tree
from sandbox.github.pages import page_of
from sandbox.github.routes import ROUTER, Need, Target

READ_CONTENTS = Need(Target.REPOSITORY, ("repo",), "contents", "read", "read", public=True)
# Members of the organization may read them. Which scope a classic token needs is not documented; this is the usual one.
READ_PROPERTIES = Need(
    Target.ORGANIZATION,
    ("read:org", "write:org", "admin:org"),
    "organization_custom_properties",
    "read",
    "member",
)


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


@ROUTER.route("GET", "/orgs/{org}/properties/values", READ_PROPERTIES)
def list_custom_properties(call: Call) -> Answer:
    # Assumes GH-PROPERTIES.
    if "repository_query" in call.request.query:
        raise NotImplementedError("the search of repositories by custom properties is not modeled")
    repositories = list(call.world.repositories_of(call.path["org"]))
    page, headers = page_of(call.request, repositories)
    return Answer(200, [shapes.custom_properties(each) for each in page], headers)


@ROUTER.route("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", READ_CONTENTS)
def get_blob(call: Call) -> Answer:
    # Assumes GH-GIT.
    repository, oid = call.world.repository(call.full_name), call.path["file_sha"]
    if repository is None:
        raise not_found()
    blob = repository.history.find(oid, repository.default_branch)
    if not isinstance(blob, Blob) or blob.oid != oid:
        raise not_found()
    return Answer(200, shapes.blob(call.request.base, repository, blob))


@ROUTER.route("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", READ_CONTENTS)
def get_tree(call: Call) -> Answer:
    # Assumes GH-GIT.
    repository = call.world.repository(call.full_name)
    if repository is None:
        raise not_found()
    if not repository.history.branches:
        raise RefusalError(409, "Git Repository is empty.")
    found = repository.history.find(call.path["tree_sha"], repository.default_branch)
    commit = found if isinstance(found, Commit) else repository.history.holder(found.oid if found else "")
    tree = commit.objects[found.root] if isinstance(found, Commit) and commit else found
    if commit is None or not isinstance(tree, Tree):
        raise not_found()
    # "Setting this parameter to any value returns the objects or subtrees", even to 0 or false.
    is_recursive = "recursive" in call.request.query
    body = shapes.tree(call.request.base, repository, commit, tree, is_recursive=is_recursive)
    return Answer(200, body)


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
