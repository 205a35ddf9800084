"""Which runs have no secrets, and what each job then does."""

import pytest

from crreg.exits.exit_code import DONE
from crreg.facts.withheld_secrets import (
    CHECK,
    CHECK_ORGANIZATION,
    ENDED,
    ENSURE,
    PUBLISH,
    WithoutSecrets,
    why_withheld,
)

APP = {"full_name": "acme/app"}
FORK = {"full_name": "mallory/app"}
BOT = "dependabot[bot]"


def pull_request(head: object, author: str = "mona") -> dict[str, object]:
    return {"pull_request": {"head": {"repo": head}, "base": {"repo": APP}, "user": {"login": author}}}


@pytest.mark.parametrize("head", [FORK, None], ids=["fork", "fork that is gone"])
@pytest.mark.parametrize("name", ["pull_request", "pull_request_review", "pull_request_review_comment"])
def test_a_pull_request_from_a_fork_has_no_secrets(name: str, head: object) -> None:
    why = why_withheld(name, pull_request(head), "mona")
    assert why == "GitHub gives no secrets to workflows of a fork's pull request."


@pytest.mark.parametrize(
    ("name", "head"), [("pull_request", {"full_name": "Acme/App"}), ("pull_request_target", FORK)]
)
def test_a_pull_request_from_the_repository_and_one_that_runs_on_its_target_have_them(
    name: str, head: object
) -> None:
    assert why_withheld(name, pull_request(head), "mona") == ""


@pytest.mark.parametrize(
    "name", ["pull_request", "pull_request_review", "push", "create", "deployment_status"]
)
def test_a_run_of_dependabots_has_only_its_own(name: str) -> None:
    assert "Dependabot" in why_withheld(name, pull_request(APP), BOT)


def test_dependabots_pull_request_on_its_target_has_none_unless_somebody_else_acts() -> None:
    payload = pull_request(APP, BOT)
    assert "Dependabot" in why_withheld("pull_request_target", payload, BOT)
    assert why_withheld("pull_request_target", payload, "mona") == ""
    assert why_withheld("schedule", None, BOT) == ""


@pytest.mark.parametrize("job", [CHECK, CHECK_ORGANIZATION, ENSURE, PUBLISH], ids=lambda job: job.title)
def test_a_job_says_why_and_when_the_rest_is_done(job: WithoutSecrets) -> None:
    text = job.text("GitHub gives none.")
    assert text.startswith("GitHub gives none. ")
    assert "branch" in text


def test_a_job_that_could_do_nothing_does_not_fail() -> None:
    assert ENDED is DONE
