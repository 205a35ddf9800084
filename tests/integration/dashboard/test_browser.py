"""The page in Chromium, opened from its folder: every view in light and dark, filters, links and the keyboard."""

from pathlib import Path
from typing import Any

import pytest
from tests.integration.dashboard.conftest import browse, write
from tests.integration.dashboard.hostile_state import HOSTILE, remember_hostile

pytestmark = pytest.mark.npm
VIEWS = (
    "#/",
    "#/repositories",
    "#/repositories?show=map&q=api",
    "#/causes",
    "#/credentials",
    "#/images",
    "#/repository/acme/chat-jobs",
    "#/repository/acme/gone",
    "#/cause/none",
)


@pytest.fixture(scope="module")
def seen(page: Path) -> Any:
    return browse("visit.mjs", (page / "index.html").as_uri(), *VIEWS)


def test_nothing_is_refused_asked_for_or_wrong(seen: Any) -> None:
    assert seen["complaints"] == []


def test_axe_finds_nothing_in_any_view(seen: Any) -> None:
    assert len(seen["views"]) == 2 * len(VIEWS)
    assert {view: shown["violations"] for view, shown in seen["views"].items() if shown["violations"]} == {}


def test_it_fits_a_phone_a_tablet_and_a_desk(seen: Any) -> None:
    """Nothing but a table is scrolled sideways, no word of a table is cut, and a finger hits every link."""
    assert len(seen["narrow"]) == 3 * len(VIEWS)
    assert {view: said for view, said in seen["narrow"].items() if said} == {}


def test_each_view_shows_what_it_is_for(seen: Any) -> None:
    texts = {view.removeprefix("light "): shown["text"] for view, shown in seen["views"].items()}

    assert "Unhealthy: 23 of 300 repositories" in texts["#/"]
    assert "login-failed: HARBOR" in texts["#/"]
    assert "276\nhealthy" in texts["#/"]
    assert "2 more causes. 1 could not be proven." in texts["#/"]
    assert "4\nexpired, or expiring in 90 days" in texts["#/"]
    assert "300 of 300 repositories: 23 unhealthy, 1 unknown, 276 healthy" in texts["#/repositories"]
    assert "gh secret set HARBOR_CONTAINER_REGISTRY_PASSWORD --app codespaces --org acme" in texts["#/causes"]
    assert "registry.gitlab.acme.example" in texts["#/credentials"]
    assert "acme.azurecr.io/dev/base:1" in texts["#/images"]
    assert ".devcontainer/devcontainer.json:" in texts["#/repository/acme/chat-jobs"]
    assert "History" in texts["#/repository/acme/chat-jobs"]
    assert "does not have this repository" in texts["#/repository/acme/gone"]
    assert len({shown["title"] for shown in seen["views"].values()}) == len(VIEWS) - 1


def test_it_is_light_and_dark_as_the_system_is_or_as_chosen(seen: Any) -> None:
    grounds = {view.partition(" ")[0]: shown["ground"] for view, shown in seen["views"].items()}

    assert grounds["light"] != grounds["dark"]
    assert seen["used"]["darkGround"] == grounds["dark"]
    assert seen["used"]["keptTheme"] == "dark"
    assert seen["used"]["printed"] == ["none", grounds["light"]]


def test_a_filter_has_an_address(seen: Any) -> None:
    used = seen["used"]

    assert used["unfiltered"] == 100
    assert used["unhealthy"].startswith("23 of 300 repositories")
    assert used["gone"] == ["gone.example", "0 of 300 repositories: 0 unhealthy, 0 unknown, 0 healthy"]
    assert used["filteredAddress"] == "#/repositories?org=acme&status=unhealthy&q=HARBOR"
    assert 0 < used["filtered"] == used["again"] == used["back"] < 23
    assert used["focused"] == "filter-q"


def test_the_keyboard_leads_to_a_repository_and_back(seen: Any) -> None:
    assert seen["used"]["repository"] == seen["used"]["name"]
    assert seen["used"]["focusedTag"] == "H1"


def test_one_page_shows_both_organizations(seen: Any) -> None:
    assert seen["used"]["organizations"] == ["acme", "beta"]
    assert seen["used"]["switched"] == "#/?org=beta"


def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    state = tmp_path / "crreg.state"
    remember_hostile(state)
    assert write(state, tmp_path / "site").returncode == 0
    views = ("#/", "#/repositories", "#/causes", "#/credentials", "#/images")
    shown = browse("hostile.mjs", (tmp_path / "site" / "index.html").as_uri(), *views)

    assert shown["complaints"] == []
    assert shown["foreign"] == []
    assert HOSTILE.partition("\u2028")[0] in shown["text"]
    names = {each.partition(":")[0] for each in shown["refused"]["refused"]}
    assert names == {"innerHTML", "script.src", "policy"}
    assert not shown["refused"]["ran"]
