"""Where a list ends, on a server that counts or links its pages in another way than the sandbox's."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.unit.registry.servers import Answer, Request, Server, serving

from crreg.github.client import GitHub
from crreg.github.inventory import LevelInventory, LevelStatus
from crreg.github.levels import Level
from crreg.github.secrets import list_repository
from crreg.net.deadline import Deadline

NAMES = ["A", "B", "C"]
NEXT = {
    "Link": '<https://api.github.com/anything?page=2>; rel="next", <https://api.github.com/x?page=3>; rel="last"'
}


def listed(
    count: Mapping[str, Any], pages: list[list[str]], *, links: bool = True
) -> tuple[LevelInventory, Server]:
    """List a repository's secrets, which are on these pages; `count` is part of each."""
    left = iter(enumerate(pages, 1))

    def answer(request: Request) -> Answer:
        assert urlsplit(request.path).path == "/repos/octo/app/codespaces/secrets"
        number, names = next(left, (len(pages), []))
        secrets = [{"name": name, "updated_at": "2026-01-02T03:04:05Z"} for name in names]
        return Answer(200, {**count, "secrets": secrets}, NEXT if links and number < len(pages) else {})

    with serving(answer) as server:
        github = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        found = list_repository(github, "octo/app")
        github.close()
    return found, server


@pytest.mark.parametrize("count", [{"total_count": 3}, {"total_count": 1}, {"total_count": 0}, {}])
def test_a_list_goes_on_while_a_next_page_is_linked(count: Mapping[str, Any]) -> None:
    found, server = listed(count, [["A"], ["B"], ["C"]])
    assert [secret.name for secret in found.secrets] == NAMES
    assert len(server.requests) == len(NAMES)


def test_a_list_goes_on_while_entries_are_missing_though_nothing_is_linked() -> None:
    found, server = listed({"total_count": 3}, [["A", "B"], ["C"]], links=False)
    assert [secret.name for secret in found.secrets] == NAMES
    assert len(server.requests) == 2


@pytest.mark.parametrize("count", [{"total_count": 3}, {"total_count": None}, {"total_count": "3"}, {}])
def test_a_list_ends_with_one_request_where_nothing_says_otherwise(count: Mapping[str, Any]) -> None:
    found, server = listed(count, [NAMES])
    assert [secret.name for secret in found.secrets] == NAMES
    assert len(server.requests) == 1


def test_secrets_that_are_counted_and_not_shown_are_not_missing() -> None:
    found, _ = listed({"total_count": 5}, [NAMES])
    assert found.level is Level.REPOSITORY
    assert found.status is LevelStatus.UNREADABLE
    assert found.detail.startswith("GitHub shows this token only 3 entries of a longer list.")
