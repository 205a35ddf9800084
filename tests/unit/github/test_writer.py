"""What a writer sends, on a server that answers as GitHub would where the sandbox's has no way to."""

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Repository
from crreg.github.levels import Level
from crreg.github.writer import SecretWriter
from crreg.net.deadline import Deadline

REPOSITORY = Repository("octo/app", 1, "private", "octo", owner_is_organization=True)
KEY = Answer(200, {"key_id": "1", "key": "2Sg8iYjAxxmI2LvUXpJjkYrMxURPc8r+dB7TJyvvcCU="})


@pytest.mark.parametrize("level", [Level.ORGANIZATION, Level.USER])
def test_a_list_that_github_does_not_show_whole_is_left_and_so_is_the_value(level: Level) -> None:
    pages = iter([[{"id": 7}], []])

    def answer(request: Request) -> Answer:
        if request.path.endswith("/public-key"):
            return KEY
        if request.path.endswith("/A"):
            return Answer(200, {"visibility": "selected"})
        return Answer(200, {"total_count": 2, "repositories": next(pages)})

    with serving(answer) as server:
        github = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        with pytest.raises(GitHubError) as raised:
            SecretWriter(github, REPOSITORY).update(level, "A", b"value", "selected")
        github.close()
    assert raised.value.detail == "GitHub shows this token only 1 entries of a longer list."
    assert {request.method for request in server.requests} == {"GET"}


def test_a_list_without_the_organizations_of_single_sign_on_is_left() -> None:
    """GitHub counts what it shows, so that only a header says that something is missing."""
    partial = {"X-GitHub-SSO": "partial-results; organizations=21955855,20582480"}

    def answer(request: Request) -> Answer:
        if request.path.endswith("/public-key"):
            return KEY
        return Answer(200, {"total_count": 1, "repositories": [{"id": 7}]}, partial)

    with serving(answer) as server:
        github = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        with pytest.raises(GitHubError, match="whose single sign-on the token is not authorized for"):
            SecretWriter(github, REPOSITORY).update(Level.USER, "A", b"value", "selected")
        github.close()
    assert {request.method for request in server.requests} == {"GET"}
