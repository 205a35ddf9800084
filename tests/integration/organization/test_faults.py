"""What goes wrong with one repository, or for a while, costs only that; and the next run completes."""

from collections.abc import Callable
from typing import Any

import pytest
from sandbox import credentials
from sandbox.github.limits import Rules
from tests.integration.organization.scene import AZURE, Organization, dev_container, good, status

from crreg.organization.state import State

DEV_CONTAINER = dev_container(f"{AZURE}/dev/base:1")
QUERIES = "/graphql"


@pytest.fixture
def acme(acme: Organization) -> Organization:
    for number in range(6):
        acme.add(f"app-{number}", DEV_CONTAINER)
    acme.store(good(acme))
    return acme


def settled(document: dict[str, Any]) -> dict[str, Any]:
    """A report without what is left of GitHub's limits."""
    return {**document, "notes": []}


def test_a_run_that_follows_one_killed_at_any_request_reports_what_an_undisturbed_one_does(
    acme: Organization,
) -> None:
    for number in range(1, 6):
        acme.github.repositories.delete(f"acme/app-{number}")
    acme.github.forget()
    undisturbed = acme.check().document
    requests = len(acme.github.requests())
    assert requests >= 5
    for passing in range(requests):
        file = f"state-{passing}"
        with acme.github.limits.held(passing=passing), acme.started("--org", "acme", "--state", file):
            acme.github.limits.wait_until_held()
        ended = acme.check("--state", file)
        assert ended.code == 0, ended.errors
        assert settled(ended.document) == settled(undisturbed), passing
        assert "damaged" not in ended.errors


def rename(acme: Organization) -> None:
    acme.github.repositories.after(1, QUERIES).rename("acme/app-3", "moved")


def delete(acme: Organization) -> None:
    acme.github.repositories.after(1, QUERIES).delete("acme/app-3")


def empty(acme: Organization) -> None:
    acme.github.repositories.after(1, QUERIES).empty("acme/app-3")


def refuse(acme: Organization) -> None:
    acme.github.repositories.after(1, QUERIES).refuse("acme/app-3", "FORBIDDEN", "No.")


@pytest.mark.parametrize(
    ("happens", "expected"),
    [(rename, "healthy"), (delete, "unknown"), (empty, "unknown"), (refuse, "unknown")],
)
def test_what_happens_to_a_repository_meanwhile_affects_its_line_alone(
    acme: Organization, happens: Callable[[Organization], None], expected: str
) -> None:
    happens(acme)
    document = acme.check().document
    found = status(document)
    [name] = {"acme/app-3", "acme/moved"}.intersection(found)
    assert found.pop(name) == expected
    assert found == {f"acme/app-{number}": "healthy" for number in (0, 1, 2, 4, 5)}
    assert document["findings"] == []


def test_a_repository_that_is_made_private_meanwhile_affects_its_line_alone(acme: Organization) -> None:
    acme.add("open", DEV_CONTAINER, visibility="public")
    acme.github.add_user("guest")
    acme.token = credentials.register(acme.github.add_token("classic", owner="guest", scopes=["repo"]))
    acme.add("open-too", DEV_CONTAINER, visibility="public")
    acme.github.repositories.after(1, QUERIES).change("acme/open", visibility="private")
    document = acme.check().document
    lines = {each["repository"]: each["unchecked"] for each in document["repositories"]}
    assert lines.keys() == {"acme/open", "acme/open-too"}
    assert any("deleted or made private in the meantime" in clause for clause in lines["acme/open"])
    assert not any("in the meantime" in clause for clause in lines["acme/open-too"])


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ({"kind": "classic", "scopes": ("repo", "codespace:secrets")}, "unknown"),
        # One person's secrets help nobody else, so the status does not depend on them.
        ({"kind": "classic", "scopes": ("repo", "admin:org")}, "healthy"),
        (
            {
                "kind": "fine-grained",
                "resource_owner": "acme",
                "permissions": {"contents": "read", "organization_codespaces_secrets": "read"},
            },
            "unknown",
        ),
    ],
    ids=["organization", "user", "repository"],
)
def test_a_level_that_the_token_may_not_list_is_said_and_the_rest_is_checked(
    acme: Organization, token: dict[str, Any], expected: str
) -> None:
    acme.token = credentials.register(acme.github.add_token(owner="mona", **token))
    document = acme.check().document
    assert set(status(document).values()) == {expected}
    assert {(each["rule"], len(each["repositories"])) for each in document["findings"]} == {
        ("unreadable-secrets", 6)
    }
    [pull] = {image["pull"]["outcome"] for each in document["repositories"] for image in each["images"]}
    assert pull == "available"


def test_a_list_of_one_repository_that_fails_affects_its_line_alone(acme: Organization) -> None:
    acme.github.limits.fail(500, requests=10, path="/repos/acme/app-3/codespaces/secrets")
    document = acme.check().document
    assert status(document) == {
        f"acme/app-{number}": "unknown" if number == 3 else "healthy" for number in range(6)
    }
    assert [(each["rule"], each["repositories"]) for each in document["findings"]] == [
        ("unreadable-secrets", ["acme/app-3"])
    ]


def test_a_series_of_bad_gateways_costs_nothing_but_time(acme: Organization) -> None:
    undisturbed = acme.check().document
    acme.github.limits.fail(502, requests=3, path=QUERIES, html=True)
    assert settled(acme.check().document) == settled(undisturbed)


@pytest.mark.parametrize("skew", [-7_200, 7_200])
def test_a_clock_that_is_wrong_by_hours_changes_nothing(acme: Organization, skew: int) -> None:
    undisturbed = acme.check().document
    acme.github.limits.enforce(Rules(skew=skew, graphql_seconds=0, rest_seconds=0))
    ended = acme.check()
    assert (ended.code, settled(ended.document)) == (0, settled(undisturbed))


def test_a_used_up_limit_is_said_with_the_number_of_the_unread_and_the_moment(acme: Organization) -> None:
    for number in range(120):
        acme.add(f"more-{number:03}")
    acme.github.limits.enforce(Rules(primary=1, graphql_seconds=0, rest_seconds=0))
    document = acme.check().document
    assert document["status"] == "unknown"
    [unlisted] = [clause for clause in document["unchecked"] if "not listed" in clause]
    assert unlisted.startswith("26 of 126 repositories were not listed: GitHub's limit of 1 points")
    assert "is used up until " in unlisted
    [unread] = [clause for clause in document["unchecked"] if "was not read" in clause]
    assert unread.startswith("6 repositories: was not read: GitHub's limit of 1 points")


def test_a_run_that_is_cut_short_remembers_what_it_checked_until_one_is_whole(acme: Organization) -> None:
    for number in range(120):
        acme.add(f"more-{number:03}")
    acme.github.limits.enforce(Rules(primary=1, graphql_seconds=0, rest_seconds=0))
    acme.check("--state", "state")
    with State.open(acme.folder / "state") as state:
        assert len(state.last_checked("acme")) == 94, "those of the first page without a dev container"
    acme.github.limits.enforce(Rules(graphql_seconds=0, rest_seconds=0))
    assert acme.check("--state", "state").document["status"] == "healthy"
    with State.open(acme.folder / "state") as state:
        assert state.last_checked("acme") == {}
