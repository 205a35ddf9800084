"""Which of several secrets of one name a codespace gets."""

import itertools

from crreg.github.levels import Level, is_order_documented

USER, REPOSITORY, ORGANIZATION = Level


def test_a_level_hides_those_that_come_after_it() -> None:
    hiding = [pair for pair in itertools.product(Level, Level) if pair[0].hides(pair[1])]
    assert hiding == [(USER, REPOSITORY), (USER, ORGANIZATION), (REPOSITORY, ORGANIZATION)]


def test_github_documents_the_order_of_repository_and_organization_only() -> None:
    assert is_order_documented((REPOSITORY, ORGANIZATION))
    assert is_order_documented((USER,))
    assert not is_order_documented((USER, REPOSITORY))
    assert not is_order_documented((ORGANIZATION, USER))
