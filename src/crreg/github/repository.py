"""Reading the repository itself: its visibility, and whose it is."""

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError
from crreg.github.inventory import Repository


def read_repository(github: GitHub, full_name: str) -> Repository | GitHubError:
    """Ask for a repository (`owner/name`); the error, not raised, where GitHub gives none."""
    try:
        answer = github.get(f"/repos/{full_name}")
        return Repository(
            full_name=str(answer["full_name"]),
            id=int(answer["id"]),
            visibility=str(answer.get("visibility") or ("private" if answer["private"] else "public")),
            owner=str(answer["owner"]["login"]),
            owner_is_organization=answer["owner"]["type"] == "Organization",
            may_write=_may_write(answer.get("permissions")),
        )
    except GitHubError as error:
        return error
    except Exception:  # noqa: BLE001 - the answer can hold anything
        detail = f"{github.api_url} answered something that is not GitHub's API."
        return GitHubError(Cause.UNREACHABLE, detail)


def _may_write(permissions: object) -> bool | None:
    """What `permissions.push` of a repository tells.

    Source: https://docs.github.com/en/rest/repos/repos#get-a-repository (`full-repository`)
    """
    push = permissions.get("push") if isinstance(permissions, dict) else None
    return push if isinstance(push, bool) else None
