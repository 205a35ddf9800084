"""The endpoints of a repository's issues and of the comments on them."""

# Assumes GH-ISSUES.

from datetime import UTC, datetime
from typing import Any

from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.identity import Identity, TokenKind
from sandbox.github.pages import page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.shapes import simple_user
from sandbox.github.world import Account, Comment, Issue, World, node_id, timestamp

BASE = "/repos/{owner}/{repo}/issues"
ONE = f"{BASE}/{{issue_number}}"
READ = Need(Target.REPOSITORY, ("repo",), "issues", "read", "read", public=True)
WRITE = Need(Target.REPOSITORY, ("repo", "public_repo"), "issues", "write", "read", denied=True)


@ROUTER.route("GET", BASE, READ)
def list_issues(call: Call) -> Answer:
    # Assumes GH-ISSUES.
    state = call.request.query.get("state", "open")
    creator = call.request.query.get("creator", "").lower()
    labels = {label for label in call.request.query.get("labels", "").split(",") if label}
    found = [
        issue
        for issue in reversed(_issues(call))
        if state in ("all", issue.state)
        and labels <= set(issue.labels)
        and creator in ("", issue.author.lower())
    ]
    page, headers = page_of(call.request, found)
    return Answer(200, [_shape(call, each) for each in page], headers)


@ROUTER.route("POST", BASE, WRITE)
def create_issue(call: Call) -> Answer:
    # Assumes GH-ISSUES.
    document, issues = call.document(), _issues(call)
    if not document.get("title"):
        raise RefusalError(422, "Validation Failed")
    now = datetime.now(UTC)
    issue = Issue(
        id=next(call.world.ids),
        number=len(issues) + 1,
        author=author(call.world, call.identity).login,
        title=str(document["title"]),
        body=document.get("body"),
        labels=_label_names(document),
        state="open",
        created_at=now,
        updated_at=now,
    )
    issues.append(issue)
    return Answer(201, _shape(call, issue))


@ROUTER.route("GET", ONE, READ)
def get_issue(call: Call) -> Answer:
    return Answer(200, _shape(call, _issue(call)))


@ROUTER.route("PATCH", ONE, WRITE)
def update_issue(call: Call) -> Answer:
    document, issue = call.document(), _issue(call)
    issue.title = str(document.get("title") or issue.title)
    issue.body = document.get("body", issue.body)
    if document.get("state", issue.state) != issue.state:
        issue.state = document["state"]
        usual = "completed" if issue.state == "closed" else "reopened"
        issue.state_reason = document.get("state_reason") or usual
    if "labels" in document:
        issue.labels = _label_names(document)
    issue.updated_at = datetime.now(UTC)
    return Answer(200, _shape(call, issue))


@ROUTER.route("PUT", f"{ONE}/lock", WRITE)
def lock_issue(call: Call) -> Answer:
    _issue(call).locked = True
    return Answer(204)


@ROUTER.route("GET", f"{ONE}/comments", READ)
def list_comments(call: Call) -> Answer:
    issue = _issue(call)
    page, headers = page_of(call.request, issue.comments)
    return Answer(200, [_comment(call, issue, each) for each in page], headers)


@ROUTER.route("POST", f"{ONE}/comments", WRITE)
def create_comment(call: Call) -> Answer:
    # Assumes GH-ISSUES.
    issue, body = _issue(call), call.document().get("body")
    if not body:
        raise RefusalError(422, "Validation Failed")
    if issue.locked and call.identity.owner is None:
        raise RefusalError(403, "Unable to create comment because issue is locked.")
    writer = author(call.world, call.identity).login
    comment = Comment(next(call.world.ids), writer, str(body), datetime.now(UTC))
    issue.comments.append(comment)
    return Answer(201, _comment(call, issue, comment))


def author(world: World, identity: Identity) -> Account:
    """The author: the user, or the bot of an App."""
    if identity.owner is not None:
        return world.accounts[identity.owner.lower()]
    app = world.apps.get(identity.app_id or 0)
    slug = "github-actions" if identity.kind is TokenKind.WORKFLOW or app is None else app.slug
    return _bot(world, f"{slug}[bot]")


def _bot(world: World, login: str) -> Account:
    known = world.account(login)
    if known is None:
        known = world.accounts[login] = Account(next(world.ids), login, is_organization=False, plan="free")
    return known


def _issues(call: Call) -> list[Issue]:
    # Assumes GH-ISSUES.
    repository = call.world.repository(call.full_name)
    if repository is None:
        raise not_found()
    writes = call.request.method != "GET"
    if writes and not repository.has_issues:
        raise RefusalError(410, "Issues has been disabled in this repository.")
    if writes and repository.archived:
        raise RefusalError(403, "Repository was archived so is read-only.")
    return call.world.issues.setdefault(repository.id, [])


def _issue(call: Call) -> Issue:
    # Assumes GH-ISSUES.
    for issue in _issues(call):
        if str(issue.number) == call.path["issue_number"]:
            return issue
    raise not_found()


def _label_names(document: dict[str, Any]) -> list[str]:
    return [label if isinstance(label, str) else label["name"] for label in document.get("labels", ())]


def _address(call: Call, issue: Issue) -> str:
    return f"repos/{call.full_name}/issues/{issue.number}"


def _shape(call: Call, issue: Issue) -> dict[str, Any]:
    base = call.request.base
    repository = f"{base}/repos/{call.full_name}"
    url = f"{base}/{_address(call, issue)}"
    updated = timestamp(issue.updated_at)
    return {
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "user": simple_user(base, call.world.accounts[issue.author.lower()]),
        "labels": [
            {
                "id": index,
                "node_id": node_id("Label", index),
                "url": f"{repository}/labels/{name}",
                "name": name,
                "color": "ededed",
                "default": False,
                "description": None,
            }
            for index, name in enumerate(issue.labels, start=1)
        ],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": issue.locked,
        "comments": len(issue.comments),
        "closed_at": updated if issue.state == "closed" else None,
        "created_at": timestamp(issue.created_at),
        "updated_at": updated,
        "author_association": "MEMBER",
        "url": url,
        "repository_url": repository,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"https://github.com/{call.full_name}/issues/{issue.number}",
    }


def _comment(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    base = call.request.base
    page = f"https://github.com/{call.full_name}/issues/{issue.number}"
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": f"{base}/repos/{call.full_name}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{base}/{_address(call, issue)}",
        "body": comment.body,
        "user": simple_user(base, call.world.accounts[comment.author.lower()]),
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.created_at),
        "author_association": "MEMBER",
    }
