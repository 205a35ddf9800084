"""Which repositories a run is about."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crreg.organization.listed import Listed
from crreg.organization.selection import Selection, SelectionError, parse_properties

APP = Listed(
    1,
    "acme/App-Web",
    "private",
    "main",
    "c" * 40,
    topics=("web", "go"),
    properties={"team": ("shop",), "tier": ("1", "2")},
)
PUSHED = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(repositories=("app-*",)),
        Selection(repositories=("ACME/app-web", "x")),
        Selection(repositories=("acme/*",)),
        Selection(topics=("GO", "rust")),
        Selection(properties=(("team", "shop"), ("tier", "2"))),
        Selection(changed_since=PUSHED),
    ],
)
def test_a_repository_that_all_filters_let_through_is_taken(selection: Selection) -> None:
    assert selection.takes(APP, PUSHED)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(repositories=("other/*",)),
        Selection(repositories=("web",)),
        Selection(exclude=("*-web",)),
        Selection(repositories=("*",), exclude=("acme/app-web",)),
        Selection(topics=("rust",)),
        Selection(properties=(("team", "shop"), ("tier", "3"))),
        Selection(properties=(("none", ""),)),
        Selection(changed_since=PUSHED.replace(day=2)),
    ],
)
def test_one_filter_is_enough_to_leave_a_repository_out(selection: Selection) -> None:
    assert not selection.takes(APP, PUSHED)


def test_a_repository_without_a_push_has_not_changed() -> None:
    assert not Selection(changed_since=PUSHED).takes(APP, None)
    assert Selection().takes(APP, None)


def test_an_archived_repository_must_be_named() -> None:
    archived = replace(APP, is_archived=True)
    assert not Selection().takes(archived, PUSHED)
    assert not Selection(repositories=("app-*",)).takes(archived, PUSHED)
    assert Selection(repositories=("app-*", "app-web")).takes(archived, PUSHED)


@pytest.mark.parametrize("name", ["main", "release/1.2", "dépôt", "a@b", "x-"])
def test_the_name_of_a_branch_is_accepted(name: str) -> None:
    assert Selection(branches=(name,)).branches == (name,)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a..b",
        "a:b",
        "a b",
        "a^",
        "a~1",
        "a@{1}",
        "/a",
        "a/",
        "a//b",
        "a.lock",
        "a/.b",
        ".a",
        "a.",
        "a\n",
        "*",
    ],
)
def test_what_git_reads_as_anything_else_is_refused(name: str) -> None:
    with pytest.raises(SelectionError):
        Selection(branches=(name,))


def test_properties_are_names_and_values() -> None:
    assert parse_properties(["team=shop", "a=b=c", "empty="]) == (
        ("team", "shop"),
        ("a", "b=c"),
        ("empty", ""),
    )
    for text in ("team", "=shop", ""):
        with pytest.raises(SelectionError):
            parse_properties([text])
