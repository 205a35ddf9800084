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
        )
    except GitHubError as error:
        return error
    except Exception:  # noqa: BLE001 - the answer can hold anything
        detail = f"{github.api_url} answered something that is not GitHub's API."
        return GitHubError(Cause.UNREACHABLE, detail)
