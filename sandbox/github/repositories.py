"""The endpoints that create and delete repositories, and write a file into one."""

# Assumes GH-REPOSITORY-LIFE.

import base64
import binascii
import hashlib
from datetime import UTC, datetime
from typing import Any

from sandbox.github.exchange import Answer, Call, RefusalError
from sandbox.github.git_objects import File
from sandbox.github.identity import TokenKind
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.shapes import full_repository, permissions
from sandbox.github.world import Account, Repository, node_id

CREATE = Need(Target.ORGANIZATION, ("repo",), "administration", "write", "member")
CREATE_OWN = Need(Target.USER, ("repo",), "administration", "write")
DELETE = Need(Target.REPOSITORY, ("delete_repo",), "administration", "write", "admin")
WRITE = Need(Target.REPOSITORY, ("repo",), "contents", "write", "write")
_WORKFLOWS = ".github/workflows/"


@ROUTER.route("POST", "/orgs/{org}/repos", CREATE)
def create_in_organization(call: Call) -> Answer:
    organization = call.world.organization(call.path["org"])
    assert organization is not None
    return _create(call, organization)


@ROUTER.route("POST", "/user/repos", CREATE_OWN)
def create_own(call: Call) -> Answer:
    assert call.identity.owner is not None
    return _create(call, call.world.accounts[call.identity.owner.lower()])


@ROUTER.route("DELETE", "/repos/{owner}/{repo}", DELETE)
def delete(call: Call) -> Answer:
    world = call.world
    repository = world.repository(call.full_name)
    assert repository is not None
    world.remove(repository)
    for key in [key for key in world.stores if key[1:] == ("repository", call.full_name.lower())]:
        del world.stores[key]
    world.variables.pop(("repository", call.full_name.lower()), None)
    for levels in world.stores.values():
        for secret in levels.secrets.values():
            secret.repositories = [each for each in secret.repositories if each != repository.id]
    return Answer(204)


@ROUTER.route("PUT", "/repos/{owner}/{repo}/contents/{path}", WRITE)
def put_file(call: Call) -> Answer:
    # Assumes GH-WORKFLOW-FILES.
    repository = call.world.repository(call.full_name)
    assert repository is not None
    path, document = call.path["path"], call.document()
    lacks = call.identity.kind is TokenKind.CLASSIC and "workflow" not in call.identity.scopes
    if path.startswith(_WORKFLOWS) and lacks:
        raise RefusalError(404, "Not Found")
    try:
        content = base64.b64decode(document["content"], validate=True)
    except binascii.Error as error:
        raise RefusalError(422, "content is not valid Base64") from error
    now = datetime.now(UTC)
    files = repository.history.files(repository.default_branch)
    created = path not in files
    repository.history.add({**files, path: File(content)}, now, repository.default_branch)
    repository.pushed_at = now
    return Answer(201 if created else 200, _commit(call, repository, path, content, document["message"]))


def _create(call: Call, owner: Account) -> Answer:
    document = call.document()
    name, world = str(document["name"]), call.world
    if world.repository(f"{owner.login}/{name}") is not None:
        body = {"message": "Repository creation failed.", "documentation_url": "https://docs.github.com/rest"}
        errors = [{"resource": "Repository", "code": "custom", "field": "name", "message": "already exists"}]
        return Answer(422, {**body, "errors": errors})
    repository = Repository(
        next(world.ids), owner.login, name, "private" if document.get("private") else "public"
    )
    world.add(repository)
    shown = full_repository(call.request.base, world, repository)
    if call.identity.owner is not None:
        shown["permissions"] = permissions(world.role(call.identity.owner, repository))
    return Answer(201, shown, {"Location": shown["url"]})


def _commit(call: Call, repository: Repository, path: str, content: bytes, message: str) -> dict[str, Any]:
    sha = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    api, web = (
        f"{call.request.base}/repos/{repository.full_name}",
        f"https://github.com/{repository.full_name}",
    )
    person = {"date": "2026-01-01T00:00:00Z", "name": call.identity.owner, "email": "sandbox@example.com"}
    url, git, html = f"{api}/contents/{path}?ref=main", f"{api}/git/blobs/{sha}", f"{web}/blob/main/{path}"
    file = {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(content),
        "url": url,
        "html_url": html,
        "git_url": git,
        "download_url": f"https://raw.githubusercontent.com/{repository.full_name}/main/{path}",
        "type": "file",
        "_links": {"self": url, "git": git, "html": html},
    }
    commit = {
        "sha": sha,
        "node_id": node_id("Commit", repository.id),
        "url": f"{api}/git/commits/{sha}",
        "html_url": f"{web}/commit/{sha}",
        "author": person,
        "committer": person,
        "message": message,
        "tree": {"url": f"{api}/git/trees/{sha}", "sha": sha},
        "parents": [],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }
    return {"content": file, "commit": commit}
