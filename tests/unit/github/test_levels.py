"""Which of several secrets of one name a codespace gets."""

import itertools
from dataclasses import dataclass

import pytest

from crreg.github.levels import Level, by_precedence, effective, is_order_documented, store_path

USER, REPOSITORY, ORGANIZATION = Level


@dataclass(frozen=True)
class Stored:
    level: Level
    assigned: bool = True


def test_a_level_hides_those_that_come_after_it() -> None:
    hiding = [pair for pair in itertools.product(Level, Level) if pair[0].hides(pair[1])]
    assert hiding == [(USER, REPOSITORY), (USER, ORGANIZATION), (REPOSITORY, ORGANIZATION)]


def test_github_documents_the_order_of_repository_and_organization_only() -> None:
    assert is_order_documented((REPOSITORY, ORGANIZATION))
    assert is_order_documented((USER,))
    assert not is_order_documented((USER, REPOSITORY))
    assert not is_order_documented((ORGANIZATION, USER))


def test_a_codespace_gets_the_assigned_secret_of_the_level_that_wins() -> None:
    shared, own, hidden = Stored(ORGANIZATION), Stored(REPOSITORY), Stored(USER, assigned=False)
    assert effective([shared, hidden, own]) == own
    assert effective([shared, hidden]) == shared
    assert by_precedence([shared, own, hidden]) == (hidden, own, shared)


def test_of_secrets_that_are_not_assigned_the_one_to_assign_helps_everybody() -> None:
    assert effective([Stored(level, assigned=False) for level in (USER, ORGANIZATION)]) == Stored(
        ORGANIZATION, assigned=False
    )
    assert effective(()) is None


@pytest.mark.parametrize(
    ("level", "path"), [(USER, "/user"), (REPOSITORY, "/repos/acme/app"), (ORGANIZATION, "/orgs/acme")]
)
def test_each_level_has_a_place_of_its_own_in_the_api(level: Level, path: str) -> None:
    assert store_path(level, "acme/app") == f"{path}/codespaces/secrets"
