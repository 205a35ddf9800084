"""Accounts and repositories in GitHub's JSON format."""

# Assumes GH-DESCRIPTION.

import base64
from collections.abc import Iterator
from typing import Any

from sandbox.github.git_objects import Blob, Commit, Tree
from sandbox.github.world import ROLES, Account, Repository, World, node_id, timestamp

_USER_LINKS = {
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
    "organizations_url": "orgs",
    "repos_url": "repos",
    "events_url": "events{/privacy}",
    "received_events_url": "received_events",
}
_REPOSITORY_LINKS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}


def simple_user(base: str, account: Account) -> dict[str, Any]:
    """An account inside other objects (`simple-user`)."""
    url = f"{base}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("Organization" if account.is_organization else "User", account.id),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{account.login}",
        "type": "Organization" if account.is_organization else "User",
        "site_admin": False,
        **{name: f"{url}/{path}" for name, path in _USER_LINKS.items()},
    }


def public_user(base: str, account: Account) -> dict[str, Any]:
    """An account as anyone sees it (`public-user`)."""
    return simple_user(base, account) | {
        "name": account.login,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": timestamp(account.created_at),
        "updated_at": timestamp(account.created_at),
    }


def private_user(base: str, account: Account) -> dict[str, Any]:
    """An account as its owner sees it (`private-user`)."""
    return public_user(base, account) | {
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def organization(base: str, account: Account) -> dict[str, Any]:
    """An organization (`organization-full`)."""
    url = f"{base}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("Organization", account.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "description": None,
        "html_url": f"https://github.com/{account.login}",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "type": "Organization",
        "created_at": timestamp(account.created_at),
        "updated_at": timestamp(account.created_at),
        "archived_at": None,
    }


def plan(account: Account) -> dict[str, Any]:
    """The plan of an organization, which only its owners see in `organization-full`."""
    return {"plan": {"name": account.plan, "space": 976562499, "private_repos": 10000, "seats": 5}}


def minimal_repository(base: str, world: World, repository: Repository) -> dict[str, Any]:
    """A repository as lists show it (`minimal-repository`)."""
    url = f"{base}/repos/{repository.full_name}"
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.visibility != "public",
        "visibility": repository.visibility,
        "owner": simple_user(base, world.accounts[repository.owner.lower()]),
        "html_url": f"https://github.com/{repository.full_name}",
        "description": None,
        "fork": repository.fork,
        "url": url,
        **{name: f"{url}/{path}" for name, path in _REPOSITORY_LINKS.items()},
    }


def permissions(role: str | None) -> dict[str, bool]:
    """The permissions of the token's owner in a repository (`permissions` of `full-repository`)."""
    reached = ROLES.index(role) if role is not None else -1
    needed = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    return {name: reached >= ROLES.index(least) for name, least in needed.items()}


def full_repository(base: str, world: World, repository: Repository) -> dict[str, Any]:
    """A single repository (`full-repository`)."""
    web = f"github.com/{repository.full_name}"
    created = timestamp(repository.created_at)
    counts = ("forks", "open_issues", "watchers")
    body = minimal_repository(base, world, repository) | {
        "clone_url": f"https://{web}.git",
        "git_url": f"git://{web}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "svn_url": f"https://{web}",
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "disabled": False,
        "has_issues": repository.has_issues,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "size": 0,
        "stargazers_count": 0,
        "subscribers_count": 0,
        "network_count": 0,
        "pushed_at": timestamp(repository.pushed_at),
        "created_at": created,
        "updated_at": created,
        **dict.fromkeys(counts, 0),
        **{f"{name}_count": 0 for name in counts},
    }
    owner = world.accounts[repository.owner.lower()]
    return body | ({"organization": simple_user(base, owner)} if owner.is_organization else {})


def custom_properties(repository: Repository) -> dict[str, Any]:
    """The values of a repository's custom properties (`org-repo-custom-property-values`)."""
    return {
        "repository_id": repository.id,
        "repository_name": repository.name,
        "repository_full_name": repository.full_name,
        "properties": [
            {"property_name": name, "value": value} for name, value in repository.properties.items()
        ],
    }


def blob(base: str, repository: Repository, found: Blob) -> dict[str, Any]:
    """A git blob (`blob`)."""
    return {
        "sha": found.oid,
        "node_id": node_id(f"Blob:{found.oid}", repository.id),
        "size": len(found.data),
        "url": f"{base}/repos/{repository.full_name}/git/blobs/{found.oid}",
        "content": base64.b64encode(found.data).decode(),
        "encoding": "base64",
    }


def tree(
    base: str, repository: Repository, commit: Commit, found: Tree, *, is_recursive: bool
) -> dict[str, Any]:
    """A git tree, with everything below it if `is_recursive` (`git-tree`)."""
    url = f"{base}/repos/{repository.full_name}/git"

    def entries(folder: Tree, prefix: str) -> Iterator[dict[str, Any]]:
        for each in folder.entries:
            inside = commit.objects.get(each.oid)
            yield {
                "path": prefix + each.name,
                "mode": f"{each.mode:06o}",
                "type": each.kind,
                "sha": each.oid,
                **({"size": len(inside.data)} if isinstance(inside, Blob) else {}),
                **({"url": f"{url}/{each.kind}s/{each.oid}"} if inside is not None else {}),
            }
            if is_recursive and isinstance(inside, Tree):
                yield from entries(inside, f"{prefix}{each.name}/")

    return {
        "sha": found.oid,
        "url": f"{url}/trees/{found.oid}",
        "tree": list(entries(found, "")),
        "truncated": False,
    }
