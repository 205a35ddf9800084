"""A GitHub that is none answers what a write has to know first: nothing is written, and it is told."""

import math

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Repository
from crreg.github.levels import Level
from crreg.github.writer import SecretWriter
from crreg.net.deadline import Deadline

REPOSITORY = Repository("octo/app", 1, "private", "octo", owner_is_organization=True)


@pytest.mark.parametrize("number", [math.inf, math.nan, "x", None])
def test_no_secret_is_written_for_readers_whose_numbers_are_none(number: object) -> None:
    def answer(request: Request) -> Answer:
        if request.path.endswith("/public-key"):
            return Answer(200, {"key_id": "1", "key": "2Sg8iYjAxxmI2LvUXpJjkYrMxURPc8r+dB7TJyvvcCU="})
        readers = {"total_count": 1, "repositories": [{"id": number}]}
        is_list = request.path.partition("?")[0].endswith("/repositories")
        return Answer(200, readers if is_list else {"id": number, "visibility": "selected"})

    with serving(answer) as server:
        github = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        writer = SecretWriter(github, REPOSITORY)
        told = f"{server.url} returned a response that is not from GitHub's API."
        with pytest.raises(GitHubError) as updated:
            writer.update(Level.ORGANIZATION, "A", b"value", "selected")
        with pytest.raises(GitHubError) as assigned:
            writer.assign(Level.ORGANIZATION, "A", "octo/other")
        github.close()
    assert (updated.value.detail, assigned.value.detail) == (told, told)
    assert [request.method for request in server.requests] == ["GET"] * 4


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "POST"])
@pytest.mark.parametrize(
    "page",
    [
        Answer(200, b"<html>Sign in to the guest network</html>", {"Content-Type": "text/html"}),
        Answer(200, b""),
        Answer(302, b"", {"Location": "/login"}),
        Answer(
            307, {"message": "Temporary Redirect"}, {"Location": "http://elsewhere.example/repositories/1"}
        ),
    ],
    ids=["page", "nothing", "sign-in", "redirect"],
)
def test_a_write_that_something_else_answers_was_not_made(verb: str, page: Answer) -> None:
    with serving(lambda _: page) as server:
        github = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        with pytest.raises(GitHubError, match=r"response (that )?is not from GitHub's API"):
            github.request(verb, "/repos/octo/app/issues/1", body={})
        github.close()


@pytest.mark.parametrize("body", [{}, {"status": "ok"}, []])
def test_a_secret_that_a_gateway_answers_for_was_not_stored(body: object) -> None:
    """GitHub answers a PUT of a secret with 201 or 204."""
    with serving(lambda _: Answer(200, body)) as server:
        github = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        with pytest.raises(GitHubError, match="returned a response that is not from GitHub's API"):
            github.put("/repos/octo/app/codespaces/secrets/A", {})
        github.close()
