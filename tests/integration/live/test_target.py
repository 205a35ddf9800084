"""Before anything is created, the suite makes sure whose account it is and what each token is."""

from dataclasses import replace

import pytest
from live.profiles import PROFILES
from live.reference import SCOPES
from live.stage import Owner, Services
from live.target import UnusableError, look, people
from live.web import UnansweredError
from tests.integration.live.stand_in import ACCOUNT, StandIn


def refusal(stand_in: StandIn, token: str, owner: str = "acme") -> str:
    with pytest.raises(UnusableError) as refused:
        look(stand_in.send, stand_in.reference.services, token, owner)
    assert token not in str(refused.value)
    return str(refused.value)


def test_an_organization_and_ones_own_account_are_recognized(stand_in: StandIn) -> None:
    reference = stand_in.reference
    found = look(stand_in.send, reference.services, reference.token, "ACME")
    assert replace(found, scopes=()) == replace(ACCOUNT, scopes=())
    assert set(found.scopes) == set(SCOPES)
    mine = look(stand_in.send, reference.services, reference.token, "mona")
    assert (mine.owner, mine.plan) == (Owner("mona", is_organization=False), "free")


def test_what_the_suite_can_not_work_with_is_refused(stand_in: StandIn) -> None:
    reference = stand_in.reference
    assert refusal(stand_in, "ghp_nobody's") == (
        "GitHub answers the token with 401. Make a classic token, and try again."
    )
    less = reference.github.add_token("classic", owner="mona", scopes=SCOPES[1:])
    assert refusal(stand_in, less) == "The token lacks the scopes repo. Make a classic token that has them."
    assert refusal(stand_in, reference.token, "nobody") == "There is no account 'nobody'."
    reference.github.add_user("another")
    assert refusal(stand_in, reference.token, "another") == (
        "'another' is another person. Name your own account, or an organization of yours."
    )


def test_a_github_that_does_not_answer_is_said_so() -> None:
    def silent(_: object) -> None:
        raise UnansweredError("no answer: NewConnectionError")

    with pytest.raises(UnusableError, match=r"^GitHub could not be asked: no answer: NewConnectionError.$"):
        look(silent, Services(), "ghp_x", "acme")  # type: ignore[arg-type] # it answers nothing


def test_a_token_is_of_the_kind_that_its_variable_says(stand_in: StandIn) -> None:
    reference = stand_in.reference
    tokens = {name: token for name, (_, token) in reference.tokens(PROFILES).items()}

    def found(**changed: str) -> dict[str, tuple[str, str]]:
        named = {name.replace("_", "-"): token for name, token in changed.items()}
        return people(stand_in.send, reference.services, ACCOUNT, named)

    everyone = people(stand_in.send, reference.services, ACCOUNT, tokens)
    assert {name: token for name, (_, token) in everyone.items()} == tokens
    with pytest.raises(
        UnusableError, match=r"CRREG_LIVE_CLASSIC_REPO is not classic, .*: its scopes are \['admin:org'\]"
    ):
        found(classic_repo=tokens["classic-admin-org"])
    with pytest.raises(UnusableError, match=r"CRREG_LIVE_WRITER_CLASSIC_REPO is not .*: it belongs to mona"):
        found(writer_classic_repo=tokens["classic-repo"])
    with pytest.raises(UnusableError, match="GitHub answers the token CRREG_LIVE_CLASSIC_REPO with 401"):
        found(classic_repo="ghp_nobody's")
